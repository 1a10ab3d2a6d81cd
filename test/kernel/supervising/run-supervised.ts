// Owns: starting host.ts, driving it, and what it told.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Identity } from '../attacks/run.ts';
import type { Guarded } from './host.ts';

const HOST = fileURLToPath(new URL('host.ts', import.meta.url));

export interface Event {
  decided?: string[];
  verdict?: string;
  contents?: string[];
  event?: string;
  approval?: string;
  answered?: number;
  connections?: { request: { resource: { id: string } } }[];
  cut?: { cut: number; left: object[] };
  run?: string;
  pid?: number;
  guardianPid?: number;
  open?: number;
}

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
  events: Event[];
  /** Everything decided, one line each. */
  decided: string[];
}

/** What a command does: it is run by `sh -c`. `on`: what to tell the supervisor when an event comes. */
export async function supervised(
  command: string,
  given: Partial<Guarded> & { identity?: Identity | undefined; on?: (event: Event) => object | undefined },
): Promise<Outcome> {
  const { identity, on, ...rest } = given;
  const whole: Guarded = {
    command: '/bin/sh',
    args: ['-c', command],
    cwd: '/',
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', TERM: 'xterm', LC_ALL: 'C' },
    rules: [],
    execute: ['/'],
    protect: [],
    profiles: {},
    approveTimeoutMs: 20_000,
    decisions: true,
    driven: true,
    ...rest,
  };
  const child = spawn(process.execPath, [HOST, JSON.stringify(whole)], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
    detached: true,
    ...identity,
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name]!.setEncoding('utf8').on('data', (text: string) => (output[name] += text));
  const events: Event[] = [];
  const commands = child.stdio[4] as Writable;
  commands.on('error', () => undefined);
  createInterface({ input: child.stdio[3] as Readable }).on('line', (line) => {
    const event = JSON.parse(line) as Event;
    events.push(event);
    const answer = on?.(event);
    if (answer !== undefined) commands.write(`${JSON.stringify(answer)}\n`);
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...output, events, decided: events.flatMap(({ decided }) => decided ?? []) };
}
