// The form of commit subjects, which .ci/run checks on every new commit.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { fault } from '../.ci/commits.ts';

const SCRIPT = fileURLToPath(new URL('../.ci/commits.ts', import.meta.url));

test.each([
  ['one subject', 'verifier/log: a segment is read once', undefined],
  ['a document', 'README: how to get plumb', undefined],
  ['72 characters', `docs: ${'x'.repeat(66)}`, undefined],
  ['73 characters', `docs: ${'x'.repeat(67)}`, 'has 73 characters'],
  ['no area', 'a segment is read once', 'is not of the form'],
  ['two areas', 'linux, run: one way to open', 'is not of the form'],
  ['two subjects', 'linux: one way to open; leases are tested', 'has several subjects'],
])('%s', (_, subject, wrong) => {
  if (wrong === undefined) expect(fault(subject)).toBeUndefined();
  else expect(fault(subject)).toContain(wrong);
});

test('every commit after the given one is checked, and no other', () => {
  const directory = mkdtempSync(join(tmpdir(), 'plumbline-commits-'));
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.org', ...args], {
      cwd: directory,
      encoding: 'utf8',
    }).trim();
  const commit = (subject: string): string => {
    git('commit', '--quiet', '--allow-empty', '--message', subject);
    return git('rev-parse', 'HEAD');
  };
  const check = (base: string, CI = '') =>
    spawnSync(process.execPath, [SCRIPT, base], { cwd: directory, encoding: 'utf8', env: { ...process.env, CI } });
  git('init', '--quiet');
  const base = commit('before; anything goes');
  commit('docs: fine');
  expect(check(base)).toMatchObject({ status: 0, stdout: '' });
  commit('not fine');
  commit('docs: fine again');
  const { status, stdout } = check(base);
  expect(status).toBe(1);
  expect(stdout).toMatch(/^commits: [0-9a-f]+ not fine: is not of the form .*\n$/);
  // In a shallow clone the base may be missing.
  expect(check('0'.repeat(40))).toMatchObject({ status: 0, stdout: expect.stringContaining('not checked') });
  // Issue F: a base that was misspelt passed in CI.
  expect(check('BADBASE', 'true')).toMatchObject({ status: 1, stdout: expect.stringContaining('not checked') });
  rmSync(directory, { recursive: true });
});
