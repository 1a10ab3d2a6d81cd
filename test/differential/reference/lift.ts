// Owns: the strict lift of one level (SPEC §6.1): from what its policies came to, to a verdict and what decided it.
// Excludes: labels, and how levels, transactions and the state come together (decide.ts).

import { CODE, SOFT_VERDICTS, VERDICT } from './codes.ts';
import { outcome, type Environment, type Outcome } from './evaluate.ts';
import { type Policy } from './policy.ts';

export interface Constraint {
  verdict: number;
  policy: string;
  argument: string | null;
}
export interface Lifted {
  verdict: number;
  code: number;
  determining: string[];
  errors: string[];
  constraints: Constraint[];
  /** Soft forbids with the verdict approve, whether they count or an approval lifts them. */
  asking: number;
}

export const ids = (policies: Policy[]): string[] => policies.map(({ id }) => id);

/**
 * `fault`: of strict validation; `wasAbsent`: whether policies have asked about an entity that should be in the store;
 * `isApproved`: whether an approval lifts what asks for one.
 */
export function lift(
  policies: Policy[],
  env: Environment,
  fault: number | undefined,
  wasAbsent: () => boolean,
  isApproved: boolean,
): Lifted {
  const outcomes = new Map<Policy, Outcome>(policies.map((policy) => [policy, outcome(policy, env)]));
  const having = (effect: string, soft: boolean, ...wanted: Outcome[]) =>
    policies.filter(
      (policy) =>
        policy.effect === effect &&
        policy.annotations.has('verdict') === soft &&
        wanted.includes(outcomes.get(policy)!),
    );
  const errors = ids(policies.filter((policy) => outcomes.get(policy) === 'error'));
  const block = (code: number, determining: Policy[]): Lifted => {
    return { verdict: VERDICT.block, code, determining: ids(determining), errors, constraints: [], asking: 0 };
  };

  if (fault !== undefined) return block(fault, []);
  if (wasAbsent()) return block(CODE.entityAbsent, []);
  const matched = having('forbid', false, 'match');
  if (matched.length > 0) return block(CODE.forbidden, matched);
  const errored = having('forbid', false, 'error');
  if (errored.length > 0) return block(CODE.forbidError, errored);
  const permits = having('permit', false, 'match');
  if (permits.length === 0) return block(CODE.noPermit, []);
  const all: Constraint[] = having('forbid', true, 'match', 'error').map(({ id, annotations }) => ({
    verdict: SOFT_VERDICTS[annotations.get('verdict')!]!,
    policy: id,
    argument: annotations.get('only') ?? annotations.get('profile') ?? null,
  }));
  const asking = all.filter((constraint) => constraint.verdict === VERDICT.approve).length;
  const constraints = isApproved ? all.filter((constraint) => constraint.verdict !== VERDICT.approve) : all;
  if (constraints.length > 0) {
    const verdict = Math.max(...constraints.map((constraint) => constraint.verdict));
    const determining = constraints.filter((constraint) => constraint.verdict === verdict).map(({ policy }) => policy);
    return { verdict, code: CODE.constrained, determining, errors, constraints, asking };
  }
  return { verdict: VERDICT.allow, code: CODE.permitted, determining: ids(permits), errors, constraints, asking };
}
