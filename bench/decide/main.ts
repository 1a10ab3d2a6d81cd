// Owns: the command `npm run bench:decide`: every engine at every size, each cell in a process of its own, one after
// the other.

import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { formatResults, type Cell, type Results } from './table.ts';
import { buildCedarNative, buildOpa } from './toolchains.ts';

const HELP = `npm run bench:decide -- [--quick]

Time to encode one request and decide it, in nanoseconds, at 10 to 10,000 policies. Every call is timed alone (what the
timer costs is printed and is in every figure); each engine and size has its own process. All answers are compared with a
reference before anything is timed; one that differs fails the run.

Workload: 70 % permits, 30 % forbids; ten policies for each plan and its project; agents four levels deep (objective, intent,
plan, agent), files below six directories; six label policies besides, on in every plumbline row.

  plumbline          request as text → canonical bytes → core; both answers; ancestors from names, labels computed;
                     time and authority are encoded once
  plumbline-handles  the same; agent and action are interned handles, the file is text
  plumbline-store    as plumbline; each request states the agent's chain as entities
  js-indexed         the rules written by hand in JavaScript, indexed by directory and action; labels computed
  js-linear          the same over a list
  opa-wasm           Rego over indexed data (built with go)
  casl, casbin       as they come
  cedar-wasm         policies parsed once
  cedar-native       authorizing only, on parsed requests and entities (built with cargo)

From opa-wasm on, engines are handed labels and ancestors ready-made, and give Cedar's answer only.

  --quick   10 and 100 policies, few samples, nothing that needs a toolchain
  --help    this page

Example: npm run bench:decide -- --quick`;

const SEED = 1;
const FULL = { sizes: [10, 100, 1_000, 10_000], requests: 512, timeMs: 1_000 };
const QUICK = { sizes: [10, 100], requests: 64, timeMs: 20 };
const ENGINES = [
  'plumbline',
  'plumbline-handles',
  'plumbline-store',
  'js-indexed',
  'js-linear',
  'opa-wasm',
  'casl',
  'casbin',
  'cedar-wasm',
  'cedar-native',
];
const BUILDS = new Map([
  ['opa-wasm', buildOpa],
  ['cedar-native', buildCedarNative],
]);
const CELL = fileURLToPath(new URL('./cell.ts', import.meta.url));

/** Throws if the engine's answers are not the reference's. */
function measure(engine: string, size: number, { requests, timeMs }: typeof FULL): Cell {
  const settings = [size, requests, timeMs, SEED].map(String);
  const { status, stdout, stderr } = spawnSync(process.execPath, [CELL, engine, ...settings], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${engine} at ${size} policies fails\n${stderr}`);
  return JSON.parse(stdout) as Cell;
}

function main(quick: boolean): void {
  const settings = quick ? QUICK : FULL;
  const results: Results = new Map();
  for (const engine of ENGINES) {
    const build = BUILDS.get(engine);
    const missing = build && (quick ? 'needs a toolchain' : build());
    results.set(engine, missing ?? new Map(settings.sizes.map((size) => [size, measure(engine, size, settings)])));
  }
  const machine = `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, Node ${process.version}, ${process.platform}`;
  const timer = measure('timer', settings.sizes[0]!, settings);
  process.stdout.write(
    `${machine}\n${settings.requests} requests, seed ${SEED}; all answers agree with the reference; ` +
      `${timer.p50.toFixed(0)} ns of every figure are the timer's\n\n` +
      `${formatResults(results, settings.sizes, 'plumbline')}\n`,
  );
}

const { values } = parseArgs({ options: { quick: { type: 'boolean' }, help: { type: 'boolean' } } });
if (values.help) process.stdout.write(`${HELP}\n`);
else main(values.quick ?? false);
