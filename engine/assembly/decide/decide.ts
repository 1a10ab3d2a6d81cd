// Owns: the order of one decide (SPEC §5.1, §6): parse, check the authority, validate, label, decide at every level,
// settle a transaction, answer, advance the state. Trusts: nothing in the request window. Excludes: the steps
// themselves, which are other files'.

import { applyApproval, forgetApproval, spendApproval } from './approval';
import { clearBits, copyBits, mergeBits, setBit } from '../value/bits';
import { equal } from '../value/bytes';
import {
  AUTHORITY_MISMATCH,
  BLOCK,
  DECISION_TOO_LARGE,
  ENTITY_ABSENT,
  MALFORMED_REQUEST,
  NO_PROGRAM,
  NO_STATE,
  OUT_OF_FUEL,
  STATE_LIMIT,
  TRANSACTION,
} from '../numbers/codes';
import {
  clearOutcomes,
  outcomeKind,
  outcomePolicy,
  outcomesStart,
  outcomesTop,
  runPolicies,
} from '../evaluate/candidates';
import { writeDecisions } from './decision';
import { MATCH } from '../evaluate/evaluate';
import { ATTACHES_CLEARANCE, ATTACHES_STICKY, FLAG_AUTHORITY_REQUIRED, VERDICT_APPROVE } from '../numbers/format';
import { refuel } from '../value/fuel';
import { collectUses, countCollected, refusalOfGrants } from './grants';
import { flags, levelAt, levelCount } from '../program/level';
import { lift, liftedCode } from './lift';
import { ALL_STICKY, COUNTER_MAX, NO_LABELS } from '../numbers/limits';
import { authorityDigest, updateAuthority } from '../program/authority';
import { beginMarks, markLevel } from '../request/marks';
import { forgetAbsent, wasAbsent } from '../evaluate/operations';
import { policyAttaches, policyLabel } from '../program/policy';
import { authorityAt, parseRequests, requestAt } from '../request/request';
import {
  clearResult,
  clearances,
  code,
  isLabelledSurprising,
  isSurprising,
  labels,
  refusedBy,
  resultAt,
  setEvaluated,
  setOutcomes,
  setSurprising,
  setVerdict,
  sticky,
  verdict,
} from './result';
import { subjectAction, takeSubjects } from '../request/subject';
import { advance, countRequest, fitsWith, hasState, stateVersion, stickyLabels } from '../state/state';
import { beginSupplied, supplyLabels } from '../evaluate/supplied';
import { validate } from '../request/validate';
import { isUnexpected } from './expectation';
import { resetDecisionArena } from '../value/value';

function isAuthorised(request: u32): bool {
  if (levelCount() === 1 && (flags(levelAt(0)) & FLAG_AUTHORITY_REQUIRED) !== 0) return false;
  return equal(authorityAt(request), authorityDigest(), 32);
}

// Attaches to the result what the label policies' outcomes say (SPEC §6.3).
function attachLabels(result: u32): void {
  for (let outcome = outcomesStart(); outcome < outcomesTop(); outcome += 4) {
    const policy = outcomePolicy(levelAt(0), outcome);
    const attaches = policyAttaches(policy);
    const label = policyLabel(policy);
    if (attaches === ATTACHES_CLEARANCE) {
      if (outcomeKind(outcome) === MATCH) setBit(clearances(result), label);
      continue;
    }
    setBit(labels(result), label);
    if (attaches === ATTACHES_STICKY) setBit(sticky(result), label);
  }
}

// The decision policies of the level with this index; false if the fuel ran out.
function runLevel(at: u32, request: u32, result: u32): bool {
  const done = runPolicies(levelAt(at), request, at > 0);
  setOutcomes(result, at, outcomesStart(), outcomesTop());
  return done;
}

// Level 0, whose label policies come first, and before them what layers expect. The fault is that of strict validation,
// or 0.
function decideProgram(request: u32, result: u32, fault: u32, source: u32): void {
  const program = levelAt(0);
  const isSurprise = isUnexpected(request);
  markLevel(program);
  supplyLabels(NO_LABELS, NO_LABELS, false);
  let done = runPolicies(program, request, true);
  if (done) {
    copyBits(labels(result), stickyLabels());
    if (source !== result) mergeBits(labels(result), labels(source));
    setSurprising(result, isSurprise, isSurprise || isLabelledSurprising(source));
    attachLabels(result);
    supplyLabels(labels(result), clearances(result), isLabelledSurprising(result));
    done = runLevel(0, request, result);
  }
  setEvaluated(result, done);
  const lifted = done ? lift(program, outcomesStart(), outcomesTop(), false) : BLOCK;
  if (fault !== 0) setVerdict(result, BLOCK, fault, 0);
  else if (!done) setVerdict(result, BLOCK, OUT_OF_FUEL, 0);
  else if (wasAbsent()) setVerdict(result, BLOCK, ENTITY_ABSENT, 0);
  else setVerdict(result, lifted, liftedCode(), 0);
}

