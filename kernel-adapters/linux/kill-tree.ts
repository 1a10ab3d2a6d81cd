// Owns: killing a tree of processes that may fork, daemonise and resist while it is killed.
// Trusts: that the caller is a child subreaper, so that no descendant leaves it.

import { readdirSync, readFileSync } from 'node:fs';
import { SIG, WNOHANG, type LinuxAbi } from './abi.ts';
import type { Sys } from './ffi/index.ts';

/** How long killing may take before what is left is given up as not killable, such as a process in uninterruptible sleep. */
const PATIENCE_MS = 30_000;
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

function* descendantsOf(pid: number, isMember: (child: number) => boolean): Generator<number> {
  const pending = childrenOf(pid).filter(isMember);
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    // Whoever is told of a process may kill it, and then its children are somebody else's.
    pending.push(...childrenOf(next));
    yield next;
  }
}

/**
 * Kills every descendant of this process through children that are members, and reaps those that become its own.
 * Blocks until none is left; returns what could not be killed.
 */
export function killTree(sys: Sys, { NR }: LinuxAbi, isMember: (child: number) => boolean = () => true): number[] {
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  const deadline = process.hrtime.bigint() + BigInt(PATIENCE_MS) * 1_000_000n;
  const inTime = (): boolean => process.hrtime.bigint() < deadline;
  const known = new Set<number>();
  const isOurs = (child: number): boolean => known.has(child) || isMember(child);

  // First all stand still: killing one by one would only make room for the children of the others.
  for (let isNew = true; isNew && inTime();) {
    isNew = false;
    for (const pid of descendantsOf(process.pid, isOurs)) {
      if (known.has(pid)) continue;
      known.add(pid);
      sys.call(NR.kill, pid, SIG.STOP);
      isNew = true;
    }
  }

  // A list of children can miss some while others exit, so nothing is over before it was empty twice.
  for (let empty = 0; ;) {
    const left = new Set<number>();
    for (const pid of descendantsOf(process.pid, isOurs)) {
      known.add(pid);
      sys.call(NR.kill, pid, SIG.KILL);
      if (sys.call(NR.wait4, pid, 0, WNOHANG, 0) !== pid) left.add(pid);
    }
    empty = left.size === 0 ? empty + 1 : 0;
    if (empty === 2) return [];
    if (!inTime()) return [...left];
    Atomics.wait(sleeper, 0, 0, PAUSE_MS);
  }
}
