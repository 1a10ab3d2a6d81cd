// Owns: calls that cannot be answered yet: until approved, until later, or until what was begun is done.
// Trusts: /proc for signals.
// Excludes: deciding: a call that waited for an approval is decided as if it had just come.

import { AT, E } from '../abi.ts';
import type { Park } from './judge.ts';
import type { Kernel } from './kernel.ts';
import type { Listener } from './listener.ts';
import type { Call, Wait } from './calls/handler.ts';

/** A deferred call is asked again after so long, then after twice as long, and so on: for some six seconds. */
const DEFER_FIRST_MS = 50;
const DEFERS_MAX = 7;
/** Has the kernel restart the call, or end it with EINTR, as the signal's handler asks. */
const ERESTARTSYS = 512;

export interface Parked {
  call: Call;
  park: Park;
  /** When it is refused, or asked again. */
  untilMs: number;
  defers: number;
}

interface Going {
  call: Call;
  wait: Wait;
}

/** Each call that waits holds descriptors of this process, and is looked at with every tick: there is
 * no room for more. */
export const GOING_MAX = 256;

export class Waiting {
  readonly going = new Map<bigint, Going>();
  readonly #parked = new Map<bigint, Parked>();
  readonly #kernel: Kernel;
  readonly #listener: Listener;
  readonly #approveTimeoutMs: number;

  constructor(kernel: Kernel, listener: Listener, approveTimeoutMs: number) {
    this.#kernel = kernel;
    this.#listener = listener;
    this.#approveTimeoutMs = approveTimeoutMs;
  }

  get isEmpty(): boolean {
    return this.#parked.size === 0 && this.going.size === 0;
  }

  /** `false` if it has waited long enough. A call that is parked again for an approval waits no longer than it would
   * have. */
  park(call: Call, park: Park, now: number, before: Parked | undefined): boolean {
    const defers = (before?.defers ?? 0) + (park.park === 'defer' ? 1 : 0);
    if (defers > DEFERS_MAX) return false;
    const again = before?.park.park === 'approve' ? before.untilMs : now + this.#approveTimeoutMs;
    const untilMs = park.park === 'approve' ? again : now + DEFER_FIRST_MS * 2 ** (defers - 1);
    if (untilMs < now) return false;
    this.#parked.set(call.id, { call, park, untilMs, defers });
    return true;
  }

  /** Takes out those that `is` holds for. */
  take(is: (parked: Parked) => boolean): Parked[] {
    const taken = [...this.#parked.values()].filter(is);
    for (const { call } of taken) this.#parked.delete(call.id);
    return taken;
  }

  /** Lets go of calls whose threads are gone, or have a signal to take care of. */
  sweep(): void {
    const waiting = [...this.#parked.values(), ...this.going.values()];
    for (const { call } of waiting) {
      const { id } = call;
      const valid = this.#listener.isValid(id);
      const interrupted = valid ? this.#interrupted(call) : 0;
      if (valid && interrupted === 0) continue;
      this.drop(id);
      if (valid) this.#listener.answer(id, interrupted);
    }
  }

  drop(id: bigint): void {
    this.#parked.delete(id);
    this.going.get(id)?.wait.drop();
    this.going.delete(id);
  }

  /** Zero, or what ends the call of a thread that has a signal to handle. */
  #interrupted({ tid, task }: Call): number {
    const own = this.#signals(tid);
    if (!own) return 0;
    if ((own.pending & ~own.blocked) !== 0n) return -ERESTARTSYS;
    const shared = own.shared & ~own.blocked;
    if (shared === 0n || own.isAlone) return shared === 0n ? 0 : -ERESTARTSYS;
    // What the first thread of the process does not block, it gets.
    const first = tid === task.process.pid ? undefined : this.#signals(task.process.pid);
    if (first && !first.hasEnded && (shared & first.blocked) === 0n) return 0;
    // Another thread may take the signal before this one comes to it; only the thread that handles a signal restarts
    // its call.
    return -E.INTR;
  }

  #signals(tid: number) {
    const status = this.#kernel.head(AT.FDCWD, `/proc/${tid}/status`);
    if (typeof status === 'number') return undefined;
    const text = status.toString('latin1');
    const set = (name: string): bigint => BigInt(`0x${new RegExp(`^${name}:\\t(\\w+)$`, 'm').exec(text)?.[1] ?? '0'}`);
    return {
      pending: set('SigPnd'),
      shared: set('ShdPnd'),
      blocked: set('SigBlk'),
      isAlone: /^Threads:\t1$/m.test(text),
      hasEnded: /^State:\t[ZX]/m.test(text),
    };
  }

  close(): void {
    for (const id of this.going.keys()) this.drop(id);
  }
}
