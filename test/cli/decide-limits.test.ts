// Issue A: what is too long, and an output that fails. A log that was begun is sealed, and every request has its
// record.

import { openSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { PLUMB_MAIN } from '../built.ts';
import { inDirectory, jsonLines, plumb } from './plumb.ts';

const DECIDE = ['decide', '--policy', 'coding-agent', '--log', 'log', '--keys', 'keys', '--durability', 'write'];
const INIT = ['init', '--keys', 'keys', '--seed', 'seed'];
const REQUEST = JSON.stringify({
  principal: { type: 'Agent', id: 'a' },
  action: 'file.read',
  resource: { type: 'File', id: '/srv/a' },
  context: { resolved: false },
});

async function sealedRecords(directory: string): Promise<number> {
  const { code, stdout } = await plumb(['verify', 'log', '--key', 'seed', '--json'], directory);
  expect(code).toBe(0);
  return (JSON.parse(stdout) as { records: number }).records;
}

describe('plumb decide', () => {
  test('blocks and records a line longer than it holds, and goes on', async () => {
    await inDirectory(async (directory) => {
      await plumb(INIT, directory);
      const { code, stdout } = await plumb(DECIDE, directory, `${'x'.repeat(3 << 20)}\n${REQUEST}\n`);
      expect(code).toBe(0);
      expect(jsonLines(stdout)).toMatchObject([
        { code: 'malformed-request', seq: 1 },
        { verdict: 'allow', seq: 2 },
      ]);
      expect(await sealedRecords(directory)).toBe(4);
    });
  });

  test('blocks and records a document of many lines that is longer than it holds', async () => {
    await inDirectory(async (directory) => {
      await plumb(INIT, directory);
      const { stdout } = await plumb(DECIDE, directory, `[\n${`${REQUEST},\n`.repeat(20_000)}`);
      expect(jsonLines(stdout)).toMatchObject([{ code: 'malformed-request', seq: 1 }]);
      expect(await sealedRecords(directory)).toBe(3);
    });
  });

  test('says in one line that its output cannot be written, and seals the log', async () => {
    await inDirectory(async (directory) => {
      await plumb(INIT, directory);
      const stdio = ['pipe', openSync('/dev/full', 'w'), 'pipe'] as const;
      const child = spawn(process.execPath, [PLUMB_MAIN, ...DECIDE], { cwd: directory, stdio: [...stdio] });
      let stderr = '';
      child.stderr!.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
      child.stdin!.end(`${REQUEST}\n${REQUEST}\n`);
      expect(await once(child, 'close')).toEqual([1, null]);
      expect(stderr).toBe('output-unwritable: standard output cannot be written (ENOSPC)\n');
      expect(await sealedRecords(directory)).toBe(3);
    });
  });

  test('takes a log without a name for wrong use', async () => {
    await inDirectory(async (directory) => {
      const args = ['decide', '--policy', 'coding-agent', '--log', '', '--keys', 'keys', '--durability', 'write'];
      const { code, stderr } = await plumb(args, directory);
      expect([code, stderr.split('\n')[0]]).toEqual([2, 'usage: --log needs the name of a directory']);
    });
  });
});
