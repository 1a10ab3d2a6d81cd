// Owns: the response window, and the bytes of decisions (SPEC §5): one canonical map for each request. Trusts: results.
// Excludes: what to answer instead of a decision that does not fit; then the window is left empty and decide.ts decides
// anew.

import { approvalBytes } from './approval';
import { AUTHORITY_ENTRIES_BYTES, authorityEntries } from '../program/authority';
import { copyBytes } from '../value/bytes';
import { ALLOW, BLOCK } from '../numbers/codes';
import { nextBit, countBits } from '../value/bits';
import { outcomeKind, outcomePolicy } from '../evaluate/candidates';
import { skip } from '../value/cbor';
import { ERRED } from '../evaluate/evaluate';
import { NONE, VERDICT_APPROVE } from '../numbers/format';
import { clearanceText, constant, labelText, levelAt } from '../program/level';
import { cedarAllows, isCedarReason, isDetermining } from './lift';
import { forbidVerdict, policyArgument, policyId } from '../program/policy';
import { LABELS_MAX, RESPONSE, RESPONSE_CAP } from '../numbers/limits';
import {
  clearances,
  code,
  isEvaluated,
  isLabelledSurprising,
  isLifted,
  labels,
  levelsDone,
  outcomesEnd,
  outcomesFirst,
  resultAt,
  verdict,
  verdictLevel,
} from './result';
import { SURPRISING, standsAfterSurprising } from '../program/supplied-names';
import { writeHead } from '../value/value';

const END: u32 = RESPONSE + RESPONSE_CAP;

const NULL_BYTE: u32 = 0xf6;

let p: u32 = 0;
let length: u32 = 0;
let fits: bool = true;

export function responseLength(): u32 {
  return length;
}

// Heads are written unchecked: only a few come before the next putBytes, and the window has room after it.
function putHead(major: u32, value: u64): void {
  p = writeHead(p, major, value);
}

function putBytes(from: u32, n: u32): void {
  if (p + n > END) {
    // What follows is written over the start, and is not part of any answer.
    fits = false;
    p = RESPONSE;
    return;
  }
  copyBytes(p, from, n);
  p += n;
}

// An array whose length is known at its end: room for the shortest head, and the items moved if it takes a longer one.
function openArray(): u32 {
  p++;
  return p - 1;
}

function closeArray(at: u32, count: u32): void {
  if (count < 24 || !fits) {
    store<u8>(at, 0x80 | count);
    return;
  }
  const more: u32 = count < 0x100 ? 1 : 2;
  if (p + more > END) {
    fits = false;
    return;
  }
  memory.copy(at + 1 + more, at + 1, p - at - 1);
  writeHead(at, 4, count as u64);
  p += more;
}

function putText(text: u32): void {
  putBytes(text, skip(text) - text);
}

function putNull(): void {
  putByte(NULL_BYTE);
}

function putBool(value: bool): void {
  putByte(value ? 0xf5 : 0xf4);
}

// A key, or any head whose argument is below 24.
function putByte(byte: u32): void {
  store<u8>(p, byte);
  p++;
}

function putId(level: u32, outcome: u32): void {
  putText(constant(level, policyId(outcomePolicy(level, outcome))));
}

// Which outcomes of a level a list of policy ids takes.
const DETERMINING: u32 = 0;
const ERRORS: u32 = 1;
const REASONS: u32 = 2;

function isTaken(result: u32, level: u32, outcome: u32, what: u32, allows: bool): bool {
  if (what === ERRORS) return outcomeKind(outcome) === ERRED;
  if (what === REASONS) return isCedarReason(level, outcome, allows);
  return isDetermining(level, outcome, verdict(result), code(result));
}

function putIds(result: u32, at: u32, what: u32, allows: bool): void {
  const array = openArray();
  let count: u32 = 0;
  if (at < levelsDone(result)) {
    const level = levelAt(at);
    const end = outcomesEnd(result, at);
    for (let outcome = outcomesFirst(result, at); outcome < end; outcome += 4) {
      if (!isTaken(result, level, outcome, what, allows)) continue;
      putId(level, outcome);
      count++;
    }
  }
  closeArray(array, count);
}

