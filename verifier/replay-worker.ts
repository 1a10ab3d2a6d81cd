// The worker of replay.ts: verifies and replays one log in one pass. It counts records where its parent can see them, so that a
// step that never ends is noticed from outside.
import { parentPort, workerData } from 'node:worker_threads';
import { openLog } from './log-files.ts';
import { Replayer } from './replayer.ts';
import type { Divergence, VerifyReport } from './report.ts';
import type { Trust } from './trust.ts';
import { verifyFiles } from './verify.ts';

export interface Task {
  directory: string;
  seed: Uint8Array | undefined;
  trusted: Trust;
  /** One Int32: records done. */
  progress: SharedArrayBuffer;
}

export interface Outcome {
  verified: VerifyReport;
  replayed: number;
  divergence: Divergence | undefined;
  reason: string | undefined;
}

const { directory, seed, trusted, progress } = workerData as Task;
const done = new Int32Array(progress);

async function run(): Promise<Outcome> {
  const files = openLog(directory);
  const replayer = new Replayer(trusted, files);
  const verified = await verifyFiles(files, seed, (body, seq) => {
    const visited = replayer.visit(body, seq);
    Atomics.add(done, 0, 1);
    return visited;
  });
  return { verified, replayed: replayer.replayed, divergence: replayer.divergence, reason: replayer.reason };
}

// An error goes as its text: the parent verifies again and meets it itself.
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin
parentPort!.postMessage(await run().catch(String));
