// Owns: what is known of each request of a decide until the response is written: one record for each request. Trusts:
// its callers. Excludes: deciding, and the bytes of the answer (decision.ts).

import { BITS_BYTES, clearBits } from '../value/bits';
import { BLOCK, TRANSACTION } from '../numbers/codes';
import { NONE } from '../numbers/format';
import { RESULTS, RESULT_SIZE } from '../numbers/limits';

const VERDICT: u32 = 0;
const CODE: u32 = 4;
const LEVEL: u32 = 8;
const EVALUATED: u32 = 12;
const LEVELS_DONE: u32 = 16;
const OUTCOMES: u32 = 24; // 9 × (first outcome, the place after the last), by level
const LABELS: u32 = 96;
const CLEARANCES: u32 = LABELS + BITS_BYTES;
const STICKY: u32 = CLEARANCES + BITS_BYTES;
const SURPRISING: u32 = STICKY + BITS_BYTES; // 0 or more of the bits OWN and LABEL

const LIFTED: u32 = SURPRISING + 4; // a bit for each level

const OWN: u32 = 1;
const LABEL: u32 = 2;

/** The record of request i, which every accessor below takes. */
export function resultAt(i: u32): u32 {
  return RESULTS + i * RESULT_SIZE;
}

export function clearResult(result: u32): void {
  for (let field: u32 = VERDICT; field <= LEVELS_DONE; field += 4) store<u32>(result + field, 0);
  store<u32>(result, 0, SURPRISING);
  store<u32>(result, 0, LIFTED);
  clearBits(labels(result));
  clearBits(clearances(result));
  clearBits(sticky(result));
}

export function verdict(result: u32): u32 {
  return load<u32>(result, VERDICT);
}

export function code(result: u32): u32 {
  return load<u32>(result, CODE);
}

/** The index of the level that has the verdict; 0 if the verdict is allow. */
export function verdictLevel(result: u32): u32 {
  return load<u32>(result, LEVEL);
}

/**
 * The index of the level that refused the request; NONE if none did, also when another request of its transaction was
 * refused.
 */
export function refusedBy(result: u32): u32 {
  return verdict(result) === BLOCK && code(result) !== TRANSACTION ? verdictLevel(result) : NONE;
}

export function setVerdict(result: u32, newVerdict: u32, newCode: u32, newLevel: u32): void {
  store<u32>(result, newVerdict, VERDICT);
  store<u32>(result, newCode, CODE);
  store<u32>(result, newLevel, LEVEL);
}

/** Whether the decision policies of level 0 were all evaluated. */
export function isEvaluated(result: u32): bool {
  return load<u32>(result, EVALUATED) !== 0;
}

export function setEvaluated(result: u32, value: bool): void {
  store<u32>(result, value ? 1 : 0, EVALUATED);
}

/** Levels below this have outcomes. */
export function levelsDone(result: u32): u32 {
  return load<u32>(result, LEVELS_DONE);
}

export function setOutcomes(result: u32, at: u32, first: u32, end: u32): void {
  store<u32>(result, at + 1, LEVELS_DONE);
  store<u32>(result + OUTCOMES + (at << 3), first);
  store<u32>(result + OUTCOMES + (at << 3), end, 4);
}

export function outcomesFirst(result: u32, at: u32): u32 {
  return load<u32>(result + OUTCOMES + (at << 3));
}

export function outcomesEnd(result: u32, at: u32): u32 {
  return load<u32>(result + OUTCOMES + (at << 3), 4);
}

/** Whether an approval leaves out the soft forbids with the verdict approve of the level with this index. */
export function isLifted(result: u32, at: u32): bool {
  return ((load<u32>(result, LIFTED) >> at) & 1) !== 0;
}

export function setLifted(result: u32, at: u32): void {
  store<u32>(result, load<u32>(result, LIFTED) | (1 << at), LIFTED);
}

/** Whether the request is surprising. */
export function isSurprising(result: u32): bool {
  return (load<u32>(result, SURPRISING) & OWN) !== 0;
}

/** Whether it has the label `surprising`, of its own or from the source of its transaction. */
export function isLabelledSurprising(result: u32): bool {
  return (load<u32>(result, SURPRISING) & LABEL) !== 0;
}

export function setSurprising(result: u32, isOwn: bool, isLabelled: bool): void {
  store<u32>(result, (isOwn ? OWN : 0) | (isLabelled ? LABEL : 0), SURPRISING);
}

/** Bits of the labels the policies saw, apart from `surprising`. */
export function labels(result: u32): u32 {
  return result + LABELS;
}

export function clearances(result: u32): u32 {
  return result + CLEARANCES;
}

/** Bits of the labels that stay on the session if nothing is blocked. */
export function sticky(result: u32): u32 {
  return result + STICKY;
}
