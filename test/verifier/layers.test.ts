// What a grant's layer is, three times: by the verifier, by the compiler through the bindings, and by the vectors. None
// shares code with another.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readGrant } from '../../bindings/authority/grant.ts';
import { compileLayer } from '../../bindings/authority/layer.ts';
import type { Schema } from '../../engine/compiler/index.ts';
import { parseGrant } from '../../verifier/grants/grant.ts';
import type { Grant } from '../../verifier/grants/grant.ts';
import { layerBytes, layerFault } from '../../verifier/grants/layer-bytes.ts';
import { expectationsOf } from '../../verifier/grants/layer-policies.ts';
import { SCHEMA, schemaOf } from '../authority/judge.ts';
import { Random } from '../differential/generate/random.ts';
import { LAYER_VECTORS } from '../vectors/grant/layers.ts';
import { text } from '../vectors/grant/make.ts';
import { Person, chainOf } from '../vectors/grant/write.ts';
import type { Json } from '../vectors/grant/write.ts';

const OWNER = new Person(0x61);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const tokenOf = (detail: Json, claims: Json = {}): string => chainOf([{ issuer: OWNER, detail, claims }])[0]!;

/** What the verifier makes of a token. */
function parsed(token: string, schema: Uint8Array): [Grant, { subject: Uint8Array; schema: Uint8Array }] {
  const grant = parseGrant(token);
  if (!('scope' in grant)) throw new Error(grant.message);
  return [grant, { subject: createHash('sha256').update(token).digest(), schema }];
}

/** What the bindings compile. */
function compiled(token: string, schema: Schema): Uint8Array {
  const read = readGrant(token);
  if ('refusal' in read) throw new Error(read.refusal.message);
  return compileLayer(read.grant, schema).program;
}

// The section of the vectors is of no schema; what fits the domain's fits theirs.
const withSection = new Map<string, Schema>();
function vectorSchema(section: string): Schema {
  let schema = withSection.get(section);
  if (!schema) withSection.set(section, (schema = { ...SCHEMA, section: Buffer.from(section, 'hex') }));
  return schema;
}

describe('layers.json', () => {
  test('is what make.ts writes, and as many as are counted here', () => {
    const file = readFileSync(new URL('../vectors/grant/layers.json', import.meta.url), 'utf8');
    expect(file).toBe(text(LAYER_VECTORS));
    expect(LAYER_VECTORS.length).toBe(55);
  });

  test.each(LAYER_VECTORS.map((vector) => [vector.name, vector] as const))('%s', (_, { token, schema, layer }) => {
    const [grant, parts] = parsed(token, Buffer.from(schema, 'hex'));
    expect(layerFault(Buffer.from(layer, 'hex'), grant, parts)).toBeUndefined();
    if (grant.scope.forbids === 0) expect(hex(layerBytes(grant, parts))).toBe(layer);
    expect(hex(compiled(token, vectorSchema(schema)))).toBe(layer);
  });

  // A forbid's own record and code, and what else it adds, are behind what is compared.
  test.each(
    LAYER_VECTORS.filter(({ name }) => !name.startsWith('forbid')).map(({ name, ...rest }) => [name, rest] as const),
  )('any bit of %s flipped is told', (_, { token, schema, layer }) => {
    const [grant, parts] = parsed(token, Buffer.from(schema, 'hex'));
    for (let at = 0; at < layer.length / 2; at++) {
      const flipped = Buffer.from(layer, 'hex');
      flipped[at]! ^= 1 << (at & 7);
      expect(layerFault(flipped, grant, parts)?.offset).toBe(at);
    }
  });
});

const HOSTS = ['a.org', 'b-1.a.org', 'localhost', 'xn--bcher-kva.example', '_dmarc.a.org'];
const BLOCKS = [
  '10.0.0.0/8',
  '0.0.0.0/0',
  '127.0.0.1',
  '[::1]',
  '[::]',
  '[::/0]',
  '[2001:db8::/33]',
  '[fe80::1:0:0:1]',
];
const PATHS = ['/', '/work', '/work/a b', '/a"b', '/a\\b', '/a\\"n', "/it's", '/${x}', '/work/.git', '/-', '/?'];
const NAMES = ['git', 's', 'a"b', 'a\\b', 'x y', '.', 'a'.repeat(300)];
const FOREIGN = ['é', 'ß', 'e\u{301}', 'Ж', '語', '\u{fa0e}', '\u{20000}'];
const PORTS = ['*', '0', '443', '65535', '0-1', '80-90', '1-65535', '23-24', '255-256', '0-65534'];

