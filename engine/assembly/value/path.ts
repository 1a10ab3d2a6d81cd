// Owns: paths (SPEC §4), segment by segment: one look at each word of eight bytes finds the slash, refuses NUL, and
// hashes. Trusts: its ranges. Excludes: other names (names.ts).

import { HASH_SEED, mix } from './bytes';
import { PATH_BYTES_MAX } from '../numbers/limits';

const SLASH: u32 = 0x2f;
const DOT: u64 = 0x2e;
const DOTS: u64 = 0x2e2e;
const LOW_BITS: u64 = 0x0101010101010101;
const HIGH_BITS: u64 = 0x8080808080808080;
const SLASHES: u64 = 0x2f2f2f2f2f2f2f2f;

/** The hash of a path before its first segment; `/` has one, empty segment. */
export const HASH_PATH: u64 = HASH_SEED;

// Of the segment last scanned.
let segmentEnd: u32 = 0;
let isName: bool = false;

// A bit for every zero byte of x, of which the lowest is exact.
function zeroBytes(x: u64): u64 {
  return (x - LOW_BITS) & ~x & HIGH_BITS;
}

/** Where the segment last scanned ends: at a slash, or where the path ends. */
export function scannedEnd(): u32 {
  return segmentEnd;
}

/** Whether the segment last scanned is one a canonical path may have. */
export function isScannedName(): bool {
  return isName;
}

/** Scans the segment that starts at p, behind its slash; returns the hash of the path up to its end. */
export function scanSegment(hash: u64, p: u32, end: u32): u64 {
  const start = p;
  let hasNul = false;
  while (true) {
    const word = load<u64>(p);
    const slashes = zeroBytes(word ^ SLASHES);
    const n = min(slashes === 0 ? 8 : ((ctz(slashes) >> 3) as u32), end - p);
    if (n === 8) {
      if (zeroBytes(word) !== 0) hasNul = true;
      hash = mix(hash, word);
      p += 8;
      continue;
    }
    // The word's first n bytes, then ones, then zeros: neither mask is a zero byte that is not there.
    const bits = (n as u64) << 3;
    const kept = word & (((1 as u64) << bits) - 1);
    if (zeroBytes(kept | (~(0 as u64) << bits)) !== 0) hasNul = true;
    segmentEnd = p + n;
    const length = segmentEnd - start;
    isName = !hasNul && length !== 0 && !(length <= 2 && (kept === DOT || kept === DOTS));
    return mix(hash, kept | ((length as u64) << 56));
  }
}

/** Whether [p, end) may be a path by its start and length; its segments are scanned one by one. */
export function beginsPath(p: u32, end: u32): bool {
  return p < end && end - p <= PATH_BYTES_MAX && (load<u8>(p) as u32) === SLASH;
}

/** Whether [p, end) is a canonical path. */
export function isPath(p: u32, end: u32): bool {
  if (!beginsPath(p, end)) return false;
  if (end - p === 1) return true;
  while (p < end) {
    scanSegment(HASH_PATH, p + 1, end);
    if (!isName) return false;
    p = segmentEnd;
  }
  return true;
}

/** The hash of the id [p, end) of a path's type, canonical or not. */
export function hashPath(p: u32, end: u32): u64 {
  let hash = HASH_PATH;
  while (p < end) {
    hash = scanSegment(hash, p + 1, end);
    p = segmentEnd;
  }
  return hash;
}

/** The place of the first `/` in [p, end), or end. */
export function findSlash(p: u32, end: u32): u32 {
  while (p < end) {
    const slashes = zeroBytes(load<u64>(p) ^ SLASHES);
    if (slashes !== 0) return min(p + ((ctz(slashes) >> 3) as u32), end);
    p += 8;
  }
  return end;
}
