import { describe, expect, test } from 'vitest';
import { chainFault, verifyChain } from '../../bindings/authority/chain.ts';
import { GRANTS_MAX, mint, readGrant, type Draft, type Grant } from '../../bindings/authority/grant.ts';
import { IssuerKey, TrustSet } from '../../bindings/authority/issuer-key.ts';
import { NOW_MS, EXPIRES_MS } from './judge.ts';
import { DRAFTS, key, minted, resigned } from './grants.ts';

const [operator, planner, stranger] = [key(1), key(2), key(3)];
const trust = new TrustSet([operator.publicJwk]);
const SESSION = 'example.org/run-1';

const objective = minted({ ...DRAFTS.objective, delegate: planner.publicJwk }, operator);
const intent = minted({ ...DRAFTS.intent, delegate: planner.publicJwk }, planner, objective);
const plan = minted({ ...DRAFTS.plan, delegate: planner.publicJwk }, planner, intent);
const tokens = [objective, intent, plan].map(({ token }) => token);

const verify = (chain: string[], nowMs = NOW_MS, session: string | undefined = SESSION) =>
  verifyChain(chain, trust, nowMs, session);
const codeOf = (result: ReturnType<typeof verify>): string => ('refusal' in result ? result.refusal.code : 'accepted');

/** A signature whose last character says nothing new still is another text. */
const flipped = (token: string): string =>
  token.replace(/\.[^.]*$/, (tail) => `.${tail[1] === 'A' ? 'B' : 'A'}${tail.slice(2)}`);

const faultOf = (chain: string[], nowMs = NOW_MS): string | undefined => {
  const grants = chain.map(readGrant).map((read) => ('grant' in read ? read.grant : expect.unreachable()));
  return chainFault(grants, nowMs)?.code;
};

