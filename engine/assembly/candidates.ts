// Runs one set of one level's policies against the current request: those the index offers, or all of them when the action is
// none the index knows. Owns the outcomes: which policies matched or errored, in program order.

import {
  MARK_ACTION,
  MARK_ACTION_IN,
  MARK_PRINCIPAL,
  MARK_PRINCIPAL_IN,
  MARK_RESOURCE,
  MARK_RESOURCE_IN,
  POSTING_STEP,
  bucketPostings,
  markLineage,
  postingActions,
  postingPolicy,
  postingsEnd,
  postingsStart,
  principalPostings,
  resourcePostings,
} from './anchors';
import { EXHAUSTED, NO_MATCH, evaluate } from './evaluate';
import { NONE } from './format';
import { exhaust, isSpent, spend } from './fuel';
import { labelPolicyCount, policyAt, policyCount } from './level';
import { HITS, LINEAGE_ACTION, LINEAGE_PRINCIPAL, LINEAGE_RESOURCE, OUTCOMES, OUTCOMES_END } from './limits';
import { isInScope } from './scope';

let principalCount: u32 = 0;
let actionMembers: u32 = 0;
let resourceCount: u32 = 0;
let action: u32 = 0;
let resourceHits: u32 = 0;
let principalHits: u32 = 0;
let top: u32 = 0;
let listStart: u32 = 0;

export function clearOutcomes(): void {
  top = OUTCOMES;
}

/** An outcome is a policy's index and MATCH or ERRED. */
export function outcomePolicy(outcome: u32): u32 {
  return policyAt(load<u32>(outcome) >> 2);
}

export function outcomeKind(outcome: u32): u32 {
  return load<u32>(outcome) & 3;
}

/** Begins a request: how many members its lineages have, and its action in the schema (NONE: the index does not apply). */
export function beginCandidates(principal: u32, actionLineage: u32, resource: u32, indexedAction: u32): void {
  principalCount = principal;
  actionMembers = actionLineage;
  resourceCount = resource;
  action = indexedAction;
}

/** Marks the request's lineages on the selected level's anchors. */
export function markLevel(): void {
  resourceHits = markLineage(LINEAGE_RESOURCE, resourceCount, MARK_RESOURCE, MARK_RESOURCE_IN, HITS);
  principalHits = markLineage(LINEAGE_PRINCIPAL, principalCount, MARK_PRINCIPAL, MARK_PRINCIPAL_IN, resourceHits);
  markLineage(LINEAGE_ACTION, actionMembers, MARK_ACTION, MARK_ACTION_IN, 0);
}

function consider(policy: u32): void {
  spend(1);
  const record = policyAt(policy);
  if (isSpent() || !isInScope(record)) return;
  const outcome = evaluate(load<u32>(record, 56), load<u32>(record, 60));
  if (outcome === NO_MATCH || outcome === EXHAUSTED) return;
  if (top === OUTCOMES_END) {
    exhaust();
    return;
  }
  store<u32>(top, (policy << 2) | outcome);
  top += 4;
}

function walk(postings: u32, labels: bool): void {
  const bit: u32 = 1 << (action & 31);
  const end = postingsEnd(postings, labels);
  for (let p = postingsStart(postings, labels); p < end; p += POSTING_STEP) {
    if ((postingActions(p) & bit) !== 0) consider(postingPolicy(p));
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

/** Evaluates the label or the decision policies of the selected, marked level; false if the fuel ran out. */
export function runPolicies(labels: bool): bool {
  listStart = top;
  if (action === NONE) {
    const end = labels ? labelPolicyCount() : policyCount();
    for (let i: u32 = labels ? 0 : labelPolicyCount(); i < end; i++) consider(i);
    return !isSpent();
  }
  walk(bucketPostings(action), labels);
  for (let hit = HITS; hit < resourceHits; hit += 4) walk(resourcePostings(load<u32>(hit)), labels);
  for (let hit = resourceHits; hit < principalHits; hit += 4) walk(principalPostings(load<u32>(hit)), labels);
  sortOutcomes();
  return !isSpent();
}

/** The outcomes of the last run are [outcomesStart, outcomesTop), four bytes each. */
export function outcomesStart(): u32 {
  return listStart;
}

export function outcomesTop(): u32 {
  return top;
}