const PATTERNS = ['*', 'a', 'a@b.org', 'a"b', 'é'.normalize()];

// What of a scope may be expected: its entries, but for what an expectation has none of.
function expectOf(scope: Json, random: Random): Json | undefined {
  const some = Object.entries(scope).flatMap(([list, entries]) => {
    if (!Array.isArray(entries)) return [];
    const kept = entries.filter(
      (entry) =>
        random.chance(60) && (typeof entry === 'string' || !('count' in (entry as Json) || 'orAsk' in (entry as Json))),
    );
    return kept.length > 0 ? [[list, kept]] : [];
  });
  return some.length > 0 ? Object.fromEntries(some) : undefined;
}

// A tool of its own for each object, so that one with orAsk stands beside no other.
let asked = 0;

function scopeOf(random: Random): Json {
  const endpoint = () =>
    `${random.pick(['*', ...BLOCKS, ...HOSTS, ...HOSTS.map((name) => `*.${name}`)])}:${random.pick(PORTS)}`;
  const path = () => random.pick(PATHS);
  const member = () => `${random.pick(NAMES)}/${random.pick([...NAMES, '*'])}`;
  const pattern = () => `${random.pick(PATTERNS)}${random.chance(40) ? '*' : ''}`.replace(/^(\*.*)\*$/, '$1');
  const tool = () => {
    const limits = {
      ...(random.chance(60) && { targets: [...new Set(random.times(1, 4, pattern))] }),
      ...(random.chance(60) && { amountMax: random.pick([0, 23, 24, 400, 2 ** 53 - 1]) }),
    };
    const isLimited = Object.keys(limits).length > 0;
    const rest = isLimited && random.chance(40) ? { orAsk: true } : { count: random.pick([1, 2 ** 32 - 1]) };
    return random.chance(50) ? member() : { tool: `a/${asked++}`, ...limits, ...rest };
  };
  const executable = () => random.pick([...PATHS, ...PATHS.slice(1).map((one) => `${one}/`), ...NAMES]);
  const lists = {
    read: path,
    write: path,
    exec: executable,
    connect: endpoint,
    listen: endpoint,
    tools: tool,
    models: member,
  };
  const scope: Json = random.chance(30) ? { dynamic: true } : {};
  for (const [list, make] of Object.entries(lists).toSorted(() => (random.chance(50) ? 1 : -1))) {
    const entries = new Set<unknown>(random.times(0, 4, make));
    if (entries.size > 0) scope[list] = [...entries];
  }
  return scope;
}

function randomToken(random: Random): string {
  const scope = scopeOf(random);
  const expected = random.chance(40) ? expectOf(scope, random) : undefined;
  const detail = {
    level: random.pick(['objective', 'intent', 'plan', 'action']),
    scope,
    ...(expected && { expect: expected }),
    ...(random.chance(30) && { uses: random.pick([1, 255, 256, 2 ** 32 - 1]) }),
  };
  return tokenOf(detail, { iat: 0, exp: random.pick([0, 1, 65, 66, 4_294_968, 1_709_164_800, 253_402_300_799]) });
}

function expectSame(token: string, schema: Schema): void {
  const [grant, parts] = parsed(token, schema.section);
  const told = Buffer.from(token.split('.')[1]!, 'base64url').toString();
  expect(hex(layerBytes(grant, parts)), told).toBe(hex(compiled(token, schema)));
}

const RANDOM_SEED = 20_261_130;

describe(`the verifier's bytes are the compiler's (seed ${RANDOM_SEED})`, () => {
  test('for 1,000 random scopes', () => {
    const random = new Random(RANDOM_SEED);
    for (let index = 0; index < 1_000; index++) expectSame(randomToken(random), SCHEMA);
  });

  // These the compiler reads as Cedar text. It refuses names that mix scripts, so each stands alone.
  test.each(FOREIGN)('for a character beyond ASCII: %j', (name) => {
    expectSame(tokenOf({ scope: { read: [`/${name}`], exec: [name], tools: [`${name}/*`] } }), SCHEMA);
  });

  test('for a schema that adds to the domain, and one that has not all of it', () => {
    const domain = readFileSync(new URL('../../engine/schema/domain.cedarschema', import.meta.url), 'utf8');
    const ship = 'entity Ship; action "ship.launch" appliesTo { principal: [Agent], resource: [Ship] };';
    const noProgram = domain.replace('entity Program;', '').replace('resource: [File, Program]', 'resource: [File]');
    for (const schema of [schemaOf(domain + ship), schemaOf(noProgram)]) {
      const scope = {
        read: ['/work'],
        exec: ['/bin/sh', '/bin/'],
        connect: ['*.a.org:1-2', '10.0.0.0/8:*'],
        tools: ['a/*'],
      };
      expectSame(tokenOf({ scope, uses: 2 }), schema);
    }
  });
});

