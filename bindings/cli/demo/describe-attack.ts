// Owns: the text of the demo's attack: what its processes said, and every decision with what granted it at each level.

import type { Verdict } from '../../codes.ts';
import type { Why } from '../../why.ts';
import { describe } from '../../../verifier/index.ts';
import type { Attack, AttackRun } from './attack.ts';
import { printable } from '../describe-record.ts';
import { describeWhy } from '../why.ts';

const SAID_WIDTH = 42;

export function describeAttack(attack: Attack, paint: (verdict: Verdict, text: string) => string): string[] {
  const { project, simulated, alone, together, verified } = attack;
  const short = (text: string): string => printable(text.replaceAll(project, 'PROJECT'));
  const outcomes = (run: AttackRun): string[] => [
    ...run.outcomes.map(
      ({ said, isDone, answer }) => `  ${said.padEnd(SAID_WIDTH)}  ${paint(isDone ? 'allow' : 'block', short(answer))}`,
    ),
    ...(run.received === null ? [] : [`  ${received(run.received)}`]),
  ];
  const decided = (group: readonly Why[]): string[] => {
    const { seq, decision, requests } = group[0]!;
    const last = group.at(-1)!.seq;
    const range = seq === last ? String(seq) : `${seq}-${last}`;
    const subject =
      seq === last
        ? requests.map(({ action, resource }) => `${action.id} ${resource.id}`).join(' + ')
        : `file.read of ${group.length} files of the system`;
    const line = `${range.padStart(7)}  ${paint(decision.verdict, decision.verdict.padEnd(9))} ${short(subject)}`;
    const why = decision.verdict === 'allow' ? [grantedBy(group)] : refusedBy(group[0]!);
    return [`  ${line}`, ...why.map((one) => (one === '' ? '' : `           ${short(one)}`))];
  };
  return [
    simulated === null
      ? '  Real processes under plumb run: bash and what it starts, held by the kernel'
      : `  simulated: ${printable(simulated)}`,
    `  PROJECT is ${project}`,
    '',
    '  Alone, each in a session of its own:',
    ...alone.flatMap(outcomes),
    '',
    '  Together, in one session, one step beyond each level of the grants among them:',
    ...outcomes(together),
    '',
    '  Every decision of it, and what granted it:',
    ...folded(together.decisions, project).flatMap(decided),
    '',
    `  Reads of the system's files in a row are counted: plumb log show ${together.log}`,
    `  verify  ${describe(verified).split('\n', 1)[0]!}`,
  ];
}

const received = ({ connections, bytes }: NonNullable<AttackRun['received']>): string =>
  connections === 0 ? 'the server received nothing' : `the server received ${connections} connection, ${bytes} bytes`;

/** Decisions, those in a row that let programs read files of the system together. */
function folded(decisions: readonly Why[], project: string): Why[][] {
  const isSystem = ({ decision, requests }: Why): boolean =>
    decision.verdict === 'allow' &&
    requests.every(({ action, resource }) => action.id === 'file.read' && !resource.id.startsWith(project));
  const groups: Why[][] = [];
  for (const why of decisions) {
    const last = groups.at(-1);
    if (last !== undefined && isSystem(why) && isSystem(last[0]!)) last.push(why);
    else groups.push([why]);
  }
  return groups;
}

/** From the level nearest to the request up: the entries of its scope. */
function grantedBy(group: readonly Why[]): string {
  const { levels, decision } = group[0]!;
  const chain = levels.map(({ level }, index) => {
    const entries = group.flatMap((why) => why.levels[index]!.requests.map(({ granted }) => granted ?? 'nothing'));
    return `${level} ${[...new Set(entries)].join(' ')}`;
  });
  return [...chain, `policy ${decision.determining.join(' ')}`].join(', ');
}

/** As `plumb why` tells it, without the record and its requests, which were told. */
const refusedBy = (why: Why): string[] =>
  describeWhy(why)
    .trimEnd()
    .split('\n')
    .slice(why.requests.length + 2)
    .map((line) => line.replace(/^ {2}/, ''));
