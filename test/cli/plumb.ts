// Owns: running `plumb` as its users do, as a process of its own, in a temporary directory.

import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PLUMB_MAIN } from '../built.ts';

export const EXAMPLE = fileURLToPath(new URL('../../docs/examples/failing-deployment.traj', import.meta.url));

export interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A fresh directory, gone when `use` is done. */
export async function inDirectory<T>(use: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'plumbline-cli-'));
  try {
    return await use(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Starts `plumb`, with `more` in its environment. No key or setting of the person who runs the tests is in reach. */
export function start(
  args: readonly string[],
  directory: string,
  more: Record<string, string> = {},
): ChildProcessWithoutNullStreams {
  const env = {
    PATH: process.env['PATH'],
    ...more,
    HOME: directory,
    XDG_CONFIG_HOME: join(directory, 'config'),
    TMPDIR: directory,
  };
  return spawn(process.execPath, [PLUMB_MAIN, ...args], { cwd: directory, env });
}

/** Runs `plumb` to its end. */
export function plumb(
  args: readonly string[],
  directory: string,
  input: string | Uint8Array = '',
  more: Record<string, string> = {},
): Promise<Ran> {
  const child = start(args, directory, more);
  const ran: Ran = { code: null, stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (ran.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (ran.stderr += text));
  // A verb that reads no input may be gone before it is written.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  return new Promise((resolve) => child.on('close', (code) => resolve({ ...ran, code })));
}

export const jsonLines = (text: string): unknown[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);