function putConstraint(level: u32, outcome: u32): void {
  const policy = outcomePolicy(level, outcome);
  putByte(0x83);
  putByte(forbidVerdict(policy));
  putId(level, outcome);
  const argument = policyArgument(policy);
  if (argument === NONE) putNull();
  else putText(constant(level, argument));
}

// Nothing is blocked, so every forbid that matched or errored, at any level, is soft.
function putConstraints(result: u32): void {
  const array = openArray();
  let count: u32 = 0;
  const levels: u32 = verdict(result) === BLOCK ? 0 : levelsDone(result);
  for (let at: u32 = 0; at < levels; at++) {
    const level = levelAt(at);
    const end = outcomesEnd(result, at);
    for (let outcome = outcomesFirst(result, at); outcome < end; outcome += 4) {
      const soft = forbidVerdict(outcomePolicy(level, outcome));
      if (soft === 0 || (soft === VERDICT_APPROVE && isLifted(result, at))) continue;
      putConstraint(level, outcome);
      count++;
    }
  }
  closeArray(array, count);
}

function putLabels(bits: u32, isSurprising: bool): void {
  const program = levelAt(0);
  let isLeft = isSurprising;
  putHead(4, (countBits(bits) + (isSurprising ? 1 : 0)) as u64);
  for (let i = nextBit(bits, 0); i < LABELS_MAX; i = nextBit(bits, i + 1)) {
    const text = labelText(program, i);
    if (isLeft && standsAfterSurprising(text)) {
      putText(SURPRISING);
      isLeft = false;
    }
    putText(text);
  }
  if (isLeft) putText(SURPRISING);
}

function putClearances(bits: u32): void {
  putHead(4, countBits(bits) as u64);
  for (let i = nextBit(bits, 0); i < LABELS_MAX; i = nextBit(bits, i + 1)) putText(clearanceText(levelAt(0), i));
}

function putCedar(result: u32): void {
  if (!isEvaluated(result)) {
    putNull();
    return;
  }
  const allows = cedarAllows(levelAt(0), outcomesFirst(result, 0), outcomesEnd(result, 0));
  putByte(0x83);
  putBool(allows);
  putIds(result, 0, REASONS, allows);
  putIds(result, 0, ERRORS, false);
}

function putDecision(result: u32, version: u64): void {
  // One byte each: map of 13, 0: verdict, 1:; then the code; then 2: level, 3:.
  const levelByte: u32 = verdict(result) === ALLOW ? NULL_BYTE : verdictLevel(result);
  store<u32>(p, 0x010000ad | (verdict(result) << 16));
  p = writeHead(p + 4, 0, code(result) as u64);
  store<u32>(p, 0x00030002 | (levelByte << 8));
  p += 3;
  putConstraints(result);
  putByte(4);
  putIds(result, verdictLevel(result), DETERMINING, false);
  putByte(5);
  putIds(result, verdictLevel(result), ERRORS, false);
  putByte(6);
  putLabels(labels(result), isLabelledSurprising(result));
  putByte(7);
  putClearances(clearances(result));
  putByte(8);
  putCedar(result);
  putBytes(authorityEntries(), AUTHORITY_ENTRIES_BYTES);
  putHead(0, version);
  putByte(12);
  const approval = approvalBytes();
  if (approval === 0) putNull();
  else putBytes(approval, 34);
}

/**
 * Writes the decisions of the results 0 … count − 1, as an array if they answer a transaction; false if they do not
 * fit.
 */
export function writeDecisions(count: u32, version: u64): bool {
  p = RESPONSE;
  fits = true;
  if (count > 1) putHead(4, count as u64);
  for (let i: u32 = 0; i < count; i++) putDecision(resultAt(i), version);
  // The last few bytes are heads, which putBytes did not see.
  fits = fits && p <= END;
  length = fits ? p - RESPONSE : 0;
  return fits;
}
