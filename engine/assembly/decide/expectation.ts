// Owns: whether a request is surprising (SPEC §6.7): outside what some layer expects. Trusts: the index. Excludes: what
// follows from it (decide.ts).

import { discardOutcomes, hasMatch, runPolicies } from '../evaluate/candidates';
import { supplyLabels } from '../evaluate/supplied';
import { NO_LABELS } from '../numbers/limits';
import { firstSetCount, levelAt, levelCount, policyCount } from '../program/level';
import { beginMarks, markLevel } from '../request/marks';

/** Whether some layer expects something else. Where the fuel runs out, the answer means nothing. */
export function isUnexpected(request: u32): bool {
  let isAsked = false;
  let isMissed = false;
  for (let at: u32 = 1; at < levelCount(); at++) {
    const level = levelAt(at);
    if (firstSetCount(level) === policyCount(level)) continue;
    if (!isAsked) supplyLabels(NO_LABELS, NO_LABELS, false);
    isAsked = true;
    markLevel(level);
    runPolicies(level, request, false);
    if (!hasMatch()) isMissed = true;
    discardOutcomes();
  }
  // The levels are marked once more for their decision policies.
  if (isAsked) beginMarks();
  return isMissed;
}
