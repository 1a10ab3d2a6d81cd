// What is known of each request of a decide until the response is written: one record per request.

import { BITS_BYTES, clearBits } from './bits';
import { BLOCK, TRANSACTION } from './codes';
import { NONE } from './format';
import { RESULTS, RESULT_SIZE } from './limits';

const VERDICT: u32 = 0;
const CODE: u32 = 4;
const LEVEL: u32 = 8;
const EVALUATED: u32 = 12;
const LEVELS_DONE: u32 = 16;
const OUTCOMES: u32 = 24; // 9 × (first outcome, the place after the last), by level
const LABELS: u32 = 96;
const CLEARANCES: u32 = LABELS + BITS_BYTES;
const STICKY: u32 = CLEARANCES + BITS_BYTES;

let current: u32 = 0;

/** All accessors speak of the result selected here. */
export function selectResult(i: u32): void {
  current = RESULTS + i * RESULT_SIZE;
}

export function clearResult(): void {
  for (let field: u32 = VERDICT; field <= LEVELS_DONE; field += 4) store<u32>(current + field, 0);
  clearBits(labels());
  clearBits(clearances());
  clearBits(sticky());
}

export function verdict(): u32 {
  return load<u32>(current, VERDICT);
}

export function code(): u32 {
  return load<u32>(current, CODE);
}

/** The level that has the verdict; 0 if the verdict is allow. */
export function level(): u32 {
  return load<u32>(current, LEVEL);
}

/** The level that refused the request, or NONE: nobody refused what was blocked for another's sake. */
export function refusedBy(): u32 {
  return verdict() === BLOCK && code() !== TRANSACTION ? level() : NONE;
}

export function setVerdict(newVerdict: u32, newCode: u32, newLevel: u32): void {
  store<u32>(current, newVerdict, VERDICT);
  store<u32>(current, newCode, CODE);
  store<u32>(current, newLevel, LEVEL);
}

/** Whether the decision policies of level 0 were all evaluated. */
export function isEvaluated(): bool {
  return load<u32>(current, EVALUATED) !== 0;
}

export function setEvaluated(value: bool): void {
  store<u32>(current, value ? 1 : 0, EVALUATED);
}

/** Levels below this have outcomes. */
export function levelsDone(): u32 {
  return load<u32>(current, LEVELS_DONE);
}

export function setOutcomes(at: u32, first: u32, end: u32): void {
  store<u32>(current, at + 1, LEVELS_DONE);
  store<u32>(current + OUTCOMES + (at << 3), first);
  store<u32>(current + OUTCOMES + (at << 3), end, 4);
}

export function outcomesFirst(at: u32): u32 {
  return load<u32>(current + OUTCOMES + (at << 3));
}

export function outcomesEnd(at: u32): u32 {
  return load<u32>(current + OUTCOMES + (at << 3), 4);
}

/** Bits of the labels the policies saw. */
export function labels(): u32 {
  return current + LABELS;
}

export function clearances(): u32 {
  return current + CLEARANCES;
}

/** Bits of the labels that stay on the session if nothing is blocked. */
export function sticky(): u32 {
  return current + STICKY;
}
