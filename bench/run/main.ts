// Owns: the command `npm run bench:run`: how much longer whole programs take with every open, exec and change mediated and recorded.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { plumbRun } from '../../test/kernel/mediated.ts';

const HELP = `npm run bench:run -- [--quick]

Time of gcc, find and grep -r, each timed by the shell that runs it, so that neither the start of plumb run nor its end count:
bare, and under plumb run. The two take turns; printed are the medians in milliseconds, and their ratio. What each prints is
compared before.

  --quick   once each, on little
  --help    this page`;

const TURNS = 7;

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

function programs(directory: string, quick: boolean): Record<string, string> {
  const where = quick ? '/usr/include/linux/can' : '/usr/include';
  return {
    gcc: `gcc -O2 -c ${directory}/program.c -o ${directory}/program.o && wc -c < ${directory}/program.o`,
    find: `find ${where} -type f | wc -l`,
    'grep -r': `grep -r define ${where} | wc -l`,
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
    for (const [name, command] of Object.entries(programs(directory, quick))) {
      const times: [number[], number[]] = [[], []];
      // The first of each warms the caches, and has to print the same.
      if (timed(command, bare).said !== timed(command, mediated).said) throw new Error(`${name} prints something else`);
      for (let turn = 0; turn < (quick ? 1 : TURNS); turn++) {
        times[0].push(timed(command, bare).ms);
        times[1].push(timed(command, mediated).ms);
      }
      const [alone, under] = times.map(median) as [number, number];
      process.stdout.write(
        `${name.padEnd(8)} ${alone.toFixed(0).padStart(6)} ms  ${under.toFixed(0).padStart(6)} ms  ${(under / alone).toFixed(2)}\n`,
      );
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const { values } = parseArgs({ options: { quick: { type: 'boolean' }, help: { type: 'boolean' } } });
if (values.help) process.stdout.write(`${HELP}\n`);
else main(values.quick === true);
