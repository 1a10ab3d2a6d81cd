// Owns: the request or transaction (SPEC §3): checking that its bytes are canonical and of that shape, and remembering
// where its parts are. Trusts: nothing. Excludes: the schema (validate.ts).

import { equal } from '../value/bytes';
import { checkEntity, checkInteger, checkValue } from '../value/cbor';
import { TRANSACTION_MAX, REQUEST, REQUEST_CAP, REQUESTS, REQUEST_SIZE } from '../numbers/limits';
import { clearStore, parseStore } from './store';
import { RECORD, kindOf, longAt, range } from '../value/value';

const PRINCIPAL: u32 = 0; // each field: where it begins; it ends where the next one's key stands
const ACTION: u32 = 4;
const RESOURCE: u32 = 8;
const CONTEXT: u32 = 12;
const AUTHORITY: u32 = 16;
const TIME: u32 = 20;
const ENTITIES: u32 = 24; // 0: no key 6
const END: u32 = 28; // of the store, or of key 5
const CONTINUED: u32 = 32; // 1: key 7

const CONTINUED_TRUE: u16 = 0xf507; // key 7 and true, little-endian

/** The record of request i of those parsed, which every accessor below takes. */
export function requestAt(i: u32): u32 {
  return REQUESTS + i * REQUEST_SIZE;
}

export function principalAt(request: u32): u32 {
  return load<u32>(request, PRINCIPAL);
}

export function actionAt(request: u32): u32 {
  return load<u32>(request, ACTION);
}

export function resourceAt(request: u32): u32 {
  return load<u32>(request, RESOURCE);
}

export function contextAt(request: u32): u32 {
  return load<u32>(request, CONTEXT);
}

export function principalValue(request: u32): u64 {
  return range(load<u32>(request, PRINCIPAL), load<u32>(request, ACTION) - 1);
}

export function actionValue(request: u32): u64 {
  return range(load<u32>(request, ACTION), load<u32>(request, RESOURCE) - 1);
}

export function resourceValue(request: u32): u64 {
  return range(load<u32>(request, RESOURCE), load<u32>(request, CONTEXT) - 1);
}

export function contextValue(request: u32): u64 {
  return range(load<u32>(request, CONTEXT), load<u32>(request, AUTHORITY) - 3);
}

/** The map entries 0–3: all that is asked. */
export function askedBytes(request: u32): u64 {
  return range(load<u32>(request, PRINCIPAL) - 1, load<u32>(request, AUTHORITY) - 3);
}

/** Whether it belongs to a use that was counted. */
export function isContinued(request: u32): bool {
  return load<u32>(request, CONTINUED) !== 0;
}

/** The 32 bytes of the layer-set digest the request names. */
export function authorityAt(request: u32): u32 {
  return load<u32>(request, AUTHORITY);
}

export function requestTime(request: u32): i64 {
  return longAt(load<u32>(request, TIME));
}

// The place after the store at p if it is the same as the first request's, or 0.
function skipSameStore(p: u32, end: u32): u32 {
  const first = load<u32>(REQUESTS, ENTITIES);
  const length = load<u32>(REQUESTS, END) - first;
  return first !== 0 && end - p >= length && equal(p, first, length) ? p + length : 0;
}

// One request at p, inside `depth` containers; the place after it, or 0. Only the first of a transaction fills the
// store.
function parseOne(record: u32, p: u32, end: u32, depth: u32): u32 {
  // The keys 0–5 and perhaps 6 and 7 in their only order: each is one byte in its place.
  const first: u32 = p < end ? load<u8>(p) : 0;
  if (first < 0xa6 || first > 0xa8 || p + 1 >= end || load<u8>(p, 1) !== 0) return 0;
  const principal = p + 2;
  p = checkEntity(principal, end);
  if (p === 0 || p >= end || load<u8>(p) !== 1) return 0;
  const action = p + 1;
  p = checkEntity(action, end);
  if (p === 0 || p >= end || load<u8>(p) !== 2) return 0;
  const resource = p + 1;
  p = checkEntity(resource, end);
  if (p === 0 || p >= end || load<u8>(p) !== 3) return 0;
  const context = p + 1;
  p = checkValue(context, end, depth + 1);
  if (p === 0 || kindOf(context) !== RECORD) return 0;
  if (end - p < 36 || load<u8>(p) !== 4 || load<u16>(p, 1) !== 0x2058 || load<u8>(p, 35) !== 5) return 0;
  const authority = p + 3;
  const at = p + 36;
  p = checkInteger(at, end);
  if (p === 0) return 0;
  let entities: u32 = 0;
  let left = first - 0xa6;
  if (left > 0 && p < end && load<u8>(p) === 6) {
    left--;
    entities = p + 1;
    p = record === REQUESTS ? parseStore(entities, end, depth + 1) : skipSameStore(entities, end);
    if (p === 0) return 0;
  }
  store<u32>(record, principal, PRINCIPAL);
  store<u32>(record, action, ACTION);
  store<u32>(record, resource, RESOURCE);
  store<u32>(record, context, CONTEXT);
  store<u32>(record, authority, AUTHORITY);
  store<u32>(record, at, TIME);
  store<u32>(record, entities, ENTITIES);
  store<u32>(record, p, END);
  store<u32>(record, left, CONTINUED);
  if (left === 0) return p;
  return left === 1 && p + 1 < end && load<u16>(p) === CONTINUED_TRUE ? p + 2 : 0;
}

function isSameTransaction(record: u32): bool {
  const principal = load<u32>(REQUESTS, PRINCIPAL);
  const length = load<u32>(REQUESTS, ACTION) - principal;
  if (load<u32>(record, ACTION) - load<u32>(record, PRINCIPAL) !== length) return false;
  if (!equal(load<u32>(record, PRINCIPAL), principal, length)) return false;
  if (!equal(load<u32>(record, AUTHORITY), load<u32>(REQUESTS, AUTHORITY), 32)) return false;
  if (load<u32>(record, CONTINUED) !== load<u32>(REQUESTS, CONTINUED)) return false;
  if (longAt(load<u32>(record, TIME)) !== longAt(load<u32>(REQUESTS, TIME))) return false;
  return (load<u32>(record, ENTITIES) === 0) === (load<u32>(REQUESTS, ENTITIES) === 0);
}

/** Parses the request window; returns how many requests it holds, or 0 if it is malformed. */
export function parseRequests(length: u32): u32 {
  clearStore();
  if (length > REQUEST_CAP) return 0;
  const end = REQUEST + length;
  const first: u32 = length > 0 ? load<u8>(REQUEST) : 0;
  if (first < 0x82 || first > 0x80 + TRANSACTION_MAX) return parseOne(REQUESTS, REQUEST, end, 0) === end ? 1 : 0;
  const count = first & 31;
  let p = parseOne(REQUESTS, REQUEST + 1, end, 1);
  for (let i: u32 = 1; i < count && p !== 0; i++) {
    const record = requestAt(i);
    p = parseOne(record, p, end, 1);
    if (p !== 0 && !isSameTransaction(record)) p = 0;
  }
  return p === end ? count : 0;
}
