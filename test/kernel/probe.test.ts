// What probing finds here, where all of it is known to be enforced, and inside a guarded tree, where it is not.

import { expect, test } from 'vitest';
import { probe } from '../../kernel-adapters/linux/index.ts';
import { canLaunch, start } from './launching/run-guarded.ts';
import { fileURLToPath } from 'node:url';

test.skipIf(!canLaunch)(
  'every denial is tried, and enforced (needs Linux 6.12 with Landlock, outside of any filter)',
  async () => {
    const findings = await probe();
    expect(findings.filter(({ isEnforced }) => !isEnforced)).toEqual([]);
    expect(findings.length).toBeGreaterThan(30);
    expect(new Set(findings.map(({ what }) => what)).size).toBe(findings.length);
  },
);

test.skipIf(!canLaunch)('what a guarded tree cannot do again is found (needs Linux 6.12 with Landlock)', async () => {
  const index = fileURLToPath(new URL('../../kernel-adapters/linux/index.ts', import.meta.url));
  const script = `const { probe } = await import(${JSON.stringify(index)}); console.log(JSON.stringify(await probe()));`;
  const run = start({ command: process.execPath, args: ['--input-type=module', '-e', script], env: {} });
  expect((await run.ended).code).toBe(0);
  const failed = (JSON.parse(run.stdout()) as { what: string; isEnforced: boolean }[]).filter(
    (found) => !found.isEnforced,
  );
  expect(failed.map(({ what }) => what)).toEqual(
    expect.arrayContaining(['a listener whose calls only death interrupts']),
  );
});