type Refused = [code: string, why: string, chain: () => string[], nowMs?: number, session?: string];
const REFUSED: Refused[] = [
  ['grant-truncated', 'no grant at all', () => []],
  ['grant-truncated', 'the objective is cut off', () => tokens.slice(1)],
  ['grant-truncated', 'the intent is cut out', () => [tokens[0]!, tokens[2]!]],
  ['grant-untrusted', 'self-issued', () => [minted({ ...DRAFTS.objective }, stranger).token]],
  ['grant-forged', 'a signature that was changed', () => [flipped(tokens[0]!)]],
  [
    'grant-forged',
    'claims that were changed',
    () => [resigned(objective, (c) => (c['exp'] = Number(c['exp']) + 1), undefined)],
  ],
  ['grant-forged', "another's signature under the issuer's name", () => [resigned(objective, () => {}, stranger)]],
  [
    'grant-undelegated',
    'a child by a key its parent does not name',
    () => [tokens[0]!, resigned(intent, (c) => (c['iss'] = stranger.thumbprint), stranger)],
  ],
  [
    'grant-undelegated',
    'a child of who delegates to nobody',
    () => [minted(DRAFTS.objective, operator).token, tokens[1]!],
  ],
  [
    'grant-reparented',
    'a child below another parent with the same delegate',
    () => [
      minted({ ...DRAFTS.objective, statement: 'Another', delegate: planner.publicJwk }, operator).token,
      tokens[1]!,
    ],
  ],
  [
    'grant-depth',
    'a depth that does not grow',
    () => [...tokens, resigned(plan, (c) => ((c['del_depth'] = 1), (c['par_hash'] = hashOf(plan))), planner)],
  ],
  ['grant-depth', 'more grants than layers', () => Array<string>(GRANTS_MAX + 1).fill(tokens[0]!)],
  [
    'grant-level',
    'an objective below an intent',
    () => [...tokens.slice(0, 2), resigned(plan, (c) => (detailOf(c)['level'] = 'objective'), planner)],
  ],
  [
    'grant-level',
    'a plan below nothing',
    () => [resigned(objective, (c) => (detailOf(c)['level'] = 'plan'), operator)],
  ],
  ['grant-expired', 'after its end', () => tokens, EXPIRES_MS],
  [
    'grant-outlives',
    'a child that ends after its parent',
    () => [tokens[0]!, resigned(intent, (c) => (c['exp'] = Number(c['exp']) + 1), planner)],
  ],
  [
    'grant-widened',
    'a child with more',
    () => [tokens[0]!, resigned(intent, (c) => (detailOf(c)['scope'] = { exec: ['curl'] }), planner)],
  ],
  [
    'grant-other-session',
    'replayed in another session',
    () => [minted({ ...DRAFTS.objective, session: 'example.org/run-2' }, operator).token],
  ],
  ['grant-unknown-claim', 'a claim nobody knows', () => [resigned(objective, (c) => (c['quota'] = 1), operator)]],
  [
    'grant-unknown-claim',
    'a detail nobody knows',
    () => [resigned(objective, (c) => (detailOf(c)['quota'] = 1), operator)],
  ],
  ['grant-malformed', 'no JWS', () => ['grant']],
  [
    'grant-malformed',
    'another algorithm',
    () => [
      tokens[0]!.replace(/^[^.]*/, Buffer.from('{"alg":"none","typ":"plumbline-grant+jwt"}').toString('base64url')),
    ],
  ],
  ['grant-malformed', 'a name given twice', () => [raw(`{"iss":"x",${payloadOf(objective).slice(1)}`)]],
  ['grant-malformed', 'a space', () => [raw(payloadOf(objective).replace('{', '{ '))]],
  [
    'grant-malformed',
    'two details',
    () => [resigned(objective, (c) => (c['authorization_details'] as unknown[]).push({}), operator)],
  ],
  [
    'grant-malformed',
    'a statement that turns the terminal',
    () => [resigned(objective, (c) => (detailOf(c)['statement'] = 'a\u001b[2Jb'), operator)],
  ],
  [
    'grant-malformed',
    'a private key to delegate to',
    () => [
      resigned(objective, (c) => (c['cnf'] = { jwk: { ...planner.publicJwk, d: planner.publicJwk.x } }), operator),
    ],
  ],
  [
    'grant-malformed',
    'a scope that is none',
    () => [resigned(objective, (c) => (detailOf(c)['scope'] = { read: ['work'] }), operator)],
  ],
  ...(
    [
      ['that is null', null],
      ['of nothing', {}],
      ['of more than the scope', { exec: ['curl'] }],
      ['with a forbid', { read: ['/work'], forbid: ['forbid (principal, action, resource);'] }],
      ['that counts', { tools: [{ tool: 'a/b', count: 1 }] }],
      ['that lets ask', { tools: [{ tool: 'a/b', amountMax: 1, orAsk: true }] }],
    ] as const
  ).map(([what, expected]): Refused => [
    'grant-malformed',
    `an expectation ${what}`,
    () => [
      resigned(
        objective,
        (c) => Object.assign(detailOf(c), { expect: expected, scope: { read: ['/'], tools: ['a/b'] } }),
        operator,
      ),
    ],
  ]),
  ['grant-malformed', 'an end that is no number', () => [resigned(objective, (c) => (c['exp'] = '1'), operator)]],
];

type Claims = Record<string, unknown>;
const detailOf = (claims: Claims): Claims => (claims['authorization_details'] as Claims[])[0]!;
const payloadOf = ({ token }: Grant): string => Buffer.from(token.split('.')[1]!, 'base64url').toString();
const hashOf = (grant: Grant): string => minted({ ...DRAFTS.plan }, planner, grant).parent!;

function raw(payload: string): string {
  const [header] = tokens[0]!.split('.');
  const signed = `${header}.${Buffer.from(payload).toString('base64url')}`;
  return `${signed}.${Buffer.from(operator.sign(Buffer.from(signed))).toString('base64url')}`;
}

