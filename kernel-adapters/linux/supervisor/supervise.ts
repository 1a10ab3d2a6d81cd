// Owns: the loop that answers every notification of a guarded tree, and keeps the pulse by which its guardian knows it
// lives. A call that something goes wrong with is refused.
// Trusts: what it is given.
// Excludes: starting and ending the tree.

import { readFileSync } from 'node:fs';
import { callName, E, NR, POLL, pollfd } from '../abi.ts';
import type { Sys } from '../ffi/sys.ts';
import { BEAT } from '../launch-protocol.ts';
import { check } from '../linux-error.ts';
import { handlersOf } from './calls/handlers.ts';
import { Connections, type Connection, type Cut } from './connections.ts';
import { Contents } from './contents.ts';
import { Images } from './images.ts';
import { Protection, procMountsIn } from './protection.ts';
import { Judge } from './judge.ts';
import { Kernel } from './kernel.ts';
import { Memory } from './memory.ts';
import type { Mediate, Profile, Redeem } from './mediator.ts';
import { Listener, type Notification } from './listener.ts';
import { Resolver } from './resolve.ts';
import { Tasks } from './tasks.ts';
import type { Answer, Call, GuardedTree, Handler } from './calls/handler.ts';
import { GOING_MAX, Waiting, type Parked } from './waiting.ts';

const CLONE_FS = 0x200;
const TICK_MS = 250;
/** While calls wait: how often signals and named pipes are looked at. */
const WAITING_TICK_MS = 10;
/** Looking after those that wait takes no more than one part in so many of the time. */
const LOOK_SHARE = 10;
const POLLS_MAX = 1_024;
/** Behind the table of what is polled. */
const TIMEOUT = pollfd.size * POLLS_MAX;

export type SupervisorEvent =
  | { event: 'parked' | 'expired'; pid: number; approval: string | undefined }
  /** Killed: it executed what was not decided on. */
  | { event: 'killed'; pid: number }
  /**
   * Refused without asking the mediator: by what no grant opens, or because the call is not one that is let through.
   */
  | { event: 'refused'; pid: number; by: 'guard' | 'filter'; cause: string; call: string; object: string | null }
  /** Something failed that should not; the call was refused. */
  | { event: 'fault'; error: unknown };

export interface SuperviseOptions {
  sys: Sys;
  listenerFd: number;
  heartbeatFd: number;
  /** An eventfd, non-blocking: written to, it has `onWake` called in this thread. */
  wakeFd: number;
  mediate: Mediate;
  redeem: Redeem;
  /** Canonical paths; what is at or under them is out of the tree's reach. */
  protect: readonly string[];
  /** A canonical path, protected or not: a socket that the tree may connect to. The mediator decides what is asked
   * there. */
  mediator?: string;
  profiles: { readonly [name: string]: Profile };
  approveTimeoutMs: number;
  /** The supervisor's processes, which the tree must not see into. The first is this one. */
  selfPids: readonly number[];
  /** Milliseconds of a clock that never runs backwards. */
  now: () => number;
  /** Milliseconds since 1970, as files are dated. */
  date: () => number;
  onWake: () => void;
  onEvent: (event: SupervisorEvent) => void;
}

export interface Supervisor {
  /** Answers until the tree is gone or `stop` is called, and then lets go of all it holds but the descriptors it was
   * given. */
  run(): 'ended' | 'stopped';
  /** Has calls that wait for this approval decided again. How many waited. */
  answer(approval: string): number;
  /** Ends `run`. Calls that wait then are refused. */
  stop(): void;
  connections(): Connection[];
  /** Shuts down what connections the tree has. */
  cut(): Cut;
}

/** To be called, and run, in the thread that is to answer; that thread's working directory and umask become its own. */
export function supervise(options: SuperviseOptions): Supervisor {
  return new Loop(options);
}

class Loop implements Supervisor {
  readonly #options: SuperviseOptions;
  readonly #sys: Sys;
  readonly #listener: Listener;
  readonly #tasks: Tasks;
  readonly #images: Images;
  readonly #tree: GuardedTree;
  readonly #handlers: Map<number, Handler>;
  readonly #connections: Connections;
  readonly #waiting: Waiting;
  readonly #polls = Buffer.alloc(TIMEOUT + 16);
  readonly #pollsAt: number;
  readonly #beat = Buffer.from([BEAT.alive]);
  readonly #count = Buffer.alloc(8);
  #beatenMs = Number.NEGATIVE_INFINITY;
  /** The call that is being answered. */
  #current: Call | undefined;
  /** When those that wait are looked at next. */
  #lookMs = Number.NEGATIVE_INFINITY;
  #stopping = false;

