// Owns: sorting value ranges by their bytes without recursion or memory: few by insertion, many by a heap, n log n on
// any input. Trusts: its ranges. Excludes: comparing bytes (bytes.ts).

import { compare } from './bytes';
import { spend } from './fuel';
import { endOf, startOf } from './value';

const FEW: u32 = 12;
const LONG_BYTES: u32 = 64; // up to here comparing is one step

// Whether a stands before b. In the order of encoded texts, here of their bare bytes, the shorter comes first.
function precedes(a: u64, b: u64, areTexts: bool): bool {
  const aLength = endOf(a) - startOf(a);
  const bLength = endOf(b) - startOf(b);
  if (areTexts && aLength !== bLength) return aLength < bLength;
  if (aLength > LONG_BYTES) spend(aLength >> 5);
  return compare(startOf(a), endOf(a), startOf(b), endOf(b)) < 0;
}

function sift(base: u32, root: u32, n: u32, areTexts: bool): void {
  const item = load<u64>(base + (root << 3));
  while (true) {
    let child = (root << 1) + 1;
    if (child >= n) break;
    if (child + 1 < n && precedes(load<u64>(base + (child << 3)), load<u64>(base + ((child + 1) << 3)), areTexts))
      child++;
    const greater = load<u64>(base + (child << 3));
    if (!precedes(item, greater, areTexts)) break;
    store<u64>(base + (root << 3), greater);
    root = child;
  }
  store<u64>(base + (root << 3), item);
}

function insertionSort(base: u32, n: u32, areTexts: bool): void {
  for (let i: u32 = 1; i < n; i++) {
    const item = load<u64>(base + (i << 3));
    let j = i;
    for (; j > 0 && precedes(item, load<u64>(base + ((j - 1) << 3)), areTexts); j--) {
      store<u64>(base + (j << 3), load<u64>(base + ((j - 1) << 3)));
    }
    store<u64>(base + (j << 3), item);
  }
}

function heapSort(base: u32, n: u32, areTexts: bool): void {
  for (let i = n >> 1; i > 0; i--) sift(base, i - 1, n, areTexts);
  for (let last = n - 1; last > 0; last--) {
    const greatest = load<u64>(base);
    store<u64>(base, load<u64>(base + (last << 3)));
    sift(base, 0, last, areTexts);
    store<u64>(base + (last << 3), greatest);
  }
}

/**
 * Sorts n ranges (u64) at base, values or bare texts, into the order of a set and drops repeated ones; returns how many
 * are left.
 */
export function sortUnique(base: u32, n: u32, areTexts: bool): u32 {
  if (n === 0) return 0;
  spend(n << 3);
  if (n <= FEW) insertionSort(base, n, areTexts);
  else heapSort(base, n, areTexts);
  let kept: u32 = 1;
  for (let i: u32 = 1; i < n; i++) {
    const item = load<u64>(base + (i << 3));
    if (!precedes(load<u64>(base + ((kept - 1) << 3)), item, areTexts)) continue;
    store<u64>(base + (kept << 3), item);
    kept++;
  }
  return kept;
}
