// Owns: where the time of a start goes: what each of its processes opens and starts, and when, as strace sees it.
// Trusts: strace, which slows a start by a third or so: steps can be compared with each other, and not with an untraced
// time.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Start } from './starts.ts';

export const hasStrace = spawnSync('strace', ['-V']).status === 0;

const TRACED = 'execve,openat,seccomp,exit_group';
/** A module, or what stands for one. */
const MODULE = /\.([cm]?js|ts|json|node)$/;

/** What is reached at each step, in the order in which the first rule that matches is taken. */
const STEPS: readonly [name: string, call: RegExp][] = [
  ['modules', /\.([cm]?[jt]s|node)", O_RDONLY/],
  ['policy', /\/(policy\.cedar|[\w-]+\.program)", O_RDONLY/],
  ['schema', /\.cedarschema", O_RDONLY/],
  ['cedar', /cedar_wasm\w*\.wasm", O_RDONLY/],
  ['engine', /engine\.wasm", O_RDONLY/],
  ['keys', /\/keys\/\w+", O_WRONLY/],
  ['log', /\.cborseq", O_/],
  ['filter', /^seccomp\(SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER/],
  ['end', /^(exit_group|\+\+\+ exited)/],
];

export interface Step {
  name: string;
  /** Since the first process began, until it was reached last before another step was. */
  atMs: number;
}

/** A process, or a thread that has modules of its own. */
export interface Line {
  name: string;
  beganMs: number;
  steps: readonly Step[];
}

/** The processes of one traced start, in the order in which they began. @throws if it fails */
export function timelineOf({ argv, cwd, env, input }: Start, file: string): Line[] {
  const options = ['-f', '-ttt', '--seccomp-bpf', '-s', '4096', '-e', `trace=${TRACED}`, '-o', file];
  const { status, stderr } = spawnSync('strace', [...options, ...argv], { cwd, env, input, encoding: 'utf8' });
  if (status !== 0) throw new Error(`strace ${argv.join(' ')} ended with ${status}: ${stderr}`);
  return linesOf(readFileSync(file, 'utf8'));
}

/** Reads what strace wrote: `TASK SECONDS CALL`. */
export function linesOf(trace: string): Line[] {
  const tasks = new Map<string, { name: string | undefined; beganMs: number; steps: Step[] }>();
  let originMs: number | undefined;
  for (const text of trace.split('\n')) {
    const [, task, seconds, call] = /^(\d+) +([\d.]+) (.*)$/.exec(text) ?? [];
    if (task === undefined || call!.includes('ENOENT')) continue;
    originMs ??= Number(seconds) * 1000;
    const atMs = Number(seconds) * 1000 - originMs;
    let line = tasks.get(task);
    if (line === undefined) tasks.set(task, (line = { name: undefined, beganMs: atMs, steps: [] }));
    const path = /"([^"]+)"/.exec(call!)?.[1];
    if (call!.startsWith('openat') && path !== undefined && MODULE.test(path)) {
      // Until the first file of the package is read, Node starts itself; package.json says how the file is to be read.
      if (line.steps.length === 0) line.steps.push({ name: 'node', atMs });
      if (!path.endsWith('.json')) line.name ??= basename(path).replace(/\.\w+$/, '');
    }
    const step = STEPS.find(([, pattern]) => pattern.test(call!))?.[0];
    if (step === undefined || line.steps.length === 0) continue;
    const last = line.steps.at(-1)!;
    if (last.name === step) last.atMs = atMs;
    else if (!line.steps.some(({ name }) => name === step)) line.steps.push({ name: step, atMs });
  }
  return [...tasks.values()]
    .filter(({ name }) => name !== undefined)
    .map(({ name, beganMs, steps }) => ({ name: name!, beganMs, steps }));
}

/**
 * The longest time in which no process began or reached a step, and the step that ended it: it is what bounds the
 * start.
 */
export function longestStep(lines: readonly Line[]): { name: string; step: string; ms: number } {
  const reached = lines.flatMap(({ name, beganMs, steps }) => [
    { name, step: 'began', atMs: beganMs },
    ...steps.map((step) => ({ name, step: step.name, atMs: step.atMs })),
  ]);
  let sinceMs = 0;
  let longest = { name: '', step: '', ms: -1 };
  for (const { name, step, atMs } of reached.toSorted((a, b) => a.atMs - b.atMs)) {
    if (atMs - sinceMs > longest.ms) longest = { name, step, ms: atMs - sinceMs };
    sinceMs = atMs;
  }
  return longest;
}
