// What Cedar's answer says of a request that strict validation refuses (SPEC §5.1): it is given all the same, and core
// and reference must mean the same by it.

import { expect, test } from 'vitest';
import { decideBytes, loadCore, loadPrograms } from './core.ts';
import { buildSession } from './strict-differential.ts';
import { compareBytes, encode } from './reference/cbor.ts';
import { CODE } from './reference/codes.ts';
import { decide } from './reference/decide.ts';
import { requestItem, type Request } from './reference/request.ts';
import { INITIAL_STATE, stateBytes } from './reference/state.ts';
import { entity, type Entity, type Value } from './reference/value.ts';

const core = loadCore();

const READ: Omit<Request, 'authority'> = {
  principal: entity('Agent', 'a'),
  action: entity('Action', 'file.read'),
  resource: entity('File', '/work/a'),
  context: new Map([['resolved', true]]),
  time: 0n,
  entities: [],
};
const withContext = (request: typeof READ, name: string, value: Value): typeof READ => ({
  ...request,
  context: new Map([...request.context, [name, value]]),
});
const storing = (uid: Entity, parents: Entity[]): typeof READ => ({
  ...READ,
  entities: [{ uid, parents, attributes: new Map(), tags: new Map() }],
});

test.each<[what: string, code: number, cedarAllows: boolean, condition: string, request: typeof READ]>([
  [
    'parents the caller gives a File count',
    CODE.derivedParents,
    true,
    'resource in Dir::"/public"',
    storing(READ.resource, [entity('Dir', '/public')]),
  ],
  [
    'so do their own ancestors',
    CODE.derivedParents,
    true,
    'resource in Dir::"/public"',
    storing(READ.resource, [entity('Dir', '/public/x')]),
  ],
  [
    'parents the caller gives an action count',
    CODE.derivedParents,
    true,
    'action in Action::"modify"',
    storing(READ.action, [entity('Action', 'modify')]),
  ],
  [
    'a name that is not canonical has no ancestors',
    CODE.nonCanonicalName,
    false,
    'resource in Dir::"/"',
    { ...READ, resource: entity('File', '/work/../a') },
  ],
  ['nor `name`', CODE.nonCanonicalName, false, 'context has name', { ...READ, resource: entity('File', '/work/../a') }],
  [
    'nor `segments`',
    CODE.nonCanonicalName,
    false,
    'context has segments',
    { ...READ, resource: entity('File', '/work/../a') },
  ],
  [
    'labels the caller gives are not seen',
    CODE.reservedAttribute,
    false,
    'context.labels.contains("x")',
    withContext(READ, 'labels', ['x']),
  ],
  [
    'nor in the context as a whole',
    CODE.reservedAttribute,
    false,
    '(if true then context else context).labels.contains("x")',
    withContext(READ, 'labels', ['x']),
  ],
  [
    'a `name` the caller gives is not seen where there is none',
    CODE.nonCanonicalName,
    false,
    'context has name',
    withContext({ ...READ, resource: entity('File', 'a') }, 'name', 'x'),
  ],
  [
    'nor in the context as a whole',
    CODE.nonCanonicalName,
    false,
    '(if true then context else context) has name',
    withContext({ ...READ, resource: entity('File', 'a') }, 'name', 'x'),
  ],
  [
    'an action that is unknown supplies nothing',
    CODE.notApplicable,
    false,
    'context has labels',
    { ...READ, action: entity('Action', 'x') },
  ],
  [
    'an action that does not apply supplies what it has',
    CODE.notApplicable,
    true,
    'context.labels.isEmpty()',
    { ...READ, resource: entity('Program', 'ls') },
  ],
  [
    'a cycle ends',
    CODE.invalidHierarchy,
    true,
    'Team::"a" in Team::"b" && Team::"b" in Team::"a"',
    {
      ...READ,
      entities: [entity('Team', 'a'), entity('Team', 'b')].map((uid) => ({
        uid,
        parents: [entity('Team', uid.id === 'a' ? 'b' : 'a')],
        attributes: new Map(),
        tags: new Map(),
      })),
    },
  ],
])('refused, and to Cedar %s (code %i, Cedar allows: %s, %s)', (_what, code, cedarAllows, condition, request) => {
  const levels: [string[]] = [[`permit(principal, action, resource) when { ${condition} };`]];
  const { binaries, program } = buildSession({ labels: [], levels, uses: [], authorityRequired: false, steps: [] });
  const bytes = encode(requestItem({ ...request, authority: program.layersDigest }));
  loadPrograms(core, binaries);
  core.setState(stateBytes(INITIAL_STATE));
  const [actual, expected] = [decideBytes(core, bytes), decide(program, INITIAL_STATE, bytes)];
  expect({ code: expected.packed >> 8, allow: expected.decisions[0]!.cedar?.allow }).toEqual({
    code,
    allow: cedarAllows,
  });
  expect(compareBytes(actual.bytes, expected.bytes)).toBe(0);
});
