import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { TrustSet } from '../../bindings/authority/issuer-key.ts';
import { runtime as node } from '../../bindings/runtime/node.ts';
import { openSession, type Session } from '../../bindings/session.ts';
import { openAuthority, type AuthorityOptions } from '../../bindings/authority/authority.ts';
import { replayLog } from '../../verifier/index.ts';
import { inTemporary, options, ORIGIN, SEED } from '../bindings/setting.ts';
import { DRAFTS, key, minted } from './grants.ts';
import { exec, file, NOW_MS, PERMIT_ALL } from './judge.ts';

const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

const operator = key(1);
const trust = new TrustSet([operator.publicJwk]);
const objective = minted(
  { ...DRAFTS.objective, scope: { read: ['/'], exec: ['git'] }, delegate: operator.publicJwk },
  operator,
);
const plan = minted(
  { ...DRAFTS.plan, statement: 'Read the source', scope: { read: ['/srv', '/work'] } },
  operator,
  objective,
);
const authority: AuthorityOptions = { tokens: [objective.token, plan.token], trust };

function open(given: { authority?: AuthorityOptions }, directory?: string): Session {
  if (!('policy' in PERMIT_ALL)) throw new Error(JSON.stringify(PERMIT_ALL.diagnostics));
  const { policy } = PERMIT_ALL;
  const runtime = { ...node, now: () => NOW_MS };
  return directory === undefined
    ? openSession({ ...given, policy, log: 'none', adapter: 'test', runtime })
    : openSession({ ...options(runtime, directory), ...given, policy });
}

test('what the objective grants, the plan may refuse, and the decision says so', async () => {
  const session = open({ authority });
  expect(await session.mediate(file('file.read', '/work/a'))).toMatchObject({ verdict: 'allow', level: null });
  expect(await session.mediate(file('file.read', '/etc/passwd'))).toMatchObject({
    verdict: 'block',
    code: 'no-permit',
    level: 2,
    grant: { level: 'plan', statement: 'Read the source', closest: 'read "/srv"' },
  });
  expect(await session.mediate(exec('git'))).toMatchObject({ level: 2, grant: { level: 'plan' } });
  const both = await session.mediate(exec('curl'));
  expect(both).toMatchObject({ level: 1, grant: { level: 'objective', closest: 'exec "git"' } });
  const moved = await session.mediate([file('file.read', '/work/a'), file('file.read', '/etc/a')]);
  expect(moved).toMatchObject({
    verdict: 'block',
    grant: { level: 'plan' },
    transaction: [{}, { grant: { level: 'plan' } }],
  });
  expect(moved.transaction![0]).not.toHaveProperty('grant');
});

test('a request that names another authority is blocked', async () => {
  const bare = await open({}).mediate(file('file.read', '/work/a'));
  expect(bare).toMatchObject({ verdict: 'block', code: 'authority-mismatch' });
  const decided = await open({ authority }).mediate(file('file.read', '/work/a'));
  expect(decided.authority).not.toBe(bare.authority);
});

test('a log of a session under grants names layers, tokens and trust, and replays', () =>
  inTemporary(async (parent) => {
    const log = join(parent, 'log');
    const session = open({ authority }, log);
    await session.mediate(file('file.read', '/work/a'));
    await session.mediate(file('file.read', '/etc/passwd'));
    await session.close('done');
    const blob = (text: string): string => readFileSync(join(log, 'blobs', sha256(text)), 'utf8');
    for (const text of [...authority.tokens, JSON.stringify(trust)]) expect(blob(text)).toBe(text);
    const trusted = new Map(
      [readFileSync(new URL('../../engine/engine.wasm', import.meta.url)), ...programsOf()].map((bytes) => [
        sha256(bytes),
        '',
      ]),
    );
    expect(await replayLog(log, { seed: SEED, trusted, timeoutMs: 60_000 })).toMatchObject({ replayed: 2 });
  }));

function programsOf(): Uint8Array[] {
  if (!('policy' in PERMIT_ALL)) return [];
  const place = { schema: PERMIT_ALL.policy.sources.schema, trust, session: ORIGIN };
  const { layers } = openAuthority(authority.tokens, place, NOW_MS);
  return [PERMIT_ALL.policy.program, ...layers];
}

test.each<[code: string, given: AuthorityOptions]>([
  ['grant-untrusted', { tokens: authority.tokens, trust: new TrustSet([key(2).publicJwk]) }],
  ['grant-truncated', { tokens: [plan.token], trust }],
  ['grant-truncated', { tokens: [], trust }],
  ['grant-other-session', { tokens: [minted({ ...DRAFTS.objective, session: ORIGIN }, operator).token], trust }],
])('opens no session under grants that do not count: %s', (code, given) => {
  expect(() => open({ authority: given })).toThrow(expect.objectContaining({ code }) as Error);
});

test('a grant bound to a session opens the one of that name', () =>
  inTemporary(async (parent) => {
    const bound = minted({ ...DRAFTS.objective, session: ORIGIN }, operator);
    const session = open({ authority: { tokens: [bound.token], trust } }, join(parent, 'log'));
    expect(await session.mediate(exec('git'))).toMatchObject({ verdict: 'allow' });
    await session.close('done');
  }));

test.each<[why: string, given: unknown]>([
  ['tokens that are no list', { tokens: objective.token, trust }],
  ['a trust set that was not made', { tokens: authority.tokens, trust: { keys: [operator.publicJwk] } }],
  ['something else', { ...authority, trusted: true }],
])('misuse is an error: %s', (_why, given) => {
  expect(() => open({ authority: given as AuthorityOptions })).toThrow(TypeError);
});
