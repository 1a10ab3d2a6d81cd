// Owns: when a log gets its checkpoints, and what hangs on them: that the publisher has them, and that the key of an
// epoch that is over leaves the disk (SPEC §9.2, §9.5).
// Trusts: the appender for what a checkpoint covers. Excludes: going on after a failure.

import type { Appender } from './appender.ts';
import type { EpochKey } from './epoch-key.ts';
import type { Limits } from './limits.ts';
import type { Publisher } from './publisher.ts';
import type { Runtime } from '../runtime/runtime.ts';

/** So many times the records that begin a checkpoint stop the writer until there is one. */
const URGENT = 4;

export class Checkpointer {
  readonly #appender: Appender;
  readonly #key: EpochKey;
  readonly #limits: Limits;
  readonly #runtime: Runtime;
  readonly #publisher: Publisher | undefined;
  readonly #fail: (cause: unknown) => void;
  #callOff: (() => void) | undefined;
  #running: Promise<void> | undefined;
  /** How many records a checkpoint must cover before the key's file may be replaced; `undefined` once it is. */
  #unkept: number | undefined;
  #stopped = false;

  /** `fail` is told of a failure that no caller was waiting for. */
  constructor(
    appender: Appender,
    key: EpochKey,
    limits: Limits,
    runtime: Runtime,
    publisher: Publisher | undefined,
    fail: (cause: unknown) => void,
  ) {
    this.#appender = appender;
    this.#key = key;
    this.#limits = limits;
    this.#runtime = runtime;
    this.#publisher = publisher;
    this.#fail = fail;
  }

  /** Sees to it that a checkpoint covers what was recorded, in time, without anybody waiting for it. */
  cover(): void {
    if (this.#stopped) return;
    const { uncovered } = this.#appender;
    // A host that never lets the event loop turn would never get a checkpoint, and one with a slow disk would get it
    // too late.
    if (uncovered >= URGENT * this.#limits.checkpointRecordsMax) this.now(false);
    else if (this.#running !== undefined) return;
    else if (uncovered >= this.#limits.checkpointRecordsMax) this.#begin();
    else if (uncovered > 0) this.#callOff ??= this.#runtime.after(this.#limits.checkpointMsMax, () => this.#begin());
  }

  /** Makes a checkpoint of everything appended; it is there when this returns. */
  now(last: boolean): void {
    this.#offTimer();
    const checkpoint = this.#appender.checkpoint(last);
    this.#publisher?.offer(checkpoint);
    if (this.#unkept === undefined) return;
    this.#key.keep();
    this.#unkept = undefined;
  }

  /** The key has gone on to the next epoch, whose snapshot has been appended. */
  keyChanged(): void {
    this.#unkept = this.#appender.chain.seq;
    if (this.#running === undefined) this.#begin();
  }

  /** Whether the file still has the key of the epoch before. */
  get keyIsOld(): boolean {
    return this.#unkept !== undefined;
  }

  /** Begins nothing more; resolves when nothing is under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#offTimer();
    await this.#running;
  }

  #offTimer(): void {
    this.#callOff?.();
    this.#callOff = undefined;
  }

  #begin(): void {
    this.#offTimer();
    if (this.#stopped) return;
    this.#running ??= this.#run()
      .then(() => {
        this.#running = undefined;
        this.cover();
      })
      .catch((cause: unknown) => {
        this.#running = undefined;
        this.#stopped = true;
        this.#fail(cause);
      });
  }

  async #run(): Promise<void> {
    // What came while the one before was made is covered by the next, unless the key waits for it.
    do {
      const checkpoint = await this.#appender.checkpointSoon();
      if (checkpoint !== undefined) this.#publisher?.offer(checkpoint);
      await this.#keepKey();
    } while (!this.#stopped && this.#unkept !== undefined);
  }

  async #keepKey(): Promise<void> {
    const wanted = this.#unkept;
    if (wanted === undefined || wanted > this.#appender.covered) return;
    const staged = await this.#key.stage();
    // Unless a caller could not wait, and has replaced it already.
    if (this.#unkept !== wanted) return staged.drop();
    staged.put();
    this.#unkept = undefined;
    await staged.last();
  }
}
