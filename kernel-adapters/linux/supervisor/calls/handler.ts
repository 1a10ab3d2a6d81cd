// Owns: what the handler of a system call is given and may answer, and the steps that handlers share: read a path out
// of the caller's memory, find the object or the name it leads to, see whether that is protected, ask the mediator,
// act, let go.
// Trusts: the resolver for canonical paths.
// Excludes: what each call asks for and does.

import { AT, E } from '../../abi.ts';
import type { Judge, Park } from '../judge.ts';
import type { Kernel } from '../kernel.ts';
import type { Listener, Notification } from '../listener.ts';
import type { Redeem, Request } from '../mediator.ts';
import type { Memory } from '../memory.ts';
import type { Protection } from '../protection.ts';
import { isDirectory, type Found, type How, type Place, type Resolver } from '../resolve.ts';
import type { Task, Tasks } from '../tasks.ts';

/** A guarded tree, and the means by which its supervisor sees it and acts for it. */
export interface GuardedTree {
  readonly kernel: Kernel;
  readonly memory: Memory;
  readonly tasks: Tasks;
  readonly resolver: Resolver;
  readonly protection: Protection;
  readonly judge: Judge;
  readonly listener: Listener;
  readonly redeem: Redeem;
  /** The path of the mediator's socket, to which the tree may connect without a decision. */
  readonly mediator: string | undefined;
}

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

/** A result or negated errno; that the answer was given; that the kernel is to do the call; or that the
 * caller waits. */
export type Answer = number | 'given' | 'go' | Park | { wait: Wait };

export type Handler = (tree: GuardedTree, call: Call) => Answer;

/** What a call names. `path`: a negated errno if it could not be read. */
export interface Named {
  directory: number;
  path: string | number;
}

/** Calls that take no directory start from the working directory. */
export const CWD = AT.FDCWD;

/** A path out of the thread's memory. The thread still waits after the reading, or the answer goes nowhere: so what was
 * read was this thread's memory, not that of another with its number. */
export function pathAt(tree: GuardedTree, call: Call, address: number): string | number {
  const path = tree.memory.path(call.tid, address);
  return tree.listener.isValid(call.id) ? path : -E.SRCH;
}

export function bytesAt(tree: GuardedTree, call: Call, address: number, length: number): Buffer | number {
  const bytes = tree.memory.bytes(call.tid, address, length);
  return tree.listener.isValid(call.id) ? bytes : -E.SRCH;
}

/** Finds the object that a path leads to and hands it, held by a descriptor, to `use`; lets go of it afterwards. */
export function withObject<T>(
  tree: GuardedTree,
  call: Call,
  { directory, path }: Named,
  how: How,
  use: (found: Found) => T,
): T | number {
  if (typeof path === 'number') return path;
  const found = tree.resolver.object(call.task, directory, path, how);
  if (typeof found === 'number') return found;
  try {
    return use(found);
  } finally {
    tree.kernel.close(found.fd);
  }
}

/** Finds the directory that a path's last part is in; `use` is not called if that name is protected. `dots`: the answer
 * if the last part is `.`, `..` or the root. */
export function withPlace(
  tree: GuardedTree,
  call: Call,
  { directory, path }: Named,
  dots: number,
  use: (place: Place) => Answer,
): Answer {
  if (typeof path === 'number') return path;
  const place = tree.resolver.place(call.task, directory, path, dots);
  if (typeof place === 'number') return place;
  try {
    return tree.protection.forbids(place.path, call.task.process) ? -E.ACCES : use(place);
  } finally {
    tree.kernel.close(place.fd);
  }
}

/** Whether an object has a path that a grant could name, and is not protected. */
export const isWithinReach = (tree: GuardedTree, call: Call, found: Found): found is Found & { path: string } =>
  found.path !== undefined && !tree.protection.forbids(found.path, call.task.process);

/** Asks the mediator, and acts if it lets the effect through. */
export function decide(tree: GuardedTree, call: Call, requests: readonly Request[], act: () => Answer): Answer {
  const refused = tree.judge.judge(call.task, requests);
  return refused === 0 ? act() : refused;
}

/** As `decide`, on an object, which has to be within reach. */
export const decideOn = (
  tree: GuardedTree,
  call: Call,
  found: Found,
  requests: (path: string) => readonly Request[],
  act: () => Answer,
): Answer => (isWithinReach(tree, call, found) ? decide(tree, call, requests(found.path), act) : -E.ACCES);

/** Makes a name under the thread's umask, which this thread can take on because the loop unshared its
 * own (CLONE_FS). */
export function underUmask(tree: GuardedTree, call: Call, make: () => number): number {
  tree.kernel.umask(tree.tasks.umask(call.tid));
  return make();
}

/** `File` or `Dir`. */
export const typeOf = (mode: number): 'File' | 'Dir' => (isDirectory(mode) ? 'Dir' : 'File');

export const fileRequest = (
  action: 'read' | 'write' | 'create' | 'delete' | 'rename',
  path: string,
  type: 'File' | 'Dir' = 'File',
): Request => ({ action: `file.${action}`, resource: { type, id: path }, context: { resolved: true } });
