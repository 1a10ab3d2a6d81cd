// Owns: Cedar's own WebAssembly build with the policies parsed once. It is handed labels and every entity ready-made.

import { preparsePolicySet, statefulIsAuthorized, type EntityJson } from '@cedar-policy/cedar-wasm/nodejs';
import { policyText } from '../cedar-text.ts';
import type { Prepare } from '../contender.ts';
import { know, type Known } from '../reference.ts';

export const prepareCedarWasm: Prepare = ({ rules, requests }) => {
  const parsed = preparsePolicySet('bench', {
    staticPolicies: Object.fromEntries(rules.map((rule) => [rule.id, policyText(rule)])),
  });
  if (parsed.type === 'failure') throw new Error(parsed.errors.map(({ message }) => message).join('; '));
  const calls = requests.map(know).map((request) => ({
    principal: { type: 'Agent', id: request.agent },
    action: { type: 'Action', id: request.action },
    resource: { type: 'File', id: request.path },
    context: { resolved: request.resolved, labels: request.labels },
    preparsedPolicySetId: 'bench',
    entities: entitiesOf(request),
  }));
  const decide = (index: number) => statefulIsAuthorized(calls[index]!);
  return {
    decide,
    answer(index) {
      const answer = decide(index);
      if (answer.type === 'failure') throw new Error(answer.errors.map(({ message }) => message).join('; '));
      return { allow: answer.response.decision === 'allow' };
    },
  };
};

export const entitiesOf = ({ agent, path, tasks, directories }: Known): EntityJson[] => [
  ...line('Task', tasks, 'Agent', agent),
  ...line('Dir', directories, 'File', path),
];

/** The ancestors, each the parent of the next, and what is below them all. */
function line(type: string, ancestors: string[], leafType: string, leaf: string): EntityJson[] {
  const uids = [...ancestors.map((id) => ({ type, id })), { type: leafType, id: leaf }];
  return uids.map((uid, index) => ({ uid, attrs: {}, parents: uids.slice(Math.max(0, index - 1), index) }));
}
