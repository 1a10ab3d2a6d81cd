// Owns: whether what is lowered ever allows what the layers of the grants do not: random chains and requests near their
// entries, put to a model of the kernel and to the core.

import type { Grant } from '../../bindings/authority/grant.ts';
import type { ScopeJson } from '../../bindings/authority/scope.ts';
import type { Bound } from '../../bindings/lowering/binding.ts';
import { lower } from '../../bindings/lowering/index.ts';
import type { FamilyRule } from '../../bindings/lowering/seccomp.ts';
import type { Request } from '../../bindings/request.ts';
import { EXPIRES_MS, exec, file, judge, net, NOW_MS, scopeOf } from '../authority/judge.ts';
import { Random } from '../differential/generate/random.ts';
import { landlockFile, landlockPort, lpm, runs, Tree } from './kernel.ts';

const PATHS = ['/', '/a', '/a/b', '/a/b/c', '/a/c', '/ab', '/b'];
const BLOCKS = [
  '10.0.0.0/29',
  '10.0.0.0/30',
  '10.0.0.4',
  '0.0.0.0/0',
  '[::8/125]',
  '[::b]',
  '[::/0]',
  '[::fffe:0:0/95]',
];
const HOSTS = ['*', '*', 'org', '*.org', 'a.org', '*.a.org'];
const PORTS = ['1', '2', '3', '1-2', '2-3', '*', '*'];
const FORBIDS = [
  'forbid (principal, action == Action::"file.read", resource in Dir::"/a");',
  'forbid (principal, action in [Action::"net.connect", Action::"http.request"], resource) when { context.port == 2 };',
  'forbid (principal, action in Action::"modify", resource) when { context.resolved };',
  'forbid (principal, action, resource == File::"/a/b");',
  'forbid (principal, action == Action::"process.exec", resource) when { context.program == "x" };',
  '@verdict("approve") forbid (principal, action == Action::"net.listen", resource);',
];
// One that no entry names.
const FRESH = 'zz';

const executables = [...PATHS.slice(1), ...PATHS.slice(1).map((path) => `${path}/`), '/', 'git'];
const endpoint = (random: Random): string => `${random.pick(random.chance(60) ? BLOCKS : HOSTS)}:${random.pick(PORTS)}`;

function scopeJson(random: Random): ScopeJson {
  const list = (draw: () => string): string[] => [...new Set(random.times(1, 4, draw))];
  const maybe = (key: keyof ScopeJson, value: () => unknown, percent = 80): ScopeJson =>
    random.chance(percent) ? { [key]: value() } : {};
  return {
    ...maybe('read', () => list(() => random.pick(PATHS))),
    ...maybe('write', () => list(() => random.pick(PATHS)), 60),
    ...maybe('exec', () => list(() => random.pick(executables))),
    ...maybe('connect', () => list(() => endpoint(random))),
    ...maybe('listen', () => list(() => endpoint(random))),
    ...maybe('dynamic', () => true, 85),
    ...maybe('forbid', () => [random.pick(FORBIDS)], 15),
  };
}

/**
 * What `lower` reads of a grant. A chain of these need not be one that could be minted: each level is an intersection
 * of its own.
 */
export const grantOf = (json: ScopeJson, expiresMs = EXPIRES_MS): Grant => ({
  level: 'plan',
  statement: 'test',
  scope: scopeOf(json),
  expiresMs,
  depth: 0,
  issuer: '',
  token: '',
});

const paths = [...PATHS, ...PATHS.map((path) => `${path === '/' ? '' : path}/${FRESH}`)];
const addresses = [
  '10.0.0.0',
  '10.0.0.3',
  '10.0.0.4',
  '10.0.0.7',
  '10.0.0.8',
  '::7',
  '::8',
  '::b',
  '::f',
  '::10',
  '::fffe:0:1',
];
const names = ['org', 'a.org', `${FRESH}.a.org`, FRESH];
const FILE_ACTIONS = ['file.read', 'file.write', 'file.create', 'file.delete', 'file.rename'];

interface FileCase {
  action: string;
  path: string;
  type: 'File' | 'Dir';
}
const FILES: FileCase[] = FILE_ACTIONS.flatMap((action) =>
  paths.flatMap((path) =>
    (['File', 'Dir'] as const)
      .filter((type) => (type === 'File' ? path !== '/' : action !== 'file.write'))
      .map((type) => ({ action, path, type })),
  ),
);

interface NetCase {
  action: 'net.connect' | 'net.listen';
  address: string;
  port: number;
}
const NETS: NetCase[] = (['net.connect', 'net.listen'] as const).flatMap((action) =>
  addresses.flatMap((address) => [0, 1, 2, 3, 4, 65_535].map((port) => ({ action, address, port }))),
);

