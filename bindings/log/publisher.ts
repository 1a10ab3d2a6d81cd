// Owns: giving checkpoints to the publisher: one at a time, the latest first; and the file of the last one that was
// accepted (SPEC §9.5). Excludes: what publishing is. A failure counts only if nothing later was accepted.

import { join } from 'node:path';
import { CHECKPOINT_FILE, PUBLISHED_FILE } from './appender.ts';
import { replaceFile } from '../files/durable-file.ts';
import { PlumblineError } from '../error.ts';
import { readRegular } from '../files/regular-file.ts';
import type { Files } from '../runtime/runtime.ts';

export type Publish = (checkpoint: Uint8Array) => Promise<void>;

export class Publisher {
  readonly #publish: Publish;
  readonly #directory: string;
  readonly #files: Files;
  #next: Uint8Array | undefined;
  #running: Promise<void> | undefined;
  #failure: unknown;

  /** `publish` rejects if a checkpoint was not accepted. */
  constructor(directory: string, publish: Publish, files: Files) {
    this.#directory = directory;
    this.#publish = publish;
    this.#files = files;
  }

  offer(checkpoint: Uint8Array): void {
    this.#next = checkpoint;
    this.#running ??= this.#run();
  }

  /**
   * When nothing is left to publish. @throws {PlumblineError} `publish-failed` if the last checkpoint was not accepted
   */
  async settled(): Promise<void> {
    await this.#running;
    if (this.#failure === undefined) return;
    throw new PlumblineError('publish-failed', 'the last checkpoint was not published', {
      hint: `the log is sealed; publish ${join(this.#directory, CHECKPOINT_FILE)} by other means`,
      cause: this.#failure,
    });
  }

  async #run(): Promise<void> {
    for (let next = this.#take(); next !== undefined; next = this.#take()) {
      try {
        await this.#publish(next);
        replaceFile(join(this.#directory, PUBLISHED_FILE), next, this.#files);
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

/** Publishes a log's checkpoint as it stands. @throws {PlumblineError} `publish-failed` */
export async function publishLast(directory: string, publish: Publish, files: Files): Promise<void> {
  const publisher = new Publisher(directory, publish, files);
  publisher.offer(readRegular(join(directory, CHECKPOINT_FILE), files));
  await publisher.settled();
}
