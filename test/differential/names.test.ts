// Names of derived types (SPEC §4): random ids near canonical ones, their canonicity and ancestors by core and
// reference.

import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { ring } from '../ring.ts';
import { compileProgram, decideBytes, loadCore, loadPrograms } from './core.ts';
import { Random } from './generate/random.ts';
import { quote } from './generate/text.ts';
import { encode } from './reference/cbor.ts';
import { CODE } from './reference/codes.ts';
import { decide, type Program } from './reference/decide.ts';
import { INITIAL_STATE, stateBytes } from './reference/state.ts';
import { parsePolicy } from './reference/policy.ts';
import { requestItem } from './reference/request.ts';
import { parseSchema, type DerivedKind } from './reference/schema.ts';
import { entity } from './reference/value.ts';

const SEED = 20261122;
const IDS_PER_KIND = ring === 'first' ? 1_000 : 4_000;

const SCHEMA_TEXT = `
entity User;
entity Owner;
@derived("path") entity Path in [Path];
@derived("domain") entity Domain in [Domain];
@derived("host") entity Host in [Domain];
@derived("endpoint") entity Endpoint in [Host];
@derived("qualified") entity Thing in [Owner];
action touch appliesTo { principal: User, resource: [Path, Domain, Host, Endpoint, Thing] };
`;

/** Canonical ids to start from, and the characters that are put between. */
const KINDS: Record<DerivedKind, { type: string; ids: string[]; alphabet: string[] }> = {
  path: {
    type: 'Path',
    ids: ['/', '/a', '/a/b', '/a/b/.c', '/..a/b'],
    alphabet: ['/', '.', '..', 'a', '\0', 'é', '😀', '\\'],
  },
  domain: {
    type: 'Domain',
    ids: ['a', 'a.b', 'a-b.c_d', '1.b', 'b1'],
    alphabet: ['.', '-', '_', 'a', 'A', '1', '0', 'é', 'x'.repeat(60)],
  },
  host: {
    type: 'Host',
    ids: [
      'a',
      'a.b',
      'c.a.b',
      '1.2.3.4',
      '255.0.10.0',
      '::',
      '::1',
      '1::',
      '1:0:0:2::3',
      '2001:db8::a:b',
      '1:2:3:4:5:6:7:8',
      '::ffff:0:1',
    ],
    alphabet: ['.', ':', '::', '0', '00', '1', '256', 'a', 'f', 'ffff', 'F', '-', 'g', '::ffff:', '1.2.3.4'],
  },
  endpoint: {
    type: 'Endpoint',
    ids: ['a.b:80', '1.2.3.4:0', '[::1]:65535', '[1:2::3]:443', 'b:1'],
    alphabet: ['[', ']', ':', '0', '1', '9', '65536', 'a', '.', '-', '::', '+', ' '],
  },
  qualified: { type: 'Thing', ids: ['a/b', 'a/b/c', 'é/1', 'a b/c'], alphabet: ['/', 'a', 'é', ' ', '.', '\0'] },
};
const ANCESTORS = [
  ...['/', '/a', '/a/b', '/a/b/.c', '/a/a', '/..a'].map((id) => entity('Path', id)),
  ...['a', 'b', 'a.b', 'b1', 'aa', 'c_d'].map((id) => entity('Domain', id)),
  ...['a', 'b', 'a.b', '1.2.3.4', '::1', '1:2::3', '1::'].map((id) => entity('Host', id)),
  ...['a', 'é', 'aa', 'a b'].map((id) => entity('Owner', id)),
];
const POLICIES = ANCESTORS.map(({ type, id }) => `permit(principal, action, resource in ${type}::${quote(id)});`);

function near({ ids, alphabet }: { ids: string[]; alphabet: string[] }, random: Random): string {
  let id = random.pick(ids);
  for (let edits = random.between(0, 3); edits > 0; edits -= 1) {
    const at = random.between(0, id.length);
    id = id.slice(0, at) + (random.chance(70) ? random.pick(alphabet) : '') + id.slice(at + random.between(0, 1));
  }
  // An edit may cut a character in half.
  return id.toWellFormed();
}

const core = loadCore();
const binary = compileProgram({ schema: SCHEMA_TEXT, labels: [], policies: POLICIES, authorityRequired: false });
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();
const program: Program = {
  schema: parseSchema(SCHEMA_TEXT),
  labels: [],
  levels: [POLICIES.map((text, index) => parsePolicy(`policy${index}`, text))],
  authorityRequired: false,
  digest: sha256(binary),
  layersDigest: sha256(Uint8Array.of(0x80)),
};

test.each(Object.keys(KINDS) as DerivedKind[])(`%s: ${IDS_PER_KIND} ids near canonical ones, seed ${SEED}`, (kind) => {
  const random = new Random(SEED);
  const codes = new Map<number, number>();
  loadPrograms(core, [binary]);
  for (let count = 0; count < IDS_PER_KIND; count += 1) {
    const id = near(KINDS[kind], random);
    const request = {
      principal: entity('User', 'u'),
      action: entity('Action', 'touch'),
      resource: entity(KINDS[kind].type, id),
      context: new Map(),
      authority: program.layersDigest,
      time: 0n,
      entities: [],
    };
    const bytes = encode(requestItem(request));
    core.setState(stateBytes(INITIAL_STATE));
    const [actual, expected] = [decideBytes(core, bytes), decide(program, INITIAL_STATE, bytes)];
    const told = { id, core: Buffer.from(actual.bytes).toString('hex') };
    expect(told).toEqual({ id, core: Buffer.from(expected.bytes).toString('hex') });
    codes.set(actual.packed >> 8, (codes.get(actual.packed >> 8) ?? 0) + 1);
  }
  for (const code of [CODE.permitted, CODE.nonCanonicalName])
    expect(codes.get(code)).toBeGreaterThan(IDS_PER_KIND / 20);
});
