// Owns: waking a thread that polls: an eventfd, which is written to from another thread.
// Trusts: the kernel.
// Excludes: what the thread does when it wakes.

import { NR, O } from './abi.ts';
import type { Sys } from './ffi/index.ts';
import { check } from './linux-error.ts';

const ONE = Buffer.alloc(8);
ONE.writeBigUInt64LE(1n);

/** A new eventfd that does not block. */
export function eventFd(sys: Sys): number {
  return check('launch-failed', 'eventfd', sys.call(NR.eventfd2, 0, O.CLOEXEC | O.NONBLOCK));
}

/** If the counter is full, the thread was woken already. */
export const wake = (sys: Sys, fd: number): void => void sys.call(NR.write, fd, sys.address(ONE), ONE.length);
