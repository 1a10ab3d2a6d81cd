// System calls in Node, Deno and Bun: the same results and errors in each.

import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const script = fileURLToPath(new URL('ffi-line.ts', import.meta.url));
const bin = (name: string): string => fileURLToPath(new URL(`../../node_modules/.bin/${name}`, import.meta.url));

test.skipIf(process.platform !== 'linux').each<[runtime: string, command: string, ...options: string[]]>([
  ['Node', process.execPath],
  ['Deno', bin('deno'), 'run', '--quiet', '--no-remote', '--allow-all'],
  ['Bun', bin('bun'), 'run'],
])('%s makes system calls (needs Linux)', (_, command, ...options) => {
  expect(JSON.parse(execFileSync(command, [...options, script], { encoding: 'utf8' }))).toEqual({
    isOwnPid: true,
    opened: true,
    count: 4,
    untouched: true,
    read: true,
    closed: [0, -9],
    failures: [-9],
    absent: -2,
    mapped: true,
    misaligned: -22,
  });
});
