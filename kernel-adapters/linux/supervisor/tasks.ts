// Owns: which process a thread belongs to, and what decisions took from a process and its descendants.
// Trusts: /proc, for a thread that waits for an answer; a thread's number only while a pidfd of that thread says it
// lives.
// Excludes: which images a process may run (images.ts).

import { AT, E, NR, PIDFD_THREAD } from '../abi.ts';
import type { Kernel } from './kernel.ts';
import type { Profile } from './mediator.ts';

/** What decisions so far took away. */
export interface Narrowing {
  /** Each a list of the only programs that may still be executed. */
  only: readonly (readonly string[])[];
  profiles: readonly Profile[];
}

const WHOLE: Narrowing = { only: [], profiles: [] };

export interface Process {
  pid: number;
  /** A pidfd. */
  fd: number;
  narrowing: Narrowing;
  /** Inodes that a thread's execve may lead to, by thread; see images.ts. */
  executing: Map<number, { from: string; to: string }>;
}

export interface Task {
  tid: number;
  fd: number;
  process: Process;
}

const SWEEP_AT = 64;

export class Tasks {
  readonly #kernel: Kernel;
  readonly #tasks = new Map<number, Task>();
  readonly #processes = new Map<number, Process>();
  /** All that was ever taken away, for a process whose ancestors cannot be told any more. */
  #taken: Narrowing = WHOLE;
  #sweepAt = SWEEP_AT;
  #first = true;
  /** Called once for every process that is seen for the first time; `false` if it must not live. */
  readonly #admit: (process: Process) => boolean;

  constructor(kernel: Kernel, admit: (process: Process) => boolean) {
    this.#kernel = kernel;
    this.#admit = admit;
  }

  #lives(fd: number): boolean {
    return this.#kernel.sys.call(NR.pidfd_send_signal, fd, 0, 0, 0) === 0;
  }

  /** The thread of a notification; `undefined` if it is gone, or must not live. */
  of(tid: number): Task | undefined {
    const known = this.#tasks.get(tid);
    if (known && this.#lives(known.fd)) return known;
    if (known) this.#forgetTask(known);
    if (this.#tasks.size >= this.#sweepAt) this.sweep();
    const ids = this.#ids(tid);
    if (!ids) return undefined;
    const process = this.#process(ids.group, ids.parent);
    if (!process) return undefined;
    if (tid === ids.group) return this.#keep({ tid, fd: process.fd, process });
    const fd = this.#kernel.sys.call(NR.pidfd_open, tid, PIDFD_THREAD);
    // Before 6.9 there are no descriptors of threads: it is looked up every time.
    if (fd === -E.INVAL) return { tid, fd: process.fd, process };
    return fd < 0 ? undefined : this.#keep({ tid, fd, process });
  }

  #keep(task: Task): Task {
    this.#tasks.set(task.tid, task);
    return task;
  }

  #ids(tid: number): { group: number; parent: number } | undefined {
    const status = this.#kernel.head(AT.FDCWD, `/proc/${tid}/status`);
    if (typeof status === 'number') return undefined;
    const found = /^Tgid:\t(\d+)$[^]*?^PPid:\t(\d+)$/m.exec(status.toString('latin1'));
    return found ? { group: Number(found[1]), parent: Number(found[2]) } : undefined;
  }

  #process(pid: number, parent: number): Process | undefined {
    const known = this.#processes.get(pid);
    if (known && this.#lives(known.fd)) return known;
    if (known) this.#forget(known);
    const fd = this.#kernel.sys.call(NR.pidfd_open, pid, 0);
    if (fd < 0) return undefined;
    const process = { pid, fd, narrowing: this.#inherited(parent), executing: new Map() };
    this.#first = false;
    if (this.#admit(process)) {
      this.#processes.set(pid, process);
      return process;
    }
    this.#kernel.close(fd);
    return undefined;
  }

  /** What binds the nearest ancestor that is known, or all there is. Whose parent died was adopted from outside the
   * tree. */
  #inherited(parent: number): Narrowing {
    // Everything descends from the first.
    if (this.#first) return WHOLE;
    for (let pid = parent; pid > 1;) {
      const known = this.#processes.get(pid);
      if (known && this.#lives(known.fd)) return known.narrowing;
      const ids = this.#ids(pid);
      if (!ids) break;
      pid = ids.parent;
    }
    return this.#taken;
  }

  /** Whether a number is that of a thread of `process`. */
  isThread(process: Process, tid: number): boolean {
    return this.#ids(tid)?.group === process.pid;
  }

  narrow(process: Process, added: Narrowing): void {
    const joined = (old: Narrowing): Narrowing => ({
      only: [...old.only, ...added.only.filter((list) => !old.only.some((other) => other.join() === list.join()))],
      profiles: [...new Set([...old.profiles, ...added.profiles])],
    });
    process.narrowing = joined(process.narrowing);
    this.#taken = joined(this.#taken);
  }

  /** The umask of a thread, which only it can set. */
  umask(tid: number): number {
    const status = this.#kernel.head(AT.FDCWD, `/proc/${tid}/status`);
    const found = typeof status === 'number' ? null : /^Umask:\t([0-7]+)$/m.exec(status.toString('latin1'));
    return found ? Number.parseInt(found[1]!, 8) : 0o777;
  }

  /** A descriptor of a guarded thread, in this process; a negated errno. */
  grab(task: Task, fd: number): number {
    return this.#kernel.sys.call(NR.pidfd_getfd, task.fd, fd, 0);
  }

  /** Processes seen, and alive when last looked at. */
  get pids(): number[] {
    return [...this.#processes.keys()];
  }

  /** Lets go of those that died. */
  sweep(): void {
    for (const task of this.#tasks.values()) if (!this.#lives(task.fd)) this.#forgetTask(task);
    for (const process of this.#processes.values()) if (!this.#lives(process.fd)) this.#forget(process);
    this.#sweepAt = Math.max(SWEEP_AT, this.#tasks.size * 2);
  }

  #forgetTask(task: Task): void {
    this.#tasks.delete(task.tid);
    if (task.fd !== task.process.fd) this.#kernel.close(task.fd);
  }

  #forget(process: Process): void {
    for (const task of this.#tasks.values()) if (task.process === process) this.#forgetTask(task);
    this.#processes.delete(process.pid);
    this.#kernel.close(process.fd);
  }

  close(): void {
    for (const process of this.#processes.values()) this.#forget(process);
  }
}
