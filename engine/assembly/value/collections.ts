// Owns: what policies do with sets and records, and equality. An operation answers with a value, or 0: an error of
// Cedar's, or out of fuel (fuel.ts tells which). Trusts: its values, which were checked or made here. Excludes:
// entities.

import { compare, copyBytes, equal } from './bytes';
import { head, headArgument, skip } from './cbor';
import { spend } from './fuel';
import { sortUnique } from './sort';
import { SET, allocateForPolicy, boolean, endOf, kindOf, range, startOf, writeHead } from './value';

/** The value of the key whose text is at `key` in the record at p, or 0. */
export function findKey(p: u32, key: u32): u64 {
  const keyBytes = head(key) - key + (headArgument() as u32);
  p = head(p);
  let left = headArgument() as u32;
  spend(left >> 2);
  const first = load<u8>(key);
  for (; left > 0; left--) {
    const there = load<u8>(p);
    if (there === first && equal(p, key, keyBytes)) return range(p + keyBytes, skip(p + keyBytes));
    // Shorter keys come first, and a key's first byte says its length.
    if (there > first) return 0;
    p = skip(skip(p));
  }
  return 0;
}

function isSame(a: u64, b: u64): bool {
  const n = endOf(a) - startOf(a);
  spend(n >> 5);
  return endOf(b) - startOf(b) === n && equal(startOf(a), startOf(b), n);
}

export function equals(a: u64, b: u64): u64 {
  return boolean(isSame(a, b));
}

export function contains(set: u64, item: u64): u64 {
  let p = startOf(set);
  if (kindOf(p) !== SET) return 0;
  p = head(p);
  const count = headArgument() as u32;
  spend(count);
  const first = load<u8>(startOf(item));
  for (let i: u32 = 0; i < count; i++) {
    const there = load<u8>(p);
    // Elements ascend by their bytes.
    if (there > first) break;
    const end = skip(p);
    if (there === first && isSame(range(p, end), item)) return boolean(true);
    p = end;
  }
  return boolean(false);
}

// Both sets ascend, so one walk over both compares them. all: every element of b is in a; else: some element is.
function meets(a: u64, b: u64, all: bool): u64 {
  let p = startOf(a);
  let q = startOf(b);
  if (kindOf(p) !== SET || kindOf(q) !== SET) return 0;
  p = head(p);
  let left = headArgument() as u32;
  q = head(q);
  let right = headArgument() as u32;
  spend(left + right + ((endOf(a) - startOf(a) + endOf(b) - startOf(b)) >> 5));
  while (left > 0 && right > 0) {
    const end = skip(p);
    const other = skip(q);
    const order = compare(p, end, q, other);
    if (order === 0 && !all) return boolean(true);
    if (order > 0 && all) return boolean(false);
    if (order <= 0) {
      p = end;
      left--;
    }
    if (order >= 0) {
      q = other;
      right--;
    }
  }
  return boolean(all && right === 0);
}

export function containsAll(a: u64, b: u64): u64 {
  return meets(a, b, true);
}

export function containsAny(a: u64, b: u64): u64 {
  return meets(a, b, false);
}

export function isEmpty(set: u64): u64 {
  return kindOf(startOf(set)) === SET ? boolean(load<u8>(startOf(set)) === 0x80) : 0;
}

/** A set of the n values at `values`, which are sorted in place. */
export function makeSet(values: u32, n: u32): u64 {
  const kept = sortUnique(values, n, false);
  let bytes: u32 = 9;
  for (let i: u32 = 0; i < kept; i++) {
    const item = load<u64>(values + (i << 3));
    bytes += endOf(item) - startOf(item);
  }
  spend(bytes >> 5);
  const start = allocateForPolicy(bytes);
  if (start === 0) return 0;
  let p = writeHead(start, 4, kept as u64);
  for (let i: u32 = 0; i < kept; i++) p = copyValue(p, load<u64>(values + (i << 3)));
  return range(start, p);
}

/** Writes a value at p; returns the place after it. */
export function copyValue(p: u32, value: u64): u32 {
  const n = endOf(value) - startOf(value);
  copyBytes(p, startOf(value), n);
  return p + n;
}
