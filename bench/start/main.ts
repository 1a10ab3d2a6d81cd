// Owns: the command `npm run bench:start`: what starting and ending `plumb` takes, beside `node -e 0`, and where the
// time goes.

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { answer, CONDITIONS, Package, type Command, type Condition, type Start } from './starts.ts';
import { hasStrace, longestStep, timelineOf, type Line } from './timeline.ts';

const HELP = `npm run bench:start -- [--package DIR]... [--quick]

Time from start to end of commands of the built package, beside that of node -e 0 in the same run; all take turns. Printed are
the medians in milliseconds, in brackets how many times node -e 0 each is, and the processor time of all its processes (the mean);
beside the name of a command is the ratio aimed at.

  plain           the preset that is shipped, in a HOME that was there before
  fresh HOME      a new HOME for each start
  policy changed  a copy of the preset that differs in a byte, and from every copy before, so that no program of it is at hand

What each start prints is checked before it is measured. Where the time goes is one start under strace, if there is one, which
slows it: for each process when it began, and when each step was reached: node (Node has started itself), modules (the last
module is read), policy, schema, cedar (its parser), engine, keys and log (the first is opened), filter (the tree is mediated), end.

  --package DIR   where a package.json is, and what it names is built; again for more, as one before a change and one
                  after it; by default this one
  --quick         few starts
  --help          this page`;

const ROUNDS = { full: 15, quick: 1 };
const WIDTH = 20;
/** Starts under strace, of which the quickest is told. */
const TRACES = { full: 3, quick: 1 };

const root = fileURLToPath(new URL('../..', import.meta.url));

interface Times {
  wallMs: number[];
  cpuMs: number[];
}

interface Row extends Times {
  of: Package;
  command: Command;
  condition: Condition;
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;
/** Ticks are too coarse for a median. */
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * Of this process's children and theirs, once they were waited for: fields 16 and 17 of /proc/self/stat, in ticks of 10
 * ms.
 */
function cpuMsOfChildren(): number {
  const stat = readFileSync('/proc/self/stat', 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return 10 * (Number(fields[13]) + Number(fields[14]));
}

function measure(argv: readonly string[], options: Partial<Start>, into: Times): void {
  const [began, beganCpu] = [performance.now(), cpuMsOfChildren()];
  spawnSync(argv[0]!, argv.slice(1), options);
  into.wallMs.push(performance.now() - began);
  into.cpuMs.push(cpuMsOfChildren() - beganCpu);
}

/** The commands of each package under each condition that makes a difference to them, checked. */
function rowsOf(packages: readonly Package[]): Row[] {
  const rows: Row[] = [];
  for (const of of packages) {
    for (const command of of.commands) {
      for (const condition of CONDITIONS) {
        if (condition === 'policy changed' && !command.readsPolicy) continue;
        const said = answer(of.start(command, condition));
        if (!command.isRight(said)) throw new Error(`${of.root}: plumb ${command.name} says: ${said}`);
        rows.push({ of, command, condition, wallMs: [], cpuMs: [] });
      }
    }
  }
  return rows;
}

const ms = (value: number): string => value.toFixed(0);

const figures = ({ wallMs, cpuMs }: Times, nodeMs: number): string =>
  `${ms(median(wallMs))} (${(median(wallMs) / nodeMs).toFixed(1)}) ${ms(mean(cpuMs))}`;

function table(packages: readonly Package[], rows: readonly Row[], bare: Times): string {
  const nodeMs = median(bare.wallMs);
  const lines = [`${'node -e 0'.padEnd(20)} ${figures(bare, nodeMs).padStart(WIDTH)}`];
  for (const of of packages) {
    lines.push('', of.root, `${''.padEnd(20)} ${CONDITIONS.map((name) => name.padStart(WIDTH)).join('  ')}`);
    for (const command of of.commands) {
      const cells = CONDITIONS.map((condition) => {
        const row = rows.find((one) => one.of === of && one.command === command && one.condition === condition);
        if (row === undefined) return '–'.padStart(WIDTH);
        return figures(row, nodeMs).padStart(WIDTH);
      });
      const aim = command.aim === undefined ? '' : ` (${command.aim})`;
      lines.push(`${(command.name + aim).padEnd(20)} ${cells.join('  ')}`);
    }
  }
  return lines.join('\n');
}

function described(command: Command, lines: readonly Line[]): string {
  const told = lines.map(({ name, beganMs, steps }) => {
    const reached = steps.map((step) => `${step.name} ${ms(step.atMs)}`).join(', ');
    return `  ${name.padEnd(14)} began ${ms(beganMs)}, ${reached}`;
  });
  const longest = longestStep(lines);
  return [
    `plumb ${command.name}`,
    ...told,
    `  longest: ${ms(longest.ms)} ms, until ${longest.name} ${longest.step}`,
  ].join('\n');
}

const endOf = (lines: readonly Line[]): number => lines[0]?.steps.at(-1)?.atMs ?? 0;

/** Where the time of the plain start of each command goes, by the quickest of some. */
function timelines(of: Package, directory: string, traces: number): string {
  const told = of.commands.map((command) => {
    const all = Array.from({ length: traces }, () => timelineOf(of.start(command, 'plain'), join(directory, 'trace')));
    return described(command, all.toSorted((a, b) => endOf(a) - endOf(b))[0]!);
  });
  return [of.root, ...told].join('\n');
}

function main(roots: readonly string[], size: keyof typeof ROUNDS): void {
  const directory = mkdtempSync(join(tmpdir(), 'plumbline-bench-'));
  try {
    const packages = roots.map((one, index) => {
      const own = join(directory, String(index));
      mkdirSync(own);
      return new Package(one, own);
    });
    const rows = rowsOf(packages);
    const bare: Times = { wallMs: [], cpuMs: [] };
    for (let round = 0; round < ROUNDS[size]; round++) {
      measure([process.execPath, '-e', '0'], {}, bare);
      for (const row of rows) {
        const { argv, ...options } = row.of.start(row.command, row.condition);
        measure(argv, options, row);
      }
    }
    console.log(`${cpus()[0]?.model ?? 'unknown'}, load ${loadavg()[0]!.toFixed(1)}, Node ${process.version}\n`);
    console.log(table(packages, rows, bare));
    console.log('\nwhere the time goes, in ms since the start');
    for (const of of packages)
      console.log(hasStrace ? timelines(of, directory, TRACES[size]) : 'skipped: it needs strace, which is absent');
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const { values } = parseArgs({
  options: {
    package: { type: 'string', multiple: true, default: [root] },
    quick: { type: 'boolean' },
    help: { type: 'boolean' },
  },
});
if (values.help) console.log(HELP);
else main(values.package, values.quick ? 'quick' : 'full');
