// Owns: a mediated run from launch to end: the command and all it starts, the thread that mediates them, and their
// channels.
// Trusts: its caller to give the policy and the authority. Excludes: deciding, which the mediating thread does
// (worker.ts).

import { join } from 'node:path';
import {
  assemble,
  eventFd,
  filterRules,
  hostAbi,
  launch,
  passSignals,
  STALL_MS,
  type Ending,
  type Launched,
  type Sys,
} from '../../kernel-adapters/linux/index.ts';
import { type Grant, readGrant } from '../authority/grant.ts';
import { serveControl } from '../control.ts';
import { PlumblineError } from '../error.ts';
import { serveMediator } from '../mediator-socket.ts';
import type { EntityUid } from '../request.ts';
import type { Runtime } from '../runtime/index.ts';
import { mintAuthority, type RunAuthority, type ScopeOptions } from './authority.ts';
import { remove, temporaryDirectory } from './directories.ts';
import { floorOf } from './floor.ts';
import { MediatingThread } from './mediating-thread.ts';
import type { Waits, WorkerInput } from './messages.ts';
import { kernelPath } from './paths.ts';
import { runRecord, shared, type RecordOptions, type RunRecord } from './record.ts';

export interface MediatedRunOptions extends ScopeOptions, RecordOptions {
  policy: WorkerInput['policy'];
  /** Signed grants in place of a scope. */
  signed?: RunAuthority;
  durability: WorkerInput['durability'];
  /** Paths that are refused whatever is granted. */
  protect?: string[];
  env: Readonly<Record<string, string>>;
  /** Where the control channel is; by default in a directory of its own. */
  control?: string;
  approveTimeoutMs: number;
}

/** Called while a run lasts, and at its end. */
interface Tell {
  waits(waits: Waits, control: string): void;
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
 * @throws {PlumblineError} `run-…`, `grant-…`, `control-…`; {LinuxError} if it cannot be launched
 */
export async function mediatedRun(
  command: readonly string[],
  directory: string,
  principal: EntityUid,
  options: MediatedRunOptions,
  tell: Tell,
  runtime: Runtime,
  sys: Sys,
): Promise<Ending> {
  const temporary = temporaryDirectory();
  let record: RunRecord | undefined;
  try {
    const { tokens, trust } = options.signed ?? mintAuthority(options, command, directory, temporary, runtime);
    record = runRecord(options, runtime);
    const mediator = join(kernelPath(record.control), 'mediator');
    const { floor, untilMs } = floorOf(grantsOf(tokens));
    const run = await launch({
      command: command[0]!,
      args: command.slice(1),
      env: { ...options.env, TMPDIR: temporary, [MEDIATOR]: mediator },
      cwd: directory,
      floor,
      filter: assemble(hostAbi, filterRules({ uid: process.getuid!(), gid: process.getgid!() })),
      stallMs: STALL_MS,
      sys,
    });
    passSignals(run);
    const input: Omit<WorkerInput, 'wakeFd'> = {
      policy: options.policy,
      tokens,
      trust: trust.toJSON().keys,
      log: record.log,
      keys: record.keys,
      durability: options.durability,
      principal,
      listenerFd: run.listenerFd,
      heartbeatFd: run.heartbeatFd,
      protect: [...protectedBy(record, options), ...(options.protect ?? []).map(kernelPath)],
      mediator,
      selfPids: [process.pid, run.guardianPid],
      approveTimeoutMs: options.approveTimeoutMs,
    };
    const control = options.control ?? join(record.control, 'socket');
    return await mediated(run, input, control, untilMs, tell, runtime, sys);
  } finally {
    for (const made of [temporary, ...(record === undefined ? [] : [record.control])])
      if (!remove(made)) tell.left(made);
  }
}

async function mediated(
  run: Launched,
  input: Omit<WorkerInput, 'wakeFd'>,
  control: string,
  untilMs: number,
  tell: Tell,
  runtime: Runtime,
  sys: Sys,
): Promise<Ending> {
  const thread = new MediatingThread({ ...input, wakeFd: eventFd(sys) }, sys, (waits) => tell.waits(waits, control));
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
      await serveControl(control, (command) => {
        // Set before waiting calls are refused: the command may end because of that, and the run was stopped all the
        // same.
        if (command.verb === 'stop') failure ??= stopped();
        return thread.command(command);
      }),
    );
    channels.push(await serveMediator(input.mediator, input.principal, (asking) => thread.decide(asking)));
    run.go();
    const ending = await run.exited;
    const { refused } = await thread.end('the command ended');
    if (failure !== undefined) throw failure;
    if (refused > 0) tell.refused(refused, input.log);
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
