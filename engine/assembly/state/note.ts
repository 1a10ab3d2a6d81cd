// Owns: what `note` takes into the state (SPEC §6.6): an event, as canonical bytes in the request window. Trusts:
// nothing in the window; the mediator vouches that the event comes from a person, or an adapter, that may say it.
// Excludes: the tables (ledger.ts, selectors.ts) and counters (state.ts).

import { compare } from '../value/bytes';
import { clearBits, setBit } from '../value/bits';
import { MAJOR_ARRAY, checkCount, checkText, headArgument, readHead } from '../value/cbor';
import { MALFORMED_REQUEST, NO_PROGRAM, NO_STATE, STATE_LIMIT } from '../numbers/codes';
import { approve, dropExpiredApprovals, fitsApproval, revoke } from './ledger';
import { labelCount, levelAt, levelCount } from '../program/level';
import { REQUEST, REQUEST_CAP } from '../numbers/limits';
import { addAmounts, addLabels, advanceVersion, findLabel, fitsWith, hasState, labelsLength } from './state';
import { addSelector, dropExpiredSelectors, readSelector } from './selectors';

// The first two bytes, little-endian: the array's head, and the kind of event.
const APPROVAL: u32 = 0x0084;
const REVOCATION: u32 = 0x0182;
const LABELS: u32 = 0x0282;
const AMOUNTS: u32 = 0x0382;
const SELECTOR: u32 = 0x0483;
const BODY: u32 = REQUEST + 2;

const DIGEST_HEAD: u16 = 0x2058; // a byte string of 32, little-endian
const DIGEST: u32 = BODY + 2;
const AFTER_DIGEST: u32 = DIGEST + 32;

const NAMED: u32 = memory.data(32, 8) as u32; // the bits of an event's labels

function hasDigest(end: u32): bool {
  return end >= AFTER_DIGEST && load<u16>(BODY) === DIGEST_HEAD;
}

function takeApproval(end: u32): u32 {
  if (!hasDigest(end)) return MALFORMED_REQUEST;
  let p = checkCount(AFTER_DIGEST, end);
  const expires = headArgument();
  if (p !== 0) p = checkCount(p, end);
  const time = headArgument();
  if (p !== end) return MALFORMED_REQUEST;
  if (!fitsApproval(DIGEST, time)) return STATE_LIMIT;
  dropExpiredSelectors(time);
  approve(DIGEST, expires, time);
  return 0;
}

function takeRevocation(end: u32): u32 {
  if (!hasDigest(end) || end !== AFTER_DIGEST) return MALFORMED_REQUEST;
  return revoke(DIGEST) ? 0 : STATE_LIMIT;
}

function takeLabels(end: u32): u32 {
  if (BODY >= end || ((load<u8>(BODY) >> 5) as u32) !== MAJOR_ARRAY) return MALFORMED_REQUEST;
  let p = readHead(BODY, end);
  if (p === 0) return MALFORMED_REQUEST;
  let left = headArgument();
  let before: u32 = 0;
  if (left === 0) return MALFORMED_REQUEST;
  clearBits(NAMED);
  for (; left > 0; left--) {
    const next = checkText(p, end);
    if (next === 0 || (before !== 0 && compare(before, p, p, next) >= 0)) return MALFORMED_REQUEST;
    const label = findLabel(p, next);
    if (label === labelCount(levelAt(0))) return MALFORMED_REQUEST;
    setBit(NAMED, label);
    before = p;
    p = next;
  }
  if (p !== end) return MALFORMED_REQUEST;
  if (!fitsWith(NAMED)) return STATE_LIMIT;
  addLabels(NAMED);
  return 0;
}

function takeAmounts(end: u32): u32 {
  if (BODY >= end || load<u8>(BODY) !== 0x83) return MALFORMED_REQUEST;
  let p = checkCount(BODY + 1, end);
  const tokens = headArgument();
  if (p !== 0) p = checkCount(p, end);
  const modelRequests = headArgument();
  if (p !== 0) p = checkCount(p, end);
  if (p !== end) return MALFORMED_REQUEST;
  addAmounts(tokens, modelRequests, headArgument());
  return 0;
}

function takeSelector(end: u32): u32 {
  const selectorEnd = readSelector(BODY, end);
  if (selectorEnd === 0 || checkCount(selectorEnd, end) !== end) return MALFORMED_REQUEST;
  const time = headArgument();
  if (!addSelector(BODY, selectorEnd, time, labelsLength())) return STATE_LIMIT;
  dropExpiredApprovals(time);
  return 0;
}

function take(end: u32): u32 {
  const head: u32 = load<u16>(REQUEST);
  if (head === APPROVAL) return takeApproval(end);
  if (head === REVOCATION) return takeRevocation(end);
  if (head === LABELS) return takeLabels(end);
  if (head === AMOUNTS) return takeAmounts(end);
  return head === SELECTOR ? takeSelector(end) : MALFORMED_REQUEST;
}

/** Takes the event in the request window's first `length` bytes; returns 0, or the code and nothing has changed. */
export function noteEvent(length: u32): u32 {
  if (levelCount() === 0) return NO_PROGRAM;
  if (!hasState()) return NO_STATE;
  if (length < 2 || length > REQUEST_CAP) return MALFORMED_REQUEST;
  const refused = take(REQUEST + length);
  if (refused === 0) advanceVersion();
  return refused;
}
