// Owns: what every engine is asked: rules and requests, drawn from a seed, in a form that belongs to no engine. Ten
// rules (seven permits, three forbids) are about one plan and its project's directories, so a good index finds a few
// rules whatever their number; what the labels of a request are is the same at every size.

import { Random } from '../../test/differential/generate/random.ts';

export const ACTIONS = ['file.read', 'file.write', 'file.create', 'file.delete', 'file.rename'] as const;
export type Action = (typeof ACTIONS)[number];

export type Label = 'secret' | 'untrusted' | 'generated' | 'deployment' | 'intent:modify' | 'intent:destroy';
/** Something that is true of a request, or not. */
export type Fact = 'resolved' | Label;

/**
 * Applies to tasks at and below `task`, to one action, and to files below `directory`; `/` is the root of both trees.
 */
export interface Rule {
  id: string;
  effect: 'permit' | 'forbid';
  /** A forbid that is only to restrict; the others block. */
  verdict?: 'read-only' | 'approve';
  task: string;
  action: Action;
  directory: string;
  requires?: Fact;
  /** The rule does not apply to a request with this label. */
  excludes?: Label;
}

export interface FileRequest {
  /** The agent: its objective, intent and plan are the tasks its name starts with. */
  agent: string;
  action: Action;
  path: string;
  resolved: boolean;
}

export interface Workload {
  rules: Rule[];
  requests: FileRequest[];
}

const RULES_PER_PLAN = 10;
const FOLDERS = ['src', 'test', 'docs', 'downloads', '.ssh'] as const;

/** An objective has four intents, an intent four plans. */
const taskOf = (plan: number): string => `/objective-${plan >> 4}/intent-${plan >> 2}/plan-${plan}`;
const projectOf = (plan: number): string => `/srv/tenant-${plan % 7}/project-${plan}`;

function ruleOf(random: Random, plan: number, place: number): Omit<Rule, 'id'> {
  const task = taskOf(plan);
  const action = random.pick(ACTIONS);
  const project = projectOf(plan);
  const folder = `${project}/${random.pick(FOLDERS)}`;
  if (place === 0)
    return { effect: 'permit', task: task.replace(/\/[^/]*$/, ''), action: 'file.read', directory: project };
  if (place < 4) return { effect: 'permit', task, action, directory: project, requires: 'resolved' };
  if (place === 4) return { effect: 'permit', task, action: 'file.write', directory: project, excludes: 'untrusted' };
  if (place < 7) return { effect: 'permit', task, action, directory: folder };
  if (place === 7) return { effect: 'forbid', task: '/', action, directory: project, requires: 'secret' };
  const verdict = random.pick(['read-only', 'approve'] as const);
  if (place === 8) return { effect: 'forbid', verdict, task, action, directory: folder };
  return { effect: 'forbid', task, action, directory: folder, requires: 'untrusted' };
}

function requestOf(random: Random, plans: number): FileRequest {
  const plan = random.between(0, plans - 1);
  const other = random.chance(90) ? plan : random.between(0, plans - 1);
  const file = random.chance(10) ? 'bundle.min.js' : `part-${random.between(0, 99)}.ts`;
  return {
    agent: `${taskOf(other)}/agent-${random.between(0, 3)}`,
    action: random.pick(ACTIONS),
    path: `${projectOf(plan)}/${random.pick(FOLDERS)}/module-${random.between(0, 9)}/${file}`,
    resolved: random.chance(90),
  };
}

/** `size` rules and `count` requests. */
export function drawWorkload(seed: number, size: number, count: number): Workload {
  const random = new Random(seed);
  const plans = Math.max(1, size / RULES_PER_PLAN);
  const rules = Array.from({ length: size }, (_, index) => ({
    id: `rule-${index}`,
    ...ruleOf(random, Math.floor(index / RULES_PER_PLAN), index % RULES_PER_PLAN),
  }));
  return { rules, requests: Array.from({ length: count }, () => requestOf(random, plans)) };
}
