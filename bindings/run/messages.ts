// Owns: what the main thread of a run and the thread that mediates say to each other.

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
  /** Decisions are waited for on the spot. */
  durability: Exclude<Durability, 'group'>;
  /** Who all of it is asked for. */
  principal: EntityUid;
  listenerFd: number;
  heartbeatFd: number;
  /** An eventfd: a write wakes the thread to look at its port. */
  wakeFd: number;
  /** Canonical paths that nothing grants. */
  protect: string[];
  /** The mediator's socket: below one of those, and yet connected to. */
  mediator: string;
  /** Processes whose /proc is nobody's. */
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
  /** The last word, when the log is sealed. */
  | Ended;

/** A call waits until a person approves it. */
export interface Waits {
  approval: string;
  requests: readonly { action: string; resource: string }[];
}

export interface Ended {
  /** How many requests were not allowed. */
  refused: number;
  failure?: ToldError;
}

/** An error in a form that crosses threads. */
export function toldError(error: unknown): ToldError {
  const { code = 'run-failed', message, hint } = error as Partial<ToldError>;
  return { code: String(code), message: message ?? String(error), ...(hint === undefined ? {} : { hint }) };
}
