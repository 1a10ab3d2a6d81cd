// The README's commands, run in an empty folder, and its promises to newcomers.

import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { PLUMB_MAIN, VERIFY_MAIN } from '../built.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const readme = readFileSync(`${root}README.md`, 'utf8');

const folder = mkdtempSync(join(tmpdir(), 'plumbline-readme-'));
afterAll(() => rmSync(folder, { recursive: true }));

// The bins of package.json, as built.
const bins = join(folder, '.bins');
mkdirSync(bins);
for (const [name, path] of [
  ['plumb', PLUMB_MAIN],
  ['plumb-verify', VERIFY_MAIN],
] as const) {
  writeFileSync(join(bins, name), `#!/bin/sh\nexec '${process.execPath}' '${path}' "$@"\n`);
  chmodSync(join(bins, name), 0o755);
}

/**
 * Commands after `$ ` (a command goes on while its quotes are open) and what they print, in which `…` stands for
 * anything.
 */
function transcript(): [command: string, output: string][] {
  const block = /```console\n([\s\S]*?)```/.exec(readme)![1]!;
  return block
    .split(/^\$ /m)
    .slice(1)
    .map((step) => {
      const lines = step.split('\n');
      let count = 1;
      while (lines.slice(0, count).join('\n').split("'").length % 2 === 0) count++;
      return [lines.slice(0, count).join('\n'), lines.slice(count).join('\n')];
    });
}

const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

test.each(transcript())('%s', (command, output) => {
  const env = { ...process.env, PATH: `${bins}:${process.env['PATH']}` };
  const { stdout, stderr } = spawnSync('sh', ['-c', command], { cwd: folder, env, encoding: 'utf8' });
  expect(stdout + stderr).toMatch(new RegExp(`^${output.split('…').map(literal).join('[\\s\\S]*')}$`));
});

test('the commands for newcomers are the ones CI runs and package.json has', () => {
  expect(readme).toContain('\nnpm ci && npm run demo\nnpm ci && npm test\n');
  expect(readFileSync(`${root}.ci/run`, 'utf8')).toMatch(/^ *npm ci && npm test$/m);
});

test('it fits on a screen or two', () => {
  expect(readme.split('\n').length).toBeLessThan(100);
});
