// Where Cedar fails open: an error or an omission turns a forbid quietly off, or something the caller said turns a
// permit on. Each case shows Cedar's answer to be allow, and the strict lift's to be block, by the core and by the
// reference.

import { expect, test } from 'vitest';
import { CODE, VERDICT } from './reference/codes.ts';
import { decide } from './reference/decide.ts';
import { INITIAL_STATE } from './reference/state.ts';
import { encode } from './reference/cbor.ts';
import { type StoredEntity } from './reference/hierarchy.ts';
import { requestItem, type Request } from './reference/request.ts';
import { entity, type Entity, type Value } from './reference/value.ts';
import { actionEntities } from './reference/values-from-json.ts';
import { STRICT_SCHEMA } from './generate/strict-schema.ts';
import { type SessionCase } from './generate/sessions.ts';
import { decideBytes, loadCore, loadPrograms } from './core.ts';
import { askOracle } from './oracle.ts';
import { buildSession } from './strict-differential.ts';

const core = loadCore();
const ALICE = entity('Person', 'alice');
const VAULT = entity('Vault', '/work/vault');
const PERMIT = 'permit(principal, action, resource);';

const stored = (uid: Entity, attributes: Record<string, Value>, parents: Entity[] = []): StoredEntity => ({
  uid,
  parents,
  attributes: new Map(Object.entries(attributes)),
  tags: new Map(),
});

const ALICE_STORED = stored(
  ALICE,
  {
    rank: 3n,
    level: entity('Level', 'low'),
    home: entity('Dir', '/work'),
    at: new Map([['host', entity('Host', 'example.com')]]),
  },
  [entity('Team', 'banned')],
);
const VAULT_STORED = stored(VAULT, { owner: ALICE, sealed: true });
const TEAM_STORED = stored(entity('Team', 'banned'), {});
const STORE = [ALICE_STORED, VAULT_STORED, TEAM_STORED];

const OPEN: Request = {
  principal: ALICE,
  action: entity('Action', 'vault.open'),
  resource: VAULT,
  context: new Map<string, Value>([
    ['who', ALICE],
    ['hosts', [entity('Host', 'example.com')]],
  ]),
  authority: new Uint8Array(32),
  time: 0n,
  entities: STORE,
};
const JOIN: Request = {
  ...OPEN,
  action: entity('Action', 'team.join'),
  resource: entity('Team', 'banned'),
  context: new Map<string, Value>([
    ['level', entity('Level', 'high')],
    ['n', 6n],
    ['price', { kind: 'decimal', units: 1n }],
    ['wait', { kind: 'duration', ms: 1n }],
  ]),
};
const withContext = (request: Request, changes: Record<string, Value>): Request => ({
  ...request,
  context: new Map([...request.context, ...Object.entries(changes)]),
});
const withoutContext = (request: Request, name: string): Request => ({
  ...request,
  context: new Map([...request.context].filter(([other]) => other !== name)),
});
const without = (uid: Entity): StoredEntity[] => STORE.filter((each) => each.uid !== uid);
const forbid = (condition: string): [string, string] => [
  PERMIT,
  `forbid(principal, action, resource) when { ${condition} };`,
];

/** What core and reference (which must agree) make of one request under these levels. */
function strictly(levels: SessionCase['levels'], request: Request) {
  const { binaries, program } = buildSession({ labels: [], levels, uses: [], authorityRequired: false, steps: [] });
  const bytes = encode(requestItem({ ...request, authority: program.layersDigest }));
  loadPrograms(core, binaries);
  expect(core.setState(Buffer.from('ac00000100020003800480050006800780088009830000000a000b80', 'hex'))).toBe(0);
  const expected = decide(program, INITIAL_STATE, bytes);
  const { packed, bytes: actual } = decideBytes(core, bytes);
  expect(Buffer.from(actual).toString('hex')).toBe(Buffer.from(expected.bytes).toString('hex'));
  return { verdict: packed & 255, code: packed >> 8, level: expected.decisions[0]!.level };
}

function cedarAllows(policies: string[], request: Request): boolean {
  const texts = policies.map((text, index) => ({ id: `policy${index}`, text }));
  return askOracle(texts, [...actionEntities(STRICT_SCHEMA), ...request.entities], [request])[0]!.allow;
}

test.each([OPEN, JOIN])('sound requests are allowed', (request) => {
  expect(strictly([[PERMIT]], request)).toEqual({ verdict: VERDICT.allow, code: CODE.permitted, level: null });
});

