// Owns: a repeatable setting for sessions: a clock that ticks, randomness that counts, a stand-in for the engine.

import { mkdtempSync, readFileSync, rmSync, type PathLike } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Policy } from '../../engine/compiler/index.ts';
import { Key } from '../../bindings/key.ts';
import type { Runtime } from '../../bindings/runtime/index.ts';
import type { SessionOptions } from '../../bindings/session.ts';
import { standIn } from './stand-in.ts';

export const SEED = Uint8Array.from({ length: 32 }, (_, index) => index);
export const ORIGIN = 'test/log';
export const CREATED_MS = 1_700_000_000_000;

export const policy: Policy = {
  program: new TextEncoder().encode('a program'),
  sources: {
    schema: { name: 'schema.cedarschema', text: 'entity Agent;' },
    policies: [{ name: 'policy.cedar', text: 'permit (principal, action, resource);' }],
    labels: [{ name: 'labels.cedar', text: '// none' }],
    authority: 'none',
  },
};

export const request = {
  principal: { type: 'Agent', id: 'a' },
  action: 'file.read',
  resource: { type: 'File', id: '/x' },
};

/** `host` with a clock and randomness that repeat, and `wasm` in the engine's place. */
export function repeatable(host: Runtime, wasm: Uint8Array = standIn()): Runtime {
  let now = CREATED_MS;
  return {
    ...host,
    now: () => now++,
    random: (length) => new Uint8Array(length).fill(7),
    files: {
      ...host.files,
      readFileSync: ((path: PathLike, ...rest: []) =>
        path instanceof URL ? wasm : readFileSync(path, ...rest)) as typeof readFileSync,
    },
  };
}

export const options = (
  runtime: Runtime,
  directory: string,
  durability: 'write' | 'fsync' = 'write',
): SessionOptions => ({
  policy,
  log: { directory, durability, origin: ORIGIN },
  key: new Key(SEED),
  adapter: 'test',
  runtime,
});

/** Runs `body` with a directory that is gone afterwards. */
export async function inTemporary<T>(body: (directory: string) => T | Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'plumbline-'));
  try {
    return await body(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
