// The session's state (SPEC §6.5): reads and checks it, keeps it between decisions, and writes the next one.
// Trusts nothing in the window; a state that is not exactly canonical, or names a label the program lacks, is none.

import { compare, copyBytes } from './bytes';
import { MAJOR_ARRAY, checkText, headArgument, readHead, skip } from './cbor';
import { labelCount, labelText, selectLevel } from './level';
import {
  COUNTER_MAX,
  LABELS_BYTES_MAX,
  LABELS_MAX,
  LEVELS_MAX,
  APPROVALS_MAX,
  REVOKED_MAX,
  STATE,
  STATE_APPROVALS,
  STATE_CAP,
  STATE_LABELS,
  STATE_REVOKED,
  STATE_USES,
  USES_MAX,
} from './limits';
import { clearBits, copyBits, countBits, isSubset, mergeBits, nextBit, setBit } from './bits';
import { readTable, writeTable } from './table';
import { writeHead } from './value';

const STICKY: u32 = memory.data(32, 8) as u32;
const UNION: u32 = memory.data(32, 8) as u32;

const OUTSIDE: u32 = memory.data(72, 8) as u32; // u64 each: how many requests each level refused

let isSet: bool = false;
let length: u32 = 0;
let version: u64 = 0;
let requests: u64 = 0;
let blocked: u64 = 0;
let labelsBytes: u32 = 0;
let recent: u32 = 0;

export function hasState(): bool {
  return isSet;
}

export function stateLength(): u32 {
  return length;
}

export function stateVersion(): u64 {
  return version;
}

export function sessionRequests(): u64 {
  return requests;
}

export function sessionBlocked(): u64 {
  return blocked;
}

/** How many requests levels above 0 refused. */
export function sessionOutside(): u64 {
  let sum: u64 = 0;
  for (let level: u32 = 1; level < LEVELS_MAX; level++) sum = min(sum + outsideAt(level), COUNTER_MAX);
  return sum;
}

/** How many of the last 32 requests levels above 0 refused. */
export function sessionRecent(): u64 {
  return popcnt(recent) as u64;
}

export function usesTable(): u32 {
  return STATE_USES;
}

export function approvalsTable(): u32 {
  return STATE_APPROVALS;
}

export function revokedTable(): u32 {
  return STATE_REVOKED;
}

function outsideAt(level: u32): u64 {
  return load<u64>(OUTSIDE + (level << 3));
}

/** The bits of the session's sticky labels. */
export function stickyLabels(): u32 {
  return STICKY;
}

export function dropState(): void {
  isSet = false;
  length = 0;
  version = 0;
}

// The counter after the one-byte key at p, or 0 for the place; its value is the head's argument.
function readCounter(p: u32, end: u32, key: u32): u32 {
  if (p + 1 >= end || (load<u8>(p) as u32) !== key || load<u8>(p, 1) >= 0x20) return 0;
  p = readHead(p + 1, end);
  return headArgument() > COUNTER_MAX ? 0 : p;
}

// The label of the program with the text [p, end), or its number of labels.
function findLabel(p: u32, end: u32): u32 {
  const count = labelCount();
  for (let i: u32 = 0; i < count; i++) {
    const text = labelText(i);
    if (compare(text, skip(text), p, end) === 0) return i;
  }
  return count;
}

// The labels at key 3; the place after them, or 0.
function readLabels(p: u32, end: u32): u32 {
  if (p + 1 >= end || load<u8>(p) !== 3 || ((load<u8>(p, 1) >> 5) as u32) !== MAJOR_ARRAY) return 0;
  const start = p + 1;
  p = readHead(start, end);
  if (p === 0) return 0;
  selectLevel(0);
  clearBits(STICKY);
  let before: u32 = 0;
  for (let left = headArgument(); left > 0; left--) {
    const next = checkText(p, end);
    if (next === 0 || (before !== 0 && compare(before, p, p, next) >= 0)) return 0;
    const label = findLabel(p, next);
    if (label === labelCount()) return 0;
    setBit(STICKY, label);
    before = p;
    p = next;
  }
  return p - start > LABELS_BYTES_MAX ? 0 : p;
}

// Keys 4 and 5; the place after them, or 0.
function readRefusals(p: u32, end: u32): u32 {
  memory.fill(OUTSIDE, 0, LEVELS_MAX << 3);
  if (p + 1 >= end || load<u8>(p) !== 4 || ((load<u8>(p, 1) >> 5) as u32) !== MAJOR_ARRAY) return 0;
  p = readHead(p + 1, end);
  if (p === 0 || headArgument() > (LEVELS_MAX as u64)) return 0;
  const count = headArgument() as u32;
  for (let level: u32 = 0; level < count; level++) {
    if (p >= end || load<u8>(p) >= 0x20) return 0;
    p = readHead(p, end);
    if (p === 0 || headArgument() > COUNTER_MAX || (level === count - 1 && headArgument() === 0)) return 0;
    store<u64>(OUTSIDE + (level << 3), headArgument());
  }
  p = readCounter(p, end, 5);
  if (p === 0 || headArgument() > 0xffffffff) return 0;
  recent = headArgument() as u32;
  return p;
}

