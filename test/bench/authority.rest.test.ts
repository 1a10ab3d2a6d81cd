// Owns: that the bench of authority runs and prints a ratio. Excludes: how long anything takes.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const MAIN = fileURLToPath(new URL('../../bench/authority/main.ts', import.meta.url));
const bench = (...args: string[]) => spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' });

test('bench/authority has a time for each and their ratio', () => {
  const { status, stdout, stderr } = bench('--quick');
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout.split('\n').slice(-4).join('\n')).toMatch(
    /^no grants +\d+ ns\nfour levels +\d+ ns\nratio +\d+\.\d\d\n$/,
  );
});

test('--help says what is measured', () => expect(bench('--help').stdout).toContain('four'));
