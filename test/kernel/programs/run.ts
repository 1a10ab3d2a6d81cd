// Owns: one run of a program in a directory of its own, under whatever guards it.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, globSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Guarded, Identity } from '../attacks/run.ts';
import { scopeOf, type Places, type Program, type Ran } from './table.ts';

const RUN_MS_MAX = 60_000;
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Those of `needs` that `identity` lacks. */
export function lacking({ needs }: Program, identity?: Identity): string[] {
  const has = (command: readonly string[]): boolean =>
    spawnSync(command[0]!, command.slice(1), { ...identity, cwd: '/', env: { PATH }, stdio: 'ignore' }).status === 0;
  return Object.entries(needs)
    .filter(([, command]) => !has(command))
    .map(([what]) => what);
}

const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

export interface ProgramRun {
  /** A new directory. */
  work: string;
  guarded: Guarded;
  identity?: Identity;
}

/** Runs a program and tells what it did, and whether that was its work. */
export async function runProgram(
  program: Program,
  { work, guarded, identity }: ProgramRun,
): Promise<Ran & { stderr: string; isDone: boolean }> {
  const places: Places = { work };
  mkdirSync(join(work, 'tmp'), { recursive: true });
  program.prepare?.(places);
  if (identity) {
    for (const name of ['', ...globSync('**', { cwd: work })]) chownSync(join(work, name), identity.uid, identity.gid);
  }
  const argv = guarded(scopeOf(program, places), program.command(places));
  // `script` makes the terminal outside of the tree. Its child, the guarding command, has it as its own.
  const atTerminal = ['script', '-qec', argv.map(quoted).join(' '), '/dev/null'];
  const [command, ...args] = program.typed === undefined ? argv : atTerminal;
  const child = spawn(command!, args, {
    ...identity,
    cwd: work,
    env: { PATH, HOME: work, TMPDIR: join(work, 'tmp'), TERM: 'xterm', SHELL: '/bin/sh', GIT_CONFIG_NOSYSTEM: '1' },
    stdio: 'pipe',
    detached: true,
  });
  const output = { stdout: '', stderr: '' };
  const pending = [...(program.typed ?? [])];
  let answered = 0;
  child.stdin.on('error', () => undefined);
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text;
    if (!pending[0]?.[0].test(output.stdout.slice(answered))) return;
    answered = output.stdout.length;
    child.stdin.write(pending.shift()![1]);
  });
  const limit = setTimeout(() => process.kill(-child.pid!, 'SIGKILL'), RUN_MS_MAX);
  if (program.typed === undefined) child.stdin.end();
  const [status] = (await once(child, 'close')) as [number | null];
  clearTimeout(limit);
  const ran = { status, ...output };
  const isDone = program.check(ran, places);
  rmSync(work, { recursive: true });
  return { ...ran, isDone };
}
