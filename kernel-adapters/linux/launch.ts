// Owns: starting a guarded command: guardian and launcher, the hand-over of the listener, the pulse, and the end.
// Trusts: the guardian and the launcher up to its execve. Excludes: answering notifications, and what the floor grants.

import { spawn } from 'node:child_process';
import { closeSync, existsSync, writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { E, F, MFD_CLOEXEC, NR, O, PR } from './abi.ts';
import type { Sys } from './ffi/index.ts';
import { GuardedRun } from './guarded-run.ts';
import type { Floor } from './landlock.ts';
import { BEAT, type Ending, type Plan } from './launch-protocol.ts';
import { alreadyMediated, errnoName, LinuxError } from './linux-error.ts';
import { openPipe } from './pipe.ts';

/** How long the supervisor may be silent before its tree is killed. */
export const STALL_MS = 5_000;
/** Beats within that time, so that one may come late. */
const BEATS = 10;

interface TreeOptions {
  command: string;
  args: readonly string[];
  /** All of the command's environment. */
  env: { readonly [name: string]: string };
  cwd: string;
  floor: Floor;
  /** An assembled seccomp filter. */
  filter: Uint8Array;
}

export interface LaunchOptions extends TreeOptions {
  stallMs: number;
  sys: Sys;
}

/** A guardian and a launcher that are started and wait for what is to be run. */
export interface Guardian {
  /** As `launch()`. To be called once. */
  launch(options: TreeOptions): Promise<Launched>;
  /** Ends both, and with them what was launched. */
  close(): void;
}

export interface Launched {
  /** The command's process. */
  pid: number;
  guardianPid: number;
  /** The seccomp listener, in this process. When the tree is killed it turns into something that reads as hung up. */
  listenerFd: number;
  /** Where a byte is written at least every `beatMs`; it does not block. */
  heartbeatFd: number;
  beatMs: number;
  /** How many paths of the floor do not exist. */
  skipped: number;
  /** One beat, for who has no descriptor of its own to write to. */
  heartbeat(): void;
  /**
   * Lets the command start. The listener must be answered, and the pulse kept, from here on. Until the end this process
   * must not touch `process.stdout` and its like, nor give them to a worker: Node would make the command's streams not
   * blocking.
   */
  go(): void;
  /** Before this process stops itself, and after it goes on: its silence is then no stall. */
  pause(): void;
  resume(): void;
  /** Has the whole tree killed. */
  kill(): void;
  /**
   * How the command ended, once all of the tree is dead; a LinuxError if it was not executed, or was killed, and why.
   */
  exited: Promise<Ending>;
  /** Closes both descriptors, which nobody may use afterwards. Before the end it has the tree killed. */
  close(): void;
}

function check(what: string, result: number): number {
  if (result >= 0) return result;
  throw new LinuxError('launch-failed', `${what} failed with ${errnoName(result)}`, 'Report this.');
}

/** A file in memory for the plan, which may be longer than a pipe holds. */
function planFile(sys: Sys): number {
  const name = Buffer.from('plan\0');
  return check('memfd_create', sys.call(NR.memfd_create, sys.address(name), MFD_CLOEXEC));
}

function writePlan(fd: number, plan: Plan): void {
  const bytes = Buffer.from(JSON.stringify(plan));
  for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
}

/** Takes the listener out of the launcher, which is a descendant and holds still. */
function takeListener(sys: Sys, pid: number, fd: number): number {
  const pidfd = check('pidfd_open', sys.call(NR.pidfd_open, pid, 0));
  const taken = sys.call(NR.pidfd_getfd, pidfd, fd, 0);
  closeSync(pidfd);
  if (taken >= 0) return taken;
  throw new LinuxError(
    'listener-refused',
    `the supervisor may not take over the listener: ${errnoName(taken)}`,
    'A process must be allowed to trace its descendants: kernel.yama.ptrace_scope 0 or 1.',
  );
}

function checkStrings({ command, args, env, cwd }: TreeOptions): void {
  const texts = [command, ...args, cwd, ...Object.keys(env), ...Object.values(env)];
  if (texts.some((text) => text.includes('\0'))) throw new TypeError('an argument or variable holds a NUL');
  if (Object.keys(env).some((name) => name === '' || name.includes('='))) throw new TypeError('a variable has no name');
}

/**
 * What its descendants leave behind is this process's from here on.
 * @throws {LinuxError} `already-mediated` inside a guarded tree
 */
export function adoptOrphans(sys: Sys): void {
  const result = sys.call(NR.prctl, PR.SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  // No kernel refuses it by itself; the filter of a guarded tree does.
  if (result === -E.PERM) throw alreadyMediated();
  check('subreaper', result);
}

/**
 * Starts the guardian, and through it the launcher, before it is known what is to be run: both load meanwhile.
 * @param stallMs how long this process may be silent from `launch` on before its tree is killed; at least 20
 */
export function startGuardian(sys: Sys, stallMs: number): Guardian {
  if (!(stallMs >= 20)) throw new RangeError('stallMs is at least 20');
  // Guardian and launcher are this runtime started anew, and what they count on of signals, descriptors and execve is
  // Node's.
  if ('Deno' in globalThis || 'Bun' in globalThis) {
    throw new LinuxError('launch-runtime', 'a tree is guarded under Node alone', 'Run it under Node.');
  }
  if (!existsSync(`/proc/self/task/${process.pid}/children`)) {
    throw new LinuxError('proc-children', 'the kernel does not list children in /proc', 'CONFIG_PROC_CHILDREN has it.');
  }
  // If the guardian dies its tree becomes ours.
  adoptOrphans(sys);
  const planFd = planFile(sys);
  const [pulseRead, heartbeatFd] = openPipe(sys);
  const [reportRead, reportWrite] = openPipe(sys);
  const [goRead, goWrite] = openPipe(sys);
  check('fcntl', sys.call(NR.fcntl, heartbeatFd, F.SETFL, O.NONBLOCK));
  const script = fileURLToPath(import.meta.url.replace(/launch\.(\w+)$/, 'guardian.$1'));
  const args = ['--disable-sigusr1', script, String(process.pid), String(stallMs)];
  const guardian = spawn(process.execPath, args, {
    stdio: ['inherit', 'inherit', 'inherit', pulseRead, reportWrite, planFd, goRead],
    env: {},
  });
  for (const fd of [pulseRead, reportWrite, goRead]) closeSync(fd);
  const run = new GuardedRun(sys, { guardian, reportFd: reportRead, heartbeatFd, goFd: goWrite });
  // It may end before there is anything to launch: then `launch` says so.
  run.listening.catch(() => undefined);
  return {
    launch: (options) => launchUnder({ run, guardianPid: guardian.pid, heartbeatFd, planFd }, sys, stallMs, options),
    close: () => run.close(),
  };
}

/** Starts everything up to the command's first step, which waits for `go`. Rejects if the command cannot be guarded. */
export async function launch({ sys, stallMs, ...options }: LaunchOptions): Promise<Launched> {
  return startGuardian(sys, stallMs).launch(options);
}

interface Started {
  run: GuardedRun;
  guardianPid: number | undefined;
  heartbeatFd: number;
  planFd: number;
}

async function launchUnder(
  { run, guardianPid, heartbeatFd, planFd }: Started,
  sys: Sys,
  stallMs: number,
  options: TreeOptions,
): Promise<Launched> {
  const beatMs = Math.floor(stallMs / BEATS);
  let pulse: NodeJS.Timeout | undefined;
  try {
    checkStrings(options);
    // Nobody but root may look into this process from here on.
    check('dumpable', sys.call(NR.prctl, PR.SET_DUMPABLE, 0, 0, 0, 0));
    const { filter, ...rest } = options;
    const group = check('getpgid', sys.call(NR.getpgid, 0));
    run.send(BEAT.alive);
    // The caller keeps the pulse from `go` on.
    pulse = setInterval(() => run.send(BEAT.alive), beatMs);
    writePlan(planFd, { ...rest, group, filter: Buffer.from(filter).toString('base64') });
    closeSync(planFd);
    run.planned();
    const { pid, listening, skipped } = await run.listening;
    const listenerFd = takeListener(sys, pid, listening);
    run.listenerFd = listenerFd;
    return {
      pid,
      guardianPid: guardianPid!,
      listenerFd,
      heartbeatFd,
      beatMs,
      skipped,
      exited: run.exited,
      heartbeat: () => run.send(BEAT.alive),
      go() {
        clearInterval(pulse);
        run.go();
      },
      pause: () => run.send(BEAT.pause),
      resume: () => run.send(BEAT.resume),
      kill: () => run.kill(),
      close() {
        clearInterval(pulse);
        run.close();
      },
    };
  } catch (error) {
    clearInterval(pulse);
    run.kill();
    await run.exited.catch(() => undefined);
    run.close();
    throw error;
  }
}