// A table under its key; the place after it, or 0.
function readKeyed(table: u32, p: u32, end: u32, key: u32, max: u32, paired: bool, least: u64): u32 {
  return p === 0 || p >= end || (load<u8>(p) as u32) !== key ? 0 : readTable(table, p + 1, end, max, paired, least);
}

/** Takes the state in the window; false, and no state, if it is not one. */
export function setState(bytes: u32): bool {
  dropState();
  const end = STATE + bytes;
  if (bytes > STATE_CAP || bytes < 9 || load<u8>(STATE) !== 0xa9) return false;
  let p = readCounter(STATE + 1, end, 0);
  if (p === 0) return false;
  const newVersion = headArgument();
  p = readCounter(p, end, 1);
  if (p === 0) return false;
  requests = headArgument();
  p = readCounter(p, end, 2);
  if (p === 0) return false;
  blocked = headArgument();
  p = readLabels(p, end);
  if (p !== 0) p = readRefusals(p, end);
  p = readKeyed(STATE_USES, p, end, 6, USES_MAX, true, 1);
  p = readKeyed(STATE_APPROVALS, p, end, 7, APPROVALS_MAX, true, 0);
  p = readKeyed(STATE_REVOKED, p, end, 8, REVOKED_MAX, false, 0);
  if (p !== end) return false;
  writeLabels();
  version = newVersion;
  length = bytes;
  isSet = true;
  return true;
}

// Writes the array of sticky labels, which every new state ends with. They came from a state that fitted, or fitsWith was asked.
function writeLabels(): void {
  let p = writeHead(STATE_LABELS, 4, countBits(STICKY) as u64);
  for (let i = nextBit(STICKY, 0); i < LABELS_MAX; i = nextBit(STICKY, i + 1)) {
    const text = labelText(i);
    const n = skip(text) - text;
    copyBytes(p, text, n);
    p += n;
  }
  labelsBytes = p - STATE_LABELS;
}

/** Whether the state may hold these labels too. */
export function fitsWith(bits: u32): bool {
  if (isSubset(bits, STICKY)) return true;
  copyBits(UNION, STICKY);
  mergeBits(UNION, bits);
  selectLevel(0);
  const count = countBits(UNION);
  let size: u32 = count < 24 ? 1 : count < 256 ? 2 : 3;
  for (let i = nextBit(UNION, 0); i < LABELS_MAX; i = nextBit(UNION, i + 1)) size += skip(labelText(i)) - labelText(i);
  return size <= LABELS_BYTES_MAX;
}

function add(counter: u64, n: u32): u64 {
  return min(counter + (n as u64), COUNTER_MAX);
}

/** Counts a request that was decided; `refused` by this level, or not at all. */
export function countRequest(refused: bool, level: u32): void {
  recent <<= 1;
  if (!refused) return;
  if (level > 0) recent |= 1;
  store<u64>(OUTSIDE + (level << 3), add(outsideAt(level), 1));
}

/** Counts one more decision over these requests, adds sticky labels, and writes the new state to its window. */
export function advance(requestCount: u32, blockedCount: u32, sticky: u32): void {
  version = add(version, 1);
  requests = add(requests, requestCount);
  blocked = add(blocked, blockedCount);
  if (!isSubset(sticky, STICKY)) {
    mergeBits(STICKY, sticky);
    selectLevel(0);
    writeLabels();
  }
  write();
}

/** Writes the state anew after an event was taken into one of its tables. */
export function writeNoted(): void {
  version = add(version, 1);
  write();
}

function write(): void {
  store<u16>(STATE, 0x00a9);
  let p = writeHead(STATE + 2, 0, version);
  store<u8>(p, 1);
  p = writeHead(p + 1, 0, requests);
  store<u8>(p, 2);
  p = writeHead(p + 1, 0, blocked);
  store<u8>(p, 3);
  copyBytes(p + 1, STATE_LABELS, labelsBytes);
  p += 1 + labelsBytes;
  let levels: u32 = LEVELS_MAX;
  while (levels > 0 && outsideAt(levels - 1) === 0) levels--;
  store<u16>(p, 0x8004 | (levels << 8));
  p += 2;
  for (let level: u32 = 0; level < levels; level++) p = writeHead(p, 0, outsideAt(level));
  store<u8>(p, 5);
  p = writeHead(p + 1, 0, recent as u64);
  store<u8>(p, 6);
  p = writeTable(STATE_USES, p + 1, true);
  store<u8>(p, 7);
  p = writeTable(STATE_APPROVALS, p + 1, true);
  store<u8>(p, 8);
  p = writeTable(STATE_REVOKED, p + 1, false);
  length = p - STATE;
}
