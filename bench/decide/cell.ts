// Owns: one cell of the table in a process of its own: prepare one engine, hold its answers to the reference's, time
// it. Prints `{"p50", "p99"}` in nanoseconds; fails if an answer is wrong. Started by main.ts, with ENGINE SIZE
// REQUESTS TIME_MS SEED.

import process from 'node:process';
import { Bench } from 'tinybench';
import { disagreement } from './agreement.ts';
import type { Prepare } from './contender.ts';
import { drawWorkload, type Workload } from './workload.ts';

/** Each is imported by its own process only: engines loaded side by side disturb each other's timing. */
const ENGINES: Record<string, () => Promise<Prepare>> = {
  plumbline: async () => (await import('./engines/plumbline.ts')).prepareWithNames,
  'plumbline-handles': async () => (await import('./engines/plumbline.ts')).prepareWithHandles,
  'plumbline-store': async () => (await import('./engines/plumbline.ts')).prepareWithStore,
  'js-indexed': async () => (await import('./engines/hand-written.ts')).prepareIndexed,
  'js-linear': async () => (await import('./engines/hand-written.ts')).prepareLinear,
  'opa-wasm': async () => (await import('./engines/opa.ts')).prepareOpa,
  casl: async () => (await import('./engines/casl.ts')).prepareCasl,
  casbin: async () => (await import('./engines/casbin.ts')).prepareCasbin,
  'cedar-wasm': async () => (await import('./engines/cedar-wasm.ts')).prepareCedarWasm,
};

function time(call: () => unknown, timeMs: number): { p50: number; p99: number } {
  const bench = new Bench({ time: timeMs, warmupTime: timeMs / 2, throws: true });
  bench.add('call', call);
  const [task] = bench.runSync();
  const result = task!.result;
  if (!('latency' in result)) throw new Error(`no measurement: ${result.state}`);
  const { p50, p99 } = result.latency;
  return { p50: p50 * 1e6, p99: p99 * 1e6 };
}

async function measure(engine: string, workload: Workload, timeMs: number): Promise<{ p50: number; p99: number }> {
  if (engine === 'timer') return time(() => undefined, timeMs);
  if (engine === 'cedar-native') {
    return (await import('./engines/cedar-native.ts')).measureCedarNative(workload, timeMs);
  }
  const load = ENGINES[engine];
  if (load === undefined) throw new RangeError(`no engine ${engine}`);
  const prepare = await load();
  const contender = await prepare(workload);
  const wrong = disagreement(contender, workload);
  if (wrong !== undefined) throw new Error(wrong);
  let next = 0;
  const count = workload.requests.length;
  return time(() => {
    next = next + 1 === count ? 0 : next + 1;
    return contender.decide(next);
  }, timeMs);
}

const [engine, ...numbers] = process.argv.slice(2);
const [size, requests, timeMs, seed] = numbers.map(Number);
const cell = await measure(engine!, drawWorkload(seed!, size!, requests!), timeMs!);
process.stdout.write(`${JSON.stringify(cell)}\n`);
