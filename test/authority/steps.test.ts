// What is said while a session runs: steps, action grants, approvals, revocations, uses; and the log of it.

import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Authorities } from '../../bindings/authority/authorities.ts';
import type { Authority } from '../../bindings/authority/authority.ts';
import { TrustSet } from '../../bindings/authority/issuer-key.ts';
import type { Grant } from '../../bindings/authority/grant.ts';
import { readGrant } from '../../bindings/authority/grant.ts';
import { recompiledLayers } from '../../bindings/authority/recompile.ts';
import type { Decision } from '../../bindings/decision.ts';
import { readRecords, START } from '../../bindings/log/read-log.ts';
import { runtime as node } from '../../bindings/runtime/node.ts';
import { openSession, type Session } from '../../bindings/session.ts';
import { explainRecord } from '../../bindings/why.ts';
import { replayLog, verifyLog } from '../../verifier/index.ts';
import { compile } from '../../engine/compiler/index.ts';
import { inTemporary, options, ORIGIN, SEED } from '../bindings/setting.ts';
import { DRAFTS, key, minted } from './grants.ts';
import { exec, file, net, NOW_MS, SCHEMA } from './judge.ts';

const operator = key(1);
const trust = new TrustSet([operator.publicJwk]);
const HOUR_MS = 3_600_000;

// Deleting waits for a person; a session that fell outside its grants twice may not write any more.
const ORGANISATION = compile({
  schema: SCHEMA,
  policies: [
    {
      name: 'policy.cedar',
      text: `@id("all") permit (principal, action, resource);
@id("deletes") @verdict("approve") forbid (principal, action == Action::"file.delete", resource);
@id("drifted") forbid (principal, action == Action::"file.write", resource) when { context.session.recent >= 2 };`,
    },
  ],
  labels: [],
  authority: 'required',
});

const objective = minted(
  {
    ...DRAFTS.objective,
    scope: { read: ['/'], write: ['/work'], exec: ['git', 'make'], connect: ['127.0.0.1:8080'] },
    delegate: operator.publicJwk,
  },
  operator,
);
const plan = minted(
  {
    ...DRAFTS.plan,
    statement: 'Edit',
    scope: { read: ['/work'], write: ['/work'], exec: ['git', 'make'] },
    delegate: operator.publicJwk,
  },
  operator,
  objective,
);
const otherPlan = minted({ ...DRAFTS.plan, delegate: operator.publicJwk }, operator, objective);
const step = (statement: string, scope: object, more: object = {}): Grant =>
  minted({ ...DRAFTS.plan, statement, scope, ...more }, operator, plan);
const readOnly = step('Look', { read: ['/work/src'] });
const writing = step('Write', { read: ['/work'], write: ['/work/src'], exec: ['make'] });
const tokens = (...grants: Grant[]): string[] => grants.map(({ token }) => token);
const digestOf = ({ token }: Grant): string => createHash('sha256').update(token).digest('hex');

const hexOf = ({ digest }: Authority): string => Buffer.from(digest).toString('hex');

interface Setting {
  session: Session;
  log: string;
  clock: { now: number };
  close(): Promise<void>;
}

