// Owns: the thread that mediates a guarded tree: its session, the supervisor of its system calls, and which process belongs to which call.
// Call: started by run.ts. Trusts: the main thread, which made the keys, the grants and the listener.
// Excludes: signals, terminals and the control socket.

import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { hostSys, supervise, type Decision as Answer, type Request as Asked } from '../../kernel-adapters/linux/index.ts';
import { hostRuntime, openKeys, openSession, TrustSet, type Decision, type Request, type Session } from '../index.ts';
import { controlOf } from './control-option.ts';
import { Attribution } from './run-attribution.ts';
import type { FromWorker, ToWorker, WorkerInput } from './run-thread.ts';

const ADAPTER = 'linux/seccomp-notify';

const input = workerData as WorkerInput;
const port = parentPort!;
const say = (message: FromWorker): void => port.postMessage(message);

async function main(): Promise<void> {
  const runtime = await hostRuntime();
  const session = openSession({
    policy: input.policy,
    authority: { tokens: input.tokens, trust: new TrustSet(input.trust) },
    log: { directory: input.log, durability: input.durability },
    keys: openKeys(input.keys, runtime),
    adapter: ADAPTER,
    runtime,
  });
  const end = await serve(session);
  await session.close(end);
}

await main();
void receiveMessageOnPort;
void hostSys;
void supervise;
