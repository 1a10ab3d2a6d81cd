// Owns: what `note` takes into the state (SPEC §6.6): an approval or a revocation, as canonical bytes in the request
// window. Trusts: nothing in the window; the mediator vouches that the event comes from a person who may say it.
// Excludes: the tables (ledger.ts).

import { checkCount, headArgument } from '../value/cbor';
import { MALFORMED_REQUEST, NO_PROGRAM, NO_STATE, STATE_LIMIT } from '../numbers/codes';
import { approve, revoke } from './ledger';
import { levelCount } from '../program/level';
import { REQUEST, REQUEST_CAP } from '../numbers/limits';
import { advanceVersion, hasState } from './state';

// The first four bytes, little-endian: the array's head, the kind of event, the head of a byte string of 32.
const APPROVAL: u32 = 0x20580084;
const REVOCATION: u32 = 0x20580182;
const DIGEST: u32 = REQUEST + 4;
const AFTER: u32 = DIGEST + 32;

function take(end: u32): u32 {
  const head = load<u32>(REQUEST);
  if (head === REVOCATION) return end !== AFTER ? MALFORMED_REQUEST : revoke(DIGEST) ? 0 : STATE_LIMIT;
  if (head !== APPROVAL) return MALFORMED_REQUEST;
  let p = checkCount(AFTER, end);
  if (p === 0) return MALFORMED_REQUEST;
  const expires = headArgument();
  p = checkCount(p, end);
  if (p !== end) return MALFORMED_REQUEST;
  return approve(DIGEST, expires, headArgument()) ? 0 : STATE_LIMIT;
}

/** Takes the event in the request window's first `length` bytes; returns 0, or the code and nothing has changed. */
export function noteEvent(length: u32): u32 {
  if (levelCount() === 0) return NO_PROGRAM;
  if (!hasState()) return NO_STATE;
  if (length < AFTER - REQUEST || length > REQUEST_CAP) return MALFORMED_REQUEST;
  const refused = take(REQUEST + length);
  if (refused === 0) advanceVersion();
  return refused;
}
