// Owns: `plumb decide`: requests in, one decision per line out, in order and as they come.
// Trusts: nothing on standard input. A line that is no request is decided too: `block`.

import { Option, type Command } from 'commander';
import {
  DURABILITIES,
  hostRuntime,
  isRefusal,
  openSession,
  parseRequestJson,
  readKey,
  REQUEST_TEXT_LENGTH_MAX,
  type Decision,
  type Durability,
  type Session,
} from '../index.ts';
import { readTokens, readTrust } from './grant-file.ts';
import { Bounded, linesOf } from './input.ts';
import { writeJson } from './output.ts';
import { authorityOption, POLICY_HELP, readPolicy, type Authority } from './policy-source.ts';
import { UsageError } from './report-error.ts';

// One byte more than `parseRequestJson` takes: what is longer is cut here, refused there, and recorded as blocked.
const TEXT_BYTES_MAX = REQUEST_TEXT_LENGTH_MAX + 1;

interface DecideOptions {
  policy: string;
  authority?: Authority;
  grant?: string;
  trust?: string;
  log?: string;
  origin?: string;
  key?: string;
  durability?: Durability;
}

export function addDecide(program: Command): void {
  program
    .command('decide')
    .description('decide requests from standard input')
    .requiredOption('--policy <P>', POLICY_HELP)
    .addOption(authorityOption())
    .option('--grant <CHAIN>', 'the grants to judge under, one token per line, from the objective on; needs --trust')
    .option('--trust <FILE>', 'the issuers whose objectives count: a JWK Set')
    .option('--log <DIR>', 'record every decision in a new log; needs --key and --durability')
    .option('--origin <NAME>', 'the name of the log, which a grant may be bound to; by default at random')
    .option('--key <PATH>', 'the seed file of the log, or the directory of keys that holds it')
    .addOption(new Option('--durability <D>', 'when a record counts as written').choices(DURABILITIES))
    .option('--json', 'the output is JSON lines in any case')
    .addHelpText(
      'after',
      '\nTakes one request, or one per line (an array of requests is a transaction); prints one decision per line. What cannot be\n' +
        'decided or recorded is blocked. The exit code tells whether deciding worked, not what was decided.\n\n' +
        'Example: plumb decide --policy coding-agent --log ./log --key ./keys --durability fsync < requests.jsonl',
    )
    .action(async (options: DecideOptions) => {
      const session = await open(options);
      let reason = 'input or output failed';
      try {
        reason = await decideAll(session);
      } finally {
        await session.close(reason);
      }
    });
}

async function open(options: DecideOptions): Promise<Session> {
  const { policy, authority, grant, trust, log, origin, key, durability } = options;
  if ((grant === undefined) !== (trust === undefined)) throw new UsageError('--grant and --trust go together');
  if (log === undefined && (key ?? durability) !== undefined)
    throw new UsageError('--key and --durability go with --log');
  if (log === undefined && origin !== undefined) throw new UsageError('--origin goes with --log');
  if (log === '') throw new UsageError('--log needs the name of a directory');
  if (log !== undefined && key === undefined) throw new UsageError('--log needs --key', '`plumb init` makes a key');
  if (log !== undefined && durability === undefined) {
    throw new UsageError('--log needs --durability', `one of ${DURABILITIES.join(', ')}: what a crash may lose`);
  }
  const runtime = await hostRuntime();
  return openSession({
    policy: readPolicy(policy, authority),
    ...(grant === undefined ? {} : { authority: { tokens: await readTokens(grant), trust: await readTrust(trust!) } }),
    log:
      log === undefined
        ? 'none'
        : { directory: log, durability: durability!, ...(origin === undefined ? {} : { origin }) },
    ...(key === undefined ? {} : { key: readKey(key, runtime) }),
    adapter: 'cli/decide',
    runtime,
  });
}

/** Decides all of standard input. Returns why it ended. */
async function decideAll(session: Session): Promise<string> {
  for await (const text of documentsOf(linesOf(process.stdin, TEXT_BYTES_MAX))) {
    if (!(await writeJson(await decide(text, session)))) return 'the reader of the decisions is gone';
  }
  return 'end of input';
}

/** Each line that is not blank; or all of them as one, if the first only opens a request written over several. */
async function* documentsOf(lines: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let whole: Bounded | undefined;
  let first = true;
  for await (const line of lines) {
    if (first && /^\s*[[{]\s*$/.test(line.toString('latin1'))) whole = new Bounded(TEXT_BYTES_MAX);
    first &&= /^\s*$/.test(line.toString('latin1'));
    if (whole) whole.add(Buffer.concat([line, Buffer.from('\n')]));
    else if (!/^\s*$/.test(line.toString('latin1'))) yield line;
  }
  if (whole) yield whole.take();
}

async function decide(text: Buffer, session: Session): Promise<Decision> {
  const request = parseRequestJson(text);
  if (!isRefusal(request)) return session.mediate(request);
  // Decided and recorded as it came. Bytes that are no UTF-8 are replaced, as they might otherwise be a request in CBOR that
  // says for itself when it was made.
  const decision = await session.mediate(Buffer.from(text.toString()));
  return { ...decision, message: request.message };
}
