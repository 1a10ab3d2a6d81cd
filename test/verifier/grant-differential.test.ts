// Two readers of SPEC §11 that share nothing, beside each other: chains of random scopes, each step meddled with now
// and then. Both have to say the same code of every chain.
import { describe, expect, test } from 'vitest';
import { verifyChain } from '../../bindings/authority/chain.ts';
import { TrustSet } from '../../bindings/authority/issuer-key.ts';
import { GrantChains } from '../../verifier/grants/grant-chain.ts';
import { parseIssuers } from '../../verifier/grants/issuers.ts';
import { Random } from '../differential/generate/random.ts';
import { ring } from '../ring.ts';
import { EXPIRES_S, NOW_MS, Person, chainOf } from '../vectors/grant/write.ts';
import type { Json, Step } from '../vectors/grant/write.ts';

const SEED = 20_261_129;
const CHAINS = ring === 'first' ? 1_000 : 3_000;
const SESSION = 'plumbline/differential';
const [OWNER, PLANNER, STRANGER] = [new Person(0x71), new Person(0x72), new Person(0x73)] as const;

// Few names, so that one is often within another; and some that are none.
const ENTRIES: Record<string, string[]> = {
  read: ['/', '/a', '/a/b', '/ab', '/a/b/c', 'a', '/a/', '/../a', '/a\u{200b}'],
  write: ['/', '/a', '/a/b', '//a', '/a/.', '/*'],
  exec: ['/', '/a', '/a/', '/a/b', '/a/b/', 'a', 'b', '//', 'a/b', '*', ''],
  connect: [
    '*',
    'a.b',
    '*.b',
    '*.a.b',
    'c.a.b',
    '10.0.0.0/8',
    '10.0.0.0/9',
    '10.0.0.1',
    '[::/0]',
    '[2001:db8::/32]',
    '[::1]',
    'A.b',
    '*.*',
    '10.0.0.1/8',
    '10.0.0.1/32',
    '[::01]',
    '[0::1]',
    '::1',
    'a.1',
    '-a.b',
    '[::ffff:a00:1]',
    '0.0.0.0/0',
  ],
  listen: ['*', 'localhost', '127.0.0.1', '127.0.0.0/8', '[::]', '127.0.0.01'],
  tools: ['a/b', 'a/*', 'b/*', 'a/b/c', 'a', '*/b', 'a/b*', 'a/', 'a/b/*'],
  targets: ['*', 'a', 'a*', 'ab*', '*b', '*ab', 'abab', '', '**', 'a*b', 'a\u2028'],
  models: ['x/y', 'x/*', 'x'],
};
const PORTS = ['*', '1', '1-3', '2-5', '4-9', '1-9', '0-65534', '0-65535', '01', '3-3', '65536', '9-1', ''];
// How many at the head of each list are entries.
const PROPER: Record<string, number> = {
  read: 5,
  write: 3,
  exec: 7,
  connect: 11,
  listen: 5,
  tools: 4,
  targets: 7,
  models: 2,
};

// An object of few tools with few limits, and now and then with what it may not have.
function toolOf(random: Random, wrong: boolean): Json {
  const targets = random.times(1, 3, () => random.pick(wrong ? ENTRIES['targets']! : ENTRIES['targets']!.slice(0, 7)));
  const members: [string, unknown][] = [
    ['tool', random.pick(wrong ? ENTRIES['tools']! : ['a/b', 'a/c'])],
    ['targets', wrong ? targets : [...new Set(targets)]],
    ['amountMax', random.pick(wrong ? [0, 4, -1, 0.5, '4', 2 ** 53] : [0, 4, 9])],
    ['count', random.pick(wrong ? [1, 0, 2 ** 32] : [1, 2])],
    ['orAsk', wrong ? random.pick([true, false]) : true],
  ];
  if (wrong) return Object.fromEntries(random.some(members, 70));
  const [tool, ...limits] = members;
  const kept = [random.pick(limits.slice(0, 2)), ...random.some(limits.slice(0, 2), 40)];
  const last = random.chance(30) ? [limits[3]!] : random.chance(30) ? [limits[2]!] : [];
  const all = [tool!, ...kept, ...last];
  return Object.fromEntries(random.chance(20) ? all.toReversed() : all);
}

