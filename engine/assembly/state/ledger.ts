// Owns: what people say of grants while a session runs (SPEC §6.5, keys 6–8): uses, approvals, revocations. Reads and
// checks them, looks them up, changes them, and keeps the bytes that every new state ends with. Trusts: nothing in the
// window. Excludes: layers (decide/grants.ts).

import { compare, equal } from '../value/bytes';
import { MAJOR_ARRAY, checkCount, headArgument, readHead } from '../value/cbor';
import {
  APPROVALS,
  APPROVALS_MAX,
  COUNTER_MAX,
  LEDGER,
  LEDGER_ENTRY_BYTES,
  REVOKED,
  REVOKED_MAX,
  USES,
  USES_MAX,
} from '../numbers/limits';
import { writeHead } from '../value/value';

// A table: its u32 count, then its entries from byte 8 on, ascending: a digest of 32 bytes and a u64, which revocations
// leave unused.
const FIRST: u32 = 8;
const NUMBER: u32 = 32;

const DIGEST_HEAD: u16 = 0x2058; // a byte string of 32, little-endian

let bytes: u32 = 0;

/** Where the three keys with their values stand, encoded. */
export function ledgerBytes(): u32 {
  return LEDGER;
}

export function ledgerLength(): u32 {
  return bytes;
}

function countOf(table: u32): u32 {
  return load<u32>(table);
}

function entryAt(table: u32, i: u32): u32 {
  return table + FIRST + i * LEDGER_ENTRY_BYTES;
}

// The entry of this digest, or the one it would stand before.
function seek(table: u32, digest: u32): u32 {
  let i: u32 = 0;
  while (i < countOf(table) && compare(entryAt(table, i), entryAt(table, i) + 32, digest, digest + 32) < 0) i++;
  return entryAt(table, i);
}

function endOf(table: u32): u32 {
  return entryAt(table, countOf(table));
}

function stands(table: u32, entry: u32, digest: u32): bool {
  return entry < endOf(table) && equal(entry, digest, 32);
}

function insert(table: u32, entry: u32, digest: u32, number: u64): void {
  memory.copy(entry + LEDGER_ENTRY_BYTES, entry, endOf(table) - entry);
  memory.copy(entry, digest, 32);
  store<u64>(entry, number, NUMBER);
  store<u32>(table, countOf(table) + 1);
}

function remove(table: u32, entry: u32): void {
  const next = entry + LEDGER_ENTRY_BYTES;
  memory.copy(entry, next, endOf(table) - next);
  store<u32>(table, countOf(table) - 1);
}

// The key at p and its array, into the table; the place after it, or 0. Without numbers an item is the digest alone.
function readTable(table: u32, p: u32, end: u32, key: u32, most: u32, hasNumbers: bool, least: u64): u32 {
  store<u32>(table, 0);
  if (p + 1 >= end || (load<u8>(p) as u32) !== key || ((load<u8>(p, 1) >> 5) as u32) !== MAJOR_ARRAY) return 0;
  p = readHead(p + 1, end);
  if (p === 0 || headArgument() > (most as u64)) return 0;
  const count = headArgument() as u32;
  for (let i: u32 = 0; i < count; i++) {
    const entry = entryAt(table, i);
    if (hasNumbers) {
      if (p >= end || load<u8>(p) !== 0x82) return 0;
      p++;
    }
    if (end - p < 34 || load<u16>(p) !== DIGEST_HEAD) return 0;
    memory.copy(entry, p + 2, 32);
    const before = entry - LEDGER_ENTRY_BYTES;
    if (i > 0 && compare(before, before + 32, entry, entry + 32) >= 0) return 0;
    p += 34;
    if (hasNumbers) {
      p = checkCount(p, end);
      if (p === 0 || headArgument() < least) return 0;
      store<u64>(entry, headArgument(), NUMBER);
    }
  }
  store<u32>(table, count);
  return p;
}

/** Reads the keys 6–8 at p; the place after them, or 0. */
export function readLedger(p: u32, end: u32): u32 {
  p = readTable(USES, p, end, 6, USES_MAX, true, 1);
  if (p !== 0) p = readTable(APPROVALS, p, end, 7, APPROVALS_MAX, true, 0);
  if (p !== 0) p = readTable(REVOKED, p, end, 8, REVOKED_MAX, false, 0);
  if (p !== 0) writeLedger();
  return p;
}

