// Owns: the approval that a decision asks for (SPEC §6.6): whether one is asked for, the digest that names it (key 12),
// and the verdicts if the state has it. Trusts: outcomes and results. Excludes: the list of approvals
// (state/ledger.ts).

import { ALLOW, APPROVED, PERMITTED } from '../numbers/codes';
import { outcomePolicy } from '../evaluate/candidates';
import { VERDICT_APPROVE } from '../numbers/format';
import { isApproved, useApproval } from '../state/ledger';
import { digest, levelAt } from '../program/level';
import { lift, liftedCode } from './lift';
import { POLICY_ARENA } from '../numbers/limits';
import { forbidVerdict } from '../program/policy';
import { askedBytes, requestAt, requestTime } from '../request/request';
import { levelsDone, outcomesEnd, outcomesFirst, resultAt, setVerdict, verdict } from './result';
import { sha256 } from '../value/sha256';
import { endOf, startOf } from '../value/value';

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

// Whether the result has a soft forbid with the verdict approve, at any level.
function asksApproval(result: u32): bool {
  for (let at: u32 = 0; at < levelsDone(result); at++) {
    for (let outcome = outcomesFirst(result, at); outcome < outcomesEnd(result, at); outcome += 4)
      if (forbidVerdict(outcomePolicy(levelAt(at), outcome)) === VERDICT_APPROVE) return true;
  }
  return false;
}

function anyAsksApproval(count: u32): bool {
  for (let i: u32 = 0; i < count; i++) {
    const result = resultAt(i);
    if (verdict(result) >= VERDICT_APPROVE && asksApproval(result)) return true;
  }
  return false;
}

// Works in the policies' arena: no policy is being evaluated any more.
function computeDigest(count: u32, authority: u32): void {
  memory.copy(POLICY_ARENA, digest(levelAt(0)), 32);
  memory.copy(POLICY_ARENA + 32, authority, 32);
  let p: u32 = POLICY_ARENA + 64;
  for (let i: u32 = 0; i < count; i++) {
    const asked = askedBytes(requestAt(i));
    const n = endOf(asked) - startOf(asked);
    memory.copy(p, startOf(asked), n);
    p += n;
  }
  sha256(POLICY_ARENA, p - POLICY_ARENA, DIGEST);
  store<u16>(KEY_12, 0x2058);
}

// The result's verdict without what an approval lifts. Nothing of it was blocked, so all its levels have outcomes.
function liftAgain(result: u32): void {
  const code = asksApproval(result) ? APPROVED : PERMITTED;
  setVerdict(result, ALLOW, code, 0);
  for (let at: u32 = 0; at < levelsDone(result); at++) {
    const lifted = lift(levelAt(at), outcomesFirst(result, at), outcomesEnd(result, at), true);
    if (lifted > verdict(result)) setVerdict(result, lifted, liftedCode(), at);
  }
}

/**
 * Names the approval that the requests, under this authority, ask for, if they do, and lifts their verdicts if the
 * state has it. None of them is blocked.
 */
export function applyApproval(count: u32, authority: u32): void {
  if (!anyAsksApproval(count)) return;
  computeDigest(count, authority);
  isNamed = true;
  // The requests of a transaction have one time.
  if (!isApproved(DIGEST, requestTime(requestAt(0)))) return;
  isLifted = true;
  for (let i: u32 = 0; i < count; i++) liftAgain(resultAt(i));
}

/** The requests were released: an approval that lifted something is used up. */
export function spendApproval(): void {
  if (isLifted) useApproval(DIGEST);
}
