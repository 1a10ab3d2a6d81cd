// Decide, record, verify and replay in Node, Deno and Bun: the same bytes in each.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const script = fileURLToPath(new URL('whole-line.ts', import.meta.url));
const bin = (name: string): string => fileURLToPath(new URL(`../../node_modules/.bin/${name}`, import.meta.url));
const RUNTIMES: Record<string, [command: string, ...options: string[]]> = {
  node: [process.execPath],
  deno: [bin('deno'), 'run', '--quiet', '--no-remote', '--allow-all'],
  bun: [bin('bun'), 'run'],
};

interface Outcome {
  log: string;
  decisions: { verdict: string; code: string }[];
  verified: { status: string; records: number };
  replayed: { status: string; replayed: number };
}

const outcomes = new Map<string, Outcome>();

test.each(Object.entries(RUNTIMES))('%s decides, records, verifies and replays', (name, [command, ...options]) => {
  const parent = mkdtempSync(join(tmpdir(), 'plumbline-runtime-'));
  const output = execFileSync(command, [...options, script, join(parent, 'log')], { encoding: 'utf8' });
  rmSync(parent, { recursive: true });
  const outcome = JSON.parse(output) as Outcome;
  outcomes.set(name, outcome);
  expect(outcome.verified).toMatchObject({ status: 'authenticated', records: 9 });
  expect(outcome.replayed).toMatchObject({ status: 'authenticated', replayed: 7 });
  expect(new Set(outcome.decisions.map(({ code }) => code)).size).toBeGreaterThan(2);
});

test.each(['deno', 'bun'])('%s gives the bytes that Node gives', (name) => {
  expect(outcomes.get(name)).toEqual(outcomes.get('node'));
});
