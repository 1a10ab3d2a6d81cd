// Owns: the text of `plumb demo`: what people see first.

import { type Verdict, VERDICTS } from '../../codes.ts';
import type { Decision } from '../../decision.ts';
import type { PolicySources } from '../../../engine/compiler/index.ts';
import type { Item } from '../../../kernel-adapters/shell/index.ts';
import { describe, type ReplayReport, type VerifyReport } from '../../../verifier/index.ts';
import type { Attack } from './attack.ts';
import { describeAttack } from './describe-attack.ts';
import { annotationsOf } from '../policy/annotations.ts';

export interface Step {
  action: string;
  decided: { item: Item; decision: Decision }[];
}

export interface Demo {
  file: string;
  policy: string;
  sources: PolicySources;
  directory: string;
  log: string;
  seed: string;
  steps: Step[];
  verified: VerifyReport;
  replayed: ReplayReport;
  flip: { log: string; segment: string; offset: number };
  tampered: VerifyReport;
  attack: Attack;
}

const COLOURS: Record<Verdict | 'dim' | 'bold', number> = {
  allow: 32,
  degrade: 33,
  restrict: 33,
  'read-only': 33,
  approve: 33,
  defer: 33,
  block: 31,
  dim: 2,
  bold: 1,
};
const ACTION_WIDTH = 66;

const rank = (verdict: Verdict): number => VERDICTS.indexOf(verdict);
const verdictOf = ({ decided }: Step): Verdict =>
  decided.map(({ decision }) => decision.verdict).reduce((a, b) => (rank(a) > rank(b) ? a : b));

type Paint = (as: keyof typeof COLOURS, text: string) => string;

export function describeDemo(demo: Demo, colour: boolean): string {
  const paint: Paint = (as, text) => (colour ? `\x1b[${COLOURS[as]}m${text}\x1b[0m` : text);
  const { messages, sticky } = annotationsOf(demo.sources);
  const lines: string[] = [];
  const section = (title: string): void => void lines.push('', paint('bold', title), '');

  section(`${demo.file.split('/').at(-1)}, decided under the preset ${demo.policy}`);
  const labels = new Set<string>();
  for (const [index, step] of demo.steps.entries()) {
    const verdict = verdictOf(step);
    const gained = stickyOf(step).filter((label) => sticky.has(label) && !labels.has(label));
    for (const label of gained) labels.add(label);
    const note = gained.length === 0 ? '' : paint('dim', `  the session is now ${gained.join(', ')}`);
    lines.push(`${numbered(index)}  ${shown(step.action).padEnd(ACTION_WIDTH)}  ${paint(verdict, verdict)}${note}`);
  }

  section('Why not allowed');
  lines.push(...demo.steps.flatMap((step, index) => reasons(step, index, messages, paint)));

  section('The record');
  lines.push(`  ${demo.log}`, `  verify  ${first(demo.verified)}`, `  replay  ${replayLine(demo.replayed)}`);

  section(`A copy of it, one bit flipped in byte ${demo.flip.offset} of ${demo.flip.segment}`);
  lines.push(
    ...describe(demo.tampered)
      .split('\n')
      .slice(0, 4)
      .map((line) => `  ${line}`),
  );

  section(`An attack of many steps, under the objective "${demo.attack.objective}"`);
  lines.push(...describeAttack(demo.attack, paint), `  replay  ${replayLine(demo.attack.replayed)}`);

  section('In short');
  const all = demo.steps.flatMap(({ decided }) => decided.map(({ decision }) => decision.verdict));
  const counts = VERDICTS.map((verdict) => [verdict, all.filter((one) => one === verdict).length] as const);
  const told = counts.filter(([, count]) => count > 0).map(([verdict, count]) => paint(verdict, `${count} ${verdict}`));
  lines.push(`  ${demo.steps.length} steps, ${all.length} requests: ${told.join(', ')}`, `  ${outcome(demo)}`);
  lines.push(paint('dim', `  again: plumb verify ${demo.log} --key ${demo.seed}`), '');
  return lines.join('\n');
}

const numbered = (index: number): string => String(index + 1).padStart(4);

/** Labels on a step's requests that were let through: only those may stay on the session. */
function stickyOf({ decided }: Step): string[] {
  return [...new Set(decided.flatMap(({ decision }) => (decision.verdict === 'block' ? [] : decision.labels)))];
}

function shown(action: string): string {
  const [line = ''] = action.trim().split('\n');
  return line.length > ACTION_WIDTH ? `${line.slice(0, ACTION_WIDTH - 1)}…` : line;
}

/** A step's requests that were not allowed, under what the policies say about them. */
function reasons({ decided }: Step, index: number, messages: ReadonlyMap<string, string>, paint: Paint): string[] {
  const causes = new Map<string, string[]>();
  for (const { item, decision } of decided) {
    const { verdict, code, determining } = decision;
    if (verdict === 'allow') continue;
    const said = new Set(determining.map((id) => messages.get(id) ?? code));
    const cause = `${paint(verdict, verdict.padEnd(9))}  ${[...said].join('; ') || (decision.message ?? code)}`;
    const subject = [...new Set([item].flat().map(({ action, resource }) => `${action} ${resource.id}`))].join(' + ');
    causes.set(cause, [...(causes.get(cause) ?? []), `${subject}  [${determining.join(', ') || code}]`]);
  }
  return [...causes].flatMap(([cause, subjects], at) => [
    `${at === 0 ? numbered(index) : '    '}  ${cause}`,
    ...subjects.map((subject) => paint('dim', `                 ${subject}`)),
  ]);
}

const first = (report: VerifyReport): string => describe(report).split('\n', 1)[0]!;

function replayLine({ replayed, reason, divergence }: ReplayReport): string {
  const fault = reason ?? (divergence && `record ${divergence.seq} diverged in its ${divergence.part}`);
  return fault === undefined ? `replayed ${replayed} decision records to the same bytes` : `stopped: ${fault}`;
}

function outcome({ verified, replayed, tampered }: Demo): string {
  const said = [
    verified.status === 'authenticated' ? 'verified' : `NOT verified (${verified.status})`,
    replayed.status === 'authenticated' ? 'replayed to the same bytes' : `NOT replayed (${replayed.status})`,
    tampered.fault === undefined
      ? 'the flipped bit was NOT found'
      : `the flipped bit found in record ${tampered.fault.seq}`,
  ];
  return `the log was ${said.join(', ')}`;
}
