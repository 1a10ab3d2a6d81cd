// Calls of tools as policy can speak of them: an approval is for one call's arguments, and where a recipient was stated
// counts. Replayed.

import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { TrustSet } from '../../bindings/authority/issuer-key.ts';
import type { ScopeJson } from '../../bindings/authority/scope.ts';
import type { Decision } from '../../bindings/decision.ts';
import { runtime as node } from '../../bindings/runtime/node.ts';
import { openSession, type Session } from '../../bindings/session.ts';
import type { CallObject, ToolCall } from '../../bindings/tool-call.ts';
import { compile } from '../../engine/compiler/index.ts';
import { inTemporary, options, SEED } from '../bindings/setting.ts';
import { plumb } from '../cli/plumb.ts';
import { DRAFTS, key, minted } from './grants.ts';
import { NOW_MS, SCHEMA } from './judge.ts';

const compiled = compile({
  schema: SCHEMA,
  policies: [
    {
      name: 'policy.cedar',
      text: `
@id("all") permit (principal, action, resource);
@id("made-up") forbid (principal, action == Action::"mcp.call", resource)
when { context has origin && context.origin == "neither" };
@id("from-a-result") @verdict("approve") forbid (principal, action == Action::"mcp.call", resource)
when { context has origin && context.origin == "result" };
@id("from-untrusted") forbid (principal, action == Action::"mcp.call", resource)
when { context has originLabels && context.originLabels.contains("untrusted") };
@id("large") @verdict("approve") forbid (principal, action == Action::"mcp.call", resource)
when { context.effect == "changes" && context has amount && context.amount > 100 };
@id("unexpected") @verdict("approve") forbid (principal, action, resource)
when { context.labels.contains("surprising") };`,
    },
  ],
  labels: [
    {
      name: 'labels.cedar',
      text: '@label("untrusted") permit (principal, action == Action::"mcp.call", resource) when { context.dynamic };',
    },
  ],
  authority: 'required',
});
if (!('policy' in compiled)) throw new Error(JSON.stringify(compiled.diagnostics));
const { policy } = compiled;

const operator = key(1);
const STATEMENT = 'Send the report to ann@home.example';
const SCOPE: ScopeJson = { tools: ['mail/send', 'mail/list'] };

interface Granted {
  scope?: ScopeJson;
  expect?: ScopeJson;
}

function open(directory: string, { scope = SCOPE, expect: meant }: Granted = {}): Session {
  const draft = { ...DRAFTS.objective, statement: STATEMENT, scope, ...(meant === undefined ? {} : { expect: meant }) };
  const authority = { tokens: [minted(draft, operator).token], trust: new TrustSet([operator.publicJwk]) };
  return openSession({ ...options({ ...node, now: () => NOW_MS }, join(directory, 'log')), policy, authority });
}

const send = (to: string, amount?: number, more: object = {}): ToolCall => {
  const target: CallObject['target'] = { kind: 'recipient', text: to };
  return {
    principal: { type: 'Agent', id: 'a' },
    action: 'mcp.call',
    tool: 'mail/send',
    effect: 'changes',
    arguments: { to, amount: amount ?? null, ...more },
    objects: [{ target, ...(amount === undefined ? {} : { amount }) }],
  };
};

async function ask(session: Session, call: ToolCall): Promise<Decision> {
  const requests = session.requestsOf(call);
  return session.mediate(requests.length === 1 ? requests[0]! : requests);
}

/** What `plumb replay` says of the log, by the program's digest; its exit code. */
async function replay(directory: string): Promise<object> {
  writeFileSync(join(directory, 'seed'), `plumbline-seed-1 ${Buffer.from(SEED).toString('hex')}\n`, { mode: 0o600 });
  const engine = readFileSync(new URL('../../engine/engine.wasm', import.meta.url));
  const trusted = [policy.program, engine].map(
    (bytes) => `${createHash('sha256').update(bytes).digest('hex')}  test\n`,
  );
  writeFileSync(join(directory, 'trusted'), trusted.join(''));
  return plumb(['replay', 'log', '--key', 'seed', '--trust', 'trusted'], directory);
}