const FORBIDS = [
  'forbid (principal, action, resource in Dir::"/work/.git");',
  '@verdict("approve")\nforbid (principal, action == Action::"process.exec", resource) when { context.program like "*sh" };',
  'forbid (principal, action in [Action::"net.connect", Action::"http.request"], resource)\nunless { context.port == 443 || context.port < 80 };',
  '@verdict("restrict") @only("read")\nforbid (principal, action, resource) when { context.session.requests > 9223372036854775806 };',
];

test(`a compiled layer with forbids has no fault, and one with a permit for a forbid has (seed ${RANDOM_SEED})`, () => {
  const random = new Random(RANDOM_SEED);
  for (let index = 0; index < 40; index++) {
    const forbid = random.some(FORBIDS, 50);
    if (forbid.length === 0) continue;
    const scope = scopeOf(random);
    const expected = expectOf(scope, random);
    const token = tokenOf({ scope: { ...scope, forbid }, ...(expected && { expect: expected }) });
    const [grant, parts] = parsed(token, SCHEMA.section);
    const layer = Buffer.from(compiled(token, SCHEMA));
    expect(layerFault(layer, grant, parts), token).toBeUndefined();
    // The effect of the last forbid: behind it the expectations, and the code, which has no fill.
    const behind = expectationsOf(grant).length * 64 + layer.readUInt32LE(8 + 5 * 4);
    const effect = layer.length - behind - 64 + 2 * 4;
    expect(layer[effect]).toBe(1);
    layer[effect] = 0;
    expect(layerFault(layer, grant, parts)?.found, token).toBe('another policy');
  }
});

describe('work is bounded by the bytes that were read', () => {
  const read = Array.from({ length: 3_000 }, (_, i) => `/${i}`);

  test('a layer too short for its policies is not made', () => {
    const [grant, parts] = parsed(tokenOf({ scope: { read } }), SCHEMA.section);
    expect(layerFault(new Uint8Array(64), grant, parts)).toEqual({
      offset: 64,
      expected: `at least ${(2 * read.length + 2) * 64} bytes`,
      found: 'the end',
    });
  });

  test.each([
    ['no bytes of sections', 68, 8, 0xff],
    ['a pool of more constants than bytes', 68, 68, 0xff],
  ])('beside a forbid: %s', (_, from, at, byte) => {
    const { token, schema, layer } = LAYER_VECTORS.find(({ name }) => name === 'forbid')!;
    const [grant, parts] = parsed(token, Buffer.from(schema, 'hex'));
    const bytes = Buffer.from(layer, 'hex').fill(byte, at, at + 4);
    expect(layerFault(bytes, grant, parts)?.offset).toBe(at === 8 ? 8 : from);
  });
});

// Behind the constants, what the forbids say cannot be told: 44 bytes of each record, and of the second forbid the code
// and the list's item.
test.each([
  ['forbid', 44],
  ['forbid-and-expect', 104],
])('beside %s, every bit of the rest of the layer counts', (name, count) => {
  const { token, schema, layer } = LAYER_VECTORS.find((vector) => vector.name === name)!;
  const [grant, parts] = parsed(token, Buffer.from(schema, 'hex'));
  const untold: number[] = [];
  for (let at = 0; at < layer.length / 2; at++) {
    const flipped = Buffer.from(layer, 'hex');
    flipped[at]! ^= 1 << (at & 7);
    if (!layerFault(flipped, grant, parts)) untold.push(at);
  }
  const pool = Buffer.from(layer, 'hex').readUInt32LE(8) + 68;
  expect(untold.filter((at) => at >= pool).length).toBe(count);
});

test('beside a forbid, a layer without a list that an expectation names has a fault', () => {
  const { token, schema, layer } = LAYER_VECTORS.find(({ name }) => name === 'forbid-and-expect-list')!;
  const [grant, parts] = parsed(token, Buffer.from(schema, 'hex'));
  const bytes = Buffer.from(layer, 'hex');
  const [pool, lists] = [bytes.readUInt32LE(8), bytes.readUInt32LE(12)];
  const end = 68 + Math.ceil(pool / 4) * 4 + lists;
  // Its last list is that of the pattern: a count, a text and a star.
  const without = Buffer.concat([bytes.subarray(0, end - 12), bytes.subarray(end)]);
  without.writeUInt32LE(lists - 12, 12);
  expect(layerFault(without, grant, parts)?.expected).toBe('all lists that policies name');
});
