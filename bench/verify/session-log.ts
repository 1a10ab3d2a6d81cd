// Owns: a log of any length as a session writes it, with the real engine and the shipped preset: to be replayed.

import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers';
import { Seed } from '../../bindings/log/seed.ts';
import { createKeys } from '../../bindings/log/writer-keys.ts';
import { hostRuntime } from '../../bindings/runtime/index.ts';
import { openSession } from '../../bindings/session.ts';
import { readEngine } from '../../bindings/engine.ts';
import { compile } from '../../engine/compiler/index.ts';
import type { Trust } from '../../verifier/index.ts';

export interface SessionLog {
  directory: string;
  seed: Uint8Array;
  /** Its engine and program. */
  trusted: Trust;
}

const root = new URL('../../', import.meta.url);
const source = (name: string) => ({ name, text: readFileSync(new URL(name, root), 'utf8') });
const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function readPolicy() {
  const compiled = compile({
    schema: source('engine/schema/domain.cedarschema'),
    policies: [source('bindings/presets/coding-agent/policy.cedar')],
    labels: [source('bindings/presets/coding-agent/labels.cedar')],
    authority: 'none',
  });
  if ('policy' in compiled) return compiled.policy;
  throw new Error(JSON.stringify(compiled.diagnostics));
}

/** Writes a sealed log of so many decisions, and its keys, below `parent`. Nothing in it is redacted. */
export async function writeSessionLog(parent: string, decisions: number): Promise<SessionLog> {
  const runtime = await hostRuntime();
  const seed = new Uint8Array(32).fill(1);
  mkdirSync(parent, { recursive: true });
  const directory = join(parent, 'session');
  const policy = readPolicy();
  const session = openSession({
    policy,
    log: { directory, durability: 'write', origin: 'plumbline/bench' },
    keys: createKeys(join(parent, 'keys'), new Seed(seed), runtime),
    adapter: 'bench',
    runtime,
  });
  for (let turn = 0; turn < decisions; turn++) {
    const { failure } = await session.mediate({
      principal: { type: 'Agent', id: 'builder' },
      action: turn % 3 === 0 ? 'file.write' : 'file.read',
      resource: { type: 'File', id: `/work/project/src/module-${turn % 97}/file-${turn % 1009}.ts` },
      context: { resolved: true },
    });
    if (failure !== undefined) throw failure;
    // Checkpoints are made beside it, if they have a turn.
    if (turn % 256 === 0) await new Promise<void>((resolve) => setImmediate(resolve));
  }
  await session.close('done');
  const trusted = new Map([
    [digest(readEngine(runtime)), 'engine'],
    [digest(policy.program), 'program'],
  ]);
  return { directory, seed, trusted };
}
