// One writer: across processes, in every runtime, for as long as the writer lives and no longer.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { runtime as node } from '../../bindings/runtime/node.ts';
import { openSession } from '../../bindings/session.ts';
import { inTemporary, options, repeatable } from './setting.ts';

const script = fileURLToPath(new URL('session-process.ts', import.meta.url));
const bin = fileURLToPath(new URL('../../node_modules/.bin', import.meta.url));

const started: number[] = [];
afterEach(() => {
  for (const pid of started.splice(0)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // Gone already.
    }
  }
});

/** A process that holds a log's lock, and has a child. */
async function hold(command: string[], log: string): Promise<ChildProcess> {
  const holder = spawn(command[0]!, [...command.slice(1), script, 'hold', log], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  started.push(holder.pid!);
  const [line] = (await once(createInterface(holder.stdout!), 'line')) as [string];
  started.push((JSON.parse(line) as { child: number }).child);
  return holder;
}

const open = (log: string): unknown => {
  try {
    return openSession(options(repeatable(node), log));
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe.each([
  ['Node', [process.execPath]],
  ['Deno', [join(bin, 'deno'), 'run', '-A']],
  ['Bun', [join(bin, 'bun')]],
])('a log held by %s', (_, command) => {
  test('is closed to others until its writer is dead, children or not', () =>
    inTemporary(async (parent) => {
      const log = join(parent, 'log');
      const holder = await hold(command, log);
      expect(open(log)).toBe('log-locked');
      holder.kill('SIGKILL');
      await once(holder, 'exit');
      // Not locked any more, but begun.
      expect(open(log)).toBe('log-not-empty');
      node.lockDirectory(log)!.release();
    }));
});

test('a log is closed to another session of the same process', () =>
  inTemporary(async (parent) => {
    const log = join(parent, 'log');
    const session = openSession(options(repeatable(node), log));
    expect(open(log)).toBe('log-locked');
    await session.close('done');
    rmSync(log, { recursive: true });
    expect(open(log)).not.toBeTypeOf('string');
  }));
