// Owns: requests that are wrong in each way of SPEC §5.1 a request can be wrong in.

import { type StoredEntity } from '../reference/hierarchy.ts';
import { type Request } from '../reference/request.ts';
import { entity, type Entity, type RecordValue, type Value } from '../reference/value.ts';
import { type Random } from './random.ts';
import { type Step } from './sessions.ts';
import { STRICT_SCHEMA } from './strict-schema.ts';

/** Ids that are canonical for no derived type that could hold them. */
export const NON_CANONICAL_IDS = {
  path: ['', 'work', '/work/', '//', '/a//b', '/a/./b', '/a/..', '/..', '/a\0b', `/${'x'.repeat(4096)}`],
  domain: [
    '',
    'Example.com',
    'a..b',
    '.com',
    'com.',
    '-a.com',
    'a-.com',
    '10.0.0.1',
    'a.1',
    'bücher.example',
    'x'.repeat(64),
  ],
  host: [
    '',
    'EXAMPLE.com',
    '010.0.0.1',
    '1.2.3',
    '256.0.0.1',
    '2001:DB8::1',
    '2001:db8:0::1',
    '::ffff:10.0.0.1',
    '::ffff:a00:1',
    '1::0:0:2',
    '[::1]',
  ],
  endpoint: [
    'example.com',
    ':80',
    'example.com:',
    'example.com:080',
    'example.com:65536',
    '::1:80',
    '[10.0.0.1]:80',
    '[::1]80',
    '[::1]:',
    'a b:80',
  ],
  qualified: ['', 'tool', '/tool', 'srv/'],
};

const OTHER_AUTHORITY = new Uint8Array(32).fill(0xee);

/** Changes a request; `undefined` where it offers no place for the fault. */
type Inject = (request: Request, random: Random) => Request | undefined;

const onEntry =
  (change: (entry: StoredEntity, random: Random) => StoredEntity | undefined): Inject =>
  (request, random) => {
    if (request.entities.length === 0) return;
    const index = random.between(0, request.entities.length - 1);
    const changed = change(request.entities[index]!, random);
    return changed && { ...request, entities: request.entities.with(index, changed) };
  };

/** Some record of the request: its context, the attributes of an entry, or one inside these. */
const onRecord =
  (change: (record: RecordValue, random: Random) => RecordValue | undefined): Inject =>
  (request, random) => {
    const deep = (record: RecordValue): RecordValue | undefined => {
      const inner = [...record].filter((pair): pair is [string, RecordValue] => pair[1] instanceof Map);
      if (inner.length === 0 || random.chance(50)) return change(record, random);
      const [name, below] = random.pick(inner);
      const changed = deep(below);
      return changed && new Map([...record, [name, changed]]);
    };
    if (random.chance(50)) {
      const context = deep(request.context);
      return context && { ...request, context };
    }
    return onEntry((entry) => {
      const attributes = deep(entry.attributes);
      return attributes && { ...entry, attributes };
    })(request, random);
  };

const someName = (record: RecordValue, random: Random): string | undefined =>
  record.size === 0 ? undefined : random.pick([...record.keys()]);

/** Some entity the request names, renamed. */
function rename(request: Request, random: Random, change: (uid: Entity) => Entity | undefined): Request | undefined {
  const inside = (value: Value): Value | undefined => {
    if (typeof value !== 'object') return;
    if (Array.isArray(value)) {
      const index = random.between(0, Math.max(0, value.length - 1));
      const changed = value.length === 0 ? undefined : inside(value[index]!);
      return changed === undefined ? undefined : value.with(index, changed);
    }
    if (value instanceof Map) {
      const name = someName(value, random);
      const changed = name === undefined ? undefined : inside(value.get(name)!);
      return changed === undefined ? undefined : new Map([...value, [name!, changed]]);
    }
    return value.kind === 'entity' ? change(value) : undefined;
  };
  const key = random.pick(['principal', 'resource', 'context', 'entities'] as const);
  if (key === 'entities') {
    return onEntry((entry) => {
      const changed = inside(entry.attributes);
      return changed === undefined ? undefined : { ...entry, attributes: changed as RecordValue };
    })(request, random);
  }
  const changed = inside(request[key]);
  return changed === undefined ? undefined : ({ ...request, [key]: changed } as Request);
}

