// Owns: the listener: taking notifications, answering them, and whether one still stands.
// Trusts: the kernel.
// Excludes: what an answer is.

import { NR, O, seccomp } from '../abi.ts';
import type { Sys } from '../ffi/sys.ts';

const { notif, resp, addfd, ioctl } = seccomp;
const NOTIF = 0;
const RESP = 128;
const ADDFD = 192;
const ID = 256;
const SIZE = 264;

/** One system call that waits for an answer. */
export interface Notification {
  id: bigint;
  /** The thread's id. */
  tid: number;
  nr: number;
  /** Arguments as unsigned numbers: right for addresses, and for what is no larger than 2^53. */
  args: readonly number[];
  /** The lower halves of the arguments, signed: descriptors, flags, modes. */
  ints: readonly number[];
}

export class Listener {
  readonly fd: number;
  readonly #sys: Sys;
  readonly #bytes = Buffer.alloc(SIZE);
  readonly #view: DataView;
  readonly #base: number;

  constructor(sys: Sys, fd: number) {
    this.fd = fd;
    this.#sys = sys;
    this.#view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, SIZE);
    this.#base = sys.address(this.#bytes);
    // Wakes the caller on the same processor. Linux has it since 6.6; without it answers only take longer.
    sys.call(NR.ioctl, fd, ioctl.NOTIF_SET_FLAGS, seccomp.FD_SYNC_WAKE_UP);
  }

  /** The next notification; a negated errno if there is none (any more). */
  receive(): Notification | number {
    this.#bytes.fill(0, NOTIF, NOTIF + notif.size);
    const failed = this.#sys.call(NR.ioctl, this.fd, ioctl.NOTIF_RECV, this.#base + NOTIF);
    if (failed < 0) return failed;
    const view = this.#view;
    const args: number[] = [];
    const ints: number[] = [];
    for (let at = notif.args; at < notif.size; at += 8) {
      const low = view.getUint32(at, true);
      args.push(view.getUint32(at + 4, true) * 2 ** 32 + low);
      ints.push(low | 0);
    }
    return {
      id: view.getBigUint64(notif.id, true),
      tid: view.getUint32(notif.pid, true),
      nr: view.getInt32(notif.nr, true),
      args,
      ints,
    };
  }

  /** Whether the thread still waits: what was read of it by its number was its own. */
  isValid(id: bigint): boolean {
    this.#view.setBigUint64(ID, id, true);
    return this.#sys.call(NR.ioctl, this.fd, ioctl.NOTIF_ID_VALID, this.#base + ID) >= 0;
  }

  /** Ends the call with `result`: a value, or a negated errno. */
  answer(id: bigint, result: number): void {
    this.#send(id, Math.max(result, 0), Math.min(result, 0), 0);
  }

  /** Lets the kernel do the call, with whatever its memory holds by then. */
  letGo(id: bigint): void {
    this.#send(id, 0, 0, seccomp.USER_NOTIF_FLAG_CONTINUE);
  }

  #send(id: bigint, value: number, error: number, flags: number): void {
    const view = this.#view;
    view.setBigUint64(RESP + resp.id, id, true);
    view.setBigInt64(RESP + resp.val, BigInt(value), true);
    view.setInt32(RESP + resp.error, error, true);
    view.setUint32(RESP + resp.flags, flags, true);
    this.#sys.call(NR.ioctl, this.fd, ioctl.NOTIF_SEND, this.#base + RESP);
  }

  /** Ends the call with a copy of `fd` in the thread's table, in one step. Zero, or a negated errno. */
  give(id: bigint, fd: number, closeOnExec: boolean): number {
    const view = this.#view;
    view.setBigUint64(ADDFD + addfd.id, id, true);
    view.setUint32(ADDFD + addfd.flags, seccomp.ADDFD_FLAG_SEND, true);
    view.setUint32(ADDFD + addfd.srcfd, fd, true);
    view.setUint32(ADDFD + addfd.newfd, 0, true);
    view.setUint32(ADDFD + addfd.newfdFlags, closeOnExec ? O.CLOEXEC : 0, true);
    const failed = this.#sys.call(NR.ioctl, this.fd, ioctl.NOTIF_ADDFD, this.#base + ADDFD);
    return failed < 0 ? failed : 0;
  }
}
