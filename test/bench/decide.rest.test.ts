// Owns: that the bench of decisions runs: every engine that needs no toolchain gives the reference's answers, and the
// table prints. Excludes: how long anything takes.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';

const MAIN = fileURLToPath(new URL('../../bench/decide/main.ts', import.meta.url));
const bench = (...args: string[]) => spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' });

describe('bench/decide', () => {
  let printed = '';
  beforeAll(() => {
    const { status, stdout, stderr } = bench('--quick');
    expect(stderr).toBe('');
    expect(status).toBe(0);
    printed = stdout;
  }, 60_000);

  test.each([
    'plumbline',
    'plumbline-handles',
    'plumbline-store',
    'js-indexed',
    'js-linear',
    'casl',
    'casbin',
    'cedar-wasm',
  ])('%s has a row of times and one of ratios', (engine) => {
    const rows = printed.split('\n').filter((line) => line.startsWith(`${engine} `));
    expect(rows.map((row) => row.replace(/[\d.,]+/g, 'n').replace(/ +/g, ' '))).toEqual([
      `${engine} n/n n/n nx`,
      `${engine} n n`,
    ]);
  });

  test('what is left out is named', () => expect(printed).toContain('opa-wasm: left out, needs a toolchain'));
});
