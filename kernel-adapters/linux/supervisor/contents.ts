// Owns: the SHA-256 of files that are to be executed, made once for each state of a file.
// Trusts: the kernel to date changes.
// Excludes: what is in the file by the time it runs: the kernel runs no program that is open for writing, but an
// interpreter reads its script later.

import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { E, O } from '../abi.ts';
import type { Kernel } from './kernel.ts';

/** Hashing a larger file takes longer than some tenths of a second, while every other call waits. */
const BYTES_MAX = 2 ** 28;
const CHUNK = 2 ** 18;
const KNOWN_MAX = 1_024;
/** Changes that follow closely upon one another may have the same date. */
const SETTLED_MS = 1_000;

export class Contents {
  readonly #kernel: Kernel;
  readonly #date: () => number;
  readonly #known = new Map<string, string>();
  readonly #chunk = Buffer.allocUnsafe(CHUNK);

  constructor(kernel: Kernel, date: () => number) {
    this.#kernel = kernel;
    this.#date = date;
  }

  /** In hex, of the file of `fd`; `undefined` if the file is too large; a negated errno if it changes meanwhile. */
  of(fd: number): string | undefined | number {
    const before = this.#kernel.versionOf(fd);
    if (before === undefined) return -E.ACCES;
    if (before.size > BYTES_MAX) return undefined;
    const known = this.#known.get(before.version);
    if (known !== undefined) return known;
    const digest = this.#hash(fd, before.size);
    if (this.#kernel.versionOf(fd)?.version !== before.version) return -E.TXTBSY;
    if (this.#known.size >= KNOWN_MAX) this.#known.clear();
    if (this.#date() - before.changedMs > SETTLED_MS) this.#known.set(before.version, digest);
    return digest;
  }

  /** No more than `size`: a file that grows meanwhile is another version anyway. If a process holds a lease on the
   * file, opening fails rather than wait. */
  #hash(fd: number, size: number): string {
    const hash = createHash('sha256');
    const file = openSync(`/proc/self/fd/${fd}`, O.NONBLOCK);
    try {
      for (let left = size, read: number; left > 0 && (read = readSync(file, this.#chunk)) > 0; left -= read)
        hash.update(this.#chunk.subarray(0, read));
    } finally {
      closeSync(file);
    }
    return hash.digest('hex');
  }
}
