// Owns: approvals by selector (SPEC §6.5, key 11): reads and checks them, adds them, uses them up, and keeps the bytes
// of their array as it stands in every new state. Trusts: nothing in the windows. Excludes: whether one applies
// (decide/approval.ts).

import { compare } from '../value/bytes';
import { MAJOR_ARRAY, checkCount, checkEntity, checkText, headArgument, readHead } from '../value/cbor';
import { POLICY_ARENA, SELECTORS, SELECTORS_MAX, STATE_NAMES_BYTES_MAX } from '../numbers/limits';
import { range, writeHead } from '../value/value';

const DIGEST_HEAD: u16 = 0x2058; // a byte string of 32, little-endian
const NULL_BYTE: u32 = 0xf6;
const SELECTOR_HEAD: u32 = 0x86;
const USES_LIMIT: u64 = 0xffffffff;

let bytes: u32 = 0;
let count: u32 = 0;

// The selector last read: where it begins, and where each part of it ends.
let start: u32 = 0;
let actionEnd: u32 = 0;
let withinEnd: u32 = 0;
let contentEnd: u32 = 0; // all before says what it is for
let usesEnd: u32 = 0;
let uses: u64 = 0;
let expires: u64 = 0;

/** Where the array stands, encoded. */
export function selectorsBytes(): u32 {
  return SELECTORS;
}

export function selectorsLength(): u32 {
  return bytes;
}

export function selectorCount(): u32 {
  return count;
}

export function selectorAction(): u64 {
  return range(start + 1, actionEnd);
}

export function selectorWithin(): u32 {
  return actionEnd;
}

export function selectorSubject(): u32 {
  return withinEnd + 2;
}

/** A text, or null. */
export function selectorContent(): u64 {
  return range(withinEnd + 34, contentEnd);
}

export function selectorExpires(): u64 {
  return expires;
}

/** Reads the selector at p, which the functions above then tell of; the place after it, or 0. */
export function readSelector(p: u32, end: u32): u32 {
  start = p;
  if (p >= end || (load<u8>(p) as u32) !== SELECTOR_HEAD) return 0;
  actionEnd = checkEntity(p + 1, end);
  withinEnd = actionEnd === 0 ? 0 : checkEntity(actionEnd, end);
  if (withinEnd === 0 || end - withinEnd < 35 || load<u16>(withinEnd) !== DIGEST_HEAD) return 0;
  const content = withinEnd + 34;
  contentEnd = (load<u8>(content) as u32) === NULL_BYTE ? content + 1 : checkText(content, end);
  usesEnd = contentEnd === 0 ? 0 : checkCount(contentEnd, end);
  uses = headArgument();
  if (usesEnd === 0 || uses === 0 || uses > USES_LIMIT) return 0;
  p = checkCount(usesEnd, end);
  expires = headArgument();
  return p;
}

/** Reads key 11 at p; the place after it, or 0. */
export function readSelectors(p: u32, end: u32): u32 {
  if (p + 1 >= end || load<u8>(p) !== 11 || ((load<u8>(p, 1) >> 5) as u32) !== MAJOR_ARRAY) return 0;
  const array = p + 1;
  p = readHead(array, end);
  if (p === 0 || headArgument() > (SELECTORS_MAX as u64)) return 0;
  count = headArgument() as u32;
  let before: u32 = 0;
  let beforeEnd: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const next = readSelector(p, end);
    if (next === 0 || (before !== 0 && compare(before, beforeEnd, p, contentEnd) >= 0)) return 0;
    before = p;
    beforeEnd = contentEnd;
    p = next;
  }
  bytes = p - array;
  if (bytes > STATE_NAMES_BYTES_MAX) return 0;
  memory.copy(SELECTORS, array, bytes);
  return p;
}

// Copies [from, to) to p; returns the place after it.
function put(p: u32, from: u32, to: u32): u32 {
  memory.copy(p, from, to - from);
  return p + (to - from);
}

/** Where the first selector begins. */
export function firstSelector(): u32 {
  return SELECTORS + headBytes(count);
}

function headBytes(n: u32): u32 {
  return n < 24 ? 1 : 2;
}

// Puts n selectors, which lie at POLICY_ARENA up to `end`, in place of those that are there. No policy is being
// evaluated while the state changes.
function replace(n: u32, end: u32): void {
  count = n;
  const items = writeHead(SELECTORS, 4, n as u64);
  bytes = put(items, POLICY_ARENA, end) - SELECTORS;
}

/** Drops those that expire at or before the time. */
export function dropExpiredSelectors(time: u64): void {
  const end = SELECTORS + bytes;
  let n: u32 = 0;
  let to: u32 = POLICY_ARENA;
  for (let p = firstSelector(); p < end;) {
    const next = readSelector(p, end);
    if (expires > time) {
      to = put(to, p, next);
      n++;
    }
    p = next;
  }
  replace(n, to);
}

/**
 * Adds the selector [added, addedEnd), which was just read, in place of one that is the same but for uses and expiry,
 * and drops those that expire at or before the time; false, and nothing has changed, if it does not fit beside so many
 * bytes of labels.
 */
export function addSelector(added: u32, addedEnd: u32, time: u64, labelsBytes: u32): bool {
  const addedContentEnd = contentEnd;
  const end = SELECTORS + bytes;
  let isAdded = false;
  let n: u32 = 0;
  let to: u32 = POLICY_ARENA;
  for (let p = firstSelector(); p < end;) {
    const next = readSelector(p, end);
    const order = compare(p, contentEnd, added, addedContentEnd);
    if (order >= 0 && !isAdded) {
      to = put(to, added, addedEnd);
      n++;
      isAdded = true;
    }
    if (order !== 0 && expires > time) {
      to = put(to, p, next);
      n++;
    }
    p = next;
  }
  if (!isAdded) {
    to = put(to, added, addedEnd);
    n++;
  }
  if (n > SELECTORS_MAX || labelsBytes + headBytes(n) + (to - POLICY_ARENA) > STATE_NAMES_BYTES_MAX) return false;
  replace(n, to);
  return true;
}

/** Takes one use of each selector whose place has a bit in the mask; one without uses left is gone. */
export function useSelectors(mask: u32): void {
  const end = SELECTORS + bytes;
  let n: u32 = 0;
  let to: u32 = POLICY_ARENA;
  let p = firstSelector();
  for (let i: u32 = 0; i < count; i++) {
    const next = readSelector(p, end);
    if (((mask >> i) & 1) === 0) {
      to = put(to, p, next);
      n++;
    } else if (uses > 1) {
      to = writeHead(put(to, p, contentEnd), 0, uses - 1);
      to = put(to, usesEnd, next);
      n++;
    }
    p = next;
  }
  replace(n, to);
}
