// Owns: Cedar values as ranges of canonical CBOR bytes (SPEC §2): their kinds, their parts, making new ones, and the
// arenas in which new values lie. Trusts: its bytes, which were checked (cbor.ts) or made here. Excludes: operators
// (arithmetic.ts, collections.ts, extension.ts).

import { FALSE_BYTE, MAJOR_ARRAY, MAJOR_NEGATIVE, MAJOR_TEXT, TRUE_BYTE, head, headArgument } from './cbor';
import {
  TYPE_BOOL,
  TYPE_DATETIME,
  TYPE_DECIMAL,
  TYPE_DURATION,
  TYPE_ENTITY,
  TYPE_IPADDR,
  TYPE_LONG,
  TYPE_RECORD,
  TYPE_SET,
  TYPE_STRING,
} from '../numbers/format';
import { exhaust } from './fuel';
import { DECISION_ARENA, DECISION_ARENA_END, POLICY_ARENA, POLICY_ARENA_END } from '../numbers/limits';

// The kinds of values are numbered as the kinds of value types.
export const BOOL: u32 = TYPE_BOOL;
export const LONG: u32 = TYPE_LONG;
export const STRING: u32 = TYPE_STRING;
export const SET: u32 = TYPE_SET;
export const RECORD: u32 = TYPE_RECORD;
export const ENTITY: u32 = TYPE_ENTITY;
export const DECIMAL: u32 = TYPE_DECIMAL;
export const DATETIME: u32 = TYPE_DATETIME;
export const DURATION: u32 = TYPE_DURATION;
export const IPADDR: u32 = TYPE_IPADDR;

const BOOLS: u32 = memory.data<u8>([0xf4, 0xf5]) as u32;

/** A range as one number: start in the low half, end in the high half. The evaluator's stack holds these. */
export function range(start: u32, end: u32): u64 {
  return (start as u64) | ((end as u64) << 32);
}

export function startOf(value: u64): u32 {
  return value as u32;
}

export function endOf(value: u64): u32 {
  return (value >> 32) as u32;
}

export function boolean(value: bool): u64 {
  const p: u32 = BOOLS + (value ? 1 : 0);
  return range(p, p + 1);
}

/** The kind of the value at p. */
export function kindOf(p: u32): u32 {
  const first: u32 = load<u8>(p);
  const major = first >> 5;
  if (major === MAJOR_TEXT) return STRING;
  if (first === FALSE_BYTE || first === TRUE_BYTE) return BOOL;
  if (major <= MAJOR_NEGATIVE) return LONG;
  if (major === MAJOR_ARRAY) return SET;
  if (first === 0xa0 || first > 0xa2) return RECORD;
  const key: u32 = load<u8>(p, 1);
  if (key >= 0x60) return RECORD;
  return key === 0 ? ENTITY : DECIMAL - 2 + key;
}

export function isTrue(p: u32): bool {
  return (load<u8>(p) as u32) === TRUE_BYTE;
}

/** The i64 of the integer at p. */
export function longAt(p: u32): i64 {
  head(p);
  const magnitude = headArgument() as i64;
  return ((load<u8>(p) >> 5) as u32) === MAJOR_NEGATIVE ? ~magnitude : magnitude;
}

/** The i64 inside a decimal, datetime or duration. */
export function numberIn(p: u32): i64 {
  return longAt(p + 2);
}

/** Where an entity's type text begins (its head); its id's key follows it. */
export function entityType(p: u32): u32 {
  return p + 2;
}

// Two bump arenas: what one policy makes is forgotten after it; what a decision keeps lives until the next.
let policyTop: u32 = 0;
let decisionTop: u32 = 0;

export function resetPolicyArena(): void {
  policyTop = POLICY_ARENA;
}

export function resetDecisionArena(): void {
  decisionTop = DECISION_ARENA;
}

/** n bytes that live as long as the policy being evaluated; or 0, and the fuel is spent. */
export function allocateForPolicy(n: u32): u32 {
  if (n > POLICY_ARENA_END - policyTop) {
    exhaust();
    return 0;
  }
  const p = policyTop;
  policyTop = p + n;
  return p;
}

/** n bytes, aligned to 8, that live as long as the decision; or 0, and the fuel is spent. */
export function allocateForDecision(n: u32): u32 {
  const p = (decisionTop + 7) & ~7;
  if (p > DECISION_ARENA_END || n > DECISION_ARENA_END - p) {
    exhaust();
    return 0;
  }
  decisionTop = p + n;
  return p;
}

/** Writes a head in shortest form; returns the place after it. */
export function writeHead(p: u32, major: u32, value: u64): u32 {
  const first = major << 5;
  if (value < 24) {
    store<u8>(p, first | (value as u32));
    return p + 1;
  }
  if (value < 0x100) {
    store<u8>(p, first | 24);
    store<u8>(p, value as u32, 1);
    return p + 2;
  }
  if (value < 0x10000) {
    store<u8>(p, first | 25);
    store<u16>(p, bswap(value as u16), 1);
    return p + 3;
  }
  if (value < 0x100000000) {
    store<u8>(p, first | 26);
    store<u32>(p, bswap(value as u32), 1);
    return p + 5;
  }
  store<u8>(p, first | 27);
  store<u64>(p, bswap(value), 1);
  return p + 9;
}

export function writeLong(p: u32, value: i64): u32 {
  return value < 0 ? writeHead(p, 1, ~value as u64) : writeHead(p, 0, value as u64);
}

/** A new Long. */
export function makeLong(value: i64): u64 {
  const p = allocateForPolicy(9);
  return p === 0 ? 0 : range(p, writeLong(p, value));
}

/** A new decimal, datetime or duration. */
export function makeNumber(kind: u32, value: i64): u64 {
  const p = allocateForPolicy(11);
  if (p === 0) return 0;
  store<u8>(p, 0xa1);
  store<u8>(p, kind - DECIMAL + 2, 1);
  return range(p, writeLong(p + 2, value));
}
