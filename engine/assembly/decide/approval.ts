// Owns: the approval that a decision asks for (SPEC §6.6): whether one is asked for, the digest that names it (key 12),
// and the verdicts if the state has it, or selectors that apply. Trusts: outcomes and results. Excludes: the lists of
// approvals and selectors (state/ledger.ts, state/selectors.ts).

import { compare, equal } from '../value/bytes';
import { findKey } from '../value/collections';
import { ALLOW, APPROVED, PERMITTED } from '../numbers/codes';
import { outcomePolicy } from '../evaluate/candidates';
import { NONE, VERDICT_APPROVE } from '../numbers/format';
import { isApproved, useApproval } from '../state/ledger';
import { digest, hasSubject, levelAt, subject } from '../program/level';
import { resolve, resolvedId, resolvedIdEnd, resolvedText, resolvedType } from '../program/entity';
import { isUid } from '../program/uid';
import { lift, liftedCode } from './lift';
import { LINEAGE_RESOURCE, LINEAGE_SIZE, POLICY_ARENA } from '../numbers/limits';
import { forbidVerdict } from '../program/policy';
import { buildLineage } from '../request/lineage';
import { actionValue, askedBytes, contextAt, requestAt, requestTime, resourceAt } from '../request/request';
import {
  firstSelector,
  readSelector,
  selectorAction,
  selectorContent,
  selectorCount,
  selectorExpires,
  selectorSubject,
  selectorWithin,
  selectorsBytes,
  selectorsLength,
  useSelectors,
} from '../state/selectors';
import { isLifted, levelsDone, outcomesEnd, outcomesFirst, resultAt, setLifted, setVerdict, verdict } from './result';
import { sha256 } from '../value/sha256';
import { endOf, startOf } from '../value/value';

const CONTENT: u32 = memory.data<u8>([0x67, 0x63, 0x6f, 0x6e, 0x74, 0x65, 0x6e, 0x74]) as u32; // "content", encoded
const NULL_BYTE: u32 = 0xf6;

const KEY_12: u32 = memory.data(40, 8) as u32; // as it stands in decisions: a head of 2 bytes, then the digest
const DIGEST: u32 = KEY_12 + 2;

let isNamed: bool = false;
let isApprovalUsed: bool = false;
let selectorsUsed: u32 = 0; // a bit for each, by its place

/** Nothing is known to need an approval; or it no longer matters. */
export function forgetApproval(): void {
  isNamed = false;
  isApprovalUsed = false;
  selectorsUsed = 0;
}

/** The encoded digest that decisions name, or 0. */
export function approvalBytes(): u32 {
  return isNamed ? KEY_12 : 0;
}

// Whether the result has a soft forbid with the verdict approve at the level with this index.
function asksApprovalAt(result: u32, at: u32): bool {
  for (let outcome = outcomesFirst(result, at); outcome < outcomesEnd(result, at); outcome += 4)
    if (forbidVerdict(outcomePolicy(levelAt(at), outcome)) === VERDICT_APPROVE) return true;
  return false;
}

function asksApproval(result: u32): bool {
  for (let at: u32 = 0; at < levelsDone(result); at++) if (asksApprovalAt(result, at)) return true;
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
    const lifted = lift(levelAt(at), outcomesFirst(result, at), outcomesEnd(result, at), isLifted(result, at));
    if (lifted > verdict(result)) setVerdict(result, lifted, liftedCode(), at);
  }
}

// Whether the selector last read is for the level with this index: zeros name the program.
function isOfLevel(at: u32): bool {
  const subjectAt = selectorSubject();
  if (at > 0) return hasSubject(levelAt(at)) && equal(subject(levelAt(at)), subjectAt, 32);
  return (load<u64>(subjectAt) | load<u64>(subjectAt, 8) | load<u64>(subjectAt, 16) | load<u64>(subjectAt, 24)) === 0;
}

function isSame(a: u64, b: u64): bool {
  return compare(startOf(a), endOf(a), startOf(b), endOf(b)) === 0;
}

// Whether it is for what the request states as its content; null: nothing is stated.
function isOfContent(request: u32): bool {
  const stated = findKey(contextAt(request), CONTENT);
  const content = selectorContent();
  return stated === 0 ? load<u8>(startOf(content)) === NULL_BYTE : isSame(content, stated);
}

// Whether the resource, whose lineage this is, is what the selector names, or in it.
function isWithin(members: u32): bool {
  resolve(selectorWithin());
  for (let i: u32 = 0; i < members; i++) {
    const member = LINEAGE_RESOURCE + i * LINEAGE_SIZE;
    if (isUid(member, resolvedType(), resolvedText(), resolvedId(), resolvedIdEnd())) return true;
  }
  return false;
}

// The place of the first selector that applies to the request at this level, or NONE.
function findSelector(request: u32, at: u32, members: u32): u32 {
  let p = firstSelector();
  const end = selectorsBytes() + selectorsLength();
  for (let i: u32 = 0; i < selectorCount(); i++) {
    p = readSelector(p, end);
    if (
      (selectorExpires() as i64) > requestTime(request) &&
      isOfLevel(at) &&
      isSame(selectorAction(), actionValue(request)) &&
      isOfContent(request) &&
      isWithin(members)
    )
      return i;
  }
  return NONE;
}

// Lifts, level by level, what a selector lifts of the request.
function applySelectors(request: u32, result: u32): void {
  if (!asksApproval(result)) return;
  // The requests behind it in a transaction have left their own.
  const members = buildLineage(LINEAGE_RESOURCE, resourceAt(request));
  let isAny = false;
  for (let at: u32 = 0; at < levelsDone(result); at++) {
    if (!asksApprovalAt(result, at)) continue;
    const selector = findSelector(request, at, members);
    if (selector === NONE) continue;
    selectorsUsed |= 1 << selector;
    setLifted(result, at);
    isAny = true;
  }
  if (isAny) liftAgain(result);
}

/**
 * Names the approval that the requests, under this authority, ask for, if they do, and lifts their verdicts if the
 * state has it, or selectors apply. None of them is blocked.
 */
export function applyApproval(count: u32, authority: u32): void {
  if (!anyAsksApproval(count)) return;
  computeDigest(count, authority);
  isNamed = true;
  // The requests of a transaction have one time.
  isApprovalUsed = isApproved(DIGEST, requestTime(requestAt(0)));
  for (let i: u32 = 0; i < count; i++) {
    const result = resultAt(i);
    if (isApprovalUsed) {
      for (let at: u32 = 0; at < levelsDone(result); at++) setLifted(result, at);
      liftAgain(result);
    } else if (selectorCount() > 0) {
      applySelectors(requestAt(i), result);
    }
  }
}

/** The requests were released: what lifted something is used up, or has one use less. */
export function spendApproval(): void {
  if (isApprovalUsed) useApproval(DIGEST);
  if (selectorsUsed !== 0) useSelectors(selectorsUsed);
}
