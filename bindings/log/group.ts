// Owns: group commit (SPEC §9.3): the callers that wait for the disk, the callers that wait to be decided because too
// many do, and one sync for all.
// Excludes: what is synced. First come, first served.

import { setImmediate } from 'node:timers';

/** A caller that waits for the disk. */
interface Waiting {
  resolve: () => void;
  reject: (failure: unknown) => void;
}

export class Group {
  readonly #waitingMax: number;
  readonly #sync: () => Promise<void>;
  #waiting: Waiting[] = [];
  #inSync = 0;
  /** The callers that wait to be decided, and how many were let in and have not come yet. */
  readonly #outside: (() => void)[] = [];
  #admitted = 0;
  #running: Promise<void> | undefined;

  /** `sync` makes last what was appended before it is called; it rejects if it cannot, from then on always. */
  constructor(waitingMax: number, sync: () => Promise<void>) {
    this.#waitingMax = waitingMax;
    this.#sync = sync;
  }

  /** A promise to wait for before the next decision is made, if too many wait for the disk. */
  room(): Promise<void> | undefined {
    const inside = this.#waiting.length + this.#inSync + this.#admitted;
    // A caller outside is let in as soon as there is room, so no caller is overtaken here.
    if (inside < this.#waitingMax) return undefined;
    return new Promise<void>((resolve) => this.#outside.push(resolve)).then(() => {
      this.#admitted--;
    });
  }

  /** Waits for the disk with all callers that do. */
  join(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Resolves when no caller waits. */
  async idle(): Promise<void> {
    await this.#running;
  }

  /** Syncs until no caller waits: one sync for all callers that came while the last one ran. */
  async #run(): Promise<void> {
    do {
      // Callers that were answered or admitted, and ask again at once, belong to the next group.
      await new Promise<void>((resolve) => setImmediate(resolve));
      const group = this.#waiting;
      this.#waiting = [];
      this.#inSync = group.length;
      try {
        await this.#sync();
        for (const { resolve } of group) resolve();
      } catch (failure) {
        for (const { reject } of group) reject(failure);
      }
      this.#inSync = 0;
      this.#admit();
    } while (this.#waiting.length > 0 || this.#outside.length > 0 || this.#admitted > 0);
    this.#running = undefined;
  }

  #admit(): void {
    const free = this.#waitingMax - this.#waiting.length - this.#admitted;
    for (const enter of this.#outside.splice(0, Math.max(0, free))) {
      this.#admitted++;
      enter();
    }
  }
}