function entryOf(list: string, random: Random, wrong: boolean): unknown {
  if (list === 'tools' && random.chance(60)) return toolOf(random, wrong);
  const entries = ENTRIES[list]!;
  const entry = random.pick(wrong ? entries : entries.slice(0, PROPER[list]));
  const isEndpoint = list === 'connect' || list === 'listen';
  return isEndpoint ? `${entry}:${random.pick(wrong ? PORTS : PORTS.slice(0, 7))}` : entry;
}

// Nothing twice, and nothing beside an object with orAsk of the same tool.
function proper(entries: unknown[]): unknown[] {
  const kept = new Map<unknown, unknown>();
  for (const entry of entries) {
    const key = typeof entry === 'string' ? entry : `object of ${(entry as Json)['tool']}`;
    if (!kept.has(key)) kept.set(key, entry);
  }
  return [...kept.values()];
}

function scopeOf(random: Random): Json {
  const wrong = random.chance(6);
  const lists = random.some(Object.keys(PROPER), 45).filter((list) => list !== 'targets');
  const scope: Json = Object.fromEntries(
    lists.map((list) => {
      const entries = random.times(wrong ? 0 : 1, 4, () => entryOf(list, random, wrong));
      return [list, wrong ? entries : proper(entries)];
    }),
  );
  if (random.chance(20)) scope['dynamic'] = random.chance(95) ? true : 'yes';
  if (random.chance(10)) scope['forbid'] = ['forbid (principal, action, resource);'];
  if (random.chance(1)) scope['sudo'] = ['/'];
  return scope;
}

// Mostly within the scope.
function expectOf(scope: Json, random: Random): Json {
  if (random.chance(10)) return scopeOf(random);
  const { dynamic: _, forbid: __, ...lists } = below(scope, random);
  return random.chance(90) ? lists : scope;
}

// Another object of the same tool, if it is one.
function limited(entry: unknown, random: Random): unknown {
  if (typeof entry === 'string') return entry;
  const { tool, ...limits } = entry as Json;
  return { tool, ...(random.chance(50) ? limits : {}), ...toolOf(random, false), ...(random.chance(90) && { tool }) };
}

// Some of the parent's entries and perhaps one of one's own: within the parent more often than not.
function below(scope: Json, random: Random): Json {
  if (random.chance(10)) return scopeOf(random);
  const kept = Object.entries(scope).filter(([name]) => name !== 'forbid' && random.chance(70));
  return Object.fromEntries(
    kept.map(([name, value]) => {
      if (!Array.isArray(value) || !(name in ENTRIES)) return [name, value];
      const narrowed = random
        .some(value as unknown[], 60)
        .map((entry) => (random.chance(80) ? entry : limited(entry, random)));
      const entries = random.chance(12) ? [...narrowed, entryOf(name, random, false)] : narrowed;
      return [name, entries.length > 0 ? proper(entries) : value];
    }),
  );
}

const pick = (random: Random, others: unknown[]): unknown => random.pick(others);
const CLAIMS: [string, (random: Random) => unknown][] = [
  ['exp', (random) => pick(random, [NOW_MS / 1000, NOW_MS / 1000 + 1, EXPIRES_S + 1, 'never', 253_402_300_800, 0.5])],
  ['iat', (random) => pick(random, [undefined, -1, 253_402_300_800])],
  ['iss', (random) => pick(random, [STRANGER.thumbprint, OWNER.thumbprint, undefined, 'me'])],
  ['jti', (random) => pick(random, [undefined, 'x', 7])],
  ['del_depth', (random) => pick(random, [0, 1, 2, 3, 7, 8, -1, '1', undefined])],
  ['par_hash', (random) => pick(random, [undefined, STRANGER.thumbprint, 'x', null])],
  [
    'cnf',
    (random) =>
      pick(random, [undefined, null, {}, { jwk: STRANGER.jwk }, { jwk: { ...PLANNER.jwk, d: 'x' } }, { kid: 'x' }]),
  ],
  ['aud', () => 'anyone'],
];
const DETAILS: [string, (random: Random) => unknown][] = [
  ['level', (random) => pick(random, ['objective', 'intent', 'plan', 'action', 'step', undefined])],
  ['session', (random) => pick(random, [SESSION, 'plumbline/other', 'a b', '', 7])],
  [
    'statement',
    (random) => pick(random, ['', ' ', '\u{1d11e}'.repeat(1000), 'x'.repeat(1001), 'a\nb', '\u{202e}', '\ud800', 7]),
  ],
  ['type', (random) => pick(random, ['grant', undefined])],
  ['locations', () => ['/']],
];

