// Owns: reading the memory of a guarded thread.
// Trusts: its callers to check afterwards that the notification still stands, since a thread's number may be another's
// by then.
// Excludes: what the bytes mean.

import { E, NR, iovec } from '../abi.ts';
import type { Sys } from '../ffi/sys.ts';
import { PATH_BYTES_MAX } from './kernel.ts';

const PAGE = 4096;
const LOCAL = 0;
const REMOTE = 16;
const DATA = 64;
/** The largest value an extended attribute can have. */
const BYTES_MAX = 65_536;
const REPLACEMENT = '\ufffd';

export class Memory {
  readonly #sys: Sys;
  readonly #bytes = Buffer.alloc(DATA + BYTES_MAX);
  readonly #view: DataView;
  readonly #base: number;

  constructor(sys: Sys) {
    this.#sys = sys;
    this.#view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, DATA);
    this.#base = sys.address(this.#bytes);
  }

  #vector(at: number, address: number, length: number): void {
    this.#view.setBigUint64(at + iovec.base, BigInt(address), true);
    this.#view.setBigUint64(at + iovec.length, BigInt(length), true);
  }

  /** Up to `length` bytes; page by page, so that those before an unmapped page come. */
  #read(tid: number, address: number, length: number): number {
    if (address > Number.MAX_SAFE_INTEGER) return -E.FAULT;
    this.#vector(LOCAL, this.#base + DATA, length);
    const first = Math.min(length, PAGE - (address % PAGE));
    this.#vector(REMOTE, address, first);
    this.#vector(REMOTE + iovec.size, address + first, length - first);
    const vectors = first < length ? 2 : 1;
    return this.#sys.call(NR.process_vm_readv, tid, this.#base + LOCAL, 1, this.#base + REMOTE, vectors, 0);
  }

  /** A path; a negated errno if there is none, it is too long, or not UTF-8. */
  path(tid: number, address: number): string | number {
    const read = this.#read(tid, address, PATH_BYTES_MAX);
    if (read <= 0) return -E.FAULT;
    const end = this.#bytes.indexOf(0, DATA);
    if (end < 0 || end >= DATA + read) return read < PATH_BYTES_MAX ? -E.FAULT : -E.NAMETOOLONG;
    const text = this.#bytes.toString('utf8', DATA, end);
    // The engine knows paths as text only.
    if (text.includes(REPLACEMENT) && !Buffer.from(text).equals(this.#bytes.subarray(DATA, end))) return -E.ACCES;
    return text;
  }

  /** A copy of exactly `length` bytes; a negated errno. */
  bytes(tid: number, address: number, length: number): Buffer | number {
    if (length > BYTES_MAX) return -E.TOOBIG;
    if (length === 0) return Buffer.alloc(0);
    const read = this.#read(tid, address, length);
    return read === length ? Buffer.from(this.#bytes.subarray(DATA, DATA + length)) : -E.FAULT;
  }
}
