// The session's state (SPEC §6.5): reads and checks it, keeps it between decisions, and writes the next one.
// Trusts nothing in the window; a state that is not exactly canonical, or names a label the program lacks, is none.

import { compare, copyBytes } from './bytes';
import { MAJOR_ARRAY, checkText, headArgument, readHead, skip } from './cbor';
import { labelCount, labelText, selectLevel } from './level';
import { COUNTER_MAX, LABELS_MAX, STATE, STATE_CAP, STATE_LABELS } from './limits';
import { clearBits, copyBits, countBits, isSubset, mergeBits, nextBit, setBit } from './bits';
import { writeHead } from './value';

const STICKY: u32 = memory.data(32, 8) as u32;
const UNION: u32 = memory.data(32, 8) as u32;

// The map's head, three one-byte keys with counters of nine bytes, and the labels' key.
const COUNTERS_BYTES_MAX: u32 = 1 + 3 * (1 + 9) + 1;

let isSet: bool = false;
let length: u32 = 0;
let version: u64 = 0;
let requests: u64 = 0;
let blocked: u64 = 0;
let labelsBytes: u32 = 0;

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

/** Takes the state in the window; false, and no state, if it is not one. */
export function setState(bytes: u32): bool {
  dropState();
  const end = STATE + bytes;
  if (bytes > STATE_CAP || bytes < 9 || load<u8>(STATE) !== 0xa4) return false;
  let p = readCounter(STATE + 1, end, 0);
  if (p === 0) return false;
  const newVersion = headArgument();
  p = readCounter(p, end, 1);
  if (p === 0) return false;
  requests = headArgument();
  p = readCounter(p, end, 2);
  if (p === 0) return false;
  blocked = headArgument();
  if (p + 1 >= end || load<u8>(p) !== 3 || ((load<u8>(p, 1) >> 5) as u32) !== MAJOR_ARRAY) return false;
  p = readHead(p + 1, end);
  if (p === 0) return false;
  selectLevel(0);
  clearBits(STICKY);
  let before: u32 = 0;
  for (let left = headArgument(); left > 0; left--) {
    const next = checkText(p, end);
    if (next === 0 || (before !== 0 && compare(before, p, p, next) >= 0)) return false;
    const label = findLabel(p, next);
    if (label === labelCount()) return false;
    setBit(STICKY, label);
    before = p;
    p = next;
  }
  if (p !== end) return false;
  writeLabels();
  if (!fitsWith(STICKY)) return false;
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

/** Whether the state would fit its window with these labels added, whatever its counters become. */
export function fitsWith(bits: u32): bool {
  if (isSubset(bits, STICKY)) return COUNTERS_BYTES_MAX + labelsBytes <= STATE_CAP;
  copyBits(UNION, STICKY);
  mergeBits(UNION, bits);
  selectLevel(0);
  const count = countBits(UNION);
  let size: u32 = COUNTERS_BYTES_MAX + (count < 24 ? 1 : count < 256 ? 2 : 3);
  for (let i = nextBit(UNION, 0); i < LABELS_MAX; i = nextBit(UNION, i + 1)) size += skip(labelText(i)) - labelText(i);
  return size <= STATE_CAP;
}

function add(counter: u64, n: u32): u64 {
  return min(counter + (n as u64), COUNTER_MAX);
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
  store<u16>(STATE, 0x00a4);
  let p = writeHead(STATE + 2, 0, version);
  store<u8>(p, 1);
  p = writeHead(p + 1, 0, requests);
  store<u8>(p, 2);
  p = writeHead(p + 1, 0, blocked);
  store<u8>(p, 3);
  copyBytes(p + 1, STATE_LABELS, labelsBytes);
  length = p + 1 + labelsBytes - STATE;
}
