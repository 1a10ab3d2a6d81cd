#!/usr/bin/env node
// Owns: the command plumb-verify: options, words, exit codes (SPEC §9.8).
// Excludes: every check (verify.ts, replay/).
import { parseArgs } from 'node:util';
import { parseVkeyFile } from './record/checkpoint.ts';
import type { Vkey } from './record/checkpoint.ts';
import { describeHost, describeLog } from './describe-host.ts';
import { describe } from './describe.ts';
import { parseIssuers } from './grants/issuers.ts';
import type { Issuers } from './grants/issuers.ts';
import { parseSeedFile } from './log/keys.ts';
import { openLog, readBytes, readDescriptor } from './log-files.ts';
import { exitCodeOf, verifyHost } from './host.ts';
import { OperatingError } from './operating-error.ts';
import { meter } from './meter.ts';
import { replayLog } from './replay/replay.ts';
import { EXIT_CODES } from './report.ts';
import type { ReplayReport, VerifyReport } from './report.ts';
import { createProgress } from './log/segment.ts';
import { parseTrust, readShippedTrust } from './replay/trust.ts';
import type { Trust } from './replay/trust.ts';
import { verifyLog } from './verify.ts';

const VERSION = '0.1.0';
const OPERATIONAL = 1;
const USAGE = 2;
// A decision takes microseconds, so on the slowest machine only an engine that hangs takes this long.
const RECORD_TIMEOUT_MS = 10_000;
const METER_INTERVAL_MS = 500;

const HELP = `Usage: plumb-verify DIR [--key FILE] [--pubkey FILE [--checkpoint FILE]] [--issuers FILE]
                        [--replay [--trust FILE]] [--json]
       plumb-verify --all DIR --key FILE [--issuers FILE] [--json]

Checks a Plumbline log, offline. Without --key or --pubkey nothing is authenticated.

  --key FILE         the seed of the log, from the host that wrote it: authenticates every record.
                     Also fd:N, an open file descriptor, or env:NAME, a variable, with the same text
  --pubkey FILE      the verifier key of the log's checkpoints: authenticates what they cover
  --checkpoint FILE  a checkpoint that was published: the log must continue it
  --issuers FILE     a JWK Set of the keys that may sign root grants, in place of the set that the log names
  --replay           decide every recorded request again, by the log's own engine and program
  --trust FILE       with --replay: lines "SHA-256  name" of engines and programs that may run besides those shipped
  --all              DIR holds the logs of a host, and tombstones of those that were pruned: checks each, and that
                     none up to the highest number there is missing. --key is the seed of them all
  --json             the report as JSON; with --all a line for each log, and one for all
  --help             this text
  --version          the version

Exit: 0 authenticated and sealed, 1 operational, 2 usage, 3 tampered, 4 unsealed, 5 replay diverged,
      6 malformed, 7 not replayed, 8 unauthenticated (no key given), 9 the key given is not this log's,
      10 a log of the host is missing

Example: plumb-verify ./log --key ./seed --replay
`;

class UsageError extends Error {}

function parse(args: string[]) {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        key: { type: 'string' },
        pubkey: { type: 'string' },
        checkpoint: { type: 'string' },
        issuers: { type: 'string' },
        trust: { type: 'string' },
        all: { type: 'boolean', default: false },
        replay: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
        version: { type: 'boolean', default: false },
      },
    });
    return { ...values, positionals };
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** A reader that has read enough and left, as in `plumb-verify … | head`, is no failure: the exit code holds. */
async function write(text: string): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      process.stdout.once('error', reject);
      process.stdout.write(text, (cause) => (cause ? reject(cause) : resolve()));
    });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'EPIPE') return;
    throw new OperatingError('output-unwritable', `standard output cannot be written: ${code}`, 'see where it goes');
  }
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

async function readSeed(source: string): Promise<Uint8Array> {
  const [, descriptor] = /^fd:(\d+)$/.exec(source) ?? [];
  const [, variable] = /^env:(.+)$/.exec(source) ?? [];
  let content: string | undefined;
  if (descriptor !== undefined) content = text(await readDescriptor(Number(descriptor)));
  else if (variable !== undefined) content = process.env[variable];
  else content = text(await readBytes(source));
  if (content === undefined) {
    throw new OperatingError('no-key', `${variable} is not in the environment`, 'export it, or give a file');
  }
  const seed = parseSeedFile(content);
  if (seed) return seed;
  throw new OperatingError('bad-key', `${source} is not a seed`, 'it has one line: plumbline-seed-1 and 64 hex digits');
}

