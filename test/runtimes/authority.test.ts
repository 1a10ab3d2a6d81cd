// Grants minted, verified and judged under in Node, Deno and Bun: the same tokens and decisions in each.

import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const script = fileURLToPath(new URL('authority-line.ts', import.meta.url));
const bin = (name: string): string => fileURLToPath(new URL(`../../node_modules/.bin/${name}`, import.meta.url));
const run = (command: string, ...options: string[]): unknown =>
  JSON.parse(execFileSync(command, [...options, script], { encoding: 'utf8' }));

const inNode = run(process.execPath);

test('Node mints, verifies and judges', () => {
  expect(inNode).toMatchObject({
    forged: { refusal: { code: 'grant-forged' } },
    decisions: [{ verdict: 'allow' }, { level: 2, grant: { level: 'plan' } }, { verdict: 'allow' }, { level: 2 }],
  });
});

test.each<[runtime: string, ...options: string[]]>([
  ['deno', 'run', '--quiet', '--no-remote', '--allow-all'],
  ['bun', 'run'],
])('%s gives what Node gives', (runtime, ...options) => {
  expect(run(bin(runtime), ...options)).toEqual(inNode);
});
