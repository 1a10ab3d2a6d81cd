// Sessions with the real engine and a compiled policy: state from one request to the next, and logs that replay.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runtime as node } from '../../bindings/runtime/node.ts';
import { encodeRequest, type Request } from '../../bindings/request.ts';
import { openSession, type Session } from '../../bindings/session.ts';
import { compile, type Policy } from '../../engine/compiler/index.ts';
import { replayLog } from '../../verifier/index.ts';
import { CREATED_MS, inTemporary, options, SEED } from './setting.ts';

const read = (path: string): Buffer => readFileSync(new URL(`../../${path}`, import.meta.url));
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function compiled(authority: 'none' | 'required'): Policy {
  const result = compile({
    schema: { name: 'domain.cedarschema', text: read('engine/schema/domain.cedarschema').toString() },
    policies: [
      {
        name: 'policy.cedar',
        text: `@id("all") permit (principal, action, resource);
          @id("no-egress") forbid (principal, action in Action::"communicate", resource)
            when { context.labels.contains("secret") };
          @id("ask") @verdict("approve") forbid (principal, action == Action::"file.delete", resource);`,
      },
    ],
    labels: [
      {
        name: 'labels.cedar',
        text: `@id("keys") @label("secret") @sticky permit (principal, action == Action::"file.read", resource)
            when { context.segments.contains(".ssh") };`,
      },
    ],
    authority,
  });
  if ('diagnostics' in result) throw new Error(JSON.stringify(result.diagnostics));
  return result.policy;
}

const file = (action: string, id: string): Request => ({
  principal: { type: 'Agent', id: 'a' },
  action,
  resource: { type: 'File', id },
  context: { resolved: true },
});
const connect: Request = {
  ...file('net.connect', ''),
  resource: { type: 'Endpoint', id: 'example.org:443' },
  context: { protocol: 'tcp' },
};

const open = (policy: Policy, log?: string): Session => {
  const runtime = { ...node, now: () => CREATED_MS };
  if (log !== undefined) return openSession({ ...options(runtime, log), policy });
  return openSession({ policy, log: 'none', adapter: 'test', runtime });
};

const policy = compiled('none');

test('what a request leaves on the session, the next one meets; and the log replays byte for byte', () =>
  inTemporary(async (parent) => {
    const log = join(parent, 'log');
    const session = open(policy, log);
    const answers = [];
    for (const request of [
      connect,
      file('file.read', '/home/a/.ssh/id_rsa'),
      connect,
      [file('file.read', '/a'), file('file.delete', '/b')],
      [file('file.read', '/a'), file('file.create', 'b')],
      { ...connect, context: { protocol: 0.5 } },
      Uint8Array.of(0xff),
      new Uint8Array(50_000),
    ]) {
      answers.push(await session.mediate(request));
    }
    await session.close('done');

    expect(answers.map(({ verdict, code, version, seq }) => `${seq} ${version} ${verdict} ${code}`)).toEqual([
      '1 1 allow permitted',
      '2 2 allow permitted',
      '3 3 block forbidden',
      '4 4 approve constrained',
      '5 5 block non-canonical-name',
      '6 6 block malformed-request',
      '7 7 block malformed-request',
      '8 8 block malformed-request',
    ]);
    expect(answers[2]).toMatchObject({ determining: ['no-egress'], labels: ['secret'] });
    expect(answers[3]).toMatchObject({ constraints: [{ verdict: 'approve', policy: 'ask', argument: null }] });
    expect(answers[4]!.transaction!.map(({ code }) => code)).toEqual(['transaction', 'non-canonical-name']);

    const trusted = new Map([
      [sha256(read('engine/engine.wasm')), 'engine'],
      [sha256(policy.program), 'program'],
    ]);
    const report = await replayLog(log, { seed: SEED, trusted, timeoutMs: 60_000 });
    expect(report).toMatchObject({ status: 'authenticated', records: 10, replayed: 8 });
  }));

test('a request and its bytes are decided alike', async () => {
  const authority = createHash('sha256').update(Uint8Array.of(0x80)).digest();
  const bytes = encodeRequest(connect, { authority, timeMs: CREATED_MS }) as Uint8Array;
  const [stated, raw] = [await open(policy).mediate(connect), await open(policy).mediate(bytes)];
  expect(raw).toEqual(stated);
  expect(raw.verdict).toBe('allow');
});

test('a policy that requires authority blocks a session that has none', async () => {
  const session = open(compiled('required'));
  expect(await session.mediate(connect)).toMatchObject({ verdict: 'block', code: 'authority-mismatch' });
});
