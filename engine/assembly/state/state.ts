// Owns: the session's state (SPEC §6.5): reads and checks it, keeps it between decisions, and writes the next one.
// Trusts: nothing in the window; a state that is not exactly canonical, or names a label the program lacks, is refused.
// Excludes: keys 6–8 (ledger.ts) and 11 (selectors.ts).

import { compare, copyBytes } from '../value/bytes';
import { MAJOR_ARRAY, checkCount, checkText, headArgument, readHead, skip } from '../value/cbor';
import { labelCount, labelText, levelAt } from '../program/level';
import {
  COUNTER_MAX,
  LABELS_MAX,
  LAYERS_MAX,
  STATE,
  STATE_CAP,
  STATE_LABELS,
  STATE_LABELS_BYTES_MAX,
  STATE_NAMES_BYTES_MAX,
} from '../numbers/limits';
import { NONE } from '../numbers/format';
import { ledgerBytes, ledgerLength, readLedger } from './ledger';
import { readSelectors, selectorsBytes, selectorsLength } from './selectors';
import { clearBits, copyBits, countBits, isSubset, mergeBits, nextBit, setBit } from '../value/bits';
import { writeHead } from '../value/value';

const STICKY: u32 = memory.data(32, 8) as u32;
const UNION: u32 = memory.data(32, 8) as u32;
const REFUSED: u32 = memory.data(72, 8) as u32; // u64 by level

let isSet: bool = false;
let length: u32 = 0;
let version: u64 = 0;
let requests: u64 = 0;
let blocked: u64 = 0;
let labelsBytes: u32 = 0;
let refusedLevels: u32 = 0; // levels from here on have refused nothing
let recent: u32 = 0;
let tokens: u64 = 0;
let modelRequests: u64 = 0;
let spend: u64 = 0;
let surprising: u64 = 0;

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
  for (let level: u32 = 1; level < refusedLevels; level++) sum += load<u64>(REFUSED + (level << 3));
  return sum;
}

/** How many of the last 32. */
export function sessionRecent(): u32 {
  return popcnt(recent);
}

/** How many requests were surprising. */
export function sessionSurprising(): u64 {
  return surprising;
}

export function sessionTokens(): u64 {
  return tokens;
}

export function sessionModelRequests(): u64 {
  return modelRequests;
}

export function sessionSpend(): u64 {
  return spend;
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
  return p < end && (load<u8>(p) as u32) === key ? checkCount(p + 1, end) : 0;
}

/** The label of the program with the text [p, end), or its number of labels. */
export function findLabel(p: u32, end: u32): u32 {
  const count = labelCount(levelAt(0));
  for (let i: u32 = 0; i < count; i++) {
    const text = labelText(levelAt(0), i);
    if (compare(text, skip(text), p, end) === 0) return i;
  }
  return count;
}

// The array of counts behind key 4 at p, and key 5; the place after them, or 0.
function readRefused(p: u32, end: u32): u32 {
  if (p + 1 >= end || load<u8>(p) !== 4) return 0;
  refusedLevels = (load<u8>(p, 1) as u32) - 0x80;
  if (refusedLevels > LAYERS_MAX + 1) return 0;
  p += 2;
  for (let level: u32 = 0; level < refusedLevels; level++) {
    p = checkCount(p, end);
    if (p === 0 || (headArgument() === 0 && level === refusedLevels - 1)) return 0;
    store<u64>(REFUSED + (level << 3), headArgument());
  }
  p = readCounter(p, end, 5);
  if (p === 0 || headArgument() > 0xffffffff) return 0;
  recent = headArgument() as u32;
  return p;
}

// The keys 9 and 10 at p; the place after them, or 0.
function readAmounts(p: u32, end: u32): u32 {
  if (p + 1 >= end || load<u8>(p) !== 9 || load<u8>(p, 1) !== 0x83) return 0;
  p = checkCount(p + 2, end);
  tokens = headArgument();
  if (p !== 0) p = checkCount(p, end);
  modelRequests = headArgument();
  if (p !== 0) p = checkCount(p, end);
  spend = headArgument();
  if (p !== 0) p = readCounter(p, end, 10);
  surprising = headArgument();
  return p;
}

/** Takes the state in the window; false, and no state, if it is not one. */
export function setState(bytes: u32): bool {
  dropState();
  const end = STATE + bytes;
  if (bytes > STATE_CAP || bytes < 1 || load<u8>(STATE) !== 0xac) return false;
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
  const labels = p + 1;
  p = readHead(labels, end);
  if (p === 0) return false;
  clearBits(STICKY);
  let before: u32 = 0;
  for (let left = headArgument(); left > 0; left--) {
    const next = checkText(p, end);
    if (next === 0 || (before !== 0 && compare(before, p, p, next) >= 0)) return false;
    const label = findLabel(p, next);
    if (label === labelCount(levelAt(0))) return false;
    setBit(STICKY, label);
    before = p;
    p = next;
  }
  if (p - labels > STATE_LABELS_BYTES_MAX) return false;
  writeLabels();
  p = readRefused(p, end);
  if (p !== 0) p = readLedger(p, end);
  if (p !== 0) p = readAmounts(p, end);
  if (p !== 0) p = readSelectors(p, end);
  if (p !== end || labelsBytes + selectorsLength() > STATE_NAMES_BYTES_MAX) return false;
  version = newVersion;
  length = bytes;
  isSet = true;
  return true;
}

