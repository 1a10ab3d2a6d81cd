// One decide: parse, check the authority, validate, label, decide at every level, settle a transaction, answer, and advance the
// state (SPEC §5.1, §6). Owns the order of these; each step is another file's.

import { beginMarks } from './anchors';
import { applyApproval, forgetApproval, spendApproval } from './approval';
import { clearBits, copyBits, mergeBits, setBit } from './bits';
import { equal } from './bytes';
import {
  ALLOW,
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
} from './codes';
import { clearOutcomes, outcomeKind, outcomePolicy, outcomesStart, outcomesTop, runPolicies } from './candidates';
import { writeDecisions } from './decision';
import { MATCH } from './evaluate';
import { ATTACHES_CLEARANCE, ATTACHES_STICKY, FLAG_AUTHORITY_REQUIRED, VERDICT_APPROVE } from './format';
import { refuel } from './fuel';
import { countUses, fitUses, refusalOfGrants } from './grants';
import { flags, levelCount, selectLevel } from './level';
import { lift, liftedCode } from './lift';
import { BITS, COUNTER_MAX } from './limits';
import { authorityDigest, updateAuthority } from './load';
import { markLevel } from './marks';
import { forgetAbsent, wasAbsent } from './operations';
import { policyAttaches, policyLabel } from './policy';
import { authorityAt, parseRequests, selectRequest } from './request';
import {
  clearResult,
  clearances,
  code,
  labels,
  refusedBy,
  selectResult,
  setEvaluated,
  setOutcomes,
  setVerdict,
  sticky,
  verdict,
} from './result';
import { subjectAction, takeSubjects } from './subject';
import { advance, countRequest, fitsWith, hasState, stateVersion, stickyLabels } from './state';
import { beginSupplied, supplyLabels } from './supplied';
import { validate } from './validate';
import { resetDecisionArena } from './value';

const NO_LABELS: u32 = BITS + 128; // 32 zero bytes
const ALL_STICKY: u32 = BITS + 160;

function isAuthorised(): bool {
  selectLevel(0);
  if (levelCount() === 1 && (flags() & FLAG_AUTHORITY_REQUIRED) !== 0) return false;
  return equal(authorityAt(), authorityDigest(), 32);
}

// Attaches what the label policies' outcomes say (SPEC §6.3).
function attachLabels(): void {
  for (let outcome = outcomesStart(); outcome < outcomesTop(); outcome += 4) {
    const policy = outcomePolicy(outcome);
    const attaches = policyAttaches(policy);
    const label = policyLabel(policy);
    if (attaches === ATTACHES_CLEARANCE) {
      if (outcomeKind(outcome) === MATCH) setBit(clearances(), label);
      continue;
    }
    setBit(labels(), label);
    if (attaches === ATTACHES_STICKY) setBit(sticky(), label);
  }
}

function runLevel(level: u32): bool {
  const done = runPolicies(false);
  setOutcomes(level, outcomesStart(), outcomesTop());
  return done;
}

// Level 0, whose label policies come first. The fault is that of strict validation, or 0.
function decideProgram(fault: u32, sourceLabels: u32): void {
  forgetAbsent();
  selectLevel(0);
  markLevel();
  supplyLabels(NO_LABELS, NO_LABELS);
  let done = runPolicies(true);
  if (done) {
    copyBits(labels(), stickyLabels());
    mergeBits(labels(), sourceLabels);
    attachLabels();
    supplyLabels(labels(), clearances());
    done = runLevel(0);
  }
  setEvaluated(done);
  const lifted = done ? lift(outcomesStart(), outcomesTop(), false) : BLOCK;
  if (fault !== 0) setVerdict(BLOCK, fault, 0);
  else if (!done) setVerdict(BLOCK, OUT_OF_FUEL, 0);
  else if (wasAbsent()) setVerdict(BLOCK, ENTITY_ABSENT, 0);
  else setVerdict(lifted, liftedCode(), 0);
}

