// Owns: outcomes, which are the policies that matched or errored, in program order, and running one set of a level's
// policies: those that the index offers, or all of them when the action's ancestors are not those the index knows.
// Trusts: the index. Excludes: what an outcome means (decide/lift.ts).

import { principalPostings, resourcePostings } from '../program/anchors';
import { EXHAUSTED, MATCH, NO_MATCH, evaluate } from './evaluate';
import { exhaust, isSpent, spend } from '../value/fuel';
import { bucket, firstSetCount, policyAt, policyCount } from '../program/level';
import { HITS, OUTCOMES, OUTCOMES_END } from '../numbers/limits';
import { principalHitsEnd, resourceHitsEnd } from '../request/marks';
import { codeLength, codeStart, countOf, countedAt, isCounted } from '../program/policy';
import { usesOf } from '../state/ledger';
import { POSTING_STEP, postingActions, postingPolicy, postingsEnd, postingsStart } from '../program/postings';
import { actionCount } from '../program/schema';
import { isInScope } from './scope';
import { isActionIndexed, subjectAction } from '../request/subject';

// An action mask has a bit for every action of a schema with up to 32; then it decides about a policy's action by
// itself.
const MASK_ACTIONS: u32 = 32;

let top: u32 = 0;
let listStart: u32 = 0;

export function clearOutcomes(): void {
  top = OUTCOMES;
}

/** An outcome is a policy's index and MATCH or ERRED. */
export function outcomePolicy(level: u32, outcome: u32): u32 {
  return policyAt(level, load<u32>(outcome) >> 2);
}

export function outcomeKind(outcome: u32): u32 {
  return load<u32>(outcome) & 3;
}

// isActionDecided: the policy is known to apply to the request's action.
function consider(level: u32, request: u32, policy: u32, isActionDecided: bool): void {
  spend(1);
  const record = policyAt(level, policy);
  if (isSpent() || !isInScope(level, request, record, isActionDecided)) return;
  if (isCounted(record) && usesOf(countedAt(record)) >= (countOf(record) as u64)) return;
  const outcome = evaluate(level, request, codeStart(record), codeLength(record));
  if (outcome === NO_MATCH || outcome === EXHAUSTED) return;
  if (top === OUTCOMES_END) {
    exhaust();
    return;
  }
  store<u32>(top, (policy << 2) | outcome);
  top += 4;
}

function walk(level: u32, request: u32, postings: u32, isFirst: bool): void {
  const bit: u32 = 1 << (subjectAction() & 31);
  const isActionDecided = actionCount() <= MASK_ACTIONS;
  const end = postingsEnd(postings, isFirst);
  for (let p = postingsStart(postings, isFirst); p < end; p += POSTING_STEP) {
    if ((postingActions(p) & bit) !== 0) consider(level, request, postingPolicy(p), isActionDecided);
    else spend(1);
  }
}

// Shell sort of the outcomes just found: they come as a few ascending runs.
function sortOutcomes(): void {
  const n = (top - listStart) >> 2;
  let gap: u32 = 1;
  while (gap < n / 3) gap = gap * 3 + 1;
  for (; gap > 0; gap /= 3) {
    for (let i = gap; i < n; i++) {
      const item = load<u32>(listStart + (i << 2));
      let j = i;
      for (; j >= gap && load<u32>(listStart + ((j - gap) << 2)) > item; j -= gap) {
        store<u32>(listStart + (j << 2), load<u32>(listStart + ((j - gap) << 2)));
      }
      store<u32>(listStart + (j << 2), item);
    }
  }
}

/**
 * Evaluates the policies of the first or of the second set (level.ts) of a level that was marked for the request; false
 * if the fuel ran out.
 */
export function runPolicies(level: u32, request: u32, isFirst: bool): bool {
  listStart = top;
  if (!isActionIndexed()) {
    const end = isFirst ? firstSetCount(level) : policyCount(level);
    for (let i: u32 = isFirst ? 0 : firstSetCount(level); i < end; i++) consider(level, request, i, false);
    return !isSpent();
  }
  walk(level, request, bucket(level, subjectAction() & 31), isFirst);
  for (let hit = HITS; hit < resourceHitsEnd(); hit += 4)
    walk(level, request, resourcePostings(load<u32>(hit)), isFirst);
  for (let hit = resourceHitsEnd(); hit < principalHitsEnd(); hit += 4)
    walk(level, request, principalPostings(load<u32>(hit)), isFirst);
  sortOutcomes();
  return !isSpent();
}

/** Whether some policy of the last run matched. */
export function hasMatch(): bool {
  for (let outcome = listStart; outcome < top; outcome += 4) if (outcomeKind(outcome) === MATCH) return true;
  return false;
}

/** Forgets the outcomes of the last run. */
export function discardOutcomes(): void {
  top = listStart;
}

/** The outcomes of the last run are [outcomesStart, outcomesTop), four bytes each. */
export function outcomesStart(): u32 {
  return listStart;
}

export function outcomesTop(): u32 {
  return top;
}
