// Owns: the messages between the main thread of a run and the mediating thread.

import type { Policy } from '../../engine/compiler/index.ts';
import type { ControlCommand } from '../control.ts';
import type { Durability } from '../log/recorder.ts';
import type { Asking } from '../mediator-socket.ts';
import type { Pending } from '../pending-approvals.ts';
import type { PublicJwk } from '../public-key.ts';
import type { EntityUid } from '../request.ts';

/** What the thread has from the start. */
export interface WorkerData {
  /** An eventfd: a write wakes the thread to look at its port. */
  wakeFd: number;
}

/** What its session is opened with. */
export interface SessionInput {
  policy: Policy;
  tokens: string[];
  trust: PublicJwk[];
  log: string;
  keys: string;
  /** Not `group`: the thread waits for each decision. */
  durability: Exclude<Durability, 'group'>;
  /** The principal of every request. */
  principal: EntityUid;
  /** Canonical paths that are refused whatever is granted. */
  protect: string[];
  /** The mediator's socket: it lies below a protected path, and guarded processes may connect to it. */
  mediator: string;
  approveTimeoutMs: number;
}

/** The tree that is mediated, once it is launched. */
export interface TreeInput {
  listenerFd: number;
  heartbeatFd: number;
  /** Processes whose /proc directories are refused. */
  selfPids: number[];
}

export interface ToldError {
  code: string;
  message: string;
  hint?: string;
}

/** In this order: the session, the tree, and then what is asked while it runs. `end` may come at any time. */
export type ToWorker =
  | { session: SessionInput }
  | { tree: TreeInput }
  | { id: number; command: ControlCommand }
  | { id: number; asking: Asking }
  /** A checkpoint of what none covers. */
  | { cover: true }
  | { end: string };

export type FromWorker =
  | { ready: true }
  | { id: number; ok: unknown }
  | { id: number; error: ToldError }
  /** A call that waits until a person approves it. */
  | { waits: Pending }
  /** The last message, when the log is sealed. */
  | Ended;

export interface Ended {
  /** How many requests were refused. */
  refused: number;
  failure?: ToldError;
}

/** An error as a message can carry it. */
export function toldError(error: unknown): ToldError {
  const { code = 'run-failed', message, hint } = error as Partial<ToldError>;
  return { code: String(code), message: message ?? String(error), ...(hint === undefined ? {} : { hint }) };
}
