// Owns: the last steps before the command runs: everything put on this very process that the command is to inherit.
// Call: started by the guardian. Trusts: the plan. Excludes: deciding whether the command may run: its execve is
// mediated.

import { accessSync, constants, statSync, writeSync } from 'node:fs';
import { CLOSE_RANGE_CLOEXEC, E, F, hostAbi, PR, seccomp, SIG_SETMASK, SIGSET_BYTES, type LinuxAbi } from './abi.ts';
import { dropCapabilities } from './capabilities.ts';
import { forbidCoreDumps } from './core-dumps.ts';
import { openSys } from './ffi/koffi.ts';
import type { Sys } from './ffi/sys.ts';
import { restrict } from './landlock.ts';
import { GO, LAUNCHER_FD, readPlan, type Plan, type Report } from './launch-protocol.ts';
import { alreadyMediated, errnoName, LinuxError } from './linux-error.ts';
import { restoreSignals, restoreStreams } from './signals.ts';

/** What execvp(3) searches if the environment has no PATH. */
const DEFAULT_PATH = '/bin:/usr/bin';

/** The file that a shell would run for the command. */
function programOf({ command, env }: Plan): string {
  if (command.includes('/')) return command;
  let denied: string | undefined;
  for (const directory of (env['PATH'] ?? DEFAULT_PATH).split(':')) {
    const path = `${directory === '' ? '.' : directory}/${command}`;
    try {
      if (!statSync(path).isFile()) continue;
    } catch {
      continue;
    }
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      denied ??= path;
    }
  }
  if (denied !== undefined) {
    throw new LinuxError('command-not-executable', `${denied} is not executable`, 'chmod +x makes it so.', {
      status: 126,
    });
  }
  throw new LinuxError('command-not-found', `${command}: command not found`, 'Give its path, or set PATH.', {
    status: 127,
  });
}

/** Memory that the kernel is given the address of must not be collected before execve. */
const held: Uint8Array[] = [];
function hold(sys: Sys, bytes: Uint8Array): number {
  held.push(bytes);
  return sys.address(bytes);
}

const string = (sys: Sys, value: string): number => hold(sys, Buffer.from(`${value}\0`));

/** A null-terminated array of C strings. */
function strings(sys: Sys, values: readonly string[]): number {
  const pointers = new BigUint64Array(values.length + 1);
  values.forEach((value, index) => (pointers[index] = BigInt(string(sys, value))));
  return hold(sys, new Uint8Array(pointers.buffer));
}

/** Descriptors, signals and process group as the command would have found them without us. */
function restoreProcess(sys: Sys, { NR }: LinuxAbi): void {
  restoreStreams(sys);
  // Node makes them close-on-exec, too.
  for (const fd of [0, 1, 2]) sys.call(NR.fcntl, fd, F.SETFD, 0);
  const closed = sys.call(NR.close_range, 3, 0xffffffff, CLOSE_RANGE_CLOEXEC);
  if (closed < 0)
    throw new LinuxError('close-range', `close_range failed with ${errnoName(closed)}`, 'Linux 5.11 has it.');
  restoreSignals(sys);
  const none = Buffer.alloc(SIGSET_BYTES);
  sys.call(NR.rt_sigprocmask, SIG_SETMASK, sys.address(none), 0, SIGSET_BYTES);
}

/** Installs the filter; returns the number of its listener. */
function listen(sys: Sys, { NR }: LinuxAbi, filter: Uint8Array): number {
  // struct sock_fprog: the number of instructions, and where they are.
  const program = Buffer.alloc(16);
  program.writeUInt16LE(filter.length / 8, 0);
  program.writeBigUInt64LE(BigInt(sys.address(filter)), 8);
  const flags = seccomp.FLAG_NEW_LISTENER | seccomp.FLAG_WAIT_KILLABLE_RECV;
  const fd = sys.call(NR.seccomp, seccomp.SET_MODE_FILTER, flags, sys.address(program));
  if (fd >= 0) return fd;
  if (fd === -E.BUSY || fd === -E.PERM) throw alreadyMediated();
  throw new LinuxError(
    'seccomp',
    `seccomp failed with ${errnoName(fd)}`,
    'Linux 5.19 or later with seccomp is needed.',
  );
}

function execFailure(program: string, result: number): LinuxError {
  const status = result === -E.NOENT ? 127 : 126;
  const message = `${program} could not be executed: ${errnoName(result)}`;
  if (result === -E.NOENT)
    return new LinuxError('command-not-found', message, 'Give the path of a program.', { status });
  if (result === -E.ACCES || result === -E.PERM) {
    return new LinuxError('command-refused', message, 'Grant its execution, and of its interpreter.', { status });
  }
  return new LinuxError('command-not-executable', message, 'It must be a program, or a script that begins with #!.', {
    status,
  });
}

function check(what: string, result: number): void {
  if (result < 0) throw new LinuxError('launch-failed', `${what} failed with ${errnoName(result)}`, 'Report this.');
}

const said = Buffer.alloc(1);

/** Waits for the supervisor to say so: by a plain call, which the filter lets through. */
function awaitGo(sys: Sys, { NR }: LinuxAbi, byte: number): void {
  let count: number;
  do count = sys.call(NR.read, LAUNCHER_FD.go, sys.address(said), 1);
  while (count === -E.INTR);
  // The supervisor is gone, and nothing has run.
  if (count !== 1 || said[0] !== byte)
    throw new LinuxError('supervisor-gone', 'the supervisor did not say go', 'See what ended it.');
}

function run(sys: Sys, abi: LinuxAbi, plan: Plan): never {
  const { NR } = abi;
  check('setpgid', sys.call(NR.setpgid, 0, plan.group));
  try {
    process.chdir(plan.cwd);
  } catch (cause) {
    throw new LinuxError('working-directory', `${plan.cwd} cannot be entered`, 'Name a directory.', { cause });
  }
  const program = programOf(plan);
  const path = string(sys, program);
  const argv = strings(sys, [plan.command, ...plan.args]);
  const envp = strings(
    sys,
    Object.entries(plan.env).map(([name, value]) => `${name}=${value}`),
  );
  const filter = Buffer.from(plan.filter, 'base64');

  check('no_new_privs', sys.call(NR.prctl, PR.SET_NO_NEW_PRIVS, 1, 0, 0, 0));
  dropCapabilities(sys, abi);
  forbidCoreDumps(sys, abi);
  const skipped = restrict(sys, abi, plan.floor);
  restoreProcess(sys, abi);

  // From here on this thread is mediated: nothing may be opened, and so nothing loaded.
  const listener = listen(sys, abi, filter);
  report({ listening: listener, pid: process.pid, skipped: skipped.length });
  awaitGo(sys, abi, GO.command);

  const result = sys.call(NR.execve, path, argv, envp);
  throw execFailure(program, result);
}

function report(line: Report): void {
  writeSync(LAUNCHER_FD.report, `${JSON.stringify(line)}\n`);
}

const sys = openSys();
try {
  awaitGo(sys, hostAbi, GO.plan);
  run(sys, hostAbi, readPlan(LAUNCHER_FD.plan));
} catch (error) {
  const failure =
    error instanceof LinuxError
      ? error
      : new LinuxError('launch-failed', (error as Error).message, 'Report this.', { cause: error });
  try {
    report({ failed: failure.toJSON() });
  } finally {
    // Without ceremony: what Node does when it exits may be mediated.
    sys.call(hostAbi.NR.exit_group, failure.status);
  }
}