  constructor(options: SuperviseOptions) {
    const { sys, listenerFd, selfPids, protect, onEvent } = options;
    const [self] = selfPids;
    if (self === undefined) throw new TypeError('selfPids begins with this process');
    if (!(options.approveTimeoutMs >= 0)) throw new RangeError('approveTimeoutMs is not negative');
    // Names are made in this thread's own working directory, under the umask of the guarded thread.
    check('supervisor-failed', 'unshare', sys.call(NR.unshare, CLONE_FS));
    const kernel = new Kernel(sys);
    this.#options = options;
    this.#sys = sys;
    this.#listener = new Listener(sys, listenerFd);
    this.#images = new Images(kernel, (pid) => onEvent({ event: 'killed', pid }));
    this.#tasks = new Tasks(kernel, (process) => this.#images.admits(process));
    this.#connections = new Connections(kernel, () => this.#tasks.pids);
    this.#handlers = handlersOf(this.#images, new Contents(kernel, options.date), this.#connections);
    this.#waiting = new Waiting(kernel, this.#listener, options.approveTimeoutMs);
    this.#tree = {
      kernel,
      memory: new Memory(sys),
      tasks: this.#tasks,
      resolver: new Resolver(kernel, self),
      protection: new Protection(
        protect,
        selfPids,
        procMountsIn(readFileSync('/proc/self/mountinfo', 'latin1')),
        (cause, path) => this.#refused('guard', cause, path),
      ),
      judge: new Judge(options, this.#tasks, (error) => onEvent({ event: 'fault', error })),
      listener: this.#listener,
      redeem: options.redeem,
      mediator: options.mediator,
    };
    this.#pollsAt = sys.address(this.#polls);
  }

