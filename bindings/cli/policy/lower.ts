// Owns: `plumb policy lower`: what of a chain of grants a kernel can hold, and what it cannot, for people and as JSON.
// Trusts: nothing of the chain but its form: whether it counts is not asked, since nothing is decided.

import { Option, type Command } from 'commander';
import { chainFault } from '../../authority/chain.ts';
import type { Bound } from '../../lowering/binding.ts';
import type { AddressRule } from '../../lowering/bpf.ts';
import { lower, type Lowered, LOWERING_TARGETS, type LoweringTarget } from '../../lowering/index.ts';
import type { PathRule } from '../../lowering/landlock.ts';
import type { Loss } from '../../lowering/loss.ts';
import type { FamilyRule } from '../../lowering/seccomp.ts';
import { hostRuntime } from '../../runtime/index.ts';
import { readChain, refused } from '../grant-file.ts';
import { write, writeJson } from '../output.ts';

type Row = readonly string[];

export function addLower(policy: Command): void {
  policy
    .command('lower')
    .description('print what the kernel can hold of an authority, and the loss list: what it cannot')
    .requiredOption('--grant <CHAIN>', 'a chain of grants, one token per line; - is standard input')
    .addOption(
      new Option('--target <T>', 'what to lower to; json is all of them')
        .choices(LOWERING_TARGETS)
        .makeOptionMandatory(),
    )
    .option('--json', 'as JSON; json is so in any case')
    .addHelpText(
      'after',
      '\nAn exact rule allows nothing that the grants do not; a floor does, and needs the families it names mediated as well.' +
        "\nThe organisation's policy is not in it. The chain's signatures are not checked." +
        '\n\nExample: plumb policy lower --grant plan.grant --target landlock',
    )
    .action(async ({ grant, target, json }: { grant: string; target: LoweringTarget; json?: true }) => {
      const chain = await readChain(grant);
      const fault = chainFault(chain, (await hostRuntime()).now());
      if (fault !== undefined) throw refused(fault, grant);
      if (json || target === 'json') return void (await writeJson(lower(chain, target)));
      await write(TELL[target](lower(chain, target) as never));
    });
}

const TELL: { [Target in Exclude<LoweringTarget, 'json'>]: (lowered: Lowered[Target]) => string } = {
  landlock: ({ untilMs, handledFs, handledNet, scoped, paths, ports, losses }) =>
    told('landlock', untilMs, losses, [
      ['handled', handledFs.join(' ')],
      ['', handledNet.join(' ')],
      ['scoped', scoped.join(' ')],
      ...paths.map(({ rights, ...rule }) => [rule.binding, placeText(rule), rights.join(' '), mediation(rule)]),
      ...ports.map(({ first, last, rights, ...bound }) => [
        bound.binding,
        `port ${first === last ? first : `${first}-${last}`}`,
        rights.join(' '),
        mediation(bound),
      ]),
    ]),
  seccomp: ({ untilMs, families, losses }) => told('seccomp', untilMs, losses, families.map(familyRow)),
  bpf: ({ untilMs, connect, bind, exec, losses }) =>
    told('bpf', untilMs, losses, [
      ...connect.map((rule) => addressRow('connect', rule)),
      ...bind.map((rule) => addressRow('bind', rule)),
      ...exec.map((rule) => [rule.binding, placeText(rule), 'exec', mediation(rule)]),
    ]),
};

function told(target: string, untilMs: number, losses: readonly Loss[], rules: readonly Row[]): string {
  const lost = losses.map(({ what, why, instead, families }): Row => [
    instead,
    what,
    families.length === 0 ? why : `${why} (${families.join(' ')})`,
  ]);
  return [
    `${target}, until ${new Date(untilMs).toISOString()}\n\n`,
    rules.length === 0 ? '  nothing is let through\n' : aligned(rules),
    '\nnot lowered, and what happens instead\n\n',
    aligned(lost),
  ].join('');
}

/** Columns as wide as their widest cell, but for cells that are too wide for any column. */
function aligned(rows: readonly Row[]): string {
  const widthMax = 48;
  const widthOf = (column: number): number =>
    Math.max(
      0,
      ...rows
        .map((row) => (row[column + 1] === undefined ? 0 : row[column]!.length))
        .filter((length) => length <= widthMax),
    );
  return rows
    .map((row) => `  ${row.map((cell, column) => cell.padEnd(widthOf(column))).join('  ')}`.trimEnd() + '\n')
    .join('');
}

const placeText = ({ path, is }: Omit<PathRule, 'rights' | keyof Bound>): string =>
  is === 'any' ? path : `${path} (${is} only)`;

const mediation = ({ mediated }: Bound): string => (mediated.length === 0 ? '' : `mediated: ${mediated.join(' ')}`);

function addressRow(key: string, { block, ports, ...bound }: AddressRule): Row {
  const text = ports.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
  return [bound.binding, block, `${key} ${text || 'nothing'}`, mediation(bound)];
}

const familyRow = ({ family, handling, by, calls, where }: FamilyRule): Row => [
  family,
  by.length === 0 ? handling : `${handling} (${by.join(' or ')})`,
  [calls.join(' '), where].filter(Boolean).join('; '),
];
