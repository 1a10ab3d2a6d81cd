// Owns: bytes changed at random, so that most are malformed in some small way.

import { type Random } from './random.ts';

/**
 * Heads of items that CBOR has and the profile does not, or that mean another type: floats, null, tags, indefinite,
 * long heads.
 */
const HEADS = [
  0x00, 0x18, 0x1b, 0x20, 0x3b, 0x40, 0x58, 0x60, 0x78, 0x7f, 0x80, 0x9f, 0xa0, 0xa1, 0xbf, 0xc0, 0xf5, 0xf6, 0xf7,
  0xf9, 0xfb, 0xff,
];

export function mutate(bytes: Uint8Array, random: Random): Uint8Array {
  const at = random.between(0, Math.max(0, bytes.length - 1));
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
  const byte = random.chance(50) ? random.pick(HEADS) : random.between(0, 255);
  switch (random.between(0, 5)) {
    case 0:
      return before;
    case 1:
      return Uint8Array.of(...before, byte, ...after);
    case 2:
      return Uint8Array.of(...before, ...after.subarray(1));
    case 3:
      return Uint8Array.of(...before, (after[0] ?? 0) ^ (1 << random.between(0, 7)), ...after.subarray(1));
    case 4: {
      const [from, length] = [random.between(0, bytes.length), random.between(1, 16)];
      return Uint8Array.of(...before, ...bytes.subarray(from, from + length), ...after);
    }
    default:
      return Uint8Array.of(...before, byte, ...after.subarray(1));
  }
}