  run(): 'ended' | 'stopped' {
    try {
      for (;;) {
        const now = this.#options.now();
        this.#keepPulse(now);
        if (now >= this.#lookMs && !this.#waiting.isEmpty) this.#lookAfterWaiting(now);
        const ready = this.#poll();
        if (ready === undefined) continue;
        if (ready.going) this.#goOn(now);
        if (ready.woken) this.#wake();
        if (this.#stopping) return 'stopped';
        if ((ready.listener & POLL.IN) !== 0) this.#next(now);
        else if ((ready.listener & (POLL.HUP | POLL.ERR)) !== 0) return 'ended';
      }
    } finally {
      for (const { call } of this.#waiting.take(() => true)) this.#listener.answer(call.id, -E.ACCES);
      this.#waiting.close();
      this.#tasks.close();
    }
  }

  #keepPulse(now: number): void {
    if (now - this.#beatenMs < TICK_MS) return;
    this.#beatenMs = now;
    this.#sys.call(NR.write, this.#options.heartbeatFd, this.#sys.address(this.#beat), 1);
  }

  /** `undefined`: nothing happened that says anything. */
  #poll(): { listener: number; woken: boolean; going: boolean } | undefined {
    const polls = this.#polls;
    let count = 0;
    const add = (fd: number, events: number): void => {
      const at = count++ * pollfd.size;
      polls.writeInt32LE(fd, at + pollfd.fd);
      polls.writeInt16LE(events, at + pollfd.events);
      polls.writeInt16LE(0, at + pollfd.revents);
    };
    add(this.#listener.fd, POLL.IN);
    add(this.#options.wakeFd, POLL.IN);
    // Those beyond the table are looked at with every tick.
    for (const { wait } of this.#waiting.going.values())
      if (wait.fd >= 0 && count < POLLS_MAX) add(wait.fd, wait.events);
    const timeout = this.#waiting.isEmpty ? TICK_MS : WAITING_TICK_MS;
    // A timespec, which the kernel may change.
    polls.fill(0, TIMEOUT);
    polls.writeUInt32LE(timeout * 1_000_000, TIMEOUT + 8);
    const ready = this.#sys.call(NR.ppoll, this.#pollsAt, count, this.#pollsAt + TIMEOUT, 0, 0);
    if (ready !== -E.INTR) check('supervisor-failed', 'poll', ready);
    if (ready <= 0) return undefined;
    const eventsOf = (index: number): number => polls.readInt16LE(index * pollfd.size + pollfd.revents);
    const [listener, woken] = [eventsOf(0), eventsOf(1) !== 0];
    return { listener, woken, going: ready > Number(listener !== 0) + Number(woken) };
  }

  #wake(): void {
    this.#sys.call(NR.read, this.#options.wakeFd, this.#sys.address(this.#count), 8);
    this.#options.onWake();
  }

  #next(now: number): void {
    const notification = this.#listener.receive();
    // A number: the thread was killed, or a signal interrupted it, and there is nothing to answer.
    if (typeof notification !== 'number') this.#take(notification, now, undefined);
  }

  #take(notification: Notification, now: number, before: Parked | undefined): void {
    let answer: Answer = -E.ACCES;
    let call: Call | undefined;
    try {
      const task = this.#tasks.of(notification.tid);
      if (task !== undefined && this.#images.check(task)) {
        call = { ...notification, task };
        this.#current = call;
        answer = this.#answerTo(call);
      }
    } catch (error) {
      this.#options.onEvent({ event: 'fault', error });
    }
    this.#settle(notification.id, call, answer, now, before);
  }

  #answerTo(call: Call): Answer {
    const handler = this.#handlers.get(call.nr);
    if (handler !== undefined) return handler(this.#tree, call);
    this.#refused('filter', 'no-handler', null);
    return -E.PERM;
  }

  #refused(by: 'guard' | 'filter', cause: string, object: string | null): void {
    const { nr, task } = this.#current!;
    this.#options.onEvent({ event: 'refused', pid: task.process.pid, by, cause, call: callName(nr), object });
  }

  #settle(id: bigint, call: Call | undefined, answer: Answer, now: number, before: Parked | undefined): void {
    if (answer === 'given') return;
    if (answer === 'go') return this.#listener.letGo(id);
    if (typeof answer === 'number') return this.#listener.answer(id, answer);
    if (call === undefined) return this.#listener.answer(id, -E.ACCES);
    if ('wait' in answer) {
      if (this.#waiting.going.size < GOING_MAX) return void this.#waiting.going.set(id, { call, wait: answer.wait });
      answer.wait.drop();
      return this.#listener.answer(id, -E.NFILE);
    }
    const { pid } = call.task.process;
    const { approval } = answer;
    if (!this.#waiting.park(call, answer, now, before)) return this.#expire(call, approval);
    // What is asked for may have changed while it waited.
    if (before === undefined || before.park.approval !== approval)
      this.#options.onEvent({ event: 'parked', pid, approval });
  }

  #expire(call: Call, approval: string | undefined): void {
    this.#options.onEvent({ event: 'expired', pid: call.task.process.pid, approval });
    this.#listener.answer(call.id, -E.ACCES);
  }

  /** With every tick; less often if it takes long, so that calls that need not wait are answered meanwhile. */
  #lookAfterWaiting(now: number): void {
    this.#waiting.sweep();
    this.#goOn(now);
    for (const parked of this.#waiting.take(({ untilMs }) => untilMs <= now))
      if (parked.park.park === 'approve') this.#expire(parked.call, parked.park.approval);
      else this.#again(parked, now);
    const { now: clock } = this.#options;
    this.#lookMs = clock() + Math.max(WAITING_TICK_MS, LOOK_SHARE * (clock() - now));
  }

  /** Answers those whose effect is done by now. */
  #goOn(now: number): void {
    for (const { call, wait } of this.#waiting.going.values()) {
      const answer = wait.again();
      if (answer === undefined) continue;
      this.#waiting.drop(call.id);
      this.#settle(call.id, call, answer, now, undefined);
    }
  }

  #again(parked: Parked, now: number): void {
    if (this.#listener.isValid(parked.call.id)) this.#take(parked.call, now, parked);
  }

  answer(approval: string): number {
    const waiting = this.#waiting.take(({ park }) => park.approval === approval);
    const now = this.#options.now();
    for (const parked of waiting) this.#again(parked, now);
    return waiting.length;
  }

  stop(): void {
    this.#stopping = true;
  }

  connections(): Connection[] {
    return this.#connections.live();
  }

  cut(): Cut {
    return this.#connections.cut();
  }
}