// Writes the array of sticky labels, as it stands in every new state. They came from a state that fitted, or fitsWith
// was asked.
function writeLabels(): void {
  let p = writeHead(STATE_LABELS, 4, countBits(STICKY) as u64);
  for (let i = nextBit(STICKY, 0); i < LABELS_MAX; i = nextBit(STICKY, i + 1)) {
    const text = labelText(levelAt(0), i);
    const n = skip(text) - text;
    copyBytes(p, text, n);
    p += n;
  }
  labelsBytes = p - STATE_LABELS;
}

/** Whether the array of labels would not be too long with these added, alone and with that of selectors. */
export function fitsWith(bits: u32): bool {
  if (isSubset(bits, STICKY)) return true;
  copyBits(UNION, STICKY);
  mergeBits(UNION, bits);
  const count = countBits(UNION);
  let size: u32 = count < 24 ? 1 : count < 256 ? 2 : 3;
  for (let i = nextBit(UNION, 0); i < LABELS_MAX; i = nextBit(UNION, i + 1))
    size += skip(labelText(levelAt(0), i)) - labelText(levelAt(0), i);
  return size <= STATE_LABELS_BYTES_MAX && size + selectorsLength() <= STATE_NAMES_BYTES_MAX;
}

function add(counter: u64, n: u32): u64 {
  return min(counter + (n as u64), COUNTER_MAX);
}

/** Counts that a level refused a request, or NONE did, or that it was surprising; in the order of the requests. */
export function countRequest(refusedBy: u32, isSurprising: bool): void {
  if (isSurprising) surprising = add(surprising, 1);
  recent <<= 1;
  if (refusedBy === NONE) return;
  if (refusedBy > 0) recent |= 1;
  for (; refusedLevels <= refusedBy; refusedLevels++) store<u64>(REFUSED + (refusedLevels << 3), 0);
  const counter = REFUSED + (refusedBy << 3);
  store<u64>(counter, add(load<u64>(counter), 1));
}

/** How long the array of labels is, encoded. */
export function labelsLength(): u32 {
  return labelsBytes;
}

/** Adds sticky labels, which fit. */
export function addLabels(bits: u32): void {
  if (isSubset(bits, STICKY)) return;
  mergeBits(STICKY, bits);
  writeLabels();
}

/** Adds what an adapter counted. */
export function addAmounts(moreTokens: u64, moreRequests: u64, moreSpend: u64): void {
  tokens = min(tokens + moreTokens, COUNTER_MAX);
  modelRequests = min(modelRequests + moreRequests, COUNTER_MAX);
  spend = min(spend + moreSpend, COUNTER_MAX);
}

/** Counts what the requests did not: an event. */
export function advanceVersion(): void {
  version = add(version, 1);
  writeState();
}

/** Counts one more decision over these requests, adds sticky labels, and writes the new state to its window. */
export function advance(requestCount: u32, blockedCount: u32, sticky: u32): void {
  version = add(version, 1);
  requests = add(requests, requestCount);
  blocked = add(blocked, blockedCount);
  addLabels(sticky);
  writeState();
}

function writeState(): void {
  store<u16>(STATE, 0x00ac);
  let p = writeHead(STATE + 2, 0, version);
  store<u8>(p, 1);
  p = writeHead(p + 1, 0, requests);
  store<u8>(p, 2);
  p = writeHead(p + 1, 0, blocked);
  store<u8>(p, 3);
  copyBytes(p + 1, STATE_LABELS, labelsBytes);
  p += 1 + labelsBytes;
  store<u8>(p, 4);
  p = writeHead(p + 1, 4, refusedLevels as u64);
  for (let level: u32 = 0; level < refusedLevels; level++) p = writeHead(p, 0, load<u64>(REFUSED + (level << 3)));
  store<u8>(p, 5);
  p = writeHead(p + 1, 0, recent as u64);
  copyBytes(p, ledgerBytes(), ledgerLength());
  p += ledgerLength();
  store<u16>(p, 0x8309);
  p = writeHead(p + 2, 0, tokens);
  p = writeHead(p, 0, modelRequests);
  p = writeHead(p, 0, spend);
  store<u8>(p, 10);
  p = writeHead(p + 1, 0, surprising);
  store<u8>(p, 11);
  copyBytes(p + 1, selectorsBytes(), selectorsLength());
  length = p + 1 + selectorsLength() - STATE;
}
