// Owns: `plumb demo --json`, run to its end.

import { expect } from 'vitest';
import { inDirectory, plumb } from './plumb.ts';

export interface Demo {
  steps: { action: string; decided: { decision: { verdict: string; determining: string[] } }[] }[];
  verified: { status: string };
  replayed: { status: string; replayed: number };
  tampered: { fault?: { seq: number } };
}

/** Without bash in reach: the attack is simulated, and so takes no time. */
export async function asJson(...args: string[]): Promise<Demo> {
  const { code, stdout, stderr } = await inDirectory((directory) =>
    plumb(['demo', '--json', ...args], directory, '', { PATH: directory }),
  );
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as Demo;
}
