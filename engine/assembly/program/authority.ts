// Owns: which layers are loaded, as bytes: the layer-set digest that a request must name, and the entries of a decision
// that name program and layers (SPEC §5, §7). Trusts: the digests that levels bear. Excludes: loading (load.ts).

import { digest, levelAt, levelCount } from './level';
import { SCRATCH } from '../numbers/limits';
import { sha256 } from '../value/sha256';

const DIGEST_HEAD: u16 = 0x2058; // a byte string of 32, little-endian

const AUTHORITY: u32 = memory.data(32, 8) as u32;
const ENTRIES: u32 = memory.data(80, 8) as u32;

/**
 * Key 9 and the program's digest, key 10 and the layer-set digest, key 11: the same in every decision until the next
 * load.
 */
export const AUTHORITY_ENTRIES_BYTES: u32 = 1 + 34 + 1 + 34 + 1;

/** Where these entries stand, encoded. */
export function authorityEntries(): u32 {
  return ENTRIES;
}

/** The digest of the layers that are loaded (SPEC §7). */
export function authorityDigest(): u32 {
  return AUTHORITY;
}

function writeEntries(): void {
  store<u8>(ENTRIES, 9);
  store<u16>(ENTRIES, DIGEST_HEAD, 1);
  if (levelCount() > 0) memory.copy(ENTRIES + 3, digest(levelAt(0)), 32);
  else memory.fill(ENTRIES + 3, 0, 32);
  store<u8>(ENTRIES, 10, 35);
  store<u16>(ENTRIES, DIGEST_HEAD, 36);
  memory.copy(ENTRIES + 38, AUTHORITY, 32);
  store<u8>(ENTRIES, 11, 70);
}

/** Computes the layer-set digest anew, which is that of the canonical array of the layers' digests, and the entries. */
export function updateAuthority(): void {
  const layers: u32 = levelCount() === 0 ? 0 : levelCount() - 1;
  store<u8>(SCRATCH, 0x80 + layers);
  let p: u32 = SCRATCH + 1;
  for (let at: u32 = 1; at <= layers; at++) {
    store<u16>(p, DIGEST_HEAD);
    memory.copy(p + 2, digest(levelAt(at)), 32);
    p += 34;
  }
  sha256(SCRATCH, p - SCRATCH, AUTHORITY);
  writeEntries();
}
