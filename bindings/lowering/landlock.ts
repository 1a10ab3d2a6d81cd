// Owns: an authority as Landlock rules (ABI 7), by name (SPEC §12.3). Trusts: the reach it is given.
// Excludes: numbers, descriptors and calls; the adapter has them.

import type { Ports } from '../authority/entry.ts';
import { EXACT, floorOf, type Bound } from './binding.ts';
import { commonLosses, isNamed, isProgram, mediatedLoss, refusedLoss, zoneLoss, type Loss } from './loss.ts';
import type { Reach } from './reach.ts';
import { joinPorts, withoutPorts, type Zone } from './zone.ts';

const FS_RIGHTS = [
  'execute',
  'read-file',
  'read-dir',
  'write-file',
  'truncate',
  'make-reg',
  'make-dir',
  'make-sym',
  'make-fifo',
  'make-sock',
  'make-char',
  'make-block',
  'remove-file',
  'remove-dir',
  'refer',
  'ioctl-dev',
] as const;
export type FsRight = (typeof FS_RIGHTS)[number];

const NET_RIGHTS = ['connect-tcp', 'bind-tcp'] as const;
export type NetRight = (typeof NET_RIGHTS)[number];

const SCOPES = ['abstract-unix-socket', 'signal'] as const;

/**
 * The adapter opens `path` without following any link, and leaves the rule out if nothing is there, or not what `is`
 * says.
 */
export interface PathRule extends Bound {
  path: string;
  is: 'any' | 'file' | 'directory';
  rights: readonly FsRight[];
}

export interface PortRule extends Bound, Ports {
  rights: readonly NetRight[];
}

export interface LandlockConstraints {
  target: 'landlock';
  untilMs: number;
  handledFs: readonly FsRight[];
  handledNet: readonly NetRight[];
  scoped: readonly (typeof SCOPES)[number][];
  paths: readonly PathRule[];
  ports: readonly PortRule[];
  losses: readonly Loss[];
}

// Devices and sockets are not made: what stands behind one is not told by its path.
const RIGHTS = {
  read: ['read-file', 'read-dir'],
  write: [
    ...(['write-file', 'truncate', 'make-reg', 'make-dir', 'make-sym', 'make-fifo'] as const),
    ...(['remove-file', 'remove-dir', 'refer'] as const),
  ],
  exec: ['execute'],
} as const satisfies Record<string, readonly FsRight[]>;

const NET = { connect: 'connect-tcp', listen: 'bind-tcp' } as const;

const PORTS_ONLY = 'Landlock knows ports, not addresses';
const AUTOBIND = 'a socket that listens unbound is bound by the kernel itself, past these rules';

export function landlockOf(reach: Reach): LandlockConstraints {
  return {
    target: 'landlock',
    untilMs: reach.untilMs,
    handledFs: FS_RIGHTS,
    handledNet: NET_RIGHTS,
    scoped: SCOPES,
    paths: pathRules(reach),
    ports: [...portRules('connect', reach), ...portRules('listen', reach)],
    losses: [...commonLosses(reach), ...fileLosses(reach), ...netLosses(reach)],
  };
}

/** Where programs may be run from; as the rules of a kernel that holds objects need it. */
export function execRules(reach: Reach): Omit<PathRule, 'rights'>[] {
  const rules = reach.zones.exec.filter((zone) => !isProgram(zone)).map((zone) => placeRule('exec', zone, reach));
  // A program called by name may lie anywhere, and no mediator can lend the right to run it.
  const isOpen = rules.some(({ path, binding }) => path === '/' && binding === 'floor');
  if (reach.zones.exec.some(isProgram) && !isOpen) rules.push({ path: '/', is: 'directory', ...floorOf('exec') });
  return rules.toSorted(byPath);
}

const byPath = (a: { path: string }, b: { path: string }): number => (a.path < b.path ? -1 : Number(a.path > b.path));

export const autobindLoss = ({ zones }: Reach): Loss =>
  (zones.listen.length > 0 ? mediatedLoss : refusedLoss)('listening unbound', AUTOBIND, ['bind-listen']);

