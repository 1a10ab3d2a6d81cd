// A layer is built from data, and its text is for people: Cedar's parser and the compiler make the very same bytes of
// the text.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  compileLayer,
  DOMAIN_SECTION,
  everyShape,
  layerText,
  type GrantedLayer,
} from '../../bindings/authority/layer.ts';
import { GRANT_LEVELS } from '../../bindings/authority/level.ts';
import { parseExpect, type ScopeJson } from '../../bindings/authority/scope.ts';
import { compile, type LayerSubject, type Schema } from '../../engine/compiler/index.ts';
import { Random } from '../differential/generate/random.ts';
import { SCHEMA, schemaOf, scopeOf } from './judge.ts';

const DOMAIN = readFileSync(new URL('../../engine/schema/domain.cedarschema', import.meta.url), 'utf8');
const digest = (bytes: Uint8Array | string): Buffer => createHash('sha256').update(bytes).digest();

const HOSTS = ['a.org', 'b-1.a.org', 'localhost', 'xn--bcher-kva.example'];
const BLOCKS = ['10.0.0.0/8', '127.0.0.1', '[::1]', '[2001:db8::/32]', '[::]'];
const PATHS = ['/', '/work', '/work/a b', '/a"b', '/a\\b', '/a\\"n', "/it's", '/${x}', '/work/.git'];
const NAMES = ['git', 's', 'a"b', 'a\\b', 'x y'];
const FOREIGN = ['é', 'ß'];
const PORTS = ['*', '0', '443', '65535', '0-1', '80-90', '1-65535'];
const PATTERNS = ['a', 'a*', '*@b.example', '*', 'a"\\*', "it's"];
const FORBIDS = [
  'forbid (principal, action, resource in Dir::"/work/.git");',
  '@verdict("approve")\nforbid (principal, action == Action::"process.exec", resource) when { context.program like "*sh" };',
  '// told why\nforbid (principal, action in [Action::"net.connect", Action::"http.request"], resource)\nunless { context.port == 443 || context.port < 80 };',
  '@verdict("restrict") @only("read")\nforbid (principal, action, resource) when { context.session.requests > 9223372036854775806 };',
];

/** @param expected without what only a scope can say */
function scopeFrom(random: Random, expected = false): ScopeJson {
  let nextTool = 0;
  const endpoint = () => {
    const host = random.pick(['*', ...BLOCKS, ...HOSTS, ...HOSTS.map((name) => `*.${name}`)]);
    return `${host}:${random.pick(PORTS)}`;
  };
  const foreign = random.chance(15) ? FOREIGN : [];
  const names = [...NAMES, ...foreign];
  const paths = [...PATHS, ...foreign.map((name) => `/${name}`)];
  const path = () => random.pick(paths);
  const member = () => `${random.pick(names)}/${random.pick([...names, '*'])}`;
  const tool = () => {
    if (random.chance(50)) return member();
    const orAsk = random.chance(40) && !expected;
    const targets = random.chance(60) ? [...new Set(random.times(1, 3, () => random.pick(PATTERNS)))] : undefined;
    const limits = {
      ...(targets === undefined ? {} : { targets }),
      ...(targets === undefined || random.chance(30) ? { amountMax: random.pick([0, 100, 2 ** 53 - 1]) } : {}),
      ...(orAsk ? { orAsk: true } : random.chance(30) && !expected ? { count: random.pick([1, 2 ** 32 - 1]) } : {}),
    };
    return { tool: `${random.pick(names)}/${orAsk ? `ask${nextTool++}` : random.pick(names)}`, ...limits };
  };
  const executable = () => random.pick([...paths, ...paths.slice(1).map((one) => `${one}/`), ...names]);
  const entries = { read: path, write: path, exec: executable, connect: endpoint, listen: endpoint };
  const lists = { ...entries, tools: tool, models: member, forbid: () => random.pick(FORBIDS) };
  const scope: Record<string, unknown> = random.chance(30) && !expected ? { dynamic: true } : {};
  for (const [key, make] of Object.entries<() => unknown>(lists)) {
    const list = new Map(random.times(0, 3, make).map((entry) => [JSON.stringify(entry), entry]));
    if (list.size > 0 && (key !== 'forbid' || (random.chance(30) && !expected))) scope[key] = [...list.values()];
  }
  return scope;
}

function expectFrom(random: Random): Pick<GrantedLayer, 'expect'> {
  const parsed = parseExpect(scopeFrom(random, true));
  return 'fault' in parsed ? {} : parsed;
}

