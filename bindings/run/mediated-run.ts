// Owns: a mediated run from its authority to its end: the command and all it starts, the thread that mediates them, and
// their channels.
// Trusts: its caller to give the policy and the authority. Excludes: deciding, which the mediating thread does
// (worker.ts).

import { join } from 'node:path';
import {
  assemble,
  filterRules,
  hostAbi,
  passSignals,
  type Ending,
  type Launched,
} from '../../kernel-adapters/linux/index.ts';
import { type Grant, readGrant } from '../authority/grant.ts';
import { serveControl } from '../control.ts';
import { PlumblineError } from '../error.ts';
import { serveMediator } from '../mediator-socket.ts';
import type { Pending } from '../pending-approvals.ts';
import type { EntityUid } from '../request.ts';
import type { Runtime } from '../runtime/index.ts';
import { mintAuthority, type RunAuthority } from './authority.ts';
import { remove, temporaryDirectory } from './directories.ts';
import { floorOf } from './floor.ts';
import type { MediatingThread } from './mediating-thread.ts';
import type { SessionInput } from './messages.ts';
import type { Parts } from './parts.ts';
import { kernelPath } from './paths.ts';
import { runRecord, shared, type RecordOptions, type RunRecord } from './record.ts';
import type { ScopeOptions } from './scope-options.ts';

export interface MediatedRunOptions extends ScopeOptions, RecordOptions {
  durability: SessionInput['durability'];
  /** Paths that are refused whatever is granted. */
  protect?: string[];
  env: Readonly<Record<string, string>>;
  /** Where the control channel is; by default in a directory of its own. */
  control?: string;
  approveTimeoutMs: number;
}

/** What a run is decided by. */
interface Decided {
  policy: SessionInput['policy'];
  /** Signed grants in place of a scope. */
  signed: RunAuthority | undefined;
}

/** Called while a run lasts, and at its end. */
interface Tell {
  waits(waits: Pending, control: string): void;
  /** At its end, if calls were refused. */
  refused(count: number, log: string): void;
  /** A directory of the run could not be removed. */
  left(path: string): void;
}

const TIMER_MS_MAX = 2 ** 31 - 1;
/** Where a command finds the mediator's socket. */
const MEDIATOR = 'PLUMBLINE_SOCKET';

/**
 * Runs a command under mediation; resolves when all of it has ended and its log is sealed.
 * @param directory the command's current directory, canonical; the default scope is made from it
 * @param principal the principal of every request
 * @param read reads the policy and the grants, while the parts start
 * @param parts just started; their caller closes them afterwards
 * @throws {PlumblineError} `run-…`, `grant-…`, `control-…`; {LinuxError} if it cannot be launched
 */
export async function mediatedRun(
  command: readonly string[],
  directory: string,
  principal: EntityUid,
  options: MediatedRunOptions,
  read: () => Promise<Decided>,
  tell: Tell,
  runtime: Runtime,
  { guardian, thread }: Parts,
): Promise<Ending> {
  let temporary: string | undefined;
  let record: RunRecord | undefined;
  try {
    const { policy, signed } = await read();
    temporary = temporaryDirectory();
    const { tokens, trust } = signed ?? mintAuthority(options, command, directory, temporary, runtime);
    record = runRecord(options, runtime);
    const mediator = join(kernelPath(record.control), 'mediator');
    const { floor, untilMs } = floorOf(grantsOf(tokens));
    const control = options.control ?? join(record.control, 'socket');
    const session = {
      policy,
      tokens,
      trust: trust.toJSON().keys,
      log: record.log,
      keys: record.keys,
      durability: options.durability,
      principal,
      protect: [...protectedBy(record, options), ...(options.protect ?? []).map(kernelPath)],
      mediator,
      approveTimeoutMs: options.approveTimeoutMs,
    };
    thread.open(session, (waits) => tell.waits(waits, control));
    const launched = guardian.launch({
      command: command[0]!,
      args: command.slice(1),
      env: { ...options.env, TMPDIR: temporary, [MEDIATOR]: mediator },
      cwd: directory,
      floor,
      filter: assemble(hostAbi, filterRules({ uid: process.getuid!(), gid: process.getgid!() })),
    });
    const run = await launched.catch(async (error: unknown) => {
      await thread.end('the run failed').catch(() => undefined);
      throw error;
    });
    passSignals(run);
    thread.mediate({
      listenerFd: run.listenerFd,
      heartbeatFd: run.heartbeatFd,
      selfPids: [process.pid, run.guardianPid],
    });
    const refused = (count: number): void => tell.refused(count, record!.log);
    return await mediated(run, thread, { control, mediator }, principal, untilMs, refused, runtime);
  } finally {
    for (const made of [temporary, record?.control]) if (made !== undefined && !remove(made)) tell.left(made);
  }
}

