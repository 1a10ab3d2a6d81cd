// Owns: the keys of a log, derived from its seed: SPEC §9.2.
// Trusts: the seed, which comes from outside. Origin and log number come from the log; false ones give false keys.
import { hkdfSync } from 'node:crypto';
import { same } from '../record/bytes.ts';

const KEY_BYTES = 32;

const KEY_ID_BYTES = 8;

// The key asked for last. The logs of a host are asked for in the order of their numbers.
let last: { seed: Uint8Array; logNumber: number; key: Uint8Array } | undefined;

/** What a log of this number under the seed has for its keys. `seed`: 32 bytes. */
export function logKey(seed: Uint8Array, logNumber: number): Uint8Array {
  const known = last && last.logNumber <= logNumber && same(last.seed, seed) ? last : undefined;
  let key = known?.key ?? derive(seed, '', 'plumbline/1 host');
  for (let n = known?.logNumber ?? 0; n < logNumber; n++) key = derive(key, '', 'plumbline/1 next log');
  last = { seed: new Uint8Array(seed), logNumber, key };
  return key;
}

/** What names the key in the header. */
export function keyId(key: Uint8Array): Uint8Array {
  return derive(key, '', 'plumbline/2 key id', KEY_ID_BYTES);
}

/** K(0) of the log with this origin. */
export function firstEpochKey(key: Uint8Array, origin: string): Uint8Array {
  return derive(key, origin, 'plumbline/1 epoch');
}

/** K(e+1) from K(e). */
export function nextEpochKey(epochKey: Uint8Array): Uint8Array {
  return derive(epochKey, '', 'plumbline/1 ratchet');
}

/** mac(e) from K(e). */
export function macKey(epochKey: Uint8Array): Uint8Array {
  return derive(epochKey, '', 'plumbline/1 mac');
}

function derive(key: Uint8Array, salt: string, info: string, bytes = KEY_BYTES): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key, salt, info, bytes));
}

/** The 32 bytes in the text of a seed file, or undefined if the text is none. */
export function parseSeedFile(text: string): Uint8Array | undefined {
  const lines = text.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#'));
  const [, hex] = /^plumbline-seed-1 ([0-9a-fA-F]{64})$/.exec(lines.length === 1 ? lines[0]! : '') ?? [];
  if (hex === undefined) return undefined;
  return Uint8Array.from({ length: 32 }, (_, i) => parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}
