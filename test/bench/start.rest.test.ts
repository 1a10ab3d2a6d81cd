// Owns: that the bench of starting runs, checks what it starts, and says where the time goes. Excludes: how long
// anything takes.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { linesOf, longestStep } from '../../bench/start/timeline.ts';
import { canLaunch } from '../kernel/launching/run-guarded.ts';

const file = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const temporary = mkdtempSync(join(tmpdir(), 'plumbline-bench-'));
afterAll(() => rmSync(temporary, { recursive: true }));

const bench = (...args: string[]) =>
  spawnSync(process.execPath, [file('bench/start/main.ts'), ...args], { encoding: 'utf8' });

describe.skipIf(!canLaunch)('a package (needs Linux with Landlock)', () => {
  beforeAll(() => writeFileSync(join(temporary, 'package.json'), JSON.stringify({ bin: { plumb: 'plumb.mjs' } })));

  test('has a time and a ratio for each command under each condition', () => {
    writeFileSync(join(temporary, 'plumb.mjs'), `import ${JSON.stringify(file('bindings/cli/main.ts'))};\n`);
    const { status, stdout, stderr } = bench('--quick', '--package', temporary);
    expect([status, stderr]).toEqual([0, '']);
    const figures = String.raw` +\d+ \(\d+\.\d\) \d+`;
    const rows = [
      String.raw`--help \(1\.5\)${figures.repeat(2)} +–`,
      String.raw`decide \(3\)${figures.repeat(3)}`,
      `verify${figures.repeat(2)} +–`,
      String.raw`run -- true \(6\)${figures.repeat(3)}`,
    ];
    expect(stdout).toMatch(new RegExp(`\nnode -e 0${figures}\n\n.*\n.*\n${rows.join('\n')}\n`));
  });

  test('is refused when a command does not do what it should', () => {
    writeFileSync(join(temporary, 'plumb.mjs'), '');
    const { status, stderr } = bench('--quick', '--package', temporary);
    expect([status, stderr]).toEqual([1, expect.stringContaining('plumb --help says: ')]);
  });
});

test('--help says what is measured', () => {
  expect(bench('--help').stdout).toContain('node -e 0');
});

describe('what strace writes is read as steps', () => {
  const lines = linesOf(`7 100.000000 execve("/bin/node", ["node"], 0x7ff) = 0
7 100.001000 openat(AT_FDCWD, "/lib/libc.so.6", O_RDONLY|O_CLOEXEC) = 3
7 100.040000 openat(AT_FDCWD, "/app/package.json", O_RDONLY|O_CLOEXEC) = 3
7 100.041000 openat(AT_FDCWD, "/app/dist/main.js", O_RDONLY|O_CLOEXEC) = 3
7 100.050000 openat(AT_FDCWD, "/app/dist/other.js", O_RDONLY|O_CLOEXEC) = -1 ENOENT (No such file or directory)
7 100.060000 openat(AT_FDCWD, "/app/node_modules/it.js", O_RDONLY|O_CLOEXEC) = 3
8 100.061000 openat(AT_FDCWD, "/proc/meminfo", O_RDONLY|O_CLOEXEC) = 3
9 100.070000 openat(AT_FDCWD, "/lib/libc.so.6", O_RDONLY|O_CLOEXEC) = 3
9 100.110000 openat(AT_FDCWD, "/app/dist/guardian.js", O_RDONLY|O_CLOEXEC) = 3
7 100.120000 openat(AT_FDCWD, "/app/dist/engine.wasm", O_RDONLY|O_CLOEXEC) = 3
9 100.200000 +++ exited with 0 +++
7 100.210000 exit_group(0) = ?
7 100.215000 +++ exited with 0 +++
`);

  test('of processes that read modules', () => {
    expect(
      lines.map(({ name, beganMs, steps }) => [name, Math.round(beganMs), ...steps.map((step) => step.name)]),
    ).toEqual([
      ['main', 0, 'node', 'modules', 'engine', 'end'],
      ['guardian', 70, 'node', 'modules', 'end'],
    ]);
    expect(lines[0]!.steps.map(({ atMs }) => Math.round(atMs))).toEqual([40, 60, 120, 215]);
  });

  test('the longest of which ends where nothing else happened', () => {
    const { name, step, ms } = longestStep(lines);
    expect([name, step, Math.round(ms)]).toEqual(['guardian', 'end', 80]);
  });
});