function writeTable(p: u32, table: u32, key: u32, hasNumbers: bool): u32 {
  store<u8>(p, key);
  p = writeHead(p + 1, 4, countOf(table) as u64);
  for (let entry = entryAt(table, 0); entry < endOf(table); entry += LEDGER_ENTRY_BYTES) {
    if (hasNumbers) {
      store<u8>(p, 0x82);
      p++;
    }
    store<u16>(p, DIGEST_HEAD);
    memory.copy(p + 2, entry, 32);
    p += 34;
    if (hasNumbers) p = writeHead(p, 0, load<u64>(entry, NUMBER));
  }
  return p;
}

function writeLedger(): void {
  let p = writeTable(LEDGER, USES, 6, true);
  p = writeTable(p, APPROVALS, 7, true);
  p = writeTable(p, REVOKED, 8, false);
  bytes = p - LEDGER;
}

/** How many uses of a subject are counted. */
export function usesOf(subject: u32): u64 {
  const entry = seek(USES, subject);
  return stands(USES, entry, subject) ? load<u64>(entry, NUMBER) : 0;
}

/** For how many more subjects uses can be counted. */
export function usesLeft(): u32 {
  return USES_MAX - countOf(USES);
}

/** Counts uses. Trusts that there is room. */
export function countUses(subject: u32, times: u32): void {
  const entry = seek(USES, subject);
  if (stands(USES, entry, subject))
    store<u64>(entry, min(load<u64>(entry, NUMBER) + (times as u64), COUNTER_MAX), NUMBER);
  else insert(USES, entry, subject, times);
  writeLedger();
}

export function hasRevocations(): bool {
  return countOf(REVOKED) > 0;
}

export function isRevoked(subject: u32): bool {
  return stands(REVOKED, seek(REVOKED, subject), subject);
}

/** Notes a revocation; false if it does not fit. */
export function revoke(subject: u32): bool {
  const entry = seek(REVOKED, subject);
  if (stands(REVOKED, entry, subject)) return true;
  if (countOf(REVOKED) === REVOKED_MAX) return false;
  insert(REVOKED, entry, subject, 0);
  writeLedger();
  return true;
}

/** Whether an approval of this digest expires after the time. */
export function isApproved(digest: u32, time: i64): bool {
  const entry = seek(APPROVALS, digest);
  return stands(APPROVALS, entry, digest) && load<i64>(entry, NUMBER) > time;
}

function removeExpired(time: u64): void {
  for (let entry = endOf(APPROVALS) - LEDGER_ENTRY_BYTES; entry >= entryAt(APPROVALS, 0); entry -= LEDGER_ENTRY_BYTES)
    if (load<u64>(entry, NUMBER) <= time) remove(APPROVALS, entry);
}

/** Drops the approvals that expire at or before the time. */
export function dropExpiredApprovals(time: u64): void {
  removeExpired(time);
  writeLedger();
}

/** Whether an approval of this digest has a place, once those that expire at or before the time are gone. */
export function fitsApproval(digest: u32, time: u64): bool {
  if (countOf(APPROVALS) < APPROVALS_MAX || stands(APPROVALS, seek(APPROVALS, digest), digest)) return true;
  for (let entry = entryAt(APPROVALS, 0); entry < endOf(APPROVALS); entry += LEDGER_ENTRY_BYTES)
    if (load<u64>(entry, NUMBER) <= time) return true;
  return false;
}

/** Notes an approval, which fits, after dropping those that expire at or before the time. */
export function approve(digest: u32, expires: u64, time: u64): void {
  removeExpired(time);
  const entry = seek(APPROVALS, digest);
  if (stands(APPROVALS, entry, digest)) store<u64>(entry, expires, NUMBER);
  else insert(APPROVALS, entry, digest, expires);
  writeLedger();
}

/** Takes back the approval of this digest, which stands. */
export function useApproval(digest: u32): void {
  remove(APPROVALS, seek(APPROVALS, digest));
  writeLedger();
}
