// Owns: a repeatable setting for sessions: a clock that ticks, randomness that repeats, a policy of its own.

import { existsSync, mkdtempSync, readFileSync, rmSync, type PathLike } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compile, type Policy } from '../../engine/compiler/index.ts';
import type { Durability } from '../../bindings/log/recorder.ts';
import { Seed } from '../../bindings/log/seed.ts';
import { createKeys, openKeys, type WriterKeys } from '../../bindings/log/writer-keys.ts';
import type { Runtime } from '../../bindings/runtime/index.ts';
import type { SessionOptions } from '../../bindings/session-options.ts';

/** Of the keys, and, in these settings, of the signing key. */
export const SEED = Uint8Array.from({ length: 32 }, (_, index) => index);
export const ORIGIN = 'test/log';
export const SIGNER = 'test/signer';
export const CREATED_MS = 1_700_000_000_000;

function compiled(secret: string): Policy {
  const schema = `entity Agent, File;
action "file.read" appliesTo { principal: Agent, resource: File, context: { resolved?: Bool, ${secret} secret?: String } };`;
  const result = compile({
    schema: { name: 'schema.cedarschema', text: schema },
    policies: [{ name: 'policy.cedar', text: 'permit (principal, action, resource);' }],
    labels: [{ name: 'labels.cedar', text: '// none' }],
    authority: 'none',
  });
  if ('policy' in result) return result.policy;
  throw new Error(JSON.stringify(result.diagnostics));
}

export const policy: Policy = compiled('');

/** The same with something to redact. */
export const CRASH_POLICY: Policy = compiled('@sensitive');

export const request = {
  principal: { type: 'Agent', id: 'a' },
  action: 'file.read',
  resource: { type: 'File', id: '/x' },
};

/** `host` with a clock and randomness that repeat, and, if given, `wasm` in the engine's place. */
export function repeatable(host: Runtime, wasm?: Uint8Array): Runtime {
  let now = CREATED_MS;
  return {
    ...host,
    now: () => now++,
    random: (length) => new Uint8Array(length).fill(7),
    files: {
      ...host.files,
      readFileSync: ((path: PathLike, ...rest: []) =>
        path instanceof URL && wasm !== undefined ? wasm : readFileSync(path, ...rest)) as typeof readFileSync,
    },
  };
}

/** Keys of `SEED` beside the log. */
export function keysOf(directory: string, runtime: Runtime): WriterKeys {
  const path = `${directory}-keys`;
  if (existsSync(path)) return openKeys(path, runtime);
  return createKeys(path, new Seed(SEED), { ...runtime, random: (length) => SEED.slice(0, length) }, SIGNER);
}

export const options = (runtime: Runtime, directory: string, durability: Durability = 'write'): SessionOptions => ({
  policy,
  log: { directory, durability, origin: ORIGIN },
  keys: keysOf(directory, runtime),
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
