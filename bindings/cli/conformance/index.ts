// Owns: `plumb conformance cedar`: how far the core agrees with Cedar's recorded answers.
// Trusts: nothing of a case: what cannot be read, compiled or asked counts as failed, so nothing is left out in
// silence.

import type { Command } from 'commander';
import { createReadStream, existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { addConformanceCbor } from './cbor.ts';
import { readCaseFile, readLine, type Answer, type Case } from '../../conformance/case.ts';
import { Judge, type Failure } from '../../conformance/judge.ts';
import { PlumblineError } from '../../error.ts';
import { hostRuntime } from '../../runtime/index.ts';
import { linesOf } from '../input.ts';
import { write, writeJson } from '../output.ts';

const FAILED = 1;
const FAILURES_SHOWN = 10;
const CASES_PER_SIGN = 50;
/** Folders of cases in https://github.com/cedar-policy/cedar-integration-tests, the second as its archive unpacks. */
const FOLDERS = ['tests', 'corpus-tests'];
const CLEAR_LINE = '\r\x1b[K';

/** A case, or why one could not be read. */
type Item = Case | { name: string; problem: string };

type Shown = Failure | { case: string; problem: string };

interface Tally {
  cases: number;
  requests: number;
  passed: number;
  failed: number;
  /** The first ones. */
  failures: Shown[];
}

export function addConformance(program: Command): void {
  const conformance = program.command('conformance').description('compare with what others have recorded');
  addConformanceCbor(conformance);
  conformance
    .command('cedar')
    .description("put Cedar's integration tests to the core")
    .argument(
      '<FILE|DIR>',
      'cases, one per line (- is standard input); or a directory laid out as cedar-integration-tests',
    )
    .option('--json', 'the outcome as JSON')
    .addHelpText(
      'after',
      '\nCompares decision, reasons and errors, and prints `cases N requests N passed N failed N`, the first failures before it. A case\n' +
        'that cannot be read counts as one failed request.\n\nExit: 0 all passed, 1 some failed, 2 usage\n\n' +
        'Example: plumb conformance cedar corpus.jsonl',
    )
    .action(async (place: string, { json }: { json?: true }) => {
      const tally = await run(place, new Judge(await hostRuntime()));
      if (tally.cases === 0) {
        const hint = `a directory has its cases in ${FOLDERS.join(' or ')}`;
        throw new PlumblineError('no-cases', `${place} holds no cases`, { hint });
      }
      if (tally.failed > 0) process.exitCode = FAILED;
      await (json ? writeJson(tally) : write(describe(tally)));
    });
}

async function run(place: string, judge: Judge): Promise<Tally> {
  const tally: Tally = { cases: 0, requests: 0, passed: 0, failed: 0, failures: [] };
  try {
    for await (const item of casesOf(place)) {
      const failures: Shown[] = 'problem' in item ? [{ case: item.name, problem: item.problem }] : judge.judge(item);
      const requests = 'problem' in item ? 1 : item.requests.length;
      tally.cases++;
      tally.requests += requests;
      tally.failed += failures.length;
      tally.passed += requests - failures.length;
      tally.failures.push(...failures.slice(0, FAILURES_SHOWN - tally.failures.length));
      if (tally.cases % CASES_PER_SIGN === 0) sign(`${tally.cases} cases, ${tally.failed} failed`);
    }
  } finally {
    sign('');
  }
  return tally;
}

/** Signs of life, for people only. */
function sign(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(CLEAR_LINE + text);
}

function casesOf(place: string): AsyncIterable<Item> | Iterable<Item> {
  if (place === '-') return casesOfLines(process.stdin, place);
  const directory = reading(place, () => statSync(place).isDirectory());
  return directory ? casesOfDirectory(place) : casesOfLines(chunksOf(place), place);
}

async function* chunksOf(file: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(file);
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

// The longest line of upstream's cases has some 40 kB. One that is cut is no JSON any more, and fails by name.
const LINE_BYTES_MAX = 1 << 24;

/** A line at a time: such files are larger than memory should have to be. */
async function* casesOfLines(chunks: AsyncIterable<Uint8Array>, place: string): AsyncGenerator<Item> {
  let line = 0;
  for await (const bytes of linesOf(chunks, LINE_BYTES_MAX)) {
    line++;
    const text = bytes.toString();
    if (text.trim() !== '') yield readItem(`${place}:${line}`, (name) => readLine(text, name));
  }
}

function* casesOfDirectory(directory: string): Generator<Item> {
  const readFile = (path: string): string => reading(path, () => readFileSync(join(directory, path), 'utf8'));
  for (const folder of FOLDERS.filter((name) => existsSync(join(directory, name)))) {
    const paths = globSync(`${folder}/**/*.json`, { cwd: directory }).toSorted();
    // Beside a generated case lie its entities.
    for (const path of paths.filter((name) => !basename(name).endsWith('.entities.json'))) {
      yield readItem(path, (name) => readCaseFile(readFile(path), name, readFile));
    }
  }
}

function readItem(name: string, read: (name: string) => Case): Item {
  try {
    return read(name);
  } catch (error) {
    if (error instanceof PlumblineError) return { name, problem: `${error.code}: ${error.message}` };
    throw error;
  }
}

function reading<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

const unreadable = (path: string, cause: unknown): PlumblineError =>
  new PlumblineError('unreadable', `${path} cannot be read`, { cause });

function describe({ cases, requests, passed, failed, failures }: Tally): string {
  const more = failed > failures.length ? `and ${failed - failures.length} more\n\n` : '';
  const shown = failures.map(describeFailure).join('');
  return `${shown}${more}cases ${cases} requests ${requests} passed ${passed} failed ${failed}\n`;
}

function describeFailure(failure: Shown): string {
  if (!('request' in failure)) return `${failure.case}\n  ${failure.problem}\n\n`;
  const { request, description, expected, got, problem } = failure;
  const title = `${failure.case}, request ${request}${description === '' ? '' : `: ${description}`}`;
  const answer = got === undefined ? problem! : describeAnswer(got);
  return `${title}\n  expected  ${describeAnswer(expected)}\n  got       ${answer}\n\n`;
}

const describeAnswer = ({ decision, reasons, errors }: Answer): string =>
  `${decision}, reasons ${JSON.stringify(reasons)}, errors ${JSON.stringify(errors)}`;
