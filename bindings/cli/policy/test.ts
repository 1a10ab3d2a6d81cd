// Owns: `plumb policy test`: cases of requests with the decisions expected on them, and how the two differ.
// Trusts: nothing of a case: a file that is none counts as failed. Each case is a session of its own.

import type { Command } from 'commander';
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Policy } from '../../../engine/compiler/index.ts';
import type { Code } from '../../codes.ts';
import type { Decision } from '../../decision.ts';
import { PlumblineError } from '../../error.ts';
import { hostRuntime, type Runtime } from '../../runtime/index.ts';
import { openSession } from '../../session.ts';
import { readInput } from '../input.ts';
import { write, writeJson } from '../output.ts';
import { annotationsOf } from './annotations.ts';
import { EXPECTED_FIELDS, isProblem, parseCase, type Case, type Expectation } from './case.ts';
import { authorityOption, POLICY_HELP, type Authority } from '../policy-option.ts';
import { readPolicy } from '../policy-source.ts';

const FAILED = 1;

interface Difference {
  field: string;
  expected: unknown;
  got: unknown;
}

/** A request that was decided otherwise than expected: which, how, and what the deciding policies say. */
interface Mismatch {
  /** Counted from 1. */
  request: number;
  ref?: string;
  code: Code;
  /** Why the request could not be encoded, if it could not. */
  message?: string;
  differences: Difference[];
  because: { policy: string; says?: string }[];
}

/** `problem` says why a file is no case. */
interface Failure {
  name: string;
  description?: string;
  problem?: string;
  mismatches: Mismatch[];
}

export function addTest(policy: Command): void {
  policy
    .command('test')
    .description('decide cases, and compare with what they expect')
    .argument('<P>', POLICY_HELP)
    .argument('<DIR>', 'a directory of cases, NAME.json each')
    .addOption(authorityOption())
    .option('--json', 'the outcome as JSON')
    .addHelpText(
      'after',
      '\nA case is {"requests": […], "expect": […]}: the requests of one session in order, and for each the fields of its decision that\n' +
        `matter (${EXPECTED_FIELDS.join(', ')}), of which \`verdict\` must be there. "timeMs" sets the\n` +
        'clock, which else stands at 1970; "description" says what the case is for.\n\n' +
        'Exit: 0 all passed, 1 some failed, 2 usage\n\nExample: plumb policy test ./my-policy ./my-policy/cases',
    )
    .action(async (name: string, directory: string, options: { authority?: Authority; json?: true }) => {
      const compiled = readPolicy(name, options.authority);
      const { passed, failures } = await runCases(directory, compiled, await hostRuntime());
      const failed = failures.length;
      if (failed > 0) process.exitCode = FAILED;
      if (options.json) return void (await writeJson({ policy: name, passed, failed, failures }));
      await write(`${failures.map(describe).join('')}${passed} passed, ${failed} failed\n`);
    });
}

/** Decides every case of a directory. @throws {PlumblineError} `unreadable`, `no-cases` */
export async function runCases(
  directory: string,
  policy: Policy,
  runtime: Runtime,
): Promise<{ passed: number; failures: Failure[] }> {
  const files = caseFiles(directory);
  const failures: Failure[] = [];
  for (const file of files) failures.push(...(await runFile(join(directory, file), policy, runtime)));
  return { passed: files.length - failures.length, failures };
}

function caseFiles(directory: string): string[] {
  let names: string[];
  try {
    names = readdirSync(directory);
  } catch (cause) {
    throw new PlumblineError('unreadable', `${directory} cannot be read`, { cause });
  }
  const files = names.filter((name) => name.endsWith('.json')).toSorted();
  if (files.length > 0) return files;
  throw new PlumblineError('no-cases', `${directory} holds no cases`, { hint: 'a case is a file NAME.json' });
}

async function runFile(file: string, policy: Policy, runtime: Runtime): Promise<Failure[]> {
  const name = basename(file, '.json');
  const parsed = parseCase(await readInput(file));
  if (isProblem(parsed)) return [{ name, problem: parsed.problem, mismatches: [] }];
  const mismatches = await runCase(parsed, policy, runtime);
  if (mismatches.length === 0) return [];
  const { description } = parsed;
  return [{ name, ...(description === undefined ? {} : { description }), mismatches }];
}

async function runCase({ requests, expect, timeMs }: Case, policy: Policy, runtime: Runtime): Promise<Mismatch[]> {
  const { messages } = annotationsOf(policy.sources);
  const session = openSession({
    policy,
    log: 'none',
    adapter: 'cli/policy-test',
    runtime: { ...runtime, now: () => timeMs },
  });
  const mismatches: Mismatch[] = [];
  for (const [index, request] of requests.entries()) {
    const decision = await session.mediate(request);
    const differences = compare(expect[index]!, decision);
    if (differences.length === 0) continue;
    const because = decision.determining.map((id) => ({ policy: id, ...optional('says', messages.get(id)) }));
    const { code, ref, message } = decision;
    mismatches.push({
      request: index + 1,
      ...optional('ref', ref),
      code,
      ...optional('message', message),
      differences,
      because,
    });
  }
  await session.close('end of the case');
  return mismatches;
}

const optional = <K extends string, T>(key: K, value: T | undefined): Partial<Record<K, T>> =>
  value === undefined ? {} : ({ [key]: value } as Record<K, T>);

function compare(expectation: Expectation, decision: Decision): Difference[] {
  return EXPECTED_FIELDS.flatMap((field) => {
    const expected = expectation[field];
    const got = decision[field];
    if (expected === undefined || comparable(expected) === comparable(got)) return [];
    return [{ field, expected, got }];
  });
}

/** The lists of a decision are sets, and its constraints are written in any order of their fields. */
function comparable(value: unknown): string {
  if (Array.isArray(value)) return value.map(comparable).toSorted().join();
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return JSON.stringify(Object.entries(value).toSorted());
}

function describe({ name, description, problem, mismatches }: Failure): string {
  const title = `FAIL ${name}${description === undefined ? '' : `: ${description}`}\n`;
  if (problem !== undefined) return `${title}  not a case: ${problem}\n\n`;
  return `${title}${mismatches.map(describeMismatch).join('')}\n`;
}

function describeMismatch({ request, ref, code, message, differences, because }: Mismatch): string {
  const width = Math.max(...differences.map(({ field }) => field.length));
  const lines = differences.flatMap(({ field, expected, got }) => [
    `    ${field.padEnd(width)}  expected  ${JSON.stringify(expected)}`,
    `    ${''.padEnd(width)}  got       ${JSON.stringify(got)}`,
  ]);
  const reasons = because.map(({ policy, says }) => `    ${policy}${says === undefined ? '' : `: ${says}`}`);
  const head = `  request ${request}${ref === undefined ? '' : ` (${ref})`}: ${message ?? code}`;
  return `${[head, ...lines, ...reasons].join('\n')}\n`;
}
