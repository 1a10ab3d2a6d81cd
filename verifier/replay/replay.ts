// Owns: the replay of a log in a worker, which is stopped if the engine does not return.
import { Worker } from 'node:worker_threads';
import type { Outcome, Task } from './replay-worker.ts';
import type { ReplayReport, Status, VerifyReport } from '../report.ts';
import type { Progress } from '../log/segment.ts';
import type { Trust } from './trust.ts';
import { verifyLog } from '../verify.ts';
import type { Anchors } from '../verify.ts';

/**
 * Checks the log in `directory` as `verifyLog` does, and decides its requests again by its own engine and program.
 * `trusted`: digests of the engines, programs and layers that may be run.
 * `timeoutMs`: how long one record may take; replay is given up after twice that at most.
 * Rejects as `verifyLog` does. After a `reason` that a record took too long, Bun ends the process only by
 * `process.exit`.
 */
export async function replayLog(
  directory: string,
  options: Anchors & { trusted: Trust; timeoutMs: number; progress?: Progress },
): Promise<ReplayReport> {
  const { trusted, timeoutMs, progress, ...anchors } = options;
  const steps = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)).fill(-1);
  const outcome = await runWorker({ directory, anchors, trusted, progress, steps }, timeoutMs);
  if (typeof outcome === 'string') {
    return report(checked(await verifyLog(directory, anchors), trusted), 0, 0, { reason: outcome });
  }
  const { verified, replayed, skipped, divergence, reason } = outcome;
  const stopped = { ...(divergence && { divergence }), ...(reason !== undefined && { reason }) };
  return report(checked(verified, trusted), replayed, skipped, stopped);
}

/** The caller checked the layers that it trusts. */
function checked(verified: VerifyReport, trusted: Trust): VerifyReport {
  return { ...verified, unchecked: verified.unchecked.filter(({ layer }) => !trusted.has(layer)) };
}

type Stopped = Pick<ReplayReport, 'divergence' | 'reason'>;

function report(verified: VerifyReport, replayed: number, skipped: number, stopped: Stopped): ReplayReport {
  return { ...verified, status: status(verified, skipped, stopped), replayed, skipped, ...stopped };
}

function status(verified: VerifyReport, skipped: number, stopped: Stopped): Status {
  if (verified.status === 'malformed' || verified.status === 'tampered') return verified.status;
  if (stopped.divergence) return 'diverged';
  return stopped.reason === undefined && skipped === 0 ? verified.status : 'not-replayed';
}

// The outcome, or the reason that there is none.
async function runWorker(task: Task, timeoutMs: number): Promise<Outcome | string> {
  // This file and the worker's are both .ts in the sources, and both .js when built.
  const script = new URL(import.meta.url.replace(/replay\.(\w+)$/, 'replay-worker.$1'));
  const worker = new Worker(script, { workerData: task });
  let seen = -1;
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<Outcome | string>((resolve) => {
      timer = setInterval(() => {
        const now = Atomics.load(task.steps, 0);
        // A busy machine may take long to start the worker, which no record is to blame for.
        if (now === seen && now >= 0) resolve(`record ${now} took longer than ${timeoutMs} ms`);
        seen = now;
      }, timeoutMs);
      worker.on('message', resolve);
      worker.on('error', (error) => resolve(`the worker failed: ${String(error)}`));
      worker.on('exit', (code) => resolve(`the worker ended with ${code}`));
    });
  } finally {
    clearInterval(timer);
    // Not awaited: Bun (1.4.5) does not end a thread inside a WebAssembly loop, and would never answer.
    void worker.terminate();
  }
}
