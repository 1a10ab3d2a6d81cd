// Owns: one thread of runner.ts. It verifies the segments that it is sent, one after the other.
import { parentPort, workerData } from 'node:worker_threads';
import { openLog } from '../log-files.ts';
import { OperatingError } from '../operating-error.ts';
import { hostHasher } from '../sha256/host.ts';
import { SegmentVerifier } from './segment.ts';
import type { Progress, SegmentResult, SegmentTask } from './segment.ts';

export interface Setting {
  directory: string;
  progress: Progress | undefined;
}

/** `error`: the parts of an `OperatingError`; its class does not cross threads. */
export interface Answer {
  result?: SegmentResult;
  error?: { code: string; message: string; hint: string };
}

const { directory, progress } = workerData as Setting;
const files = openLog(directory);
// Not awaited here: Deno (2.9.6) drops messages that come before the port has a listener.
const hasher = hostHasher();
let last: Promise<void> = Promise.resolve();

async function answer(task: SegmentTask): Promise<Answer> {
  try {
    return { result: await new SegmentVerifier(task, files, await hasher, undefined, progress).run() };
  } catch (error) {
    if (!(error instanceof OperatingError)) throw error;
    return { error: { code: error.code, message: error.message, hint: error.hint } };
  }
}

parentPort!.on('message', (task: SegmentTask) => {
  last = last.then(async () => {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin
    parentPort!.postMessage(await answer(task));
  });
});
