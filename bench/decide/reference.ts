// Owns: the right answers, told as plainly as can be. Every engine has to give them before it is timed; none shares
// this code.

import type { Fact, FileRequest, Label, Rule, Workload } from './workload.ts';

/** Cedar's answer, and the strict verdict of the candidates that give one. */
export interface Answer {
  allow: boolean;
  verdict?: string;
}

/** A request with all that follows from it; what engines without label policies and derived parents are handed. */
export interface Known extends FileRequest {
  /** `/` and every task down to the agent's plan. */
  tasks: string[];
  /** `/` and every directory above the file. */
  directories: string[];
  labels: Label[];
  facts: Fact[];
}

/** The proper prefixes of a path, from `/` on. */
const ancestors = (path: string): string[] => [
  '/',
  ...path
    .split('/')
    .slice(1, -1)
    .map((_, index) => path.split('/', index + 2).join('/')),
];

function labelsOf({ action, path }: FileRequest): Label[] {
  const segments = path.split('/').slice(1);
  const changes: Record<string, Label[]> = {
    'file.write': ['intent:modify'],
    'file.create': ['intent:modify'],
    'file.rename': ['intent:modify'],
    'file.delete': ['intent:modify', 'intent:destroy'],
  };
  return [
    ...(segments.includes('.ssh') ? (['secret'] as const) : []),
    ...(segments.includes('downloads') ? (['untrusted'] as const) : []),
    ...(segments.at(-1) === 'bundle.min.js' ? (['generated'] as const) : []),
    ...(path.startsWith('/srv/tenant-0/') ? (['deployment'] as const) : []),
    ...(changes[action] ?? []),
  ];
}

export function know(request: FileRequest): Known {
  const labels = labelsOf(request);
  return {
    ...request,
    tasks: ancestors(request.agent),
    directories: ancestors(request.path),
    labels,
    facts: [...(request.resolved ? (['resolved'] as const) : []), ...labels],
  };
}

const applies = (rule: Rule, request: Known): boolean =>
  request.tasks.includes(rule.task) &&
  request.action === rule.action &&
  request.directories.includes(rule.directory) &&
  (rule.requires === undefined || request.facts.includes(rule.requires)) &&
  (rule.excludes === undefined || !request.facts.includes(rule.excludes));

/** SPEC §6.1. */
function answer(rules: Rule[], request: Known): Required<Answer> {
  const matched = rules.filter((rule) => applies(rule, request));
  const forbids = matched.filter(({ effect }) => effect === 'forbid');
  const permitted = matched.some(({ effect }) => effect === 'permit');
  const soft = ['approve', 'read-only'].find((verdict) => forbids.some((rule) => rule.verdict === verdict));
  const blocked = !permitted || forbids.some((rule) => rule.verdict === undefined);
  return { allow: permitted && forbids.length === 0, verdict: blocked ? 'block' : (soft ?? 'allow') };
}

export const referenceAnswers = ({ rules, requests }: Workload): Required<Answer>[] =>
  requests.map((request) => answer(rules, know(request)));
