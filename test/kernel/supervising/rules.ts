// Owns: a mediator of a few rules, written down as data, so that tests can say what is decided.

import type { Scope } from '../attacks/run.ts';
import type { Decision, Mediate, Request } from '../../../kernel-adapters/linux/supervisor/mediator.ts';

export interface Rule {
  action?: string;
  /** What the resource's id begins with. */
  at?: string;
  verdict: Decision['verdict'];
  argument?: string;
}

const ORDER = ['allow', 'degrade', 'restrict', 'read-only', 'approve', 'defer', 'block'];

/**
 * The first rule that matches decides each request; without one it is allowed. Of several the most restrictive holds.
 */
export function mediator(
  rules: readonly Rule[],
  approved: ReadonlySet<string>,
  told: (requests: readonly Request[], verdict: string) => void,
): Mediate {
  const decide = ({ action, resource, context }: Request): Decision => {
    const rule = rules.find((each) => (each.action ?? action) === action && resource.id.startsWith(each.at ?? ''));
    const verdict = rule?.verdict ?? 'allow';
    const approval = [action, resource.id, context['content']].join(' ');
    if (verdict === 'approve' && approved.has(approval)) return { verdict: 'allow', code: 'permit', constraints: [] };
    const constraints = ['allow', 'block'].includes(verdict)
      ? []
      : [{ verdict, policy: 'p', argument: rule?.argument ?? null }];
    return { verdict, code: 'rule', constraints, ...(verdict === 'approve' && { approval }) };
  };
  return (given) => {
    const requests = [given].flat() as readonly Request[];
    const decisions = requests.map(decide);
    const decision = decisions.toSorted((a, b) => ORDER.indexOf(b.verdict) - ORDER.indexOf(a.verdict))[0]!;
    told(requests, decision.verdict);
    return decision;
  };
}

const allowing = (names: readonly string[], ...actions: string[]): Rule[] =>
  names.flatMap((at) => actions.map((action) => ({ action, at, verdict: 'allow' as const })));

/** The rules of a scope: what it does not name is blocked. */
export function rulesOf(scope: Scope): Rule[] {
  return [
    ...allowing(scope.read, 'file.read'),
    ...allowing(scope.write, 'file.write', 'file.create', 'file.delete', 'file.rename'),
    ...allowing(scope.exec, 'process.exec'),
    ...allowing(scope.connect, 'net.connect'),
    ...allowing(scope.listen, 'net.listen'),
    { verdict: 'block' },
  ];
}