const PAYLOADS: ((text: string) => string)[] = [
  (text) => ` ${text}`,
  (text) => text.replace('{', '{"iat":1,'),
  (text) => text.replace('plumbline-grant', 'plumbline\\u002dgrant'),
  (text) => text.slice(0, -1),
];

function stepOf(random: Random, place: number, scope: Json): Step {
  const meddled = (chances: [string, (random: Random) => unknown][]) =>
    random.chance(8) ? Object.fromEntries([random.pick(chances)].map(([name, other]) => [name, other(random)])) : {};
  return {
    issuer: random.chance(97) ? (place === 0 ? OWNER : PLANNER) : STRANGER,
    delegate: random.chance(97) ? PLANNER : undefined,
    claims: meddled(CLAIMS),
    detail: { scope, ...(random.chance(30) && { expect: expectOf(scope, random) }), ...meddled(DETAILS) },
    wrong: {
      ...(random.chance(2) && { signer: STRANGER }),
      ...(random.chance(2) && { payload: random.pick(PAYLOADS) }),
      ...(random.chance(1) && { signature: (right: Buffer) => right.subarray(1) }),
      ...(random.chance(1) && { header: { alg: 'none' } }),
    },
  };
}

function tokensOf(random: Random): string[] {
  let scope = scopeOf(random);
  const steps = random.times(1, 5, (place) => {
    if (place > 0) scope = below(scope, random);
    return stepOf(random, place, scope);
  });
  const tokens = chainOf(steps);
  if (random.chance(96)) return tokens;
  return random.pick([tokens.slice(1), tokens.toReversed(), [...tokens, tokens.at(-1)!], tokens.toSpliced(1, 1)]);
}

describe(`the verifier and the bindings on ${CHAINS} chains (seed ${SEED})`, () => {
  test('say the same code', async () => {
    const random = new Random(SEED);
    const trust = new TrustSet([OWNER.jwk]);
    const chains = new GrantChains(parseIssuers(JSON.stringify({ keys: [OWNER.jwk] }))!, []);
    const seen = new Map<string, number>();
    for (let index = 0; index < CHAINS; index++) {
      const tokens = tokensOf(random);
      const byBindings = verifyChain(tokens, trust, NOW_MS, SESSION);
      const { refusal } = await chains.check(tokens, { nowMs: NOW_MS, session: SESSION });
      const code = refusal?.code ?? 'ok';
      const other = 'refusal' in byBindings ? byBindings.refusal : undefined;
      const told = tokens.map((token) => Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).join('\n');
      expect(code, `chain ${index}: ${refusal?.message} / ${other?.message}\n${told}`).toBe(other?.code ?? 'ok');
      seen.set(code, (seen.get(code) ?? 0) + 1);
    }
    // What is never drawn is not compared.
    const codes = [
      'ok',
      'grant-malformed',
      'grant-unknown-claim',
      'grant-truncated',
      'grant-untrusted',
      'grant-undelegated',
      'grant-forged',
      'grant-reparented',
      'grant-expired',
      'grant-depth',
      'grant-level',
      'grant-outlives',
      'grant-widened',
      'grant-other-session',
    ];
    for (const code of codes) expect(seen.get(code) ?? 0, `${code} of ${JSON.stringify([...seen])}`).toBeGreaterThan(0);
  });
});