describe('verifyChain()', () => {
  test('gives the grants in order', () => {
    const verified = verify(tokens);
    expect(verified).toMatchObject({
      chain: [{ level: 'objective' }, { level: 'intent' }, { level: 'plan', depth: 2 }],
    });
  });

  test('takes a chain bound to this session, and an unbound one in a session without a name', () => {
    const bound = minted({ ...DRAFTS.objective, session: SESSION }, operator);
    expect(codeOf(verify([bound.token]))).toBe('accepted');
    expect(codeOf(verifyChain([bound.token], trust, NOW_MS, undefined))).toBe('grant-other-session');
    expect(codeOf(verifyChain(tokens, trust, NOW_MS, undefined))).toBe('accepted');
  });

  test('takes what is expected, within what is allowed', () => {
    const draft = { ...DRAFTS.objective, expect: { write: ['/work/src'], exec: ['git'] } };
    const grant = minted(draft, operator);
    expect(grant.expect?.entries.write).toMatchObject([{ text: '/work/src' }]);
    expect(codeOf(verify([grant.token]))).toBe('accepted');
  });

  test.each(REFUSED)('%s: %s', (code, _why, chain, nowMs, session) => {
    expect(codeOf(verify(chain(), nowMs, session))).toBe(code);
  });
});

describe('chainFault()', () => {
  // Neither keys nor the session are looked at.
  const ASKED = ['truncated', 'reparented', 'depth', 'level', 'expired', 'outlives', 'widened'];

  test('finds none in a chain, whoever signed it', () => {
    expect(faultOf(tokens)).toBeUndefined();
    expect(faultOf([minted(DRAFTS.objective, stranger).token])).toBeUndefined();
  });

  test.each(REFUSED.filter(([code]) => ASKED.includes(code.replace('grant-', ''))))(
    '%s: %s',
    (code, _why, chain, nowMs) => {
      expect(faultOf(chain(), nowMs)).toBe(code);
    },
  );
});

describe('mint()', () => {
  const clock = { nowMs: NOW_MS, random: (length: number) => new Uint8Array(length) };
  const refusalOf = (draft: Draft, by: IssuerKey, parent?: Grant) => {
    const result = mint(draft, by, parent, clock);
    return 'refusal' in result ? result.refusal : undefined;
  };

  test('makes steps of a plan, to the depth the engine has layers for', () => {
    const step = { ...DRAFTS.plan, delegate: planner.publicJwk };
    let parent = plan;
    while (parent.depth < GRANTS_MAX - 1) parent = minted(step, planner, parent);
    expect(refusalOf(step, planner, parent)?.code).toBe('grant-depth');
  });

  test.each<[code: string, draft: Draft, by: IssuerKey, parent?: Grant]>([
    ['grant-widened', { ...DRAFTS.plan, scope: { write: ['/etc'] } }, planner, intent],
    ['grant-outlives', { ...DRAFTS.plan, expiresMs: EXPIRES_MS + 1000 }, planner, intent],
    ['grant-expired', { ...DRAFTS.plan, expiresMs: NOW_MS }, planner, intent],
    ['grant-level', { ...DRAFTS.intent }, planner, intent],
    ['grant-undelegated', { ...DRAFTS.plan }, stranger, intent],
    ['grant-malformed', { ...DRAFTS.plan, statement: ' ' }, planner, intent],
  ])('refuses what would not count: %s', (code, draft, by, parent) => {
    expect(refusalOf(draft, by, parent)?.code).toBe(code);
  });

  test('names the entry that widens and the one that comes closest', () => {
    expect(refusalOf({ ...DRAFTS.plan, scope: { write: ['/etc'] } }, planner, intent)?.message).toBe(
      'the plan: scope.write[0] "/etc": the parent does not hold it; closest is "/work"',
    );
  });
});

test('a token is a JWS as RFC 7515 has it, with the claims of the draft for attenuating tokens', async () => {
  const { compactVerify, importJWK, calculateJwkThumbprint } = await import('jose');
  const { payload, protectedHeader } = await compactVerify(
    tokens[1]!,
    await importJWK({ ...planner.publicJwk }, 'EdDSA'),
  );
  expect(protectedHeader).toEqual({ alg: 'EdDSA', typ: 'plumbline-grant+jwt' });
  const claims = JSON.parse(new TextDecoder().decode(payload)) as Claims;
  expect(claims).toMatchObject({
    iss: await calculateJwkThumbprint({ ...planner.publicJwk }),
    exp: EXPIRES_MS / 1000,
    cnf: { jwk: planner.publicJwk },
    del_depth: 1,
    authorization_details: [{ type: 'plumbline-grant', level: 'intent' }],
  });
  expect(readGrant(tokens[1]!)).toMatchObject({ grant: { parent: claims['par_hash'], issuer: claims['iss'] } });
});
