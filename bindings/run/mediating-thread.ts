// Owns: the main thread's side of the mediating thread: it starts it, asks it, wakes it and ends it.
// Excludes: mediating (worker.ts). If the mediating thread stalls, the guardian kills the tree.

import { Worker } from 'node:worker_threads';
import { eventFd, wake, type Sys } from '../../kernel-adapters/linux/index.ts';
import type { ControlCommand } from '../control.ts';
import { PlumblineError } from '../error.ts';
import type { Asking } from '../mediator-socket.ts';
import type { Pending } from '../pending-approvals.ts';
import type { Called } from '../session.ts';
import type { Ended, FromWorker, SessionInput, ToWorker, ToldError, TreeInput, WorkerData } from './messages.ts';

/** How often the mediating thread, which waits for system calls, is told to write a checkpoint. */
const COVER_MS = 1000;

interface Waiting {
  resolve: (ok: unknown) => void;
  reject: (error: unknown) => void;
}

export class MediatingThread {
  /** Resolves when its session is open, its log begun, and it has the tree; rejects if it failed before. */
  readonly ready: Promise<void>;
  /** Resolves when its log is sealed; rejects if it failed. */
  readonly ended: Promise<Ended>;
  readonly #worker: Worker;
  readonly #sys: Sys;
  readonly #wakeFd: number;
  #timer: NodeJS.Timeout | undefined;
  readonly #asked = new Map<number, Waiting>();
  #onWaits: ((waits: Pending) => void) | undefined;
  #id = 0;

  /** Starts the thread: its modules load while the caller does other things. */
  constructor(sys: Sys) {
    this.#sys = sys;
    this.#wakeFd = eventFd(sys);
    const data: WorkerData = { wakeFd: this.#wakeFd };
    // Unbuilt, this file and the worker's are .ts; built, both are .js.
    const script = new URL(import.meta.url.replace(/mediating-thread\.(\w+)$/, 'worker.$1'));
    // Its output is not passed on: the standard streams are the command's, and must not be touched here.
    this.#worker = new Worker(script, { workerData: data, stdout: true, stderr: true });
    const ready = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<Ended>();
    this.ready = ready.promise;
    this.ended = ended.promise;
    const fail = (error: unknown): void => {
      ready.reject(error);
      ended.reject(error);
      for (const { reject } of this.#asked.values()) reject(error);
    };
    this.#worker.on('message', (message: FromWorker) => {
      if ('ready' in message) ready.resolve();
      else if ('id' in message) this.#answered(message);
      else if ('waits' in message) this.#onWaits?.(message.waits);
      else if (message.failure !== undefined) fail(failure(message.failure));
      else ended.resolve(message);
    });
    this.#worker.on('error', fail);
    this.#worker.on('exit', () => fail(new PlumblineError('run-failed', 'the thread that mediates ended')));
    // A failure reaches those who wait. That no caller waits is no failure of the process.
    for (const promise of [this.ready, this.ended]) promise.catch(() => undefined);
  }

  /** Hands over a command of the control channel; resolves with its result. */
  command(command: ControlCommand): Promise<unknown> {
    return this.#ask({ command });
  }

  /** Hands over the requests of the mediator's socket; resolves with their decision. */
  decide(asking: Asking): Promise<Called> {
    return this.#ask({ asking }) as Promise<Called>;
  }

  #ask(what: { command: ControlCommand } | { asking: Asking }): Promise<unknown> {
    const id = ++this.#id;
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve, reject });
      this.#say({ id, ...what });
    });
  }

  /** Has its session opened, and is told of each call that waits for an approval. */
  open(session: SessionInput, onWaits: (waits: Pending) => void): void {
    this.#onWaits = onWaits;
    this.#say({ session });
  }

  /** Has the tree mediated in the session, which `open` was called for. */
  mediate(tree: TreeInput): void {
    this.#say({ tree });
    this.#timer = setInterval(() => this.#say({ cover: true }), COVER_MS);
    this.#timer.unref();
  }

  /** Ends the thread, if it has not ended with its tree; resolves when its log is sealed. */
  end(reason: string): Promise<Ended> {
    this.#say({ end: reason });
    return this.ended;
  }

  /** Stops the thread without waiting: after `end`, or if it was not given a session. */
  close(): void {
    clearInterval(this.#timer);
    void this.#worker.terminate();
  }

  #say(message: ToWorker): void {
    this.#worker.postMessage(message, []);
    wake(this.#sys, this.#wakeFd);
  }

  #answered(message: Extract<FromWorker, { id: number }>): void {
    const waiting = this.#asked.get(message.id);
    this.#asked.delete(message.id);
    if ('ok' in message) waiting?.resolve(message.ok);
    else waiting?.reject(failure(message.error));
  }
}

const failure = ({ code, message, hint }: ToldError): PlumblineError =>
  new PlumblineError(code, message, hint === undefined ? {} : { hint });
