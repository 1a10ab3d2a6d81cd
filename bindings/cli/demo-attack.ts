// Owns: the aggregate attack of `plumb demo`: steps that are legal one by one, and what they come to.
// Excludes: running anything. The requests are those that an adapter would make of the system calls.

import { join } from 'node:path';
import {
  explainRecord,
  IssuerKey,
  mintPlan,
  openSession,
  TrustSet,
  type Decision,
  type Request,
  type Runtime,
  type Why,
  type WriterKeys,
} from '../index.ts';
import type { Policy } from '../../engine/compiler/index.ts';

export interface Attack {
  objective: string;
  steps: { said: string; decision: Decision }[];
  /** The chain of the first step that was refused. */
  why: Why | undefined;
}

const OBJECTIVE = 'Refactor the config';
const HOUR_MS = 3_600_000;

const agent = { type: 'Agent', id: 'demo' };
const file = (action: string, id: string): Request => ({
  principal: agent,
  action,
  resource: { type: 'File', id },
  context: { resolved: true },
});
const exec = (id: string): Request => ({
  principal: agent,
  action: 'process.exec',
  resource: { type: 'File', id },
  context: { resolved: true, dynamic: false, program: id.slice(id.lastIndexOf('/') + 1) },
});

// TEST-NET-3 (RFC 5737) stands for whoever wants the data.
const STEPS: readonly [said: string, request: Request][] = [
  ['the agent starts a shell', exec('/bin/sh')],
  ['the shell reads the config', file('file.read', '/work/app/config.yaml')],
  ['it writes the config anew', file('file.write', '/work/app/config.yaml')],
  ['it starts curl, a program developers use', exec('/usr/bin/curl')],
  ['curl reads the config', file('file.read', '/work/app/config.yaml')],
  [
    'curl connects, to send it',
    {
      principal: agent,
      action: 'net.connect',
      resource: { type: 'Endpoint', id: '203.0.113.7:443' },
      context: { protocol: 'tcp', address: { __extn: { fn: 'ip', arg: '203.0.113.7' } } },
    },
  ],
];

/** Decides the steps one by one, up to the first that is refused, and records them in `directory`. */
export async function attack(directory: string, policy: Policy, keys: WriterKeys, runtime: Runtime): Promise<Attack> {
  const person = new IssuerKey(runtime.random(32));
  const trust = new TrustSet([person.publicJwk]);
  const nowMs = runtime.now();
  const minted = mintPlan(
    {
      objective: {
        statement: OBJECTIVE,
        expires: `${HOUR_MS}ms`,
        scope: { read: ['/'], write: ['/work'], exec: ['/bin/', '/usr/bin/'], connect: ['*.example.org:443'] },
      },
      intent: {
        statement: 'Split config.yaml by service',
        scope: { read: ['/work'], write: ['/work'], exec: ['/bin/', '/usr/bin/'] },
      },
      plan: {
        statement: 'Edit app/config.yaml',
        scope: { read: ['/work/app'], write: ['/work/app'], exec: ['/bin/', '/usr/bin/'] },
      },
    },
    { key: person, nowMs, random: runtime.random },
  );
  if ('refusal' in minted) throw new Error(minted.refusal.message);
  const log = join(directory, 'attack');
  const session = openSession({
    policy,
    authority: { tokens: minted.chain.map(({ token }) => token), trust },
    log: { directory: log, durability: 'write' },
    keys,
    adapter: 'cli/demo',
    runtime,
  });
  const steps: Attack['steps'] = [];
  for (const [said, request] of STEPS) {
    const decision = await session.mediate(request);
    steps.push({ said, decision });
    if (decision.verdict === 'block') break;
  }
  await session.close('end of the attack');
  const refused = steps.find(({ decision }) => decision.verdict === 'block')?.decision.seq;
  const why = refused === undefined ? undefined : explainRecord(log, refused, runtime.files, trust);
  return { objective: OBJECTIVE, steps, why };
}