test.each<[why: string, code: number, policies: string[], request: Request]>([
  ['a missing attribute', CODE.missingAttribute, forbid('context.n > 5'), withoutContext(JOIN, 'n')],
  ['an optional attribute that is not there', CODE.forbidError, forbid('context.note == "x"'), OPEN],
  ['a missing tag', CODE.forbidError, forbid('principal.getTag("x").contains("y")'), OPEN],
  ['an overflow', CODE.forbidError, forbid('context.n + 9223372036854775807 > 0'), JOIN],
  [
    'an overflow of a duration',
    CODE.forbidError,
    forbid('datetime("9999-12-31").offset(duration("9223372036854775807ms")) > datetime("2020-01-01")'),
    JOIN,
  ],
  ['a type error', CODE.forbidError, forbid('context.n in ["a"]'), JOIN],
  [
    'text that is no address',
    CODE.forbidError,
    forbid('ip(context.note).isLoopback()'),
    withContext(OPEN, { note: 'x' }),
  ],
  ['an ill-typed attribute', CODE.illTypedAttribute, forbid('context.n > 5'), withContext(JOIN, { n: '6' })],
  [
    'an id that is not enumerated',
    CODE.illTypedAttribute,
    forbid('context.level == Level::"high"'),
    withContext(JOIN, { level: entity('Level', 'High') }),
  ],
  [
    'a misspelled attribute',
    CODE.unknownAttribute,
    forbid('context has note && context.note == "x"'),
    withContext(OPEN, { Note: 'x' }),
  ],
  ['an absent entity', CODE.entityAbsent, forbid('resource.sealed'), { ...OPEN, entities: without(VAULT) }],
  [
    '`has` on an absent entity',
    CODE.entityAbsent,
    forbid('resource has sealed && resource.sealed'),
    { ...OPEN, entities: without(VAULT) },
  ],
  [
    '`in` of an absent entity',
    CODE.entityAbsent,
    forbid('principal in Team::"banned"'),
    { ...OPEN, entities: without(ALICE).filter((each) => each !== VAULT_STORED) },
  ],
  [
    'an unknown action',
    CODE.notApplicable,
    [PERMIT, 'forbid(principal, action in Action::"modify", resource);'],
    { ...JOIN, action: entity('Action', 'team.jion') },
  ],
  [
    'an unknown type',
    CODE.notApplicable,
    [PERMIT, 'forbid(principal is Person, action, resource);'],
    { ...OPEN, principal: entity('person', 'alice') },
  ],
  [
    'a parent the caller gives a File',
    CODE.derivedParents,
    ['permit(principal, action, resource in Dir::"/public");'],
    {
      ...OPEN,
      resource: entity('File', '/etc/passwd'),
      entities: [...STORE, stored(entity('File', '/etc/passwd'), {}, [entity('Dir', '/public')])],
    },
  ],
  [
    'a path with `..`',
    CODE.nonCanonicalName,
    [PERMIT, 'forbid(principal, action, resource in Dir::"/etc");'],
    { ...OPEN, resource: entity('File', '/work/../etc/passwd') },
  ],
  [
    'a host in capitals',
    CODE.nonCanonicalName,
    forbid('context.hosts.contains(Host::"evil.example")'),
    withContext(OPEN, { hosts: [entity('Host', 'EVIL.example')] }),
  ],
  [
    'a clearance the caller gives itself',
    CODE.reservedAttribute,
    ['permit(principal, action, resource) when { context.clearances.contains("ok") };'],
    withContext(OPEN, { clearances: ['ok'] }),
  ],
  [
    'labels the caller gives itself',
    CODE.reservedAttribute,
    [PERMIT, 'forbid(principal, action, resource) unless { context.labels.contains("clean") };'],
    withContext(OPEN, { labels: ['clean'] }),
  ],
  [
    'a parent of a type the schema does not allow',
    CODE.invalidHierarchy,
    ['permit(principal in Program::"root", action, resource);'],
    {
      ...OPEN,
      entities: [stored(ALICE, Object.fromEntries(ALICE_STORED.attributes), [entity('Program', 'root')]), VAULT_STORED],
    },
  ],
])('Cedar allows, the strict lift blocks: %s', (_why, code, policies, request) => {
  expect(cedarAllows(policies, request)).toBe(true);
  expect(strictly([policies], request)).toEqual({ verdict: VERDICT.block, code, level: 0 });
});

test('Cedar allows, the strict lift blocks: a plan inside an objective is a union to Cedar, a layer here', () => {
  const objective = 'permit(principal, action, resource in Dir::"/");';
  const plan = 'permit(principal, action, resource in Dir::"/work");';
  const request = {
    ...OPEN,
    resource: entity('File', '/etc/passwd'),
    entities: [...STORE, stored(entity('File', '/etc/passwd'), {}, [entity('Dir', '/')])],
  };
  expect(cedarAllows([objective, plan], request)).toBe(true);
  expect(strictly([[objective], [plan]], { ...request, entities: STORE })).toEqual({
    verdict: VERDICT.block,
    code: CODE.noPermit,
    level: 1,
  });
});

test('Cedar allows, the strict lift asks: a soft forbid that errors counts', () => {
  const policies = [PERMIT, '@verdict("approve") forbid(principal, action, resource) when { context.note == "x" };'];
  expect(cedarAllows(policies, OPEN)).toBe(true);
  expect(strictly([policies], OPEN)).toEqual({ verdict: VERDICT.approve, code: CODE.constrained, level: 0 });
});
