// Owns: whether containment is what the core says it is: pairs of scopes near each other, and requests near their
// boundaries. A child that is accepted allows nothing that its parent refuses; one that is refused allows something
// that its parent refuses.

import { widening } from '../../bindings/authority/containment.ts';
import type { ScopeJson } from '../../bindings/authority/scope.ts';
import type { Request } from '../../bindings/request.ts';
import { Random } from '../differential/generate/random.ts';
import { call, exec, file, judge, net, scopeOf } from './judge.ts';

type Key = 'read' | 'exec' | 'connect' | 'tools';
const DYNAMIC: readonly Key[] = ['exec', 'tools'];

const PATHS = ['/', '/a', '/a/b', '/a/b/c', '/ab', '/b'];
const HOSTS = ['org', 'a.org', 'b.a.org', 'ba.org'];
// Blocks around one another, as text and as their first and last address.
const BLOCKS: [text: string, first: string, last: string][] = [
  ['10.0.0.0/29', '10.0.0.0', '10.0.0.7'],
  ['10.0.0.0/30', '10.0.0.0', '10.0.0.3'],
  ['10.0.0.4/30', '10.0.0.4', '10.0.0.7'],
  ['10.0.0.4', '10.0.0.4', '10.0.0.4'],
  ['[::8/126]', '::8', '::b'],
  ['[::8/125]', '::8', '::f'],
  ['[::b]', '::b', '::b'],
];
const PORTS = ['1', '2', '3', '1-2', '2-3', '1-3', '*'];
const PORT_EDGES = [0, 1, 2, 3, 4];
// One that no entry names.
const FRESH = 'zz';

const ENTRIES: Record<Key, (random: Random) => string> = {
  read: (random) => random.pick(PATHS),
  exec: (random) => random.pick([...PATHS.slice(1), ...PATHS.slice(1).map((path) => `${path}/`), '/', 'a', 'b']),
  connect: (random) => {
    const blocks = BLOCKS.map(([text]) => text);
    const hosts = [...HOSTS, ...HOSTS.map((host) => `*.${host}`)];
    return `${random.chance(5) ? '*' : random.pick(random.chance(50) ? blocks : hosts)}:${random.pick(PORTS)}`;
  },
  tools: (random) => random.pick(['s/t', 's/u', 's/*', 't/t', 't/*']),
};

/** Another entry; of an endpoint often with the same ports. */
function near(entry: string, key: Key, random: Random): string {
  const other = ENTRIES[key](random);
  const at = entry.lastIndexOf(':');
  return key !== 'connect' || random.chance(30) ? other : other.slice(0, other.lastIndexOf(':')) + entry.slice(at);
}

/** A parent and a child with one and the same list, of entries drawn from the same few names. */
function pairOf(random: Random): { key: Key; child: ScopeJson; parent: ScopeJson } {
  const key = random.pick(['read', 'exec', 'connect', 'connect', 'connect', 'tools'] as const);
  const wide = random.times(1, 4, () => ENTRIES[key](random));
  const narrow = random.times(1, 2, () =>
    random.chance(70) ? near(random.pick(wide), key, random) : ENTRIES[key](random),
  );
  const json = (entries: string[], dynamic: boolean): ScopeJson => ({
    [key]: [...new Set(entries)],
    ...(dynamic && DYNAMIC.includes(key) ? { dynamic: true } : {}),
  });
  return { key, child: json(narrow, random.chance(20)), parent: json(wide, random.chance(60)) };
}

const paths = [...PATHS, ...PATHS.map((path) => `${path === '/' ? '' : path}/${FRESH}`)];
const hosts = [...HOSTS, ...HOSTS.map((host) => `${FRESH}.${host}`), FRESH];
const addresses = [
  ...BLOCKS.flatMap(([, first, last]) => [first, last]),
  // A block is an address to Cedar, too.
  ...BLOCKS.map(([text]) => text.replace(/[[\]]/g, '')),
  '10.0.0.8',
  '::c',
  '::7',
];

const inBothWays = (make: (dynamic: boolean) => Request[]): Request[] => [false, true].flatMap(make);

/** Everything at and around the boundaries of the names above. */
const REQUESTS: Record<Key, Request[]> = {
  read: paths.flatMap((path) => ['File', 'Dir'].map((type) => file('file.read', path, type))),
  exec: inBothWays((dynamic) => [...paths, 'a', 'b', FRESH].map((path) => exec(path, dynamic))),
  connect: PORT_EDGES.flatMap((port) => [
    ...hosts.map((host) => net('http.request', `${host}:${port}`)),
    ...addresses.map((address) => net('net.connect', `${FRESH}:${port}`, address)),
  ]),
  tools: inBothWays((dynamic) =>
    ['s/t', 's/u', 't/t', `s/${FRESH}`, `t/${FRESH}`].map((id) => call('mcp.call', id, dynamic)),
  ),
};

/** The first of `count` pairs on which containment and core disagree, told; and how many were accepted and refused. */
export function compareWithCore(seed: number, count: number) {
  const random = new Random(seed);
  let accepted = 0;
  let refused = 0;
  for (let index = 0; index < count; index++) {
    const { key, child, parent } = pairOf(random);
    const why = widening(scopeOf(child), scopeOf(parent));
    const [byChild, byParent] = [judge(scopeOf(child)), judge(scopeOf(parent))];
    const allowed = REQUESTS[key].filter((request) => byChild(request));
    const beyond = allowed.find((request) => !byParent(request));
    if (why === undefined) accepted++;
    else refused++;
    if ((why === undefined) === (beyond === undefined)) continue;
    const disagreement = JSON.stringify({ child, parent, why, beyond }, null, 2);
    return { accepted, refused, disagreement };
  }
  return { accepted, refused, disagreement: undefined };
}