const INJECTIONS: Record<string, Inject> = {
  'unknown principal type': (request) => ({ ...request, principal: entity('Nobody', 'a') }),
  'unknown resource type': (request) => ({ ...request, resource: entity('Nothing', 'a') }),
  'unknown action': (request) => ({ ...request, action: entity('Action', 'absent') }),
  'an action group': (request) => ({ ...request, action: entity('Action', 'observe') }),
  'an action of another type': (request) => ({ ...request, action: entity('Agent', request.action.id) }),
  'another action': (request, random) => ({ ...request, action: random.pick([...STRICT_SCHEMA.actions.values()]).uid }),
  'resource is an action': (request) => ({ ...request, resource: request.action }),
  'missing attribute': onRecord((record, random) => {
    const name = someName(record, random);
    return name === undefined ? undefined : new Map([...record].filter(([other]) => other !== name));
  }),
  'ill-typed attribute': onRecord((record, random) => {
    const name = someName(record, random);
    const others: Value[] = [
      1n,
      'text',
      true,
      [],
      [1n],
      new Map(),
      entity('Agent', 'a'),
      { kind: 'decimal', units: 1n },
      { kind: 'duration', ms: 1n },
    ];
    return name === undefined ? undefined : new Map([...record, [name, random.pick(others)]]);
  }),
  'an entity of another type': (request, random) =>
    rename(request, random, ({ type }) => {
      const others = [
        entity('Agent', 'a'),
        entity('Program', 'p'),
        entity('Domain', 'com'),
        entity('Host', 'localhost'),
      ];
      return random.pick(others.filter((other) => other.type !== type));
    }),
  'unknown attribute': onRecord(
    (record, random) => new Map([...record, [random.pick(['', 'a', 'zz', 'ü']), true as Value]]),
  ),
  'tags of a type without tags': onEntry((entry) => ({ ...entry, tags: new Map([['a', 'b']]) })),
  'ill-typed tag': onEntry((entry) => {
    if (STRICT_SCHEMA.entityTypes.get(entry.uid.type)?.tags === undefined) return;
    return { ...entry, tags: new Map([...entry.tags, ['a', 1n]]) };
  }),
  'absent entity': (request, random) => {
    if (request.entities.length === 0) return;
    return { ...request, entities: request.entities.toSpliced(random.between(0, request.entities.length - 1), 1) };
  },
  'parents of a derived type': onEntry((entry, random) => {
    const type = STRICT_SCHEMA.entityTypes.get(entry.uid.type);
    if (type?.derived === undefined) return;
    return {
      ...entry,
      parents: [entity(type.parentTypes[0]!, random.pick(['/', '/work', 'com', 'srv', 'example.com']))],
    };
  }),
  'a parent of another type': onEntry((entry) => ({ ...entry, parents: [...entry.parents, entity('Program', 'a')] })),
  'a cycle': (request, random) => {
    const teams = request.entities.filter(({ uid }) => uid.type === 'Team');
    if (teams.length === 0) return;
    const [child, ancestor] = [random.pick(teams), random.pick(teams)];
    const parents = [...ancestor.parents.filter(({ id }) => id !== child.uid.id), child.uid];
    return {
      ...request,
      entities: request.entities.map((entry) => (entry === ancestor ? { ...entry, parents } : entry)),
    };
  },
  'an entry for an action': (request) => {
    const entry = { uid: request.action, parents: [], attributes: new Map(), tags: new Map() };
    return { ...request, entities: [...request.entities, entry] };
  },
  'an entry of unknown type': (request) => {
    const entry = { uid: entity('Nobody', 'a'), parents: [], attributes: new Map(), tags: new Map() };
    return { ...request, entities: [...request.entities, entry] };
  },
  'non-canonical name': (request, random) =>
    rename(request, random, (uid) => {
      const derived = STRICT_SCHEMA.entityTypes.get(uid.type)?.derived;
      return derived && entity(uid.type, random.pick(NON_CANONICAL_IDS[derived]));
    }),
  'id not enumerated': (request, random) =>
    rename(request, random, (uid) => (uid.type === 'Level' ? entity('Level', 'middle') : undefined)),
  'supplied attribute': (request, random) => {
    const name = random.pick(['labels', 'clearances', 'session', 'time', 'name', 'segments', 'port']);
    const values: Record<string, Value> = { name: 'x', session: new Map(), time: { kind: 'datetime', ms: 0n } };
    return { ...request, context: new Map([...request.context, [name, values[name] ?? ['x', 'secret']]]) };
  },
  'another authority': (request) => ({ ...request, authority: OTHER_AUTHORITY }),
};

/** A way that finds no place is tried again elsewhere, this often. */
const ATTEMPTS = 5;

/** One of the step's requests made wrong in some way, or the step itself if that way finds no place. */
export function injectFault(step: Step, random: Random): Step {
  const [name, inject] = random.pick(Object.entries(INJECTIONS));
  const index = random.between(0, step.requests.length - 1);
  let changed: Request | undefined;
  for (let attempt = 0; attempt < ATTEMPTS && changed === undefined; attempt += 1) {
    changed = inject(step.requests[index]!, random);
  }
  if (changed === undefined) return step;
  // What a transaction shares is wrong in all its requests.
  const { principal, authority, entities } = changed;
  const requests = step.requests.map((each) => ({ ...each, principal, authority, entities })).with(index, changed);
  return { ...step, requests, fault: step.fault === '' ? name : `${step.fault}, ${name}` };
}
