// The approval of what is being decided (SPEC §6.6): whether one is asked for, what it would name, and the verdicts if there is one.
// Owns the digest that decisions give as key 12.

import { ALLOW, APPROVED, PERMITTED } from './codes';
import { outcomePolicy } from './candidates';
import { VERDICT_APPROVE } from './format';
import { isApproved, useApproval } from './ledger';
import { digest, selectLevel } from './level';
import { lift, liftedCode } from './lift';
import { POLICY_ARENA } from './limits';
import { forbidVerdict } from './policy';
import { askedBytes, requestTime, selectRequest } from './request';
import { levelsDone, outcomesEnd, outcomesFirst, selectResult, setVerdict, verdict } from './result';
import { sha256 } from './sha256';
import { endOf, startOf } from './value';

const KEY_12: u32 = memory.data(40, 8) as u32; // as it stands in decisions: a head of 2 bytes, then the digest
const DIGEST: u32 = KEY_12 + 2;

let isNamed: bool = false;
let isLifted: bool = false;

/** Nothing is known to need an approval; or it no longer matters. */
export function forgetApproval(): void {
  isNamed = false;
  isLifted = false;
}

/** The encoded digest that decisions name, or 0. */
export function approvalBytes(): u32 {
  return isNamed ? KEY_12 : 0;
}

/** Whether soft forbids with the verdict approve are left out. */
export function isApprovalLifted(): bool {
  return isLifted;
}

// Whether the selected result has a soft forbid with the verdict approve, at any level.
function asksApproval(): bool {
  for (let at: u32 = 0; at < levelsDone(); at++) {
    selectLevel(at);
    for (let outcome = outcomesFirst(at); outcome < outcomesEnd(at); outcome += 4)
      if (forbidVerdict(outcomePolicy(outcome)) === VERDICT_APPROVE) return true;
  }
  return false;
}

function anyAsksApproval(count: u32): bool {
  for (let i: u32 = 0; i < count; i++) {
    selectResult(i);
    if (verdict() >= VERDICT_APPROVE && asksApproval()) return true;
  }
  return false;
}

function computeDigest(count: u32, authority: u32): void {
  // No policy is being evaluated any more.
  selectLevel(0);
  memory.copy(POLICY_ARENA, digest(), 32);
  memory.copy(POLICY_ARENA + 32, authority, 32);
  let p: u32 = POLICY_ARENA + 64;
  for (let i: u32 = 0; i < count; i++) {
    selectRequest(i);
    const asked = askedBytes();
    const n = endOf(asked) - startOf(asked);
    memory.copy(p, startOf(asked), n);
    p += n;
  }
  sha256(POLICY_ARENA, p - POLICY_ARENA, DIGEST);
  store<u16>(KEY_12, 0x2058);
}

// The selected result's verdict without what an approval lifts. Nothing of it was blocked, so all its levels have outcomes.
function liftAgain(): void {
  const code = asksApproval() ? APPROVED : PERMITTED;
  setVerdict(ALLOW, code, 0);
  for (let at: u32 = 0; at < levelsDone(); at++) {
    selectLevel(at);
    const lifted = lift(outcomesFirst(at), outcomesEnd(at), true);
    if (lifted > verdict()) setVerdict(lifted, liftedCode(), at);
  }
}

/** Names the approval that the requests, under this authority, ask for, if they do, and lifts their verdicts if the state has it. None is blocked. */
export function applyApproval(count: u32, authority: u32): void {
  if (!anyAsksApproval(count)) return;
  computeDigest(count, authority);
  isNamed = true;
  if (!isApproved(DIGEST, requestTime())) return;
  isLifted = true;
  for (let i: u32 = 0; i < count; i++) {
    selectResult(i);
    liftAgain();
  }
}

/** What was decided is released: an approval that lifted something is used. */
export function spendApproval(): void {
  if (isLifted) useApproval(DIGEST);
}