function placeRule(key: 'read' | 'write' | 'exec', zone: Zone, reach: Reach): Omit<PathRule, 'rights'> {
  const { name, kind } = zone.entry;
  const bound = reach.judged.has(key) || reach.movable.has(zone) ? floorOf(key) : EXACT;
  return { path: name, is: kind === 'file' || kind === 'directory' ? kind : 'any', ...bound };
}

function pathRules(reach: Reach): PathRule[] {
  const rules: PathRule[] = [
    ...(['read', 'write'] as const).flatMap((key) =>
      reach.zones[key].map((zone) => ({ ...placeRule(key, zone, reach), rights: RIGHTS[key] })),
    ),
    ...execRules(reach).map((rule) => ({ ...rule, rights: RIGHTS.exec })),
  ];
  const merged = new Map<string, PathRule>();
  for (const { rights, ...rule } of rules) {
    const key = JSON.stringify(rule);
    merged.set(key, { ...rule, rights: [...(merged.get(key)?.rights ?? []), ...rights] });
  }
  return [...merged.values()].toSorted(byPath);
}

function portRules(key: 'connect' | 'listen', { zones, judged }: Reach): PortRule[] {
  const portsOf = (which: (zone: Zone) => boolean): Ports[] =>
    joinPorts(zones[key].filter(which).flatMap(({ ports }) => ports));
  // A port stands for all addresses, so nothing but an entry of all addresses is said by it exactly.
  const exact = judged.has(key) ? [] : portsOf(isAnywhere);
  const rights = [NET[key]];
  return [
    ...exact.map((ports) => ({ ...ports, rights, ...EXACT })),
    ...withoutPorts(
      portsOf(() => true),
      exact,
    ).map((ports) => ({ ...ports, rights, ...floorOf(key) })),
  ];
}

const isByAddress = (zone: Zone): boolean => !isNamed(zone) && !isAnywhere(zone);
const isAnywhere = ({ entry }: Zone): boolean => entry.kind === 'any';

function fileLosses(reach: Reach): Loss[] {
  const { write, exec } = reach.zones;
  const moved = (key: 'read' | 'exec'): Loss[] =>
    reach.zones[key]
      .filter((zone) => reach.movable.has(zone))
      .map((zone) => zoneLoss(key, zone, 'it can be moved, and Landlock holds what lies there wherever it goes'));
  const places = exec.filter((zone) => !isProgram(zone));
  return [
    ...moved('read'),
    ...moved('exec'),
    ...write
      .filter(({ entry }) => entry.name !== '/')
      .map(({ entry }) =>
        refusedLoss(
          `write ${JSON.stringify(entry.name)}, itself`,
          'to make, remove or rename it is a right on the directory above',
          ['path-modify'],
        ),
      ),
    ...(write.length === 0
      ? []
      : [
          refusedLoss('devices and sockets, made by path', 'a path does not tell what stands behind them', [
            'path-modify',
          ]),
        ]),
    (write.length === 0 ? refusedLoss : mediatedLoss)(
      'modes, owners, times and extended attributes',
      'Landlock does not know them',
      ['attributes'],
    ),
    ...(places.length === 0 || exec.some(({ entry }) => entry.text === '/')
      ? []
      : [
          refusedLoss('loaders and interpreters', 'they are executed too, and are not listed with the program', [
            'exec',
          ]),
        ]),
    refusedLoss('programs without a path', 'Landlock does not know memory that is executed', ['memfd']),
  ];
}

function netLosses(reach: Reach): Loss[] {
  const { connect, listen } = reach.zones;
  return [
    ...connect.filter(isByAddress).map((zone) => zoneLoss('connect', zone, PORTS_ONLY)),
    ...listen.filter(isByAddress).map((zone) => zoneLoss('listen', zone, PORTS_ONLY)),
    (connect.length === 0 ? refusedLoss : mediatedLoss)('UDP', 'Landlock knows TCP only', ['udp']),
    refusedLoss('TCP fast open, MPTCP and SCTP', 'they connect past the rules for TCP', ['fast-open', 'other-socket']),
    refusedLoss('sockets of other kinds', 'no list of a scope stands for them', [
      'unix-socket',
      'raw-socket',
      'other-socket',
    ]),
    autobindLoss(reach),
  ];
}
