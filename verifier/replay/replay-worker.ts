// Owns: the worker of replay.ts, which verifies and replays one log in one pass. It counts records in memory that its
// parent reads, so that the parent notices a record that never ends.
import { parentPort, workerData } from 'node:worker_threads';
import { openLog } from '../log-files.ts';
import { Replayer } from './replayer.ts';
import type { Divergence, VerifyReport } from '../report.ts';
import { inOrder } from '../log/runner.ts';
import { hostHasher } from '../sha256/host.ts';
import type { Progress } from '../log/segment.ts';
import type { Trust } from './trust.ts';
import { verifyFiles } from '../verify.ts';
import type { Anchors } from '../verify.ts';

export interface Task {
  directory: string;
  anchors: Anchors;
  trusted: Trust;
  progress: Progress | undefined;
  /** One number: records replayed; -1 until the worker runs. */
  steps: Int32Array<SharedArrayBuffer>;
}

export interface Outcome {
  verified: VerifyReport;
  replayed: number;
  skipped: number;
  divergence: Divergence | undefined;
  reason: string | undefined;
}

const { directory, anchors, trusted, progress, steps } = workerData as Task;

async function run(): Promise<Outcome> {
  Atomics.store(steps, 0, 0);
  const files = openLog(directory);
  const replayer = new Replayer(trusted, files);
  const runner = inOrder(
    files,
    await hostHasher(),
    (record) => {
      const visited = replayer.visit(record);
      Atomics.add(steps, 0, 1);
      return visited;
    },
    progress,
  );
  const verified = await verifyFiles(files, anchors, runner);
  const { replayed, skipped, divergence, reason } = replayer;
  return { verified, replayed, skipped, divergence, reason };
}

// An error is sent as its text: the parent verifies again and meets the error itself.
run()
  .catch(String)
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin
  .then((outcome) => parentPort!.postMessage(outcome));