function layerFrom(random: Random): GrantedLayer {
  return {
    level: random.pick(GRANT_LEVELS),
    scope: scopeOf(scopeFrom(random)),
    // What it lists need not lie within the scope here.
    ...(random.chance(40) ? expectFrom(random) : {}),
    expiresMs: random.pick([0, 1_000, 1_700_000_000_000, 1_709_164_800_123, 253_402_300_799_000]),
    token: `token ${random.pick(NAMES)}`,
    ...(random.chance(30) ? { uses: random.pick([1, 2 ** 32 - 1]) } : {}),
  };
}

function compiledText({ level, token, uses }: GrantedLayer, text: string, schema: Schema): Uint8Array {
  const subject: LayerSubject = { subject: digest(token), ...(uses === undefined ? {} : { uses }) };
  const source = { name: `${level}.cedar`, text };
  // The schema's text too: what the bytes of a layer are made with is what Cedar reads.
  const { name, text: schemaText } = schema;
  const sources = { schema: { name, text: schemaText }, policies: [source], labels: [], authority: 'none' } as const;
  const compiled = compile({ ...sources, policies: [source], labels: [] }, subject);
  if ('policy' in compiled) return compiled.policy.program;
  throw new Error(JSON.stringify(compiled.diagnostics[0], null, 2));
}

describe('a layer is what its text compiles to', () => {
  const seed = 20261130;
  test(`for generated scopes (seed ${seed})`, () => {
    const random = new Random(seed);
    for (let index = 0; index < 60; index++) {
      const layer = layerFrom(random);
      const { program, text } = compileLayer(layer, SCHEMA);
      const expected = compiledText(layer, text, SCHEMA);
      expect(digest(program).toString('hex'), text).toBe(digest(expected).toString('hex'));
    }
  });

  test('for a schema that adds to the domain', () => {
    const schema = schemaOf(
      `${DOMAIN}entity Ship; action "ship.launch" appliesTo { principal: [Agent], resource: [Ship] };`,
    );
    const layer: GrantedLayer = {
      level: 'plan',
      scope: scopeOf({ write: ['/work'], connect: ['*:1'] }),
      expiresMs: 0,
      token: '',
    };
    const { program, text } = compileLayer(layer, schema);
    expect(program).toEqual(compiledText(layer, text, schema));
  });
});

describe('Cedar is not asked about a layer', () => {
  test("because it takes every shape with the domain's schema", () => {
    const layer = everyShape();
    expect(compiledText(layer, layerText(layer), SCHEMA)).toEqual(compileLayer(layer, SCHEMA).program);
    expect(digest(SCHEMA.section).toString('hex')).toBe(DOMAIN_SECTION);
  });

  test.each<[what: string, schema: string, message: RegExp]>([
    ['without an action', DOMAIN.replace(/action "llm.invoke".*\n/, ''), /llm\.invoke/],
    ['with an optional fact', DOMAIN.replaceAll('dynamic: Bool', 'dynamic?: Bool'), /dynamic/],
    ['with a fact of another type', DOMAIN.replaceAll('dynamic: Bool', 'dynamic: Long'), /Bool|boolean/],
    ['without time', DOMAIN.replaceAll('@supplied time: datetime,', ''), /time/],
  ])('except with a schema it does not fit: %s', (_what, text, message) => {
    const layer: GrantedLayer = { level: 'plan', scope: scopeOf({ read: ['/work'] }), expiresMs: 0, token: '' };
    expect(() => compileLayer(layer, schemaOf(text))).toThrow(message);
  });

  test('and a schema without what a scope does not speak of still takes it', () => {
    const schema = schemaOf(
      DOMAIN.replace('entity Program;', '').replace('resource: [File, Program]', 'resource: [File]'),
    );
    const layer: GrantedLayer = { level: 'plan', scope: scopeOf({ exec: ['/bin/sh'] }), expiresMs: 0, token: '' };
    const { program, text } = compileLayer(layer, schema);
    expect(program).toEqual(compiledText(layer, text, schema));
    expect(compileLayer({ ...layer, scope: scopeOf({ exec: ['/w\u00F6rk\u65E5\u672C'] }) }, schema)).toHaveProperty(
      'program',
    );
    expect(() => compileLayer({ ...layer, scope: scopeOf({ exec: ['sh'] }) }, schema)).toThrow(/Program/);
  });
});
