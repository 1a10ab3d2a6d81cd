// Owns: the thread that mediates a guarded tree: its session, the supervisor of its system calls, and which process belongs to which grant.
// Trusts: the main thread, which made the keys, the grants and the listener. Excludes: signals, terminals and the control socket.

import { readFileSync } from 'node:fs';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { Policy } from '../../engine/compiler/index.ts';
import { openSys, supervise, type Decision as Answer, type Request as Asked } from '../../kernel-adapters/linux/index.ts';
import {
  hostRuntime,
  openKeys,
  openSession,
  PlumblineError,
  TrustSet,
  type ControlCommand,
  type Durability,
  type PublicJwk,
  type Request,
  type Under,
} from '../index.ts';
import { controlOf } from './control-option.ts';

/** What the main thread hands over. */
export interface WorkerInput {
  policy: Policy;
  tokens: string[];
  trust: PublicJwk[];
  log: string;
  keys: string;
  durability: Exclude<Durability, 'group'>;
  agent: string;
  listenerFd: number;
  heartbeatFd: number;
  wakeFd: number;
  protect: string[];
  selfPids: number[];
  approveTimeoutMs: number;
}

/** What comes over the port, both ways. */
export type ToWorker = { command: ControlCommand; id: number } | { end: string };
export type FromWorker =
  | { ready: true }
  | { id: number; ok: unknown }
  | { id: number; error: { code: string; message: string; hint?: string } }
  | { ended: true; refused: number; failure?: { code: string; message: string; hint?: string } };

const ADAPTER = 'linux/seccomp-notify';