async function readVkey(path: string): Promise<Vkey> {
  const vkey = parseVkeyFile(text(await readBytes(path)));
  if (vkey) return vkey;
  throw new OperatingError(
    'bad-pubkey',
    `${path} is not an Ed25519 verifier key`,
    'it has one line: NAME+KEYHASH+BASE64, as in signing.pub of the keys that signed',
  );
}

async function readIssuers(path: string): Promise<Issuers> {
  const issuers = parseIssuers(text(await readBytes(path)));
  if (issuers) return issuers;
  throw new OperatingError('bad-issuers', `${path} is not a trust set`, 'it is a JWK Set of Ed25519 public keys');
}

async function readTrust(path: string | undefined): Promise<Trust> {
  const shipped = await readShippedTrust();
  if (path === undefined) return shipped;
  const parsed = parseTrust(text(await readBytes(path)));
  if ('trust' in parsed) return new Map([...shipped, ...parsed.trust]);
  throw new OperatingError(
    'bad-trust',
    `${path}:${parsed.line} is not a line of a trust file`,
    'a line is 64 lower-case hex digits, two spaces and a name',
  );
}

// Shows on a terminal how far `verify` is.
async function watched<T>(
  directory: string,
  verify: (progress: ReturnType<typeof createProgress>) => Promise<T>,
): Promise<T> {
  const progress = createProgress();
  if (!process.stderr.isTTY) return verify(progress);
  const files = openLog(directory);
  let bytes = 0;
  for (const name of await files.segments()) {
    if (await files.isFile(name)) bytes += (await files.ends(name, 0, 0)).bytes;
  }
  const started = performance.now();
  const show = () => process.stderr.write(`\r${meter(progress, bytes, performance.now() - started)}\u001b[K`);
  const timer = setInterval(show, METER_INTERVAL_MS);
  try {
    return await verify(progress);
  } finally {
    clearInterval(timer);
    process.stderr.write('\r\u001b[K');
  }
}

async function run(args: string[]): Promise<number> {
  const { positionals, key, pubkey, checkpoint, issuers, trust, replay, all, json, help, version } = parse(args);
  if (help || version) {
    await write(help ? HELP : `${VERSION}\n`);
    return 0;
  }
  const [directory] = positionals;
  if (directory === undefined || positionals.length > 1) throw new UsageError('one log directory is needed');
  if (trust !== undefined && !replay) throw new UsageError('--trust needs --replay');
  if (checkpoint !== undefined && pubkey === undefined) throw new UsageError('--checkpoint needs --pubkey');
  if (all) {
    if (key === undefined) throw new UsageError('--all needs --key');
    const unfit = [pubkey, checkpoint, replay || undefined].some((option) => option !== undefined);
    if (unfit) throw new UsageError('--all takes only --key, --issuers and --json');
    return runAll(directory, { key, issuers, json });
  }
  const anchors = {
    ...(key !== undefined && { seed: await readSeed(key) }),
    ...(pubkey !== undefined && { vkey: await readVkey(pubkey) }),
    ...(checkpoint !== undefined && { checkpoint: await readBytes(checkpoint) }),
    ...(issuers !== undefined && { issuers: await readIssuers(issuers) }),
  };
  const trusted = replay ? await readTrust(trust) : undefined;
  const report: VerifyReport | ReplayReport = await watched(directory, (progress) =>
    trusted
      ? replayLog(directory, { ...anchors, trusted, timeoutMs: RECORD_TIMEOUT_MS, progress })
      : verifyLog(directory, { ...anchors, progress }),
  );
  await write(json ? `${JSON.stringify(report)}\n` : describe(report));
  return EXIT_CODES[report.status];
}

async function runAll(
  directory: string,
  { key, issuers, json }: { key: string; issuers: string | undefined; json: boolean },
): Promise<number> {
  const seed = await readSeed(key);
  const anchors = { seed, ...(issuers !== undefined && { issuers: await readIssuers(issuers) }) };
  const report = await verifyHost(directory, anchors, (log) => {
    process.stdout.write(json ? `${JSON.stringify(log)}\n` : describeLog(log));
  });
  process.stdout.write(json ? `${JSON.stringify(report)}\n` : describeHost(report));
  return exitCodeOf(report);
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

// If standard error cannot be written, only the exit code is left.
process.stderr.on('error', () => undefined);
// process.exit, because a replay that was given up may have left a thread that Bun cannot end. The empty write comes
// after all that was said.
run(process.argv.slice(2))
  .catch(complain)
  .then((exitCode) => process.stderr.write('', () => process.exit(exitCode)));
