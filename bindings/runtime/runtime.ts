// Owns: what the bindings need of whatever runs them: a clock and timer, randomness, files and the lock.
// Excludes: any decision on what to do with them.

import type * as fs from 'node:fs';

/** Capabilities, injected so that a run can be repeated and a disk can be made to fail. */
export interface Runtime {
  /** Milliseconds since 1970. */
  now(): number;
  /** `length` bytes from a cryptographic source. */
  random(length: number): Uint8Array;
  files: Files;
  /**
   * Calls `run` once after `ms`, if the process is still there: waiting for it keeps none alive. Returns what calls it
   * off.
   */
  after(ms: number, run: () => void): () => void;
  /** Stops the thread for `ms`. */
  pause(ms: number): void;
  /**
   * Holds `flock(2)` on a directory until released or the process dies; `undefined` if another process or session holds
   * it.
   */
  lockDirectory(path: string): Lock | undefined;
}

export interface Lock {
  release(): void;
}

/** The part of `node:fs` that logs and keys use, with its errors. */
export type Files = Pick<
  typeof fs,
  | 'chmodSync'
  | 'closeSync'
  | 'fdatasync'
  | 'fdatasyncSync'
  | 'fstatSync'
  | 'fsync'
  | 'fsyncSync'
  | 'ftruncateSync'
  | 'lstatSync'
  | 'mkdirSync'
  | 'openSync'
  | 'readFileSync'
  | 'readSync'
  | 'readdirSync'
  | 'renameSync'
  | 'rmSync'
  | 'statSync'
  | 'unlinkSync'
  | 'writeSync'
>;
