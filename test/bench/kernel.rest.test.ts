// Owns: that the benches of mediation run and print their ratios. Excludes: how long anything takes.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { canAttack } from '../kernel/host.ts';

const bench = (name: string, ...args: string[]) => {
  const main = fileURLToPath(new URL(`../../bench/${name}/main.ts`, import.meta.url));
  return spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' });
};

describe.skipIf(!canAttack)('mediation (needs Linux, gcc, and no system-call filter over the tests)', () => {
  test('bench/open has a time for each, and what engine and log add', () => {
    const { status, stdout, stderr } = bench('open', '--quick');
    expect([status, stderr]).toEqual([0, '']);
    const times = ['alone', 'supervised', 'plumb run'].map((name) => `${name} +\\d+ ns\n`).join('');
    expect(stdout).toMatch(
      new RegExp(`${times}engine and log add -?\\d+ ns .*; plumb run adds -?\\d+ ns to alone, [\\d.]+ times\n$`),
    );
  });

  test('bench/run has times and ratios of each program, under the floor alone and under plumb run', () => {
    const { status, stdout, stderr } = bench('run', '--quick');
    expect([status, stderr]).toEqual([0, '']);
    const names = ['gcc', 'find', 'grep -r', 'awk'];
    const rows = stdout.split('\n').slice(1, -1);
    expect(rows).toEqual(names.map((name) => expect.stringContaining(name)));
    for (const row of rows) {
      expect(row).toMatch(
        / bare +\d+ ms {2}floor +\d+ ms \d+\.\d\d \(1\.05\) {2}plumb run +\d+ ms \d+\.\d\d( \([\d.]+\))?$/,
      );
    }
  });
});

test.each(['open', 'run'])('bench/%s --help says what is measured', (name) => {
  expect(bench(name, '--help').stdout).toContain('plumb run');
});
