// Owns: what every handler of a system call works with, and how it answers.

import type { Guard } from './guard.ts';
import type { Judge, Park } from './impose.ts';
import type { Kernel } from './kernel.ts';
import type { Memory } from './memory.ts';
import type { Redeem, Request } from './mediate.ts';
import type { Listener, Notification } from './notification.ts';
import type { Found, How, Place, Resolver } from './resolve.ts';
import { isDirectory } from './resolve.ts';
import type { Task, Tasks } from './tasks.ts';
import { AT, E } from '../abi.ts';

export interface Call extends Notification {
  task: Task;
}

/** An effect that was decided, and takes its time. */
export interface Wait {
  /** What to poll, and for what; -1 if there is nothing to poll and it must be tried again and again. */
  fd: number;
  events: number;
  /** The answer, or `undefined` if it is not there yet. */
  again(): number | 'given' | undefined;
  /** Lets go of what it holds. Called once, after the last `again`, and always. */
  drop(): void;
}

/** A result or negated errno; that the answer was given; that the kernel is to do the call; or that the caller waits. */
export type Answer = number | 'given' | 'go' | Park | { wait: Wait };

export type Handler = (tools: Tools, call: Call) => Answer;

export class Tools {
  readonly kernel: Kernel;
  readonly memory: Memory;
  readonly tasks: Tasks;
  readonly resolver: Resolver;
  readonly guard: Guard;
  readonly judge: Judge;
  readonly listener: Listener;
  readonly redeem: Redeem;
  readonly mediator: string | undefined;

  constructor(parts: {
    kernel: Kernel;
    memory: Memory;
    tasks: Tasks;
    resolver: Resolver;
    guard: Guard;
    judge: Judge;
    listener: Listener;
    redeem: Redeem;
    mediator: string | undefined;
  }) {
    this.kernel = parts.kernel;
    this.memory = parts.memory;
    this.tasks = parts.tasks;
    this.resolver = parts.resolver;
    this.guard = parts.guard;
    this.judge = parts.judge;
    this.listener = parts.listener;
    this.redeem = parts.redeem;
    this.mediator = parts.mediator;
  }

  /** A path out of the thread's memory. What was read was the thread's, or the answer goes nowhere. */
  path(call: Call, address: number): string | number {
    const path = this.memory.path(call.tid, address);
    return this.listener.isValid(call.id) ? path : -E.SRCH;
  }

  bytes(call: Call, address: number, length: number): Buffer | number {
    const bytes = this.memory.bytes(call.tid, address, length);
    return this.listener.isValid(call.id) ? bytes : -E.SRCH;
  }

  /** Reads a path, finds its object, and hands it to `use`; the object is let go afterwards. */
  withObject(
    call: Call,
    directory: number,
    address: number,
    how: How,
    use: (found: Found & { path: string }) => Answer,
  ): Answer {
    const path = this.path(call, address);
    if (typeof path === 'number') return path;
    const found = this.resolver.object(call.task, directory, path, how);
    if (typeof found === 'number') return found;
    try {
      return this.isOpen(found, call) ? use(found) : -E.ACCES;
    } finally {
      this.kernel.close(found.fd);
    }
  }

  withPlace(call: Call, directory: number, address: number, dots: number, use: (place: Place) => Answer): Answer {
    const path = this.path(call, address);
    if (typeof path === 'number') return path;
    const place = this.resolver.place(call.task, directory, path, dots);
    if (typeof place === 'number') return place;
    try {
      return this.guard.forbids(place.path, call.task.process) ? -E.ACCES : use(place);
    } finally {
      this.kernel.close(place.fd);
    }
  }

  isOpen(found: Found, call: Call): found is Found & { path: string } {
    return found.path !== undefined && !this.guard.forbids(found.path, call.task.process);
  }

  /** Decides; does it if it may be done. */
  decided(call: Call, requests: readonly Request[], act: () => Answer): Answer {
    const refused = this.judge.judge(call.task, requests);
    return refused === 0 ? act() : refused;
  }

  /** Does something that makes a name, under the thread's umask. The umask is this thread's own: the loop unshared it. */
  underUmask(call: Call, make: () => number): number {
    this.kernel.umask(this.tasks.umask(call.tid));
    return make();
  }
}

/** `File` or `Dir`. */
export const typeOf = (mode: number): 'File' | 'Dir' => (isDirectory(mode) ? 'Dir' : 'File');

export const fileRequest = (
  action: 'read' | 'write' | 'create' | 'delete' | 'rename',
  path: string,
  type: 'File' | 'Dir' = 'File',
): Request => ({ action: `file.${action}`, resource: { type, id: path }, context: { resolved: true } });

/** Old calls take no directory; theirs is the working directory. */
export const CWD = AT.FDCWD;