async function mediated(
  run: Launched,
  thread: MediatingThread,
  sockets: { control: string; mediator: string },
  principal: EntityUid,
  untilMs: number,
  tellRefused: (count: number) => void,
  runtime: Runtime,
): Promise<Ending> {
  let failure: PlumblineError | undefined;
  const killFor = (why: PlumblineError): void => {
    failure ??= why;
    run.kill();
  };
  const expiry = callAt(untilMs, runtime, () =>
    killFor(
      new PlumblineError('run-expired', 'the grants of the run expired, and all of it was killed', {
        hint: '--expires says how long they last; of signed grants, `plumb grant create` does',
      }),
    ),
  );
  // Without the mediating thread the tree's calls stay unanswered, so the tree is killed. A tree that ended by itself
  // tells how it ended.
  thread.ended.then(
    () => failure !== undefined && run.kill(),
    (error) => killFor(error as PlumblineError),
  );
  const channels: { close(): Promise<void> }[] = [];
  try {
    await Promise.race([thread.ready, run.exited]);
    channels.push(
      await serveControl(sockets.control, (command) => {
        // Set before waiting calls are refused: the command may end because of that, and the run was stopped all the
        // same.
        if (command.verb === 'stop') failure ??= stopped();
        return thread.command(command);
      }),
    );
    channels.push(await serveMediator(sockets.mediator, principal, (asking) => thread.decide(asking)));
    run.go();
    const ending = await run.exited;
    const { refused } = await thread.end('the command ended');
    if (failure !== undefined) throw failure;
    if (refused > 0) tellRefused(refused);
    return ending;
  } catch (error) {
    run.kill();
    await run.exited.catch(() => undefined);
    await thread.end('the run failed').catch(() => undefined);
    throw failure ?? error;
  } finally {
    expiry();
    await Promise.all(channels.map((channel) => channel.close()));
    run.close();
  }
}

const stopped = (): PlumblineError =>
  new PlumblineError('run-stopped', 'the run was stopped, and all of it was killed', {
    hint: 'every process that can reach its control socket can stop it',
  });

/** Calls back at a time, unless the returned function is called before. One timer lasts at most some 24 days. */
function callAt(timeMs: number, { now, after }: Runtime, call: () => void): () => void {
  let cancel: (() => void) | undefined;
  const wait = (): void => {
    const leftMs = timeMs - now();
    if (leftMs <= 0) call();
    else cancel = after(Math.min(leftMs, TIMER_MS_MAX), wait);
  };
  wait();
  return () => cancel?.();
}

/**
 * What the tree must not reach, whatever is granted: the record, its keys, the control channel, and those of all other
 * runs.
 */
function protectedBy({ log, keys, control }: RunRecord, options: MediatedRunOptions): string[] {
  const files = [log, keys, control, ...shared(), ...(options.control === undefined ? [] : [options.control])];
  return [...new Set(files.map(kernelPath))];
}

function grantsOf(tokens: readonly string[]): Grant[] {
  return tokens.map((token, index) => {
    const read = readGrant(token);
    if ('grant' in read) return read.grant;
    throw new PlumblineError(read.refusal.code, `grant ${index + 1}: ${read.refusal.message}`, {
      hint: '`plumb grant verify` tells what a chain is',
    });
  });
}
