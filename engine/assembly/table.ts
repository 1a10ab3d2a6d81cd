// A small sorted table of 32-byte keys, each with a number: what a state holds of uses, approvals and revocations (SPEC §6.5).
// Owns their form in memory, and as canonical CBOR. Excludes what the numbers mean.

import { compare, equal } from './bytes';
import { MAJOR_ARRAY, headArgument, readHead } from './cbor';
import { COUNTER_MAX } from './limits';
import { writeHead } from './value';

// A table begins with its count; entries follow, ascending by key.
const ENTRIES: u32 = 8;
export const KEY_BYTES: u32 = 32;
const ENTRY_BYTES: u32 = KEY_BYTES + 8;

export function clearTable(table: u32): void {
  store<u32>(table, 0);
}

export function tableCount(table: u32): u32 {
  return load<u32>(table);
}

function entryAt(table: u32, i: u32): u32 {
  return table + ENTRIES + i * ENTRY_BYTES;
}

/** The entry of a key, or 0. */
export function findEntry(table: u32, key: u32): u32 {
  for (let i: u32 = 0; i < tableCount(table); i++)
    if (equal(entryAt(table, i), key, KEY_BYTES)) return entryAt(table, i);
  return 0;
}

export function entryNumber(entry: u32): u64 {
  return load<u64>(entry, KEY_BYTES);
}

/** Sets a key's number. Whoever calls has seen that there is room. */
export function putEntry(table: u32, key: u32, number: u64): void {
  let entry = findEntry(table, key);
  if (entry === 0) {
    const count = tableCount(table);
    let i: u32 = 0;
    while (i < count && compare(entryAt(table, i), entryAt(table, i) + KEY_BYTES, key, key + KEY_BYTES) < 0) i++;
    entry = entryAt(table, i);
    memory.copy(entry + ENTRY_BYTES, entry, (count - i) * ENTRY_BYTES);
    memory.copy(entry, key, KEY_BYTES);
    store<u32>(table, count + 1);
  }
  store<u64>(entry, number, KEY_BYTES);
}

/** Removes the entry at `entry`. */
export function removeEntry(table: u32, entry: u32): void {
  const end = entryAt(table, tableCount(table));
  memory.copy(entry, entry + ENTRY_BYTES, end - entry - ENTRY_BYTES);
  store<u32>(table, tableCount(table) - 1);
}

/** How many entries have a number above `number`. */
export function countAbove(table: u32, number: u64): u32 {
  let count: u32 = 0;
  for (let i: u32 = 0; i < tableCount(table); i++) if (entryNumber(entryAt(table, i)) > number) count++;
  return count;
}

/** Removes the entries whose number is `number` or below. */
export function dropUpTo(table: u32, number: u64): void {
  for (let i: u32 = tableCount(table); i > 0; i--) {
    const entry = entryAt(table, i - 1);
    if (entryNumber(entry) <= number) removeEntry(table, entry);
  }
}

/** Reads an array of at most `max` keys, or of pairs of a key and a number of at least `least`; the place after it, or 0. */
export function readTable(table: u32, p: u32, end: u32, max: u32, paired: bool, least: u64): u32 {
  clearTable(table);
  if (p >= end || ((load<u8>(p) >> 5) as u32) !== MAJOR_ARRAY) return 0;
  p = readHead(p, end);
  if (p === 0 || headArgument() > (max as u64)) return 0;
  const count = headArgument() as u32;
  for (let i: u32 = 0; i < count; i++) {
    if (paired) {
      if (p >= end || load<u8>(p) !== 0x82) return 0;
      p++;
    }
    if (end - p < 2 + KEY_BYTES || load<u16>(p) !== 0x2058) return 0;
    const entry = entryAt(table, i);
    memory.copy(entry, p + 2, KEY_BYTES);
    p += 2 + KEY_BYTES;
    if (i > 0 && compare(entry - ENTRY_BYTES, entry - 8, entry, entry + KEY_BYTES) >= 0) return 0;
    store<u64>(entry, 0, KEY_BYTES);
    if (paired) {
      if (p >= end || load<u8>(p) >= 0x20) return 0;
      p = readHead(p, end);
      if (p === 0 || headArgument() > COUNTER_MAX || headArgument() < least) return 0;
      store<u64>(entry, headArgument(), KEY_BYTES);
    }
  }
  store<u32>(table, count);
  return p;
}

/** Writes the array; the place after it. */
export function writeTable(table: u32, p: u32, paired: bool): u32 {
  const count = tableCount(table);
  p = writeHead(p, 4, count as u64);
  for (let i: u32 = 0; i < count; i++) {
    if (paired) {
      store<u8>(p, 0x82);
      p++;
    }
    store<u16>(p, 0x2058);
    memory.copy(p + 2, entryAt(table, i), KEY_BYTES);
    p += 2 + KEY_BYTES;
    if (paired) p = writeHead(p, 0, entryNumber(entryAt(table, i)));
  }
  return p;
}
