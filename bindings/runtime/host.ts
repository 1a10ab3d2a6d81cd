// Owns: the capabilities that are the same in Node, Deno and Bun.

import { randomBytes } from 'node:crypto';
import * as files from 'node:fs';
import { clearTimeout, setTimeout } from 'node:timers';
import type { Lock, Runtime } from './runtime.ts';

const LOCK_EX = 2;
const LOCK_NB = 4;
const NEVER = new Int32Array(new SharedArrayBuffer(4));

export const host = {
  now: () => Date.now(),
  random: (length: number) => randomBytes(length),
  files,
  after(ms: number, run: () => void) {
    const timer = setTimeout(run, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
  pause: (ms: number) => void Atomics.wait(NEVER, 0, 0, ms),
} satisfies Omit<Runtime, 'lockDirectory'>;

/**
 * A directory lock from a foreign `flock(2)`, which returns 0 if it got the lock. The descriptor is close-on-exec in
 * every runtime.
 */
export function lockWith(flock: (fd: number, operation: number) => number, path: string): Lock | undefined {
  const fd = files.openSync(path, 'r');
  if (flock(fd, LOCK_EX | LOCK_NB) === 0) return { release: () => files.closeSync(fd) };
  files.closeSync(fd);
  return undefined;
}
