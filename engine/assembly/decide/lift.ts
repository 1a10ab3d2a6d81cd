// Owns: the strict lift (SPEC §6.1): from the outcomes of one level's policies to the level's verdict; Cedar's own
// answer as well. Trusts: outcomes. Excludes: evaluating policies (evaluate/).

import { ALLOW, APPROVED, BLOCK, CONSTRAINED, FORBIDDEN, FORBID_ERROR, NO_PERMIT, PERMITTED } from '../numbers/codes';
import { outcomeKind, outcomePolicy } from '../evaluate/candidates';
import { ERRED, MATCH } from '../evaluate/evaluate';
import { VERDICT_APPROVE, VERDICT_HARD } from '../numbers/format';
import { forbidVerdict, isPermit } from '../program/policy';

let reason: u32 = 0;

/** The verdict of a level with these outcomes, without what an approval lifts if there is one; liftedCode says why. */
export function lift(level: u32, first: u32, end: u32, isApproved: bool): u32 {
  let hardMatch = false;
  let hardError = false;
  let permit = false;
  let soft: u32 = ALLOW;
  for (let outcome = first; outcome < end; outcome += 4) {
    const policy = outcomePolicy(level, outcome);
    const kind = outcomeKind(outcome);
    if (isPermit(policy)) {
      if (kind === MATCH) permit = true;
    } else if (forbidVerdict(policy) !== VERDICT_HARD) {
      if (!isApproved || forbidVerdict(policy) !== VERDICT_APPROVE) soft = max(soft, forbidVerdict(policy));
    } else if (kind === MATCH) {
      hardMatch = true;
    } else {
      hardError = true;
    }
  }
  if (hardMatch) reason = FORBIDDEN;
  else if (hardError) reason = FORBID_ERROR;
  else if (!permit) reason = NO_PERMIT;
  else reason = soft === ALLOW ? PERMITTED : CONSTRAINED;
  return reason === PERMITTED || reason === CONSTRAINED ? soft : BLOCK;
}

export function liftedCode(): u32 {
  return reason;
}

/** Whether an outcome is among what decided for this verdict and code (SPEC §5, key 4). */
export function isDetermining(level: u32, outcome: u32, verdict: u32, code: u32): bool {
  const policy = outcomePolicy(level, outcome);
  const kind = outcomeKind(outcome);
  if (code === PERMITTED || code === APPROVED) return isPermit(policy) && kind === MATCH;
  if (code === CONSTRAINED) return forbidVerdict(policy) === verdict;
  if (code === FORBIDDEN) return forbidVerdict(policy) === VERDICT_HARD && kind === MATCH;
  return code === FORBID_ERROR && forbidVerdict(policy) === VERDICT_HARD && kind === ERRED;
}

/** Whether Cedar allows: some permit matches, and no forbid. */
export function cedarAllows(level: u32, first: u32, end: u32): bool {
  let permit = false;
  for (let outcome = first; outcome < end; outcome += 4) {
    if (outcomeKind(outcome) !== MATCH) continue;
    if (!isPermit(outcomePolicy(level, outcome))) return false;
    permit = true;
  }
  return permit;
}

/** Whether an outcome is among Cedar's reasons: the matching permits of an allow, else the matching forbids. */
export function isCedarReason(level: u32, outcome: u32, allows: bool): bool {
  return outcomeKind(outcome) === MATCH && isPermit(outcomePolicy(level, outcome)) === allows;
}