function decideLayer(level: u32): void {
  selectLevel(level);
  markLevel();
  const done = runLevel(level);
  if (!done) {
    setEvaluated(false);
    setVerdict(BLOCK, OUT_OF_FUEL, level);
  } else if (wasAbsent()) {
    setVerdict(BLOCK, ENTITY_ABSENT, level);
  } else {
    const lifted = lift(outcomesStart(), outcomesTop(), false);
    if (lifted > verdict()) setVerdict(lifted, liftedCode(), level);
  }
}

function decideOne(sourceLabels: u32): void {
  if (!isAuthorised()) {
    setVerdict(BLOCK, AUTHORITY_MISMATCH, 0);
    return;
  }
  const refusal = levelCount() > 1 ? refusalOfGrants() : 0;
  if (refusal !== 0) {
    setVerdict(BLOCK, refusal & 0xff, refusal >> 8);
    return;
  }
  takeSubjects();
  beginMarks();
  beginSupplied(subjectAction());
  decideProgram(validate(), sourceLabels);
  // A level that blocks is the outermost to do so; what the levels inside it say changes nothing.
  for (let level: u32 = 1; level < levelCount() && verdict() !== BLOCK; level++) decideLayer(level);
}

// Gives all requests this code, as if nothing had been evaluated.
function refuseAll(count: u32, why: u32): void {
  forgetApproval();
  for (let i: u32 = 0; i < count; i++) {
    selectResult(i);
    clearResult();
    setVerdict(BLOCK, why, 0);
  }
}

function countBlocked(count: u32): u32 {
  let blocked: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    selectResult(i);
    if (verdict() === BLOCK) blocked++;
  }
  return blocked;
}

// Whether effects follow: nothing is blocked, deferred or waiting for an approval.
function isReleased(count: u32): bool {
  for (let i: u32 = 0; i < count; i++) {
    selectResult(i);
    if (verdict() >= VERDICT_APPROVE) return false;
  }
  return true;
}

// One blocked request blocks all; so does a state that would not fit.
function settle(count: u32): void {
  if (countBlocked(count) === 0) {
    applyApproval(count, authorityDigest());
    clearBits(ALL_STICKY);
    for (let i: u32 = 0; i < count; i++) {
      selectResult(i);
      mergeBits(ALL_STICKY, sticky());
    }
    if (fitsWith(ALL_STICKY) && (levelCount() === 1 || !isReleased(count) || fitUses())) return;
    forgetApproval();
    for (let i: u32 = 0; i < count; i++) {
      selectResult(i);
      setVerdict(BLOCK, STATE_LIMIT, 0);
    }
    return;
  }
  for (let i: u32 = 0; i < count; i++) {
    selectResult(i);
    if (verdict() !== BLOCK) setVerdict(BLOCK, TRANSACTION, 0);
  }
}

// The whole's verdict and code: of the first request with the most restrictive verdict, before those blocked for another's sake.
function answer(count: u32): u32 {
  let best: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    selectResult(i);
    const better = verdict() > (best & 0xff) || best >> 8 === TRANSACTION;
    if (i === 0 || better) best = verdict() | (code() << 8);
  }
  return best;
}

function finish(count: u32): u32 {
  const version = min(stateVersion() + 1, COUNTER_MAX);
  if (!writeDecisions(count, version)) {
    refuseAll(count, DECISION_TOO_LARGE);
    writeDecisions(count, version);
  }
  let blocked: u32 = 0;
  let worst: u32 = ALLOW;
  for (let i: u32 = 0; i < count; i++) {
    selectResult(i);
    countRequest(refusedBy());
    worst = max(worst, verdict());
    if (verdict() === BLOCK) blocked++;
  }
  if (worst < VERDICT_APPROVE) {
    countUses();
    spendApproval();
  }
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
    selectRequest(i);
    selectResult(0);
    const source = i === 0 ? NO_LABELS : labels();
    selectResult(i);
    clearResult();
    decideOne(source);
  }
  settle(count);
  return finish(count);
}
