// Owns: system calls the supervisor makes for itself, over one scratch buffer per thread.
// Trusts: that the caller uses an answer before it asks again: what is read lies in the scratch buffer.
// Excludes: whose behalf a call is made on.

import { AT, E, NR, O, O_NOFOLLOW, RESOLVE, SOL_SOCKET, STATX_BASIC_STATS, openHow, pollfd, statx } from '../abi.ts';
import type { Sys } from '../ffi/sys.ts';

/** The longest path the kernel takes, its ending NUL included. */
export const PATH_BYTES_MAX = 4096;

// Offsets in the scratch buffer.
const HOW = 0;
const PAIR = 64;
const STATX = 128;
const SOCKADDR = 384;
const SOCKADDR_BYTES = 128;
const PATH_A = 512;
const PATH_B = 8_704;
const LINK = 16_896;
const FILE = 25_088;
const FILE_BYTES = 4_096;
const SIZE = FILE + FILE_BYTES;

const PROC_FD = '/proc/self/fd/';
const REPLACEMENT = '\ufffd';

/** The facts of `statx` on the object asked about last. */
export interface Facts {
  mode: number;
  nlink: number;
  rdevMajor: number;
  rdevMinor: number;
}

export class Kernel {
  readonly sys: Sys;
  readonly facts: Facts = { mode: 0, nlink: 0, rdevMajor: 0, rdevMinor: 0 };
  readonly #bytes = Buffer.alloc(SIZE);
  readonly #view: DataView;
  readonly #base: number;

  constructor(sys: Sys) {
    this.sys = sys;
    this.#view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, SIZE);
    this.#base = sys.address(this.#bytes);
  }

