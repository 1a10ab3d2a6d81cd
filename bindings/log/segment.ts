// Owns: a file that grows by whole items: a segment, or its disclosures. What was appended is gathered until it is
// written.
// Trusts: that the kernel reports a failed write-back to the next sync of the same descriptor, once (Linux, since
// 4.13).
// Excludes: what the items say. Errors are the file system's own.

import { join } from 'node:path';
import { writeWhole } from '../files/durable-file.ts';
import type { Files } from '../runtime/runtime.ts';

/** Holds a few of the largest records, or a few hundred of the usual ones. */
const GATHERED_BYTES_MAX = 256 * 1024;

export const segmentName = (number: number): string => `${String(number).padStart(8, '0')}.cborseq`;

export const segmentPath = (directory: string, number: number): string => join(directory, segmentName(number));

export class GrowingFile {
  readonly #fd: number;
  /**
   * What is synced without stopping the thread. A descriptor of its own, and one sync at a time: of two on one
   * descriptor the first to end would take the failure, and the other would say that all is well.
   */
  readonly #asideFd: number;
  /** Its length with what is gathered. */
  length: number;
  readonly #files: Files;
  readonly #gathered = Buffer.allocUnsafe(GATHERED_BYTES_MAX);
  #gatheredLength = 0;
  /** How much of it is known to be on the disk. */
  #durable: number;
  #syncing: Promise<void> | undefined;
  /**
   * The first failure. From then on the file's content is unknown, and the writer writes and vouches for nothing more.
   */
  #failure: unknown;

  /** Makes a file that must not exist, or, given its `length`, goes on with one. */
  constructor(path: string, files: Files, length?: number) {
    this.#files = files;
    this.#fd = files.openSync(path, length === undefined ? 'ax' : 'a', 0o600);
    try {
      this.#asideFd = files.openSync(path, 'r');
    } catch (cause) {
      files.closeSync(this.#fd);
      throw cause;
    }
    this.length = length ?? 0;
    this.#durable = this.length;
  }

  /** Whether an item of this length can be gathered without writing what is. */
  fits(length: number): boolean {
    return this.#gatheredLength + length <= GATHERED_BYTES_MAX;
  }

  append(item: Uint8Array): void {
    if (!this.fits(item.length)) this.flush();
    this.#gathered.set(item, this.#gatheredLength);
    this.#gatheredLength += item.length;
    this.length += item.length;
  }

  /** Gives what is gathered to the operating system. */
  flush(): void {
    this.#check();
    if (this.#gatheredLength === 0) return;
    try {
      writeWhole(this.#fd, this.#gathered.subarray(0, this.#gatheredLength), this.#files);
      this.#gatheredLength = 0;
    } catch (cause) {
      throw this.#fail(cause);
    }
  }

  /** Everything appended is on the disk when this returns. */
  syncSync(): void {
    this.flush();
    if (this.#durable === this.length) return;
    try {
      this.#files.fdatasyncSync(this.#fd);
      this.#durable = this.length;
    } catch (cause) {
      throw this.#fail(cause);
    }
  }

  /** Everything flushed before the call is on the disk when this resolves. */
  async sync(): Promise<void> {
    const length = this.#flushed;
    // It may have begun too early for what was flushed last.
    await this.#syncing;
    this.#check();
    if (this.#durable < length) await (this.#syncing ??= this.#syncAside());
  }

  get #flushed(): number {
    return this.length - this.#gatheredLength;
  }

  async #syncAside(): Promise<void> {
    const length = this.#flushed;
    try {
      await new Promise<void>((resolve, reject) => {
        this.#files.fdatasync(this.#asideFd, (error) => (error === null ? resolve() : reject(error)));
      });
      this.#durable = Math.max(this.#durable, length);
    } catch (cause) {
      throw this.#fail(cause);
    } finally {
      this.#syncing = undefined;
    }
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  #fail(cause: unknown): unknown {
    this.#failure ??= cause;
    return cause;
  }

  truncate(length: number): void {
    this.#gatheredLength = 0;
    this.#files.ftruncateSync(this.#fd, length);
    this.length = length;
  }

  close(): void {
    this.#files.closeSync(this.#asideFd);
    this.#files.closeSync(this.#fd);
  }
}
