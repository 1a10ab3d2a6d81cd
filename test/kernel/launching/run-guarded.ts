// Owns: starting guarded.ts as one of the identities, and what became of it.

import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Identity } from '../attacks/run.ts';
import { refusal } from '../refusal.ts';
import type { Guarded } from './guarded.ts';

/** Whether the kernel has what launching needs, and no filter is on these tests already. */
export const canLaunch: boolean = refusal === undefined;

export const SCRIPT = fileURLToPath(new URL('guarded.ts', import.meta.url));

export interface Started {
  child: ChildProcess;
  stdout: () => string;
  stderr: () => string;
  /** What guarded.ts told so far. */
  events: () => { pid?: number; guardianPid?: number; skipped?: number; failed?: { code: string }; ending?: object }[];
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/** `also`: a descriptor that the supervisor inherits besides its own. */
export function start(given: Guarded, identity?: Identity, also: number | 'ignore' = 'ignore'): Started {
  const child = spawn(process.execPath, [SCRIPT, JSON.stringify({ ...given, eventsFd: 3 })], {
    stdio: ['pipe', 'pipe', 'pipe', 'pipe', also],
    detached: true,
    cwd: '/',
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', UNLISTED: 'secret' },
    ...identity,
  });
  const texts = ['', '', ''];
  [child.stdout!, child.stderr!, child.stdio[3] as Readable].forEach((stream, index) =>
    stream.setEncoding('utf8').on('data', (text: string) => (texts[index] += text)),
  );
  child.stdin!.on('error', () => undefined);
  return {
    child,
    stdout: () => texts[0]!,
    stderr: () => texts[1]!,
    events: () =>
      texts[2]!
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as object),
    ended: once(child, 'close').then(([code, signal]) => ({ code, signal })) as Started['ended'],
  };
}

/** Waits for something to be so. Gives up after far longer than it takes. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries++) {
    if (tries === 3_000) throw new Error(`still not so: ${what}`);
    await sleep(10);
  }
}

/** Live processes, zombies left out, whose command line holds `mark`. */
export function processesWith(mark: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const isMarked = readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(mark);
        return isMarked && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'));
      } catch {
        return false;
      }
    });
}
