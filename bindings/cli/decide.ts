// Owns: `plumb decide`: requests in, one decision per line out, in order and as they come.
// Trusts: nothing on standard input. A line that is no request is decided too: `block`.

import { Option, type Command } from 'commander';
import { addAbortSignal } from 'node:stream';
import type { Decision } from '../decision.ts';
import { DURABILITIES, type Durability } from '../log/recorder.ts';
import { isOrigin } from '../log/origin.ts';
import { openKeys } from '../log/writer-keys.ts';
import { parseRequestJson, REQUEST_TEXT_LENGTH_MAX } from '../request-json.ts';
import { isRefusal } from '../request.ts';
import { hostRuntime } from '../runtime/index.ts';
import { openSession, type Session } from '../session.ts';
import { SERVE_HELP, serve } from './control-option.ts';
import { readTokens, readTrust } from './grant-file.ts';
import { Bounded, linesOf } from './input.ts';
import { writeJson } from './output.ts';
import { authorityOption, POLICY_HELP, type Authority } from './policy-option.ts';
import { readPolicy } from './policy-source.ts';
import { publishWith } from './publish-command.ts';
import { UsageError } from './report-error.ts';

// What asks a process to end. A second one ends it at once.
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
// One byte more than `parseRequestJson` takes: what is longer is cut here, refused there, and recorded as blocked.
const TEXT_BYTES_MAX = REQUEST_TEXT_LENGTH_MAX + 1;

interface DecideOptions {
  policy: string;
  authority?: Authority;
  grant?: string;
  trust?: string;
  log?: string;
  origin?: string;
  keys?: string;
  durability?: Durability;
  publish?: string;
  control?: string;
}

export function addDecide(program: Command): void {
  program
    .command('decide')
    .description('decide requests from standard input')
    .requiredOption('--policy <P>', POLICY_HELP)
    .addOption(authorityOption())
    .option('--grant <CHAIN>', 'the grants to judge under, one token per line, from the objective on; needs --trust')
    .option('--trust <FILE>', 'the issuers whose objectives count: a JWK Set')
    .option('--log <DIR>', 'record every decision in a new log; needs --keys and --durability')
    .option('--origin <NAME>', 'the name of the log, which a grant may be bound to; by default at random')
    .option('--keys <DIR>', "the directory of the writer's keys")
    .addOption(new Option('--durability <D>', 'what is waited for before a decision is given').choices(DURABILITIES))
    .option('--publish <CMD>', 'a command that gets each checkpoint of the log on standard input')
    .option('--control <SOCKET>', SERVE_HELP)
    .option('--json', 'the output is JSON lines in any case')
    .addHelpText(
      'after',
      '\nTakes one request, or one per line (an array of requests is a transaction); prints one decision per line. What cannot be\n' +
        'decided or recorded is blocked. The exit code tells whether deciding worked, not what was decided. Interrupted, it seals the\n' +
        'log first.\n\n' +
        'Example: plumb decide --policy coding-agent --log ./log --keys ./keys --durability fsync < requests.jsonl',
    )
    .action(async (options: DecideOptions) => {
      const session = await open(options);
      let reason = 'input or output failed';
      // Over the control channel, or by a signal.
      const stopped = new AbortController();
      let interrupted: NodeJS.Signals | undefined;
      const stop = (signal: NodeJS.Signals): void => {
        interrupted = signal;
        stopped.abort();
      };
      for (const signal of SIGNALS) process.once(signal, stop);
      let channel: { close(): Promise<void> } | undefined;
      try {
        channel = await serve(options.control, session, () => stopped.abort());
        reason = await decideAll(session, stopped.signal);
      } finally {
        await channel?.close();
        await session.close(interrupted ?? reason);
      }
      if (interrupted !== undefined) process.kill(process.pid, interrupted);
    });
}

async function open(options: DecideOptions): Promise<Session> {
  const { policy, authority, grant, trust, log, origin, keys, durability, publish } = options;
  if ((grant === undefined) !== (trust === undefined)) throw new UsageError('--grant and --trust go together');
  const runtime = await hostRuntime();
  const common = {
    policy: readPolicy(policy, authority),
    ...(grant === undefined ? {} : { authority: { tokens: await readTokens(grant), trust: await readTrust(trust!) } }),
    adapter: 'cli/decide',
    runtime,
  };
  if (log === undefined) {
    if ((keys ?? durability ?? origin ?? publish) === undefined) return openSession({ ...common, log: 'none' });
    throw new UsageError('--keys, --durability, --origin and --publish go with --log');
  }
  if (origin !== undefined && !isOrigin(origin)) {
    throw new UsageError('--origin takes 1-128 printable ASCII characters without space and +');
  }
  if (log === '') throw new UsageError('--log needs the name of a directory');
  if (keys === undefined) throw new UsageError('--log needs --keys', '`plumb init` makes them');
  if (durability === undefined) {
    throw new UsageError('--log needs --durability', `one of ${DURABILITIES.join(', ')}: what a crash may lose`);
  }
  const named = origin === undefined ? {} : { origin };
  const publishing = publish === undefined ? {} : { publish: publishWith(publish) };
  return openSession({
    ...common,
    log: { directory: log, durability, ...named, ...publishing },
    keys: openKeys(keys, runtime),
  });
}

/** Decides all of standard input. Returns why it ended. */
async function decideAll(session: Session, stopped: AbortSignal): Promise<string> {
  const input = addAbortSignal(stopped, process.stdin);
  try {
    for await (const text of documentsOf(linesOf(input, TEXT_BYTES_MAX))) {
      if (!(await writeJson(await decide(text, session)))) return 'the reader of the decisions is gone';
    }
    return 'end of input';
  } catch (error) {
    if (stopped.aborted) return 'stopped';
    throw error;
  }
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
  // Decided and recorded as it came. Bytes that are no UTF-8 are replaced, as they might otherwise be a request in CBOR
  // that says for itself when it was made.
  const decision = await session.mediate(Buffer.from(text.toString()));
  return { ...decision, message: request.message };
}