function withSession<T>(use: (setting: Setting) => Promise<T>, chain: Grant[] = [objective, plan]): Promise<T> {
  if (!('policy' in ORGANISATION)) throw new Error(JSON.stringify(ORGANISATION.diagnostics));
  const { policy } = ORGANISATION;
  return inTemporary((parent) => {
    const clock = { now: NOW_MS };
    let drawn = 0;
    const random = (length: number): Uint8Array => new Uint8Array(length).fill(++drawn);
    const log = join(parent, 'log');
    const session = openSession({
      ...options({ ...node, now: () => clock.now, random }, log),
      policy,
      authority: { tokens: tokens(...chain), trust },
    });
    return use({ session, log, clock, close: () => session.close('done') });
  });
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/**
 * The log verifies, but for what these layers forbid, and every decision of it replays to the same bytes and states.
 */
async function replays(log: string, decisions: number, unchecked: object[] = []): Promise<void> {
  if (!('policy' in ORGANISATION)) throw new Error('no policy');
  expect(await verifyLog(log, { seed: SEED })).toMatchObject({ status: 'authenticated', unchecked });
  const engine = readFileSync(new URL('../../engine/engine.wasm', import.meta.url));
  const named = [engine, ORGANISATION.policy.program].map((bytes): [string, string] => [sha256(bytes), '']);
  const trusted = new Map([...named, ...recompiledLayers(log, node.files)]);
  expect(await replayLog(log, { seed: SEED, trusted, timeoutMs: 60_000 })).toMatchObject({
    status: 'authenticated',
    replayed: decisions,
    unchecked: [],
  });
}

const verdict = async (decision: Promise<Decision>): Promise<string> => {
  const { verdict: said, code } = await decision;
  return `${said} ${code}`;
};

test('what a grant forbids is unchecked until the compiler replays it', () => {
  const scope = {
    read: ['/work'],
    connect: ['127.0.0.1:8080'],
    forbid: [
      'forbid (principal, action, resource in Dir::"/work/.git");',
      '@verdict("approve") forbid (principal, action == Action::"net.connect", resource) when { resource in Host::"a" && context.port < 1024 };',
    ],
  };
  const guarded = minted({ ...DRAFTS.plan, scope }, operator, objective);
  return withSession(
    async ({ session, log, close }) => {
      expect(await verdict(session.mediate(file('file.read', '/work/a')))).toBe('allow permitted');
      expect(await verdict(session.mediate(file('file.read', '/work/.git/a')))).toBe('block forbidden');
      await close();
      const { level, statement } = guarded;
      await replays(log, 2, [{ token: digestOf(guarded), level, statement, forbids: 2 }]);
    },
    [objective, guarded],
  );
});

describe('the current step', () => {
  test('is what requests are judged under, and only below what the session was opened with', () =>
    withSession(async ({ session, log, close }) => {
      expect(await verdict(session.mediate(file('file.write', '/work/a')))).toBe('allow permitted');
      session.step(tokens(objective, plan, readOnly));
      expect(await verdict(session.mediate(file('file.write', '/work/src/a')))).toBe('block no-permit');
      expect(await session.mediate(file('file.read', '/work/a'))).toMatchObject({
        level: 3,
        grant: { statement: 'Look', closest: 'read "/work/src"' },
      });
      session.step(tokens(objective, plan, writing));
      expect(await verdict(session.mediate(file('file.read', '/work/src/a')))).toBe('allow permitted');
      for (const [code, chain] of [
        ['grant-elsewhere', [objective]],
        ['grant-elsewhere', [minted({ ...DRAFTS.objective, delegate: operator.publicJwk }, operator)]],
        ['grant-reparented', [objective, plan, minted({ ...DRAFTS.plan, scope: {} }, operator, otherPlan)]],
      ] as const) {
        expect(() => session.step(tokens(...chain)), code).toThrow(expect.objectContaining({ code }) as Error);
      }
      expect(await verdict(session.mediate(file('file.read', '/work/src/b')))).toBe('allow permitted');
      await close();
      await replays(log, 5);
    }));

  test('needs an authority to go on from', async () => {
    if (!('policy' in ORGANISATION)) throw new Error('no policy');
    const session = openSession({ policy: ORGANISATION.policy, log: 'none', adapter: 'test', runtime: node });
    expect(() => session.step([])).toThrow(TypeError);
    await expect(session.call('x', [exec('git')])).rejects.toThrow(TypeError);
  });
});

describe('a call', () => {
  test('is judged under an action grant for what it needs, within the step', () =>
    withSession(async ({ session, log, close }) => {
      session.step(tokens(objective, plan, writing));
      const { decision, nonce } = await session.call('make src/a', [exec('make'), file('file.write', '/work/src/a')]);
      expect(decision).toMatchObject({ verdict: 'allow' });
      const authority = session.redeem(nonce!);
      expect(authority).toMatch(/^[0-9a-f]{64}$/);
      expect(session.redeem(nonce!)).toBeUndefined();
      expect(session.redeem('00'.repeat(16))).toBeUndefined();
      const under = { authority: authority!, continued: true as const };
      // What it said it would change, and what the step lets programs read and run; nothing else.
      expect(await verdict(session.mediate(file('file.write', '/work/src/a'), under))).toBe('allow permitted');
      expect(await verdict(session.mediate(file('file.read', '/work/x'), under))).toBe('allow permitted');
      expect(await session.mediate(file('file.write', '/work/src/b'), under)).toMatchObject({
        verdict: 'block',
        level: 4,
        grant: { level: 'action', statement: 'make src/a', closest: 'write "/work/src/a"' },
      });
      expect(session.mediateNow(file('file.write', '/work/src/b'))).toMatchObject({ verdict: 'allow' });
      await close();
      await replays(log, 5);
    }));

  test('beyond the step is blocked at the step, and leads to no nonce', () =>
    withSession(async ({ session }) => {
      session.step(tokens(objective, plan, writing));
      const { decision, nonce } = await session.call('curl', [net('net.connect', '127.0.0.1:8080', '127.0.0.1')]);
      expect(decision).toMatchObject({ verdict: 'block', level: 2, grant: { level: 'plan', statement: 'Edit' } });
      expect(nonce).toBeUndefined();
    }));

  test('beyond the 64th is judged like the first', () =>
    withSession(async ({ session }) => {
      session.step(tokens(objective, plan, writing));
      for (let calls = 0; calls < 66; calls++) {
        const { decision } = await session.call('make src/a', [file('file.write', '/work/src/a')]);
        expect([calls, decision.verdict]).toEqual([calls, 'allow']);
      }
    }));

  test('that nobody took up is forgotten when 1,024 have come after it', () => {
    const given = { tokens: tokens(objective, plan, writing), trust };
    const authorities = new Authorities(given, SCHEMA, ORIGIN, operator, NOW_MS);
    const authorityFor = (path: string): Authority => {
      const authority = authorities.forCall('make', [file('file.write', path)], NOW_MS, randomBytes);
      authorities.keep(authority);
      return authority;
    };
    const [first, second] = [authorityFor('/work/src/a'), authorityFor('/work/src/b')];
    const nonces = [first, ...Array.from({ length: 1024 }, () => second)].map((one) =>
      authorities.nonceFor(one, randomBytes),
    );
    expect(authorities.redeem(nonces[0]!)).toBeUndefined();
    expect(() => authorities.get(hexOf(first))).toThrow(RangeError);
    expect(authorities.redeem(nonces[1]!)).toBe(second);
    expect(authorities.get(hexOf(second))).toBe(second);
  });

  test('that cannot be told from its text waits for approval, and may then do what the step may', () =>
    withSession(async ({ session, log, clock, close }) => {
      session.step(tokens(objective, plan, writing));
      const asked = await session.call('make $X', [exec('make', true)]);
      expect(asked.decision).toMatchObject({ verdict: 'approve', code: 'constrained' });
      const [pending] = session.pending();
      expect(pending).toMatchObject({ requests: [{ action: 'process.exec', resource: 'make' }] });
      session.approve(pending!.approval, clock.now + HOUR_MS, 'a person');
      const again = { authority: session.redeem(asked.nonce!)! };
      expect(await verdict(session.mediate(exec('make', true), again))).toBe('allow approved');
      expect(session.pending()).toEqual([]);
      await close();
      await replays(log, 2);
    }));

  test('needs a session that it can be bound to', async () => {
    if (!('policy' in ORGANISATION)) throw new Error('no policy');
    const session = openSession({
      policy: ORGANISATION.policy,
      authority: { tokens: tokens(objective), trust },
      log: 'none',
      adapter: 'test',
      runtime: { ...node, now: () => NOW_MS },
    });
    await expect(session.call('x', [exec('git')])).rejects.toMatchObject({ code: 'grant-unbound' });
  });
});

test('an approval is for the very same request, once, until it expires', () =>
  withSession(async ({ session, log, clock, close }) => {
    const remove = file('file.delete', '/work/a');
    const { approval, verdict: first } = await session.mediate(remove);
    expect(first).toBe('approve');
    session.approve(approval!, clock.now + 1000, 'a person');
    expect(await verdict(session.mediate(file('file.delete', '/work/b')))).toBe('approve constrained');
    expect(await session.mediate(remove)).toMatchObject({
      verdict: 'allow',
      code: 'approved',
      approval,
      constraints: [],
    });
    expect(await verdict(session.mediate(remove))).toBe('approve constrained');
    session.approve(approval!, clock.now + 1000, 'a person');
    clock.now += 1000;
    expect(await verdict(session.mediate(remove))).toBe('approve constrained');
    expect(session.pending().map(({ requests }) => requests[0]!.resource)).toEqual(['/work/b', '/work/a']);
    await close();
    await replays(log, 5);
  }));

test('what is revoked blocks, with all that stands below it', () =>
  withSession(async ({ session, log, close }) => {
    const step1 = session.step(tokens(objective, plan, readOnly));
    session.revoke(digestOf(readOnly), 'a person');
    expect(await session.mediate(file('file.read', '/work/src/a'))).toMatchObject({
      verdict: 'block',
      code: 'revoked',
      level: 3,
    });
    session.step(tokens(objective, plan, writing));
    expect(await verdict(session.mediate(file('file.read', '/work/src/a')))).toBe('allow permitted');
    session.revoke(digestOf(objective), 'a person');
    expect(await session.mediate(file('file.read', '/work/src/a'))).toMatchObject({
      code: 'revoked',
      level: 1,
      grant: { level: 'objective' },
    });
    expect(await session.mediate(file('file.read', '/work/src/a'), { authority: step1 })).toMatchObject({ level: 1 });
    await close();
    await replays(log, 4);
  }));

test('a grant with uses lets so many requests through', () => {
  const limited = minted({ ...DRAFTS.objective, scope: { read: ['/'] }, uses: 2 }, operator);
  return withSession(
    async ({ session, log, close }) => {
      expect(await verdict(session.mediate(file('file.read', '/a')))).toBe('allow permitted');
      expect(await verdict(session.mediate(file('file.write', '/a')))).toBe('block no-permit');
      expect(await verdict(session.mediate(file('file.read', '/a')))).toBe('allow permitted');
      expect(await session.mediate(file('file.read', '/a'))).toMatchObject({ code: 'used-up', level: 1 });
      await close();
      await replays(log, 4);
    },
    [limited],
  );
});

test('policies see how far a session has drifted', () =>
  withSession(async ({ session, log, close }) => {
    const write = (): Promise<string> => verdict(session.mediate(file('file.write', '/work/a')));
    expect(await write()).toBe('allow permitted');
    await session.mediate(file('file.read', '/etc/passwd'));
    expect(await write()).toBe('allow permitted');
    await session.mediate(file('file.read', '/etc/shadow'));
    expect(await write()).toBe('block forbidden');
    // What the organisation refuses is no drift.
    for (let left = 31; left > 0; left--) await session.mediate(file('file.read', '/work/a'));
    expect(await write()).toBe('allow permitted');
    await close();
    await replays(log, 37);
  }));

test('an authority, an approval or a revocation that cannot be recorded ends the session', () =>
  inTemporary(async (parent) => {
    if (!('policy' in ORGANISATION)) throw new Error('no policy');
    let full = false;
    const writeSync = ((...args: Parameters<typeof node.files.writeSync>) => {
      if (full) throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
      return node.files.writeSync(...args);
    }) as typeof node.files.writeSync;
    for (const act of [
      (session: Session) => session.step(tokens(objective, plan, readOnly)),
      (session: Session) => session.approve('00'.repeat(32), NOW_MS + 1, 'a person'),
      (session: Session) => session.revoke('00'.repeat(32), 'a person'),
    ]) {
      full = false;
      const runtime = { ...node, now: () => NOW_MS, files: { ...node.files, writeSync } };
      const session = openSession({
        ...options(runtime, join(parent, String(act))),
        policy: ORGANISATION.policy,
        authority: { tokens: tokens(objective, plan), trust },
      });
      full = true;
      expect(() => act(session)).toThrow(expect.objectContaining({ code: 'log-unwritable' }) as Error);
      full = false;
      expect(await session.mediate(file('file.read', '/work/a'))).toMatchObject({
        verdict: 'block',
        code: 'not-recorded',
      });
      await expect(session.close('done')).rejects.toMatchObject({ code: 'log-unwritable' });
    }
  }));

test('the log names every authority, approval and revocation, and why leads up to the objective', () =>
  withSession(async ({ session, log, close }) => {
    session.step(tokens(objective, plan, readOnly));
    const refused = await session.mediate(file('file.read', '/etc/passwd'));
    session.approve('11'.repeat(32), NOW_MS + 5, 'ann');
    session.revoke('22'.repeat(32), 'bob');
    await close();
    const records = [...readRecords(log, node.files, { ...START }, false)];
    expect(records.map(({ type }) => type)).toEqual(['header', 'grant', 'decision', 'event', 'event', 'close']);
    expect(records[1]).toMatchObject({ current: true, layers: [{}, {}, {}].map(() => expect.any(String) as string) });
    expect(records[3]).toMatchObject({ by: 'ann', event: { approve: '11'.repeat(32), expiresMs: NOW_MS + 5 } });
    expect(records[4]).toMatchObject({ by: 'bob', event: { revoke: '22'.repeat(32) } });
    const why = explainRecord(log, refused.seq!, node.files, trust);
    expect(why.levels.map(({ level, statement, refused: here }) => [level, statement, here])).toEqual([
      ['plan', 'Look', false],
      ['plan', 'Edit', true],
      ['objective', 'Refactor the config', false],
    ]);
    expect(why.levels.map(({ requests }) => requests[0])).toMatchObject([
      { closest: 'read "/work/src"' },
      { closest: 'read "/work"' },
      { granted: 'read "/"' },
    ]);
    expect(why.levels[0]!.grant).toBe(digestOf(readOnly));
    expect(why.chain).toEqual({ issuers: 'given' });
    expect(why.drift).toEqual({ requests: 1, outside: [0, 0, 1], recent: 1 });
    expect(explainRecord(log, refused.seq!, node.files, new TrustSet([key(2).publicJwk])).chain).toMatchObject({
      refusal: { code: 'grant-untrusted' },
    });
    expect(explainRecord(log, refused.seq!, node.files, undefined).chain).toEqual({ issuers: 'as recorded' });
    expect(() => explainRecord(log, 0, node.files, trust)).toThrow(
      expect.objectContaining({ code: 'no-decision' }) as Error,
    );
    expect(() => explainRecord(log, 99, node.files, trust)).toThrow(
      expect.objectContaining({ code: 'no-record' }) as Error,
    );
  }));

test('an action grant in another session, or signed by another mediator, does not count', () =>
  withSession(async ({ session, log, close }) => {
    await session.call('git', [exec('git')]);
    await close();
    const records = [...readRecords(log, node.files, { ...START }, false)];
    const layers = records.find(({ type }) => type === 'grant')!;
    if (layers.type !== 'grant') throw new Error('no grant');
    const blob = (digest: string): Buffer => readFileSync(join(log, 'blobs', digest));
    const action = blob(blob(layers.layers.at(-1)!).subarray(32, 64).toString('hex')).toString();
    const read = readGrant(action);
    if (!('grant' in read)) throw new Error(read.refusal.message);
    expect(read.grant).toMatchObject({ level: 'action', session: ORIGIN });
    await withSession(({ session: other }) => {
      expect(() => other.step(tokens(objective, plan).concat(action))).not.toThrow();
      return Promise.resolve();
    });
    const { verifyChain } = await import('../../bindings/authority/chain.ts');
    const chain = [...tokens(objective, plan), action];
    const mediator = { session: ORIGIN, key: key(0).publicJwk };
    for (const [code, origin, by] of [
      ['grant-undelegated', ORIGIN, { ...mediator, key: key(9).publicJwk }],
      ['grant-undelegated', ORIGIN, undefined],
    ] as const) {
      expect(verifyChain(chain, trust, NOW_MS, origin, by)).toMatchObject({ refusal: { code } });
    }
  }));
