// Owns: the command `npm run bench:open`: what a mediated open costs, and how much of it engine and log add.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { plumbRun } from '../../test/kernel/mediated.ts';

const HELP = `npm run bench:open -- [--quick]

Time of open and close of one small file, by a program in C that times itself: alone; under the supervisor that resolves the
object, hands a descriptor over and decides nothing; and under plumb run, whose engine decides and whose log records every open
(durability write). The three take turns. Printed are the medians, in nanoseconds, and what engine and log add. Each has read
the same file before.

  --quick   few opens
  --help    this page`;

const HOST = fileURLToPath(new URL('../../test/kernel/supervising/host.ts', import.meta.url));
const SOURCE = fileURLToPath(new URL('opener.c', import.meta.url));
const FULL = { turns: 5, rounds: 20, opens: 1000 };
const QUICK = { turns: 1, rounds: 2, opens: 50 };

/** What engine and log may add: the figure aimed at. */
const ADDED_NS_MAX = 10_000;

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

function run(argv: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(argv[0]!, argv.slice(1), { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${argv[0]} ended with ${status}: ${stderr}`);
  return stdout;
}

/** The three ways to run a command. */
function ways(directory: string): Record<string, (argv: readonly string[]) => readonly string[]> {
  const scope = { read: ['/'], write: ['/dev/null'], exec: ['/'], connect: [], listen: [] };
  return {
    alone: (argv) => argv,
    supervised: ([command, ...args]) => [
      process.execPath,
      HOST,
      JSON.stringify({
        command,
        args,
        cwd: '/',
        env: {},
        rules: [],
        execute: ['/'],
        protect: [],
        profiles: {},
        approveTimeoutMs: 0,
        decisions: false,
        driven: false,
      }),
    ],
    'plumb run': (argv) => plumbRun(scope, argv, { records: directory }),
  };
}

function main({ turns, rounds, opens }: typeof FULL): void {
  const directory = mkdtempSync(join(tmpdir(), 'plumbline-bench-'));
  try {
    const opener = join(directory, 'opener');
    const file = join(directory, 'file');
    writeFileSync(file, 'what is read\n');
    run(['gcc', '-O2', '-o', opener, SOURCE]);
    const times = new Map<string, number[]>();
    const all = Object.entries(ways(directory));
    for (const [name, way] of all) {
      if (run(way(['/bin/cat', file])) !== 'what is read\n') throw new Error(`${name} reads something else`);
      times.set(name, []);
    }
    for (let turn = 0; turn < turns; turn++) {
      for (const [name, way] of all) {
        const said = run(way([opener, file, String(rounds), String(opens)]));
        times.get(name)!.push(...said.trim().split('\n').map(Number));
      }
    }
    const [alone, supervised, whole] = [...times.values()].map(median) as [number, number, number];
    process.stdout.write(
      `${cpus()[0]?.model ?? 'unknown'}, load ${loadavg()[0]!.toFixed(1)}, Node ${process.version}\n`,
    );
    for (const [name, values] of times)
      process.stdout.write(`${name.padEnd(12)} ${String(median(values)).padStart(8)} ns\n`);
    process.stdout.write(
      `engine and log add ${whole - supervised} ns (${ADDED_NS_MAX} at most on an idle machine); ` +
        `plumb run adds ${whole - alone} ns to alone, ${(whole / alone).toFixed(1)} times\n`,
    );
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const { values } = parseArgs({ options: { quick: { type: 'boolean' }, help: { type: 'boolean' } } });
if (values.help) process.stdout.write(`${HELP}\n`);
else main(values.quick ? QUICK : FULL);
