// Owns: holding an engine's answers to the reference's.

import type { Contender } from './contender.ts';
import { referenceAnswers } from './reference.ts';
import type { Workload } from './workload.ts';

/** The first answer that is not the reference's, told; `undefined` if there is none. */
export function disagreement(contender: Contender, workload: Workload): string | undefined {
  for (const [index, expected] of referenceAnswers(workload).entries()) {
    const { allow, verdict = expected.verdict } = contender.answer(index);
    if (allow === expected.allow && verdict === expected.verdict) continue;
    const answered = JSON.stringify({ allow, verdict });
    return `answers ${answered}, not ${JSON.stringify(expected)}, to ${JSON.stringify(workload.requests[index])}`;
  }
  return undefined;
}
