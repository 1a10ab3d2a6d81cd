#!/usr/bin/env node
// The command plumb-verify. Exit codes: SPEC §9.5.
import { parseArgs } from 'node:util';
import { describe } from './describe.ts';
import { parseSeedFile } from './keys.ts';
import { OperatingError, readText, seedFile } from './log-files.ts';
import { replayLog } from './replay.ts';
import { EXIT_CODES } from './report.ts';
import type { ReplayReport, VerifyReport } from './report.ts';
import { parseTrust, readShippedTrust } from './trust.ts';
import type { Trust } from './trust.ts';
import { verifyLog } from './verify.ts';

const OPERATIONAL = 1;
const USAGE = 2;
// A decision takes microseconds; this only tells a hung engine from a slow machine.
const RECORD_TIMEOUT_MS = 10_000;

const HELP = `Usage: plumb-verify DIR [--key FILE|DIR] [--replay [--trust FILE]] [--json]

Checks a Plumbline log, offline. Without a key nothing is authenticated.

  --key FILE|DIR  the seed file of the log, or the directory of keys that holds it
  --replay        decide every recorded request again, by the log's own engine and program
  --trust FILE    with --replay: lines "SHA-256  name" of engines and programs to trust besides those shipped
  --json          the report as JSON
  --help          this text

Exit: 0 authenticated and sealed, 1 operational, 2 usage, 3 tampered, 4 unsealed, 5 replay diverged,
      6 malformed, 7 not replayed, 8 unauthenticated (no key given)

Example: plumb-verify ./log --key ./keys --replay
`;

class UsageError extends Error {}

function parse(args: string[]) {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        key: { type: 'string' },
        trust: { type: 'string' },
        replay: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    return { ...values, positionals };
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

async function readSeed(path: string): Promise<Uint8Array> {
  const file = await seedFile(path);
  const seed = parseSeedFile(await readText(file));
  if (seed) return seed;
  throw new OperatingError(
    'bad-key',
    `${file} is not a seed file`,
    'it has one line: plumbline-seed-1 and 64 hex digits',
  );
}

async function readTrust(path: string | undefined): Promise<Trust> {
  const shipped = await readShippedTrust();
  if (path === undefined) return shipped;
  const parsed = parseTrust(await readText(path));
  if ('trust' in parsed) return new Map([...shipped, ...parsed.trust]);
  throw new OperatingError(
    'bad-trust',
    `${path}:${parsed.line} is not a line of a trust file`,
    'a line is 64 lower-case hex digits, two spaces and a name',
  );
}

async function run(args: string[]): Promise<number> {
  const { positionals, key, trust, replay, json, help } = parse(args);
  if (help) {
    process.stdout.write(HELP);
    return 0;
  }
  const [directory] = positionals;
  if (directory === undefined || positionals.length > 1) throw new UsageError('one log directory is needed');
  if (trust !== undefined && !replay) throw new UsageError('--trust is of use only with --replay');
  const seed = key === undefined ? {} : { seed: await readSeed(key) };
  const report: VerifyReport | ReplayReport = replay
    ? await replayLog(directory, { ...seed, trusted: await readTrust(trust), timeoutMs: RECORD_TIMEOUT_MS })
    : await verifyLog(directory, seed);
  process.stdout.write(json ? `${JSON.stringify(report)}\n` : describe(report));
  return EXIT_CODES[report.status];
}

function complain(error: unknown): number {
  if (error instanceof UsageError) {
    process.stderr.write(`usage: ${error.message}\n  see plumb-verify --help\n`);
    return USAGE;
  }
  const { code, message, hint } =
    error instanceof OperatingError
      ? error
      : { code: 'failed', message: String(error), hint: 'this is a fault of the verifier; please report it' };
  process.stderr.write(`${code}: ${message}\n  ${hint}\n`);
  return OPERATIONAL;
}

const exitCode = await run(process.argv.slice(2)).catch(complain);
// Not left to the runtime: a replay that was given up may have left a thread that Bun cannot end. The empty write comes after the rest.
process.stdout.write('', () => process.exit(exitCode));
