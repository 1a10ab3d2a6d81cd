// The session's state (SPEC §6.5): reads and checks it, keeps it between decisions, and writes the next one.
// Trusts nothing in the window; a state that is not exactly canonical, or names a label the program lacks, is none.

import { compare } from './bytes';
import { MAJOR_ARRAY, checkText, headArgument, readHead, skip } from './cbor';
import { labelCount, labelText, selectLevel } from './level';
import { COUNTER_MAX, STATE, STATE_CAP } from './limits';
import { clearBits, hasBit, mergeBits, setBit } from './bits';
import { writeHead } from './value';

const STICKY: u32 = memory.data(32, 8) as u32;

let isSet: bool = false;
let length: u32 = 0;
let version: u64 = 0;
let requests: u64 = 0;
let blocked: u64 = 0;

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
  version = newVersion;
  length = bytes;
  isSet = true;
  return true;
}

// Bytes of the state with these labels added, whatever its counters become.
function sizeWith(bits: u32): u32 {
  let count: u32 = 0;
  let size: u32 = 32; // the map's head, three keys with counters of nine bytes, the labels' key
  selectLevel(0);
  for (let i: u32 = 0; i < labelCount(); i++) {
    if (!hasBit(bits, i) && !hasBit(STICKY, i)) continue;
    const text = labelText(i);
    size += skip(text) - text;
    count++;
  }
  return size + (count < 24 ? 1 : count < 256 ? 2 : 3);
}

/** Whether the state would fit its window with these labels added. */
export function fitsWith(bits: u32): bool {
  return sizeWith(bits) <= STATE_CAP;
}

function add(counter: u64, n: u32): u64 {
  return min(counter + (n as u64), COUNTER_MAX);
}

/** Counts one more decision over these requests, adds sticky labels, and writes the new state to its window. */
export function advance(requestCount: u32, blockedCount: u32, sticky: u32): void {
  version = add(version, 1);
  requests = add(requests, requestCount);
  blocked = add(blocked, blockedCount);
  mergeBits(STICKY, sticky);
  selectLevel(0);
  let count: u32 = 0;
  for (let i: u32 = 0; i < labelCount(); i++) if (hasBit(STICKY, i)) count++;
  store<u8>(STATE, 0xa4);
  store<u8>(STATE, 0, 1);
  let p = writeHead(STATE + 2, 0, version);
  store<u8>(p, 1);
  p = writeHead(p + 1, 0, requests);
  store<u8>(p, 2);
  p = writeHead(p + 1, 0, blocked);
  store<u8>(p, 3);
  p = writeHead(p + 1, 4, count as u64);
  for (let i: u32 = 0; i < labelCount(); i++) {
    if (!hasBit(STICKY, i)) continue;
    const text = labelText(i);
    const end = skip(text);
    memory.copy(p, text, end - text);
    p += end - text;
  }
  length = p - STATE;
}
