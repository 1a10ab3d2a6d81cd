// Owns: the text of `plumb demo`: what people see first.

import { VERDICTS, type Decision, type Verdict } from '../index.ts';
import type { PolicySources } from '../../engine/compiler/index.ts';
import type { Item, Request } from '../../kernel-adapters/shell/index.ts';
import { describe, type ReplayReport, type VerifyReport } from '../../verifier/index.ts';
import { messagesOf } from './policy-messages.ts';

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
  keys: string;
  steps: Step[];
  verified: VerifyReport;
  replayed: ReplayReport;
  flip: { log: string; segment: string; offset: number };
  tampered: VerifyReport;
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

export function describeDemo(demo: Demo, colour: boolean): string {
  const paint = (as: keyof typeof COLOURS, text: string): string =>
    colour ? `\x1b[${COLOURS[as]}m${text}\x1b[0m` : text;
  const lines: string[] = [];
  const section = (title: string): void => void lines.push('', paint('bold', title));

  section(`The session: ${demo.file.split('/').at(-1)}, decided under the preset ${demo.policy}`);
  let labels: readonly string[] = [];
  for (const [index, step] of demo.steps.entries()) {
    const verdict = verdictOf(step);
    const now = stickyOf(step);
    const gained = now.filter((label) => !labels.includes(label));
    labels = [...new Set([...labels, ...now])];
    const note = gained.length > 0 ? paint('dim', `  + ${gained.join(', ')}`) : '';
    lines.push(
      `${String(index + 1).padStart(4)}  ${shown(step.action).padEnd(ACTION_WIDTH)}  ${paint(verdict, verdict)}${note}`,
    );
  }

  section('Why not allowed');
  lines.push(...reasons(demo, paint));

  section('The record');
  lines.push(
    `  log       ${demo.log}`,
    `  verify    ${first(demo.verified)}`,
    `  replay    ${replayLine(demo.replayed)}`,
  );
  section(`One bit flipped in a copy: ${demo.flip.segment}, byte ${demo.flip.offset}`);
  lines.push(
    ...describe(demo.tampered)
      .trimEnd()
      .split('\n')
      .slice(0, 4)
      .map((line) => `  ${line}`),
  );

  section('In short');
  const all = demo.steps.flatMap(({ decided }) => decided);
  const count = (verdict: Verdict): number => all.filter(({ decision }) => decision.verdict === verdict).length;
  const counts = VERDICTS.filter((verdict) => count(verdict) > 0).map((verdict) =>
    paint(verdict, `${count(verdict)} ${verdict}`),
  );
  lines.push(`  ${demo.steps.length} steps, ${all.length} requests: ${counts.join(', ')}`);
  lines.push(`  ${outcome(demo)}`);
  lines.push(paint('dim', `  again: plumb verify ${demo.log} --key ${demo.keys}`), '');
  return lines.join('\n');
}

/** Labels a step's last decision shows that are about the session rather than the one request. */
function stickyOf({ decided }: Step): string[] {
  return (decided.at(-1)?.decision.labels ?? []).filter((label) => !label.startsWith('intent:'));
}

function shown(action: string): string {
  const [line = ''] = action.trim().split('\n');
  return line.length > ACTION_WIDTH ? `${line.slice(0, ACTION_WIDTH - 1)}…` : line;
}

/** One line for each step and cause: a step's requests often fall under the same policy. */
function reasons({ steps, sources }: Demo, paint: (as: keyof typeof COLOURS, text: string) => string): string[] {
  const messages = messagesOf(sources);
  return steps.flatMap((step, index) => {
    const causes = new Map<string, string[]>();
    for (const { item, decision } of step.decided) {
      if (decision.verdict === 'allow') continue;
      const policies = decision.determining.map((id) => `${id}: ${messages.get(id) ?? decision.code}`);
      const cause = `${paint(decision.verdict, decision.verdict)} ${policies.join('\n              ') || decision.code}`;
      causes.set(cause, [...(causes.get(cause) ?? []), ...[item].flat().map(subject)]);
    }
    return [...causes].flatMap(([cause, subjects], at) => [
      `${at === 0 ? `${index + 1}`.padStart(4) : '    '}  ${cause}`,
      ...[...new Set(subjects)].map((text) => paint('dim', `          ${text}`)),
    ]);
  });
}

function subject({ action, resource, context }: Request): string {
  return `${action} ${resource.id}${context['dynamic'] === true ? ' (dynamic)' : ''}`;
}

const first = (report: VerifyReport): string => describe(report).split('\n', 1)[0]!;

function replayLine(report: ReplayReport): string {
  return describe(report)
    .split('\n')
    .find((line) => line.startsWith('replay') || line.includes('diverged'))!;
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
