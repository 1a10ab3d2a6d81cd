// Owns: system calls the supervisor makes for itself, over one scratch buffer per thread.
// Trusts: that the caller uses an answer before it asks again: what is read lies in the scratch buffer.
// Excludes: whose behalf a call is made on.

import { NR, O_DIRECTORY, O_NOFOLLOW } from '../abi.ts';
import type { Sys } from '../ffi/sys.ts';
import * as c from './constants.ts';

/** The longest path the kernel takes, its ending NUL included. */
export const PATH_BYTES_MAX = 4096;

// Offsets in the scratch buffer.
const HOW = 0;
const PAIR = 64;
const STATX = 128;
const PATH_A = 512;
const PATH_B = 8_704;
const LINK = 16_896;
const FILE = 25_088;
const FILE_BYTES = 4_096;
const SIZE = FILE + FILE_BYTES;

// struct statx: the same everywhere.
const STATX_NLINK = 16;
const STATX_MODE = 28;
const STATX_INO = 32;
const STATX_RDEV = 128;
const STATX_DEV = 136;
const STATX_BASIC = 0x7ff;

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
    return this.sys.call(NR.openat, directory, this.path(path), flags | c.O_CLOEXEC, mode);
  }

  /** Opens an object to name it, not to use it. `resolve` is added to RESOLVE_NO_MAGICLINKS. */
  locate(directory: number, path: string, flags: number, resolve = 0): number {
    this.#view.setUint32(HOW, flags | c.O_PATH | c.O_CLOEXEC, true);
    this.#view.setUint32(HOW + 4, 0, true);
    this.#view.setUint32(HOW + 8, 0, true);
    this.#view.setUint32(HOW + 12, 0, true);
    this.#view.setUint32(HOW + 16, resolve | c.RESOLVE_NO_MAGICLINKS, true);
    this.#view.setUint32(HOW + 20, 0, true);
    return this.sys.call(NR.openat2, directory, this.path(path), this.#base + HOW, 24);
  }

  /** Opens anew the object of `fd`, with other rights. */
  reopen(fd: number, flags: number): number {
    return this.openat(c.AT_FDCWD, PROC_FD + fd, (flags & ~O_NOFOLLOW) | c.O_NOCTTY);
  }

  /** What a symbolic link says; a negated errno if it is none, or is not UTF-8. */
  readlink(directory: number, path: string): string | number {
    const length = this.sys.call(NR.readlinkat, directory, this.path(path), this.#base + LINK, PATH_BYTES_MAX);
    if (length < 0) return length;
    return this.#text(LINK, length) ?? -c.EACCES;
  }

  /** What the kernel calls the object of `fd` now: its path, or something that is none, like `pipe:[1]`. */
  nameOf(fd: number): string | number {
    return this.readlink(c.AT_FDCWD, PROC_FD + fd);
  }

  /** Reads `facts` of what `path` leads to from `directory`, itself if `path` is empty. Zero, or a negated errno. */
  stat(directory: number, path = ''): number {
    const flags = path === '' ? c.AT_EMPTY_PATH : c.AT_SYMLINK_NOFOLLOW;
    return this.#statx(directory, path, flags);
  }

  #statx(directory: number, path: string, flags: number): number {
    const failed = this.sys.call(NR.statx, directory, this.path(path), flags, STATX_BASIC, this.#base + STATX);
    if (failed < 0) return failed;
    const { facts } = this;
    facts.mode = this.#view.getUint16(STATX + STATX_MODE, true);
    facts.nlink = this.#view.getUint32(STATX + STATX_NLINK, true);
    facts.rdevMajor = this.#view.getUint32(STATX + STATX_RDEV, true);
    facts.rdevMinor = this.#view.getUint32(STATX + STATX_RDEV + 4, true);
    return 0;
  }

  /** Which inode `path` leads to, symbolic links followed: device and number as text; `undefined` if it leads nowhere. */
  inodeAt(path: string): string | undefined {
    return this.#statx(c.AT_FDCWD, path, 0) < 0 ? undefined : this.#inode();
  }

  inodeOf(fd: number): string | undefined {
    return this.#statx(fd, '', c.AT_EMPTY_PATH) < 0 ? undefined : this.#inode();
  }

  #inode(): string {
    const view = this.#view;
    const number = view.getBigUint64(STATX + STATX_INO, true);
    return `${view.getUint32(STATX + STATX_DEV, true)}:${view.getUint32(STATX + STATX_DEV + 4, true)}:${number}`;
  }

  /** The first bytes of a file, as much as one read gives and the buffer holds; a negated errno. */
  head(directory: number, path: string, length = FILE_BYTES): Buffer | number {
    const fd = this.openat(directory, path, c.O_NONBLOCK | c.O_NOCTTY);
    if (fd < 0) return fd;
    const read = this.sys.call(NR.read, fd, this.#base + FILE, length);
    this.close(fd);
    return read < 0 ? read : this.#bytes.subarray(FILE, FILE + read);
  }

  /** A pair of descriptors that `pipe2` made; a negated errno. */
  pipe(): [read: number, write: number] | number {
    const failed = this.sys.call(NR.pipe2, this.#base + PAIR, c.O_CLOEXEC | c.O_NONBLOCK);
    if (failed < 0) return failed;
    return [this.#view.getInt32(PAIR, true), this.#view.getInt32(PAIR + 4, true)];
  }

  #text(at: number, length: number): string | undefined {
    const text = this.#bytes.toString('utf8', at, at + length);
    if (!text.includes(REPLACEMENT)) return text;
    return Buffer.from(text).equals(this.#bytes.subarray(at, at + length)) ? text : undefined;
  }
}

export const DIRECTORY_ONLY = O_DIRECTORY;
