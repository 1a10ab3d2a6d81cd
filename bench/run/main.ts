// Owns: the command `npm run bench:run`: how much longer whole programs take with every open, exec and change mediated
// and recorded.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { plumbRun } from '../../test/kernel/mediated.ts';

const HELP = `npm run bench:run -- [--quick]

Time of gcc, find, grep -r and a program that only calculates, each timed by the shell that runs it, so that neither the start of
plumb run nor its end count: bare; under the floor alone, that is Landlock and the filter, with no supervisor asked; and under plumb run.
The three take turns; printed are the medians in milliseconds, the ratios to bare, and in brackets what they should be at most on
an idle machine. What each prints is compared before.

  --quick   once each, on little
  --help    this page`;

const FLOOR = fileURLToPath(new URL('floor.ts', import.meta.url));
/** The ratio under the floor alone that is aimed at. */
const FLOOR_MAX = 1.05;
const TURNS = 7;

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

interface Program {
  command: string;
  /** The ratio under plumb run that is aimed at, where there is one. */
  atMost?: number;
}

function programs(directory: string, quick: boolean): Record<string, Program> {
  const where = quick ? '/usr/include/linux/can' : '/usr/include';
  const count = quick ? 1e5 : 2e7;
  return {
    gcc: {
      command: `gcc -O2 -c ${directory}/program.c -o ${directory}/program.o && wc -c < ${directory}/program.o`,
      atMost: 1.1,
    },
    find: { command: `find ${where} -type f | wc -l`, atMost: 1.5 },
    'grep -r': { command: `grep -r define ${where} | wc -l`, atMost: 1.8 },
    awk: { command: `awk 'BEGIN { while (i < ${count}) i++; print i }'` },
  };
}

const SOURCE = `#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>
${Array.from({ length: 400 }, (_, i) => `int f${i}(int x) { return x * ${i} + ${i % 7}; }`).join('\n')}
int main(void) { return 0; }
`;

const ms = (value: number): string => `${value.toFixed(0).padStart(6)} ms`;
const bare = (argv: readonly string[]): readonly string[] => argv;

/** What a command prints, and how long it took. */
function timed(command: string, around: (argv: readonly string[]) => readonly string[]): { said: string; ms: number } {
  const script = `before=$(date +%s%N); said=$(${command}); after=$(date +%s%N); echo "$said $((after - before))"`;
  const argv = around(['/bin/sh', '-c', script]);
  const { status, stdout, stderr } = spawnSync(argv[0]!, argv.slice(1), { encoding: 'utf8' });
  const [, said, ns] = /^(.*) (\d+)\n$/.exec(stdout) ?? [];
  if (status !== 0 || said === undefined) throw new Error(`${command} ended with ${status}: ${stderr}`);
  return { said, ms: Number(ns) / 1e6 };
}

function main(quick: boolean): void {
  const directory = mkdtempSync(join(tmpdir(), 'plumbline-bench-'));
  try {
    writeFileSync(join(directory, 'program.c'), SOURCE);
    const scope = { read: ['/'], write: [directory, '/dev/null', '/tmp'], exec: ['/'], connect: [], listen: [] };
    const mediated = (argv: readonly string[]): readonly string[] => plumbRun(scope, argv, { records: directory });
    process.stdout.write(
      `${cpus()[0]?.model ?? 'unknown'}, load ${loadavg()[0]!.toFixed(1)}, Node ${process.version}\n`,
    );
    const ways = [bare, (argv: readonly string[]) => [process.execPath, FLOOR, directory, ...argv], mediated];
    for (const [name, { command, atMost }] of Object.entries(programs(directory, quick))) {
      // The first of each warms the caches, and has to print the same.
      const said = ways.map((way) => timed(command, way).said);
      if (new Set(said).size > 1) throw new Error(`${name} prints something else: ${said.join(', ')}`);
      const times: number[][] = ways.map(() => []);
      for (let turn = 0; turn < (quick ? 1 : TURNS); turn++) {
        for (const [index, way] of ways.entries()) times[index]!.push(timed(command, way).ms);
      }
      const [alone, floor, under] = times.map(median) as [number, number, number];
      process.stdout.write(
        `${name.padEnd(8)} bare ${ms(alone)}  floor ${ms(floor)} ${(floor / alone).toFixed(2)} (${FLOOR_MAX})  ` +
          `plumb run ${ms(under)} ${(under / alone).toFixed(2)}${atMost === undefined ? '' : ` (${atMost})`}\n`,
      );
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const { values } = parseArgs({ options: { quick: { type: 'boolean' }, help: { type: 'boolean' } } });
if (values.help) process.stdout.write(`${HELP}\n`);
else main(values.quick === true);
