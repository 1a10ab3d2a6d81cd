// Owns: killing a tree of processes that may fork, daemonise and resist while it is killed.
// Trusts: that the caller is a child subreaper, so that no descendant leaves it.

import { readdirSync, readFileSync } from 'node:fs';
import { SIG, WNOHANG, type LinuxAbi } from './abi.ts';
import type { Sys } from './ffi/index.ts';

/** Then those that fork on and on are killed as they come. */
const STOPPING_PASSES = 100;
const PAUSE_MS = 1;

/** What a read of /proc gives, or nothing if its subject is gone. */
function ifThere<T>(read: () => T[]): T[] {
  try {
    return read();
  } catch {
    return [];
  }
}

/** The children of all threads of a process; none if it is gone. A child may be missed while others come and go. */
function childrenOf(pid: number): number[] {
  const tasks = ifThere(() => readdirSync(`/proc/${pid}/task`));
  // A thread that is gone takes none of the others' children along; its own are theirs now.
  return tasks.flatMap((task) =>
    ifThere(() => {
      const text = readFileSync(`/proc/${pid}/task/${task}/children`, 'latin1').trim();
      return text === '' ? [] : text.split(' ').map(Number);
    }),
  );
}

/**
 * Sends a signal to every descendant of this process through children that are members; `true` if it was for someone new.
 * Each is signalled as soon as it is seen: some fork and exit on and on, and what was read of them is soon of the past.
 */
function signalAll(send: (pid: number) => boolean, isMember: (child: number) => boolean): boolean {
  let wasNew = false;
  const signal = (pid: number): void => {
    if (send(pid)) wasNew = true;
  };
  const pending = childrenOf(process.pid).filter(isMember);
  pending.forEach(signal);
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const children = childrenOf(next);
    children.forEach(signal);
    pending.push(...children);
  }
  return wasNew;
}

/**
 * Kills every descendant of this process through children that are members, and reaps those that become its own.
 * Blocks until none is left, however long that takes: whoever gave up would leave a tree without a guard.
 */
export function killTree(sys: Sys, { NR }: LinuxAbi, isMember: (child: number) => boolean = () => true): void {
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  const known = new Set<number>();
  const isOurs = (child: number): boolean => known.has(child) || isMember(child);

  // First all stand still: killing one by one would only make room for the children of the others.
  const stop = (pid: number): boolean => {
    if (known.has(pid)) return false;
    known.add(pid);
    sys.call(NR.kill, pid, SIG.STOP);
    return true;
  };
  for (let passes = 0; passes < STOPPING_PASSES && signalAll(stop, isOurs);) passes++;

  // A list of children can miss some while others exit, so nothing is over before it was empty twice.
  const kill = (pid: number): boolean => {
    known.add(pid);
    sys.call(NR.kill, pid, SIG.KILL);
    sys.call(NR.wait4, pid, 0, WNOHANG, 0);
    // Even if it is reaped at once: its children have just become somebody else's, and were not seen yet.
    return true;
  };
  for (let empty = 0; empty < 2;) {
    if (signalAll(kill, isOurs)) empty = 0;
    else empty++;
    Atomics.wait(sleeper, 0, 0, PAUSE_MS);
  }
}
