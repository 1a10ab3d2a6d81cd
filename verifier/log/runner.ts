// Owns: the threads that verify segments: this one alone, or several at a time.
// Excludes: how a segment is verified (segment.ts).
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { openLog } from '../log-files.ts';
import { OperatingError } from '../operating-error.ts';
import type { LogFiles } from '../log-files.ts';
import { SegmentVerifier } from './segment.ts';
import type { Progress, SegmentResult, SegmentTask, Visit } from './segment.ts';
import type { Answer, Setting } from './segment-worker.ts';
import type { Hasher, Hashing } from '../sha256/hasher.ts';
import type { TileRoot } from './tree.ts';

/** Verifies segments in their order. */
export interface SegmentRunner {
  readonly hashing: Hashing;
  readonly tileRoot: TileRoot;
  run(tasks: SegmentTask[]): AsyncIterable<SegmentResult>;
}

/** One segment after the other, each record that passed given to `visit`. */
export function inOrder(files: LogFiles, hasher: Hasher, visit?: Visit, progress?: Progress): SegmentRunner {
  return {
    hashing: hasher.hashing,
    tileRoot: (hashes) => hasher.tileRoot(hashes),
    async *run(tasks) {
      for (const task of tasks) yield await new SegmentVerifier(task, files, hasher, visit, progress).run();
    },
  };
}

// What a thread takes to start is what it takes to verify so much.
const THREAD_BYTES = 2 ** 23;

/**
 * As many segments of the log in `directory` at a time as there are processors, each with at least `threadBytes` to
 * verify.
 */
export function inParallel(
  directory: string,
  hasher: Hasher,
  progress?: Progress,
  threadBytes = THREAD_BYTES,
): SegmentRunner {
  return {
    hashing: hasher.hashing,
    tileRoot: (hashes) => hasher.tileRoot(hashes),
    async *run(tasks) {
      const bytes = tasks.reduce((sum, task) => sum + task.bytes, 0);
      const threads = Math.min(availableParallelism(), tasks.length, Math.ceil(bytes / threadBytes));
      if (threads < 2) {
        yield* inOrder(openLog(directory), hasher, undefined, progress).run(tasks);
        return;
      }
      const pool = Array.from({ length: threads }, () => new Thread({ directory, progress }));
      try {
        yield* runAll(pool, tasks);
      } finally {
        for (const thread of pool) thread.stop();
      }
    },
  };
}

// Results come in the order of the tasks. At most two tasks for each thread are begun before the oldest is done, so
// that results do not pile up.
async function* runAll(pool: Thread[], tasks: SegmentTask[]): AsyncIterable<SegmentResult> {
  const begun: Promise<SegmentResult>[] = [];
  let next = 0;
  const begin = () => {
    const task = tasks[next];
    if (!task) return;
    const result = pool[next % pool.length]!.verify(task);
    // Whether the caller ends early or not, a rejection counts as handled.
    result.catch(() => undefined);
    begun.push(result);
    next++;
  };
  for (let i = 0; i < 2 * pool.length; i++) begin();
  for (let result = begun.shift(); result; result = begun.shift()) {
    yield await result;
    begin();
  }
}

class Thread {
  readonly #worker: Worker;
  readonly #waiting: { resolve: (result: SegmentResult) => void; reject: (error: unknown) => void }[] = [];

  constructor(setting: Setting) {
    // This file and the worker's are both .ts in the sources, and both .js when built.
    const script = new URL(import.meta.url.replace(/runner\.(\w+)$/, 'segment-worker.$1'));
    this.#worker = new Worker(script, { workerData: setting });
    this.#worker.on('message', ({ result, error }: Answer) => {
      const { resolve, reject } = this.#waiting.shift()!;
      if (result) resolve(result);
      else reject(new OperatingError(error!.code, error!.message, error!.hint));
    });
    this.#worker.on('error', (error) => this.#fail(error));
    this.#worker.on('exit', () => this.#fail(new Error('a thread ended early')));
  }

  verify(task: SegmentTask): Promise<SegmentResult> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
      this.#worker.postMessage(task);
    });
  }

  stop(): void {
    void this.#worker.terminate();
  }

  #fail(error: unknown): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}
