// Owns: killing a tree of processes that may fork, daemonise and resist while it is killed.
// Trusts: that the caller is a child subreaper, so that no descendant leaves it.

import { readdirSync, readFileSync } from 'node:fs';
import { E, SIG, WNOHANG, type LinuxAbi } from './abi.ts';
import type { Sys } from './ffi/index.ts';

/** Then those that fork on and on are killed as they come. */
const STOPPING_PASSES = 100;
const PAUSE_MS = 1;

/** The children of all threads of a process; none if it is gone. A child may be missed while others come and go. */
function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) => {
      const text = readFileSync(`/proc/${pid}/task/${task}/children`, 'latin1').trim();
      return text === '' ? [] : text.split(' ').map(Number);
    });
  } catch {
    return [];
  }
}

/** Whose child a process is; `undefined` if it is gone. The name in the line may hold anything, so fields are counted
 * from its end. */
function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined;
  }
}

/**
 * A descriptor of the child that has this number, or a negated errno. Numbers are given out anew, thousands a second
 * where processes flee: only what is still a child of `parent` while it is held is what was listed.
 */
function hold(sys: Sys, { NR }: LinuxAbi, pid: number, parent: number): number {
  const fd = sys.call(NR.pidfd_open, pid, 0);
  if (fd < 0) return fd;
  if (parentOf(pid) === parent && sys.call(NR.pidfd_send_signal, fd, 0, 0, 0) === 0) return fd;
  sys.call(NR.close, fd);
  return -E.SRCH;
}

/**
 * Sends a signal to every descendant of this process through children that are members; `true` if it was for someone
 * new. Each is signalled as soon as it is seen: some fork and exit on and on, and what was read of them is soon of the
 * past.
 */
function signalAll(
  sys: Sys,
  abi: LinuxAbi,
  send: (pid: number, fd: number) => boolean,
  isMember: (child: number) => boolean,
): boolean {
  let wasNew = false;
  const pending: { pid: number; fd: number }[] = [];
  const signal = (children: readonly number[], parent: number): void => {
    for (const pid of children) {
      const fd = hold(sys, abi, pid, parent);
      if (fd < 0) continue;
      if (send(pid, fd)) wasNew = true;
      pending.push({ pid, fd });
    }
  };
  signal(childrenOf(process.pid).filter(isMember), process.pid);
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    signal(childrenOf(next.pid), next.pid);
    sys.call(abi.NR.close, next.fd);
  }
  return wasNew;
}

/**
 * Kills every descendant of this process through children that are members, and reaps those that become its own.
 * Blocks until none is left, however long that takes: whoever gave up would leave a tree without a guard.
 */
export function killTree(sys: Sys, abi: LinuxAbi, isMember: (child: number) => boolean = () => true): void {
  const { NR } = abi;
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  const known = new Set<number>();
  const isOurs = (child: number): boolean => known.has(child) || isMember(child);

  // First all stand still: killing one by one would only make room for the children of the others.
  const stop = (pid: number, fd: number): boolean => {
    if (known.has(pid)) return false;
    known.add(pid);
    sys.call(NR.pidfd_send_signal, fd, SIG.STOP, 0, 0);
    return true;
  };
  for (let passes = 0; passes < STOPPING_PASSES && signalAll(sys, abi, stop, isOurs);) passes++;

  // A list of children can miss some while others exit, so nothing is over before it was empty twice.
  const kill = (pid: number, fd: number): boolean => {
    known.add(pid);
    sys.call(NR.pidfd_send_signal, fd, SIG.KILL, 0, 0);
    sys.call(NR.wait4, pid, 0, WNOHANG, 0);
    // Even if it is reaped at once: its children have just become somebody else's, and were not seen yet.
    return true;
  };
  for (let empty = 0; empty < 2;) {
    if (signalAll(sys, abi, kill, isOurs)) empty = 0;
    else empty++;
    Atomics.wait(sleeper, 0, 0, PAUSE_MS);
  }
}
