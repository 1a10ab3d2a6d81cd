// Where a guarded tree cannot be launched, that is said, and nothing is started.

import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const script = fileURLToPath(new URL('launch-line.ts', import.meta.url));
const bin = (name: string): string => fileURLToPath(new URL(`../../node_modules/.bin/${name}`, import.meta.url));

test.skipIf(process.platform !== 'linux').each<[runtime: string, command: string, ...options: string[]]>([
  ['Deno', bin('deno'), 'run', '--quiet', '--no-remote', '--allow-all'],
  ['Bun', bin('bun'), 'run'],
])('%s guards no tree, and says so (needs Linux)', (_, command, ...options) => {
  expect(JSON.parse(execFileSync(command, [...options, script], { encoding: 'utf8' }))).toBe('launch-runtime');
});
