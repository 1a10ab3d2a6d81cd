// Owns: the messages between the main thread of a run and the mediating thread.

import type { Policy } from '../../engine/compiler/index.ts';
import type { ControlCommand } from '../control.ts';
import type { Durability } from '../log/recorder.ts';
import type { Asking } from '../mediator-socket.ts';
import type { PublicJwk } from '../public-key.ts';
import type { EntityUid } from '../request.ts';

export interface WorkerInput {
  policy: Policy;
  tokens: string[];
  trust: PublicJwk[];
  log: string;
  keys: string;
  /** Not `group`: the thread waits for each decision. */
  durability: Exclude<Durability, 'group'>;
  /** The principal of every request. */
  principal: EntityUid;
  listenerFd: number;
  heartbeatFd: number;
  /** An eventfd: a write wakes the thread to look at its port. */
  wakeFd: number;
  /** Canonical paths that are refused whatever is granted. */
  protect: string[];
  /** The mediator's socket: it lies below a protected path, and guarded processes may connect to it. */
  mediator: string;
  /** Processes whose /proc directories are refused. */
  selfPids: number[];
  approveTimeoutMs: number;
}

export interface ToldError {
  code: string;
  message: string;
  hint?: string;
}

export type ToWorker = { id: number; command: ControlCommand } | { id: number; asking: Asking } | { end: string };

export type FromWorker =
  | { ready: true }
  | { id: number; ok: unknown }
  | { id: number; error: ToldError }
  | { waits: Waits }
  /** The last message, when the log is sealed. */
  | Ended;

/** A call that waits until a person approves it. */
export interface Waits {
  approval: string;
  requests: readonly { action: string; resource: string }[];
}

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
