// Owns: sets of labels (or clearances) as 256 bits, by their index in the program. Trusts: indexes below 256. Excludes:
// names.

import { LABELS_MAX } from '../numbers/limits';

export const BITS_BYTES: u32 = LABELS_MAX >> 3;

export function clearBits(bits: u32): void {
  for (let i: u32 = 0; i < BITS_BYTES; i += 8) store<u64>(bits + i, 0);
}

export function setBit(bits: u32, i: u32): void {
  const p = bits + (i >> 3);
  store<u8>(p, (load<u8>(p) as u32) | (1 << (i & 7)));
}

/** Adds the second set to the first. */
export function mergeBits(bits: u32, more: u32): void {
  for (let i: u32 = 0; i < BITS_BYTES; i += 8) store<u64>(bits + i, load<u64>(bits + i) | load<u64>(more + i));
}

export function copyBits(to: u32, from: u32): void {
  for (let i: u32 = 0; i < BITS_BYTES; i += 8) store<u64>(to + i, load<u64>(from + i));
}

/** Whether every member of the first set is in the second. */
export function isSubset(bits: u32, whole: u32): bool {
  for (let i: u32 = 0; i < BITS_BYTES; i += 8) if ((load<u64>(bits + i) & ~load<u64>(whole + i)) !== 0) return false;
  return true;
}

export function countBits(bits: u32): u32 {
  let count: u64 = 0;
  for (let i: u32 = 0; i < BITS_BYTES; i += 8) count += popcnt(load<u64>(bits + i));
  return count as u32;
}

/** The first member at or after i, or LABELS_MAX. */
export function nextBit(bits: u32, i: u32): u32 {
  while (i < LABELS_MAX) {
    const rest = load<u64>(bits + ((i >> 6) << 3)) >> ((i & 63) as u64);
    if (rest !== 0) return i + (ctz(rest) as u32);
    i = (i | 63) + 1;
  }
  return LABELS_MAX;
}
