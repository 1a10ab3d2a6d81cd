// Owns: whether containment is what the core says it is: pairs of scopes near each other, and requests near their
// boundaries. A child that is accepted allows nothing that its parent refuses; one that is refused allows something
// that its parent refuses. The latter does not hold of objects of tools: several objects of the parent never hold one
// of the child together, and what a child lets ask counts.

import { widening } from '../../bindings/authority/containment.ts';
import type { ToolJson } from '../../bindings/authority/entry.ts';
import type { ScopeJson } from '../../bindings/authority/scope.ts';
import type { Request } from '../../bindings/request.ts';
import { Random } from '../differential/generate/random.ts';
import { call, exec, file, judge, net, scopeOf } from './judge.ts';

type Key = 'read' | 'exec' | 'connect' | 'tools';
const DYNAMIC: readonly Key[] = ['exec', 'tools'];
type Item = string | ToolJson;

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

const PATTERNS = ['x', 'x*', '*x', '*', 'xy', 'xy*', '*yx'];
const AMOUNTS = [0, 1, 2];

function object(random: Random): ToolJson {
  const orAsk = random.chance(30);
  const targets = random.chance(60) ? [...new Set(random.times(1, 2, () => random.pick(PATTERNS)))] : undefined;
  const amountMax = targets === undefined || random.chance(40) ? random.pick(AMOUNTS) : undefined;
  return {
    tool: random.pick(['s/t', 's/t', 's/u']),
    ...(targets === undefined ? {} : { targets }),
    ...(amountMax === undefined ? {} : { amountMax }),
    ...(orAsk ? { orAsk } : random.chance(20) ? { count: 1 } : {}),
  };
}

/** Objects and names of tools, as a list may hold them. */
function calls(random: Random): Item[] {
  const entries = random.times(1, 3, () => (random.chance(70) ? object(random) : ENTRIES.tools(random)));
  const distinct = [...new Map(entries.map((entry) => [JSON.stringify(entry), entry])).values()];
  const asking = distinct.filter((entry): entry is ToolJson => typeof entry !== 'string' && entry.orAsk === true);
  return distinct.filter(
    (entry) =>
      typeof entry === 'string' ||
      asking.every((one) => one.tool !== entry.tool) ||
      entry === asking.find((one) => one.tool === entry.tool),
  );
}

/** Two lists of objects and names; often the child has some of the parent's. */
function pairOfCalls(random: Random): { key: Key; child: ScopeJson; parent: ScopeJson } {
  const parent = calls(random);
  const kept = parent.filter(() => random.chance(50));
  const child = kept.length > 0 && random.chance(60) ? kept : calls(random);
  return { key: 'tools', child: { tools: child, dynamic: true }, parent: { tools: parent, dynamic: true } };
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

const CALLS: Request[] = ['s/t', 's/u', `s/${FRESH}`].flatMap((id) =>
  [undefined, 'x', 'xy', 'yx', 'xyx', 'xx', FRESH].flatMap((target) =>
    [undefined, -1, 0, 1, 2, 3].map((amount) =>
      call('mcp.call', id, false, {
        ...(target === undefined ? {} : { target }),
        ...(amount === undefined ? {} : { amount }),
      }),
    ),
  ),
);

/** The first of `count` pairs on which containment and core disagree, told; and how many were accepted and refused. */
export const compareWithCore = (seed: number, count: number) =>
  compare(seed, count, pairOf, (key) => REQUESTS[key], true);

/** The same of objects of tools; what is refused is not asked about. */
export const compareCallsWithCore = (seed: number, count: number) =>
  compare(seed, count, pairOfCalls, () => CALLS, false);

function compare(
  seed: number,
  count: number,
  pairs: typeof pairOf,
  requests: (key: Key) => readonly Request[],
  complete: boolean,
) {
  const random = new Random(seed);
  let accepted = 0;
  let refused = 0;
  for (let index = 0; index < count; index++) {
    const { key, child, parent } = pairs(random);
    const why = widening(scopeOf(child), scopeOf(parent));
    const [byChild, byParent] = [judge(scopeOf(child)), judge(scopeOf(parent))];
    const allowed = requests(key).filter((request) => byChild(request));
    const beyond = allowed.find((request) => !byParent(request));
    if (why === undefined) accepted++;
    else refused++;
    if ((why === undefined) === (beyond === undefined) || (why !== undefined && !complete)) continue;
    const disagreement = JSON.stringify({ child, parent, why, beyond }, null, 2);
    return { accepted, refused, disagreement };
  }
  return { accepted, refused, disagreement: undefined };
}