test('a recipient stated in the objective, one seen in a result and one made up get three verdicts, replayed', () =>
  inTemporary(async (directory) => {
    const session = open(directory);
    const listed = await ask(session, { ...send(''), tool: 'mail/list', effect: 'reads', objects: [] });
    expect(listed).toMatchObject({ verdict: 'allow' });
    expect(await ask(session, send('bob@x.example'))).toMatchObject({ verdict: 'block', determining: ['made-up'] });
    session.outcome(listed, { values: ['bob@x.example', 'carol@x.example'] });
    expect(await ask(session, send('ann@home.example'))).toMatchObject({ verdict: 'allow' });
    expect(await ask(session, send('bob@x.example'))).toMatchObject({
      verdict: 'approve',
      determining: ['from-a-result'],
    });
    expect(await ask(session, send('mallory@x.example'))).toMatchObject({
      verdict: 'block',
      determining: ['made-up'],
    });
    session.outcome(listed, { event: { labels: ['untrusted'] }, values: ['carol@x.example'] });
    expect(await ask(session, send('carol@x.example'))).toMatchObject({
      verdict: 'block',
      determining: ['from-untrusted'],
    });
    await session.close('done');
    expect(await replay(directory)).toMatchObject({ code: 0, stderr: '' });
  }));

test('the session says where a target was stated, in whatever form a request names its action', () =>
  inTemporary(async (directory) => {
    const session = open(directory);
    for (const action of ['mcp.call', { type: 'Action', id: 'mcp.call' }]) {
      const [request] = session.requestsOf(send('bob@x.example'));
      const claims = { ...request!, action, context: { ...request!.context, origin: 'objective' } };
      expect(session.withOrigins([claims])).toMatchObject([{ context: { origin: 'neither' } }]);
    }
    await session.close('done');
  }));

test('an approval given for one call is taken by no call with other arguments, another target or amount', () =>
  inTemporary(async (directory) => {
    const session = open(directory);
    const { verdict, approval } = await ask(session, send('ann@home.example', 400));
    expect(verdict).toBe('approve');
    expect(session.pending()).toMatchObject([
      {
        approval,
        requests: [
          { target: 'ann@home.example', amount: '400', origin: 'objective', arguments: expect.any(String), level: 0 },
        ],
      },
    ]);
    session.approve(approval!, NOW_MS + 60_000, 'a person');
    const ofOthers = [
      send('ann@home.example', 10_000),
      send('ann@home.example', 400, { note: 'and more' }),
      { ...send('ann@home.example', 400), arguments: { to: 'bob@x.example', amount: 10_000 } },
      { ...send('ann@home.example', 400), tool: 'mail/list' },
      { ...send('ann@home.example', 400), objects: [...send('ann@home.example', 400).objects!, { amount: 9 }] },
    ];
    for (const other of ofOthers) expect(await ask(session, other)).toMatchObject({ verdict: 'approve' });
    expect(await ask(session, send('ann@home.example', 400))).toMatchObject({ verdict: 'allow', code: 'approved' });
    expect(await ask(session, send('ann@home.example', 400))).toMatchObject({ verdict: 'approve' });
    await session.close('done');
    expect(await replay(directory)).toMatchObject({ code: 0, stderr: '' });
  }));

test('a grant counts the calls of a tool, and lets a person be asked beyond its limits', () =>
  inTemporary(async (directory) => {
    const limited = { targets: ['ann@*'], amountMax: 50 };
    const session = open(directory, {
      scope: {
        tools: [
          { tool: 'mail/send', ...limited, orAsk: true },
          { tool: 'mail/list', count: 2 },
        ],
      },
    });
    expect(await ask(session, send('ann@home.example', 50))).toMatchObject({ verdict: 'allow' });
    const beyond = await ask(session, send('ann@home.example', 51));
    expect(beyond).toMatchObject({ verdict: 'approve', level: 1, determining: ['objective.tools.0.ask'] });
    const list: ToolCall = { ...send(''), tool: 'mail/list', effect: 'reads', objects: [] };
    expect(await ask(session, list)).toMatchObject({ verdict: 'allow' });
    expect(await ask(session, list)).toMatchObject({ verdict: 'allow' });
    expect(await ask(session, list)).toMatchObject({ verdict: 'block', code: 'no-permit', level: 1 });
    await session.close('done');
    const why = (seq: string) => plumb(['why', seq, '--log', 'log'], directory);
    expect((await why('4')).stdout).toContain('granted by tools {"tool":"mail/list","count":2}');
    expect((await why('5')).stdout).toContain('counted out, of tools {"tool":"mail/list","count":2}');
    expect(await replay(directory)).toMatchObject({ code: 0, stderr: '' });
  }));

test('what is allowed and was not meant is surprising, and the policy asks', () =>
  inTemporary(async (directory) => {
    const session = open(directory, { expect: { tools: [{ tool: 'mail/send', targets: ['ann@home.example'] }] } });
    expect(await ask(session, send('ann@home.example'))).toMatchObject({ verdict: 'allow', labels: [] });
    const listed = await ask(session, { ...send(''), tool: 'mail/list', effect: 'reads', objects: [] });
    expect(listed).toMatchObject({ verdict: 'approve', labels: ['surprising'], determining: ['unexpected'] });
    await session.close('done');
    expect(await replay(directory)).toMatchObject({ code: 0, stderr: '' });
  }));