const hostOf = (address: string): string => (address.includes(':') ? `[${address}]` : address);

/**
 * The requests that one connection or binding may be stated as: by address, by a name that led to it, by a name alone.
 */
const netRequests = ({ action, address, port }: NetCase, random: Random): [Request, Request, Request] => {
  const name = `${random.pick(names)}:${port}`;
  return [net(action, `${hostOf(address)}:${port}`, address), net(action, name, address), net(action, name)];
};

const exactOnly = <Rule extends Bound>(rules: readonly Rule[]): Rule[] =>
  rules.filter(({ binding }) => binding === 'exact');

export interface Tally {
  exact: Record<'file' | 'exec' | 'port' | 'address' | 'moved', number>;
  floor: number;
  left: number;
  asked: number;
}

class Disagreement extends Error {}

/**
 * Puts random chains to the model and the core; the first on which the kernel allows what the layers do not is told.
 */
export function searchWidening(seed: number, count: number): { tally: Tally; widening: string | undefined } {
  const random = new Random(seed);
  const tally: Tally = { exact: { file: 0, exec: 0, port: 0, address: 0, moved: 0 }, floor: 0, left: 0, asked: 0 };
  for (let index = 0; index < count; index++) {
    const jsons = random.times(1, random.chance(70) ? 2 : 3, () => scopeJson(random));
    try {
      compare(jsons, random, tally);
    } catch (error) {
      if (!(error instanceof Disagreement)) throw error;
      return { tally, widening: `${error.message}\n${JSON.stringify(jsons)}` };
    }
  }
  return { tally, widening: undefined };
}

function compare(jsons: ScopeJson[], random: Random, tally: Tally): void {
  const { landlock, bpf, seccomp } = lower(
    jsons.map((json) => grantOf(json)),
    'json',
  );
  const judges = jsons.map((json) => judge(scopeOf(json)));
  const byLayers = (request: Request): boolean => judges.every((allows) => allows(request, NOW_MS));
  const family = (name: FamilyRule['family']): FamilyRule => seccomp.families.find((one) => one.family === name)!;
  const isLeft = (name: FamilyRule['family'], by: 'landlock' | 'bpf'): boolean => family(name).by.includes(by);
  /**
   * `exact` and what is left to the kernel hold alone; floors and exact rules together leave nothing out that is
   * allowed.
   */
  const hold = (
    what: string,
    at: { exact: boolean; all: boolean; left: boolean; requests: Request[]; whole: boolean },
  ): void => {
    const told = (): string => `${what} ${JSON.stringify(at.requests)}`;
    const allowed = at.requests.map(byLayers);
    tally.asked++;
    if (at.exact && allowed.includes(false)) throw new Disagreement(`exact, yet refused: ${told()}`);
    if (at.left && at.all && allowed.includes(false))
      throw new Disagreement(`left to the kernel, yet refused: ${told()}`);
    if (at.whole && !at.all && allowed.includes(true))
      throw new Disagreement(`allowed, yet not let through: ${told()}`);
    if (at.left && at.all) tally.left++;
    if (at.all && !at.exact) tally.floor++;
  };

  for (const { mediated } of [...landlock.paths, ...landlock.ports]) {
    if (mediated.some((name) => isLeft(name, 'landlock')))
      throw new Disagreement('a floor of Landlock is not mediated');
  }
  for (const { mediated } of [...bpf.connect, ...bpf.bind, ...bpf.exec]) {
    if (mediated.some((name) => isLeft(name, 'bpf'))) throw new Disagreement('a floor of BPF is not mediated');
  }

  const exactPaths = exactOnly(landlock.paths);
  for (const { action, path, type } of random.some(FILES, 25)) {
    const exact = landlockFile(exactPaths, action, path, type);
    // What an entry names is made and removed by a right on the directory above: refused, as the losses say.
    const itself = landlock.losses.some(({ what }) => what === `write ${JSON.stringify(path)}, itself`);
    const bySelf = itself && !['file.read', 'file.write'].includes(action);
    hold('file', {
      exact,
      all: landlockFile(landlock.paths, action, path, type),
      left: isLeft(['file.delete', 'file.rename'].includes(action) ? 'path-modify' : 'open', 'landlock'),
      requests: [file(action, path, type)],
      whole: !bySelf && path !== '/',
    });
    if (exact) tally.exact.file++;
  }

  const executed = [false, true];
  for (const path of random.some(paths, 60).filter((one) => one !== '/')) {
    const exact = landlockFile(exactPaths, 'process.exec', path, 'File');
    const all = landlockFile(landlock.paths, 'process.exec', path, 'File');
    const requests = executed.map((dynamic) => exec(path, dynamic));
    hold('exec, Landlock', { exact, all, left: isLeft('exec', 'landlock'), requests, whole: true });
    const [exactInode, inode] = [runs(exactOnly(bpf.exec), path), runs(bpf.exec, path)];
    hold('exec, BPF', { exact: exactInode, all: inode, left: isLeft('exec', 'bpf'), requests, whole: true });
    if (exact && exactInode) tally.exact.exec++;
  }

  for (const one of random.some(NETS, 20)) {
    const [right, rules] =
      one.action === 'net.connect' ? (['connect-tcp', bpf.connect] as const) : (['bind-tcp', bpf.bind] as const);
    const calls = one.action === 'net.connect' ? (['connect', 'udp'] as const) : (['bind-listen'] as const);
    const [byAddress, byBoth, byName] = netRequests(one, random);
    const exactPort = landlockPort(exactOnly(landlock.ports), right, one.port);
    const port = landlockPort(landlock.ports, right, one.port);
    const stated = [byAddress, byBoth, byName];
    hold('port', { exact: exactPort, all: port, left: false, requests: stated, whole: false });
    // What one level grants by name and another by address is not lowered.
    hold('port, one way', { exact: exactPort, all: port, left: false, requests: [byAddress, byName], whole: true });
    // Landlock sees neither UDP nor sockets that listen unbound: what is left to it on their account is all there is.
    hold('any socket', {
      exact: false,
      all: true,
      left: calls.some((name) => isLeft(name, 'landlock')),
      requests: stated,
      whole: false,
    });
    const exactAddress = lpm(exactOnly(rules), one.address, one.port);
    const address = lpm(rules, one.address, one.port);
    const left = calls.some((name) => isLeft(name, 'bpf'));
    // Of a name, an address is not told; so only a request by address is asked whether anything was left out.
    hold('address', { exact: exactAddress, all: address, left, requests: [byAddress, byBoth], whole: false });
    hold('address alone', { exact: exactAddress, all: address, left, requests: [byAddress], whole: true });
    if (exactPort) tally.exact.port++;
    if (exactAddress) tally.exact.address++;
  }
  // An IPv4 address written as IPv6 passes no rule for IPv6 that the IPv4 address it is does not.
  for (const [text, mapped] of [
    ['10.0.0.4', '::ffff:a00:4'],
    ['10.0.0.8', '::ffff:a00:8'],
  ] as const) {
    const requests = [net('net.connect', `${text}:1`, text)];
    const [exact, all] = [lpm(exactOnly(bpf.connect), mapped, 1), lpm(bpf.connect, mapped, 1)];
    hold('mapped', { exact, all, left: isLeft('connect', 'bpf'), requests, whole: false });
  }

  moveAbout(exactPaths, byLayers, random, tally);
}

