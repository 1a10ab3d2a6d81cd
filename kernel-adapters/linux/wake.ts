// Owns: waking a thread that polls: an eventfd, which is written to from another thread.

import { NR, O } from './abi.ts';
import type { Sys } from './ffi/index.ts';
import { errnoName, LinuxError } from './linux-error.ts';

const ONE = Buffer.alloc(8);
ONE.writeBigUInt64LE(1n);

/** A new eventfd that does not block. */
export function eventFd(sys: Sys): number {
  const fd = sys.call(NR.eventfd2, 0, O.CLOEXEC | O.NONBLOCK);
  if (fd >= 0) return fd;
  throw new LinuxError('launch-failed', `eventfd failed with ${errnoName(fd)}`, 'Report this.');
}

/** A full counter has woken it already. */
export const wake = (sys: Sys, fd: number): void => void sys.call(NR.write, fd, sys.address(ONE), ONE.length);
