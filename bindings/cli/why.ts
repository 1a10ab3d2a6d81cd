// Owns: `plumb why`: from a record of a log up to the objective that it was decided under.

import type { Command } from 'commander';
import { hostRuntime } from '../runtime/index.ts';
import { type Drift, explainRecord, type LevelAnswer, type ScopeAnswer, type Why } from '../why.ts';
import { printable, timeText } from './describe-record.ts';
import { readTrust } from './grant-file.ts';
import { readCount } from './input.ts';
import { write, writeJson } from './output.ts';

export function addWhy(program: Command): void {
  program
    .command('why')
    .description('show the chain of grants that a record was decided under, up to the objective')
    .argument('<SEQ>', 'the number of a decision record', readCount)
    .requiredOption('--log <DIR>', 'the log')
    .option('--issuers <FILE>', 'the issuers whose objectives count, a JWK Set; otherwise those the log names')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nShows what the log says; `plumb verify` tells whether the log is true.\n\nExample: plumb why 17 --log ./log --issuers trust.json',
    )
    .action(async (seq: number, { log, issuers, json }: { log: string; issuers?: string; json?: true }) => {
      const trust = issuers === undefined ? undefined : await readTrust(issuers);
      const why = explainRecord(log, seq, (await hostRuntime()).files, trust);
      await (json ? writeJson(why) : write(describeWhy(why)));
    });
}

/** The text of it, from the request up. */
export function describeWhy({ seq, timeMs, decision, requests, levels, chain, drift }: Why): string {
  const { verdict, code, level, determining } = decision;
  const policies = determining.length === 0 ? '' : `  [${determining.join(', ')}]`;
  const lines = [
    `record ${seq}  ${timeText(timeMs)}  ${verdict}  ${code}${level === 0 || levels.length === 0 ? policies : ''}`,
  ];
  for (const { action, resource } of requests) lines.push(`  ${action.id} ${resource.id}`);
  lines.push('');
  for (const one of levels) lines.push(...describeLevel(one, decision.verdict, policies));
  lines.push(`  ${'policy'.padEnd(10)}${level === 0 ? `refused here${policies}` : 'let it pass'}`);
  if (chain !== null) lines.push('', `  ${describeChain(chain)}`);
  lines.push(`  ${describeDrift(drift)}`);
  return `${lines.map(printable).join('\n')}\n`;
}

function describeLevel(
  { level, statement, refused, requests }: LevelAnswer,
  verdict: string,
  policies: string,
): string[] {
  const decided = refused ? [`  ${' '.repeat(10)}${verdict} here${policies}`] : [];
  return [
    `  ${level.padEnd(10)}${statement}`,
    ...requests.map((one) => `  ${' '.repeat(10)}${describeScope(one)}`),
    ...decided,
  ];
}

function describeScope({ action, granted, counted, closest }: ScopeAnswer): string {
  if (granted !== undefined) return `${action}: granted by ${granted}`;
  if (counted !== undefined) return `${action}: counted out, of ${counted}`;
  return closest === undefined
    ? `${action}: nothing in the scope is of its kind`
    : `${action}: not granted; closest is ${closest}`;
}

function describeChain({ refusal, issuers }: NonNullable<Why['chain']>): string {
  const whose = issuers === 'given' ? 'by the issuers given' : 'by the issuers that the log itself names';
  return refusal === undefined
    ? `every grant is signed and counts, ${whose}`
    : `the chain does not count, ${whose}: ${refusal.code}, ${refusal.message}`;
}

export function describeDrift({ requests, outside, recent }: Drift): string {
  const levels = outside.flatMap((count, level) =>
    count === 0 ? [] : [`${level === 0 ? 'the policy' : `level ${level}`} ${count}`],
  );
  const refused = levels.length === 0 ? 'none refused' : `refused by ${levels.join(', ')}`;
  return `drift: of ${requests} requests ${refused}; of the last 32, ${recent} by a grant`;
}