/** What exact rules let through, after what they let be moved: judged by the names that things then have. */
function moveAbout(
  rules: Parameters<typeof landlockFile>[0],
  byLayers: (request: Request) => boolean,
  random: Random,
  tally: Tally,
): void {
  const tree = new Tree(['/a/b/c/f', '/a/c/g', '/a/h', '/ab/i', '/b/j'], rules);
  let moves = 0;
  for (let step = 0; step < 30; step++) {
    const node = random.pick(tree.nodes);
    const from = tree.pathOf(node);
    if (!tree.move(node, random.pick(tree.nodes), random.pick(['a', 'b', 'c', 'k']))) continue;
    moves++;
    const type = node.isDirectory ? 'Dir' : 'File';
    const requests = [file('file.rename', from, type), file('file.create', tree.pathOf(node), type)];
    if (!requests.every(byLayers)) throw new Disagreement(`moved, yet refused: ${JSON.stringify(requests)}`);
  }
  if (moves === 0) return;
  for (const node of tree.nodes) {
    const path = tree.pathOf(node);
    const requests = [
      ...(node.isDirectory && tree.has(node, 'read-dir') ? [file('file.read', path, 'Dir')] : []),
      ...(!node.isDirectory && tree.has(node, 'read-file') ? [file('file.read', path)] : []),
      ...(!node.isDirectory && tree.has(node, 'write-file') ? [file('file.write', path)] : []),
      ...(!node.isDirectory && tree.has(node, 'execute') ? [exec(path)] : []),
    ];
    const refused = requests.find((request) => !byLayers(request));
    if (refused !== undefined) throw new Disagreement(`after moves, exact, yet refused: ${JSON.stringify(refused)}`);
    tally.exact.moved += requests.length;
  }
}
