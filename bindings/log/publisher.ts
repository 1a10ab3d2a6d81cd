// Owns: giving checkpoints to whoever publishes them: one at a time, the latest first (SPEC §9.5).
// Excludes: what publishing is. A failure counts only if nothing later was accepted.

export type Publish = (checkpoint: Uint8Array) => Promise<void>;

export class Publisher {
  readonly #publish: Publish;
  #next: Uint8Array | undefined;
  #running: Promise<void> | undefined;
  #failure: unknown;

  /** `publish` rejects if the checkpoint was not accepted; `accepted` is called after each that was. */
  constructor(publish: Publish, accepted: (checkpoint: Uint8Array) => void) {
    this.#publish = async (checkpoint) => {
      await publish(checkpoint);
      accepted(checkpoint);
    };
  }

  offer(checkpoint: Uint8Array): void {
    this.#next = checkpoint;
    this.#running ??= this.#run();
  }

  /** When nothing is left to publish. Rejects with what failed if the last checkpoint was not accepted. */
  async settled(): Promise<void> {
    await this.#running;
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #run(): Promise<void> {
    for (let next = this.#take(); next !== undefined; next = this.#take()) {
      try {
        await this.#publish(next);
        this.#failure = undefined;
      } catch (cause) {
        this.#failure = cause ?? new Error('refused');
      }
    }
    this.#running = undefined;
  }

  #take(): Uint8Array | undefined {
    const next = this.#next;
    this.#next = undefined;
    return next;
  }
}
