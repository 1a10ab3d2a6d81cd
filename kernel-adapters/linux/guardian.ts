// Owns: the guarded tree's life: starts it, reaps it, and kills all of it when the command ends, or when the supervisor
// dies, stalls or asks for it. It stands in its own process group, so that what is sent to the job's group does not
// take it along. Call: started by launch.ts with the supervisor's process id and the limit of its silence in ms, and
// before there is a plan: only the launcher reads that. Trusts: its arguments, and the bytes of the supervisor's pipe.
// Excludes: decisions. It is watched in turn by the supervisor, which kills the tree if the guardian dies.

import { spawn } from 'node:child_process';
import { closeSync, readFileSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { E, hostAbi, PR, SIGSET_BYTES, WNOHANG } from './abi.ts';
import { openSys } from './ffi/koffi.ts';
import { awaitChild } from './ffi/await-child.ts';
import { killTree } from './kill-tree.ts';
import { BEAT, GUARDIAN_FD, type Ending, type Report } from './launch-protocol.ts';
import { errnoName, LinuxError } from './linux-error.ts';

/** Checks of the supervisor's pulse within the limit. */
const CHECKS = 20;

const { NR } = hostAbi;
const [supervisorPid, stallMs] = process.argv.slice(2).map(Number) as [number, number];

// Meant for the job, or for whoever lost the terminal: a supervisor that dies while this process stands still makes its
// group an orphan, and the kernel then hangs it up.
for (const signal of ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM'] as const) process.on(signal, () => undefined);

// Before anything else: the launcher loads while this process does. It waits for the supervisor, which lets nothing run
// before this process has said that it guards.
const launcher = fileURLToPath(import.meta.url.replace(/guardian\.(\w+)$/, 'launcher.$1'));
const { report: toSupervisor, plan: planFile, go } = GUARDIAN_FD;
const command = spawn(process.execPath, ['--disable-sigusr1', launcher], {
  stdio: ['inherit', 'inherit', 'inherit', toSupervisor, planFile, go],
  env: {},
});

const sys = openSys();

function report(line: Report): void {
  try {
    writeSync(GUARDIAN_FD.report, `${JSON.stringify(line)}\n`);
  } catch {
    // Nobody is left to be told.
  }
}

function endWith(line: Report): never {
  report(line);
  killTree(sys, hostAbi);
  // Without ceremony: nothing that Node still waits for may delay the end.
  sys.call(NR.exit_group, 0);
  throw new Error('exit_group returned');
}

const fail = (cause: unknown): never =>
  endWith({
    failed:
      cause instanceof LinuxError
        ? cause.toJSON()
        : { code: 'guardian-failed', message: String(cause), hint: 'Report this.', status: 125 },
  });
process.on('uncaughtException', fail);

function check(what: string, result: number): void {
  if (result < 0) throw new LinuxError('guardian-failed', `${what} failed with ${errnoName(result)}`, 'Report this.');
}

check('setpgid', sys.call(NR.setpgid, 0, 0));
// All descendants become children of this process when their parents die.
check('subreaper', sys.call(NR.prctl, PR.SET_CHILD_SUBREAPER, 1, 0, 0, 0));
check('dumpable', sys.call(NR.prctl, PR.SET_DUMPABLE, 0, 0, 0, 0));

const nowMs = (): number => Number(process.hrtime.bigint() / 1_000_000n);

/** Whether the supervisor stands still because it was told to, as state T or t in its stat says. */
const isSupervisorStopped = (): boolean => {
  const stat = readFileSync(`/proc/${supervisorPid}/stat`, 'latin1');
  return /^[Tt]/.test(stat.slice(stat.lastIndexOf(')') + 2));
};

/** Silence counts from the first beat, which comes before the plan: until then there is nothing to guard. */
let lastBeatMs: number | undefined;
let isPaused = false;
const pulse = new Socket({ fd: GUARDIAN_FD.heartbeat, readable: true, writable: false });
pulse.on('data', (bytes: Buffer) => {
  lastBeatMs = nowMs();
  if (bytes.includes(BEAT.kill)) endWith({ killing: 'the supervisor asked for it' });
  // What came last holds.
  const change = Math.max(bytes.lastIndexOf(BEAT.pause), bytes.lastIndexOf(BEAT.resume));
  if (change >= 0) isPaused = bytes[change] === BEAT.pause;
});
pulse.on('close', () => endWith({ killing: 'the supervisor is gone' }));
pulse.on('error', () => endWith({ killing: 'the supervisor is gone' }));

const checkMs = Math.max(1, Math.floor(stallMs / CHECKS));
let lastCheckMs = nowMs();
setInterval(() => {
  const now = nowMs();
  // Whoever did not run itself, as when the whole machine stood still, cannot tell who else did not.
  const wasAway = now - lastCheckMs > stallMs / 2;
  lastCheckMs = now;
  if (lastBeatMs === undefined) return;
  if (wasAway || (isPaused && isSupervisorStopped())) lastBeatMs = now;
  else if (now - lastBeatMs > stallMs) {
    // One that was stopped goes on to see its tree gone. Otherwise, if no shell controls its group, as under cron, the
    // kernel would hang up the whole group when the last of the tree in it dies (an orphaned group with a stopped
    // process, setpgid(2)).
    sys.call(NR.kill, supervisorPid, constants.signals.SIGCONT);
    endWith({ killing: 'the supervisor stalled' });
  }
}, checkMs);

if (command.pid === undefined) {
  command.on('error', fail);
} else {
  closeSync(go);
  // Children are reaped here and not by Node, which takes a death by a real-time signal for success. Node has not
  // looked since it started one: it looks when its event loop turns, and this is still the first turn.
  const action = Buffer.alloc(32);
  check('SIGCHLD', sys.call(NR.rt_sigaction, constants.signals.SIGCHLD, sys.address(action), 0, SIGSET_BYTES));
  report({ guarding: true });
  reapUntil(command.pid);
}

/** Reaps whatever dies, and ends with the command. */
function reapUntil(commandPid: number): void {
  const status = Buffer.alloc(4);
  for (;;) {
    const pid = sys.call(NR.wait4, -1, sys.address(status), WNOHANG, 0);
    if (pid === commandPid) endWith({ ended: endingOf(status.readInt32LE(0)) });
    if (pid === 0 || pid === -E.CHILD) break;
  }
  awaitChild(() => reapUntil(commandPid));
}

/** WIFEXITED, WEXITSTATUS, WTERMSIG. */
function endingOf(status: number): Ending {
  const signal = status & 0x7f;
  return signal === 0 ? { code: (status >> 8) & 0xff } : { signal };
}