function decideLayer(at: u32, request: u32, result: u32): void {
  const level = levelAt(at);
  markLevel(level);
  const done = runLevel(at, request, result);
  if (!done) {
    setEvaluated(result, false);
    setVerdict(result, BLOCK, OUT_OF_FUEL, at);
  } else if (wasAbsent()) {
    setVerdict(result, BLOCK, ENTITY_ABSENT, at);
  } else {
    const lifted = lift(level, outcomesStart(), outcomesTop(), false);
    if (lifted > verdict(result)) setVerdict(result, lifted, liftedCode(), at);
  }
}

// The source is the result of the transaction's first request, or this result.
function decideOne(request: u32, result: u32, source: u32): void {
  if (!isAuthorised(request)) {
    setVerdict(result, BLOCK, AUTHORITY_MISMATCH, 0);
    return;
  }
  const refusal = levelCount() > 1 ? refusalOfGrants(request) : 0;
  if (refusal !== 0) {
    setVerdict(result, BLOCK, refusal & 0xff, refusal >> 8);
    return;
  }
  takeSubjects(request);
  beginMarks();
  beginSupplied(subjectAction());
  forgetAbsent();
  decideProgram(request, result, validate(request), source);
  // A level that blocks is the outermost to do so; what the levels inside it say changes nothing.
  for (let at: u32 = 1; at < levelCount() && verdict(result) !== BLOCK; at++) decideLayer(at, request, result);
}

// Gives all requests this code, as if nothing had been evaluated.
function refuseAll(count: u32, why: u32): void {
  forgetApproval();
  for (let i: u32 = 0; i < count; i++) {
    clearResult(resultAt(i));
    setVerdict(resultAt(i), BLOCK, why, 0);
  }
}

function countBlocked(count: u32): u32 {
  let blocked: u32 = 0;
  for (let i: u32 = 0; i < count; i++) if (verdict(resultAt(i)) === BLOCK) blocked++;
  return blocked;
}

// Whether effects follow: nothing is blocked, deferred or waiting for an approval.
function isReleased(count: u32): bool {
  for (let i: u32 = 0; i < count; i++) if (verdict(resultAt(i)) >= VERDICT_APPROVE) return false;
  return true;
}

// One blocked request blocks all; so does a state that would not fit.
function settle(count: u32): void {
  if (countBlocked(count) === 0) {
    applyApproval(count, authorityDigest());
    clearBits(ALL_STICKY);
    for (let i: u32 = 0; i < count; i++) mergeBits(ALL_STICKY, sticky(resultAt(i)));
    if (fitsWith(ALL_STICKY) && (!isReleased(count) || collectUses(count))) return;
    forgetApproval();
    for (let i: u32 = 0; i < count; i++) setVerdict(resultAt(i), BLOCK, STATE_LIMIT, 0);
    return;
  }
  for (let i: u32 = 0; i < count; i++) {
    const result = resultAt(i);
    if (verdict(result) !== BLOCK) setVerdict(result, BLOCK, TRANSACTION, 0);
  }
}

// Verdict and code of the whole: of the first request with the most restrictive verdict; a request that was blocked
// only because of another (TRANSACTION) comes last.
function answer(count: u32): u32 {
  let best: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const result = resultAt(i);
    const better = verdict(result) > (best & 0xff) || best >> 8 === TRANSACTION;
    if (i === 0 || better) best = verdict(result) | (code(result) << 8);
  }
  return best;
}

function finish(count: u32): u32 {
  const version = min(stateVersion() + 1, COUNTER_MAX);
  if (!writeDecisions(count, version)) {
    refuseAll(count, DECISION_TOO_LARGE);
    writeDecisions(count, version);
  }
  for (let i: u32 = 0; i < count; i++) {
    const result = resultAt(i);
    countRequest(refusedBy(result), isSurprising(result) && verdict(result) !== BLOCK);
  }
  if (isReleased(count)) {
    countCollected();
    spendApproval();
  }
  const blocked = countBlocked(count);
  advance(count, blocked, blocked === 0 ? ALL_STICKY : NO_LABELS);
  return answer(count);
}

// Nothing to decide by: answered, but no state to count it in.
function refuse(why: u32): u32 {
  refuseAll(1, why);
  writeDecisions(1, stateVersion());
  return answer(1);
}

/** Decides what the request window's first `length` bytes hold; returns verdict | code << 8. */
export function decideRequests(length: u32): u32 {
  forgetApproval();
  if (levelCount() === 0) {
    updateAuthority();
    return refuse(NO_PROGRAM);
  }
  if (!hasState()) return refuse(NO_STATE);
  refuel();
  resetDecisionArena();
  clearOutcomes();
  const count = parseRequests(length);
  if (count === 0) {
    refuseAll(1, MALFORMED_REQUEST);
    return finish(1);
  }
  for (let i: u32 = 0; i < count; i++) {
    clearResult(resultAt(i));
    // Each request of a transaction inherits the labels of the first.
    decideOne(requestAt(i), resultAt(i), resultAt(0));
  }
  settle(count);
  return finish(count);
}