  #put(at: number, text: string): number {
    // Three bytes for every unit of UTF-16 is the most there can be.
    if (text.length * 3 >= PATH_B - PATH_A && Buffer.byteLength(text) >= PATH_B - PATH_A)
      throw new RangeError('a path longer than the kernel takes');
    this.#bytes[at + this.#bytes.write(text, at)] = 0;
    return this.#base + at;
  }

  /** The address of `text` as a string of C; until the next path is put there. */
  path(text: string): number {
    return this.#put(PATH_A, text);
  }

  /** A second path for calls that take two. */
  secondPath(text: string): number {
    return this.#put(PATH_B, text);
  }

  close(fd: number): void {
    this.sys.call(NR.close, fd);
  }

  openat(directory: number, path: string, flags: number, mode = 0): number {
    return this.sys.call(NR.openat, directory, this.path(path), flags | O.CLOEXEC, mode);
  }

  umask(mask: number): void {
    this.sys.call(NR.umask, mask);
  }

  /** Opens an object to name it, not to use it. `resolve` is added to RESOLVE_NO_MAGICLINKS. */
  locate(directory: number, path: string, flags: number, resolve = 0): number {
    this.#view.setUint32(HOW, flags | O.PATH | O.CLOEXEC, true);
    this.#view.setUint32(HOW + 4, 0, true);
    this.#view.setUint32(HOW + 8, 0, true);
    this.#view.setUint32(HOW + 12, 0, true);
    this.#view.setUint32(HOW + 16, resolve | RESOLVE.NO_MAGICLINKS, true);
    this.#view.setUint32(HOW + 20, 0, true);
    return this.sys.call(NR.openat2, directory, this.path(path), this.#base + HOW, openHow.size);
  }

  /** Opens anew the object of `fd`, with other rights. */
  reopen(fd: number, flags: number): number {
    return this.openat(AT.FDCWD, PROC_FD + fd, (flags & ~O_NOFOLLOW) | O.NOCTTY);
  }

  /** What a symbolic link says; a negated errno if it is none, or is not UTF-8. */
  readlink(directory: number, path: string): string | number {
    const length = this.sys.call(NR.readlinkat, directory, this.path(path), this.#base + LINK, PATH_BYTES_MAX);
    if (length < 0) return length;
    return this.#text(LINK, length) ?? -E.ACCES;
  }

  /** What the kernel calls the object of `fd` now: its path, or something that is none, like `pipe:[1]`. */
  nameOf(fd: number): string | number {
    return this.readlink(AT.FDCWD, PROC_FD + fd);
  }

  /** Reads `facts` of what `path` leads to from `directory`, itself if `path` is empty. Zero, or a negated errno. */
  stat(directory: number, path = ''): number {
    const flags = path === '' ? AT.EMPTY_PATH : AT.SYMLINK_NOFOLLOW;
    return this.#statx(directory, path, flags);
  }

  #statx(directory: number, path: string, flags: number): number {
    const failed = this.sys.call(NR.statx, directory, this.path(path), flags, STATX_BASIC_STATS, this.#base + STATX);
    if (failed < 0) return failed;
    const { facts } = this;
    facts.mode = this.#view.getUint16(STATX + statx.mode, true);
    facts.nlink = this.#view.getUint32(STATX + statx.nlink, true);
    facts.rdevMajor = this.#view.getUint32(STATX + statx.rdevMajor, true);
    facts.rdevMinor = this.#view.getUint32(STATX + statx.rdevMinor, true);
    return 0;
  }

  /** Which inode `path` leads to, symbolic links followed: device and number as text; `undefined` if it
   * leads nowhere. */
  inodeAt(path: string): string | undefined {
    return this.#statx(AT.FDCWD, path, 0) < 0 ? undefined : this.#inode();
  }

  inodeOf(fd: number): string | undefined {
    return this.#statx(fd, '', AT.EMPTY_PATH) < 0 ? undefined : this.#inode();
  }

  /** What of a file changes with its content. */
  versionOf(fd: number): { version: string; size: number; changedMs: number } | undefined {
    if (this.#statx(fd, '', AT.EMPTY_PATH) < 0) return undefined;
    const size = this.#view.getBigUint64(STATX + statx.fileSize, true);
    const [changed, modified] = [this.#nanoseconds(statx.ctime), this.#nanoseconds(statx.mtime)];
    return {
      version: `${this.#inode()} ${size} ${changed} ${modified}`,
      size: Number(size),
      changedMs: Number(changed / 1_000_000n),
    };
  }

  #nanoseconds(at: number): bigint {
    const seconds = this.#view.getBigInt64(STATX + at, true);
    return seconds * 1_000_000_000n + BigInt(this.#view.getUint32(STATX + at + 8, true));
  }

  #inode(): string {
    const view = this.#view;
    const number = view.getBigUint64(STATX + statx.ino, true);
    return `${view.getUint32(STATX + statx.devMajor, true)}:${view.getUint32(STATX + statx.devMinor, true)}:${number}`;
  }

  /** The first bytes of a file, as much as one read gives and the buffer holds; a negated errno. */
  head(directory: number, path: string, length = FILE_BYTES): Buffer | number {
    const fd = this.openat(directory, path, O.NONBLOCK | O.NOCTTY);
    if (fd < 0) return fd;
    const read = this.sys.call(NR.read, fd, this.#base + FILE, length);
    this.close(fd);
    return read < 0 ? read : this.#bytes.subarray(FILE, FILE + read);
  }

  /** A pair of descriptors that `pipe2` made; a negated errno. */
  pipe(): [read: number, write: number] | number {
    const failed = this.sys.call(NR.pipe2, this.#base + PAIR, O.CLOEXEC | O.NONBLOCK);
    if (failed < 0) return failed;
    return [this.#view.getInt32(PAIR, true), this.#view.getInt32(PAIR + 4, true)];
  }

  /** Which of `events`, errors included, hold for `fd` now. */
  polled(fd: number, events: number): number {
    this.#view.setInt32(PAIR + pollfd.fd, fd, true);
    this.#view.setInt16(PAIR + pollfd.events, events, true);
    this.#view.setInt16(PAIR + pollfd.revents, 0, true);
    // A timespec of zero: it does not wait.
    this.#view.setBigUint64(PAIR + 16, 0n, true);
    this.#view.setBigUint64(PAIR + 24, 0n, true);
    this.sys.call(NR.ppoll, this.#base + PAIR, 1, this.#base + PAIR + 16, 0, 0);
    return this.#view.getInt16(PAIR + pollfd.revents, true);
  }

  /** An option of a socket that is a number; a negated errno. */
  socketOption(fd: number, option: number): number {
    this.#view.setUint32(PAIR, 4, true);
    const failed = this.sys.call(NR.getsockopt, fd, SOL_SOCKET, option, this.#base + PAIR + 4, this.#base + PAIR);
    return failed < 0 ? failed : this.#view.getInt32(PAIR + 4, true);
  }

  /** The address a socket is bound to, or, with `NR.getpeername`, connected to; a negated errno. */
  socketName(fd: number, call: number = NR.getsockname): Buffer | number {
    this.#view.setUint32(PAIR, SOCKADDR_BYTES, true);
    const failed = this.sys.call(call, fd, this.#base + SOCKADDR, this.#base + PAIR);
    if (failed < 0) return failed;
    return Buffer.from(this.#bytes.subarray(SOCKADDR, SOCKADDR + this.#view.getUint32(PAIR, true)));
  }

  /** `connect` or `bind` to an address. */
  addressed(call: number, fd: number, address: Uint8Array): number {
    this.#bytes.set(address, SOCKADDR);
    return this.sys.call(call, fd, this.#base + SOCKADDR, address.length);
  }

  #text(at: number, length: number): string | undefined {
    const text = this.#bytes.toString('utf8', at, at + length);
    if (!text.includes(REPLACEMENT)) return text;
    return Buffer.from(text).equals(this.#bytes.subarray(at, at + length)) ? text : undefined;
  }
}
