// Takes an event into the state (SPEC §6.6): an approval or a revocation, from the request window. Trusts none of its bytes.

import { headArgument, readHead } from './cbor';
import { MALFORMED_REQUEST, NO_PROGRAM, NO_STATE, STATE_LIMIT } from './codes';
import { levelCount } from './level';
import { APPROVALS_MAX, COUNTER_MAX, REQUEST, REQUEST_CAP, REVOKED_MAX } from './limits';
import { approvalsTable, hasState, revokedTable, writeNoted } from './state';
import { KEY_BYTES, countAbove, dropUpTo, findEntry, putEntry, tableCount } from './table';

const DIGEST: u32 = REQUEST + 4;
// 82 or 84, the kind, and the head of a byte string of 32.
const APPROVAL_HEAD: u32 = 0x20580084;
const REVOCATION_HEAD: u32 = 0x20580182;

// The unsigned integer at p, which headArgument then gives; the place after it, or 0.
function readNumber(p: u32, end: u32): u32 {
  if (p === 0 || p >= end || load<u8>(p) >= 0x20) return 0;
  p = readHead(p, end);
  return headArgument() > COUNTER_MAX ? 0 : p;
}

function approve(end: u32): u32 {
  let p = readNumber(DIGEST + KEY_BYTES, end);
  const expires = headArgument();
  p = readNumber(p, end);
  const time = headArgument();
  if (p === 0 || p !== end) return MALFORMED_REQUEST;
  const kept = countAbove(approvalsTable(), time);
  const known = findEntry(approvalsTable(), DIGEST);
  const isKept = known !== 0 && load<u64>(known, KEY_BYTES) > time;
  if (!isKept && kept >= APPROVALS_MAX) return STATE_LIMIT;
  dropUpTo(approvalsTable(), time);
  putEntry(approvalsTable(), DIGEST, expires);
  return 0;
}

function revoke(end: u32): u32 {
  if (DIGEST + KEY_BYTES !== end) return MALFORMED_REQUEST;
  if (findEntry(revokedTable(), DIGEST) !== 0) return 0;
  if (tableCount(revokedTable()) >= REVOKED_MAX) return STATE_LIMIT;
  putEntry(revokedTable(), DIGEST, 0);
  return 0;
}

/** Notes the event in the request window's first `length` bytes; returns 0, or the code it is refused with. */
export function noteEvent(length: u32): u32 {
  if (levelCount() === 0) return NO_PROGRAM;
  if (!hasState()) return NO_STATE;
  if (length > REQUEST_CAP || length < 4 + KEY_BYTES) return MALFORMED_REQUEST;
  const head = load<u32>(REQUEST);
  let code: u32 = MALFORMED_REQUEST;
  if (head === APPROVAL_HEAD) code = approve(REQUEST + length);
  else if (head === REVOCATION_HEAD) code = revoke(REQUEST + length);
  if (code === 0) writeNoted();
  return code;
}
