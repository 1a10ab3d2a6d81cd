// Owns: a session that is going to be killed: `node crash-process.ts DIRECTORY DURABILITY SEED`. It prints the sequence
// number of every decision it gave, each before the next is asked for by the same caller; several callers ask at once.

import { writeSync } from 'node:fs';
import { LIMITS } from '../../bindings/log/limits.ts';
import type { Durability } from '../../bindings/log/recorder.ts';
import { runtime as node } from '../../bindings/runtime/node.ts';
import { Session } from '../../bindings/session.ts';
import { CRASH_POLICY, options, repeatable, request } from './setting.ts';

const [directory, durability, seed] = process.argv.slice(2) as [string, Durability, string];
const runtime = { ...repeatable(node), after: node.after };
// Small, so that a short life sees every kind of record and file.
const limits = {
  ...LIMITS,
  epochRecordsMax: 40,
  segmentBytesMax: 20_000,
  checkpointRecordsMax: 16,
  checkpointMsMax: 3,
};
const session = new Session({ ...options(runtime, directory, durability), policy: CRASH_POLICY }, limits);
writeSync(1, 'open\n');

async function caller(number: number): Promise<never> {
  for (let turn = 0; ; turn++) {
    const secret = `${seed}-${number}-${turn}`.repeat(1 + ((turn * 7 + number) % 20));
    const { seq, failure } = await session.mediate({ ...request, context: { secret, n: turn } });
    if (failure !== undefined) throw failure;
    writeSync(1, `${seq}\n`);
    // Others have their turn where recording does not wait.
    if (turn % 8 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

await Promise.all(Array.from({ length: 8 }, (_, number) => caller(number)));
