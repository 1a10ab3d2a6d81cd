// Owns: an authority as rules for BPF programs of a control group: addresses to connect and bind to, programs to run
// (SPEC §12.3).
// Excludes: the programs, and turning paths into inodes; the adapter does that.

import type { Entry, Ports } from '../authority/entry.ts';
import { EXACT, floorOf, type Bound } from './binding.ts';
import { autobindLoss, execRules, type PathRule } from './landlock.ts';
import { commonLosses, isNamed, mediatedLoss, zoneLoss, type Loss } from './loss.ts';
import type { Reach } from './reach.ts';
import { finderOf, joinPorts, type Zone } from './zone.ts';

/** Of the rules whose block holds an address the one with the longest prefix counts; what has none is denied. */
export interface AddressRule extends Bound {
  block: string;
  ports: readonly Ports[];
}

export interface BpfConstraints {
  target: 'bpf';
  untilMs: number;
  connect: readonly AddressRule[];
  bind: readonly AddressRule[];
  exec: readonly Omit<PathRule, 'rights'>[];
  losses: readonly Loss[];
}

const block = (name: string, ...trail: string[]): Entry => ({ text: name, name, kind: 'address', trail });
const IPV4 = block('0.0.0.0/0', 'ipv4');
const IPV6 = block('::/0', 'ipv6');
/**
 * IPv4 addresses written as IPv6. No block of a scope stands for them: they are judged as the IPv4 addresses they are.
 */
const MAPPED = block('::ffff:0:0/96', 'ipv6', ...'0'.repeat(80), ...'1'.repeat(16));

export function bpfOf(reach: Reach): BpfConstraints {
  const movable = reach.zones.exec.filter((zone) => reach.movable.has(zone));
  return {
    target: 'bpf',
    untilMs: reach.untilMs,
    connect: addressRules('connect', reach),
    bind: addressRules('listen', reach),
    exec: execRules(reach),
    losses: [
      ...commonLosses(reach),
      ...movable.map((zone) => zoneLoss('exec', zone, 'it can be moved, and an inode is the same wherever it lies')),
      mediatedLoss('read, write', 'these programs hold no files; Landlock does', ['open', 'path-modify', 'attributes']),
      autobindLoss(reach),
    ],
  };
}

function addressRules(key: 'connect' | 'listen', { zones, judged }: Reach): AddressRule[] {
  const bound = judged.has(key) ? floorOf(key) : EXACT;
  const blocks = zones[key].filter((zone) => !isNamed(zone)).flatMap(blocksOf);
  const find = finderOf(blocks);
  const rules = new Map<string, AddressRule>();
  for (const { entry } of blocks) {
    // The longest prefix alone is asked, so it has to say what the shorter ones allow, too.
    const ports = joinPorts(find(entry).flatMap((around) => around.ports));
    rules.set(entry.name, { block: entry.name, ports, ...bound });
  }
  if (find(MAPPED).length > 0) rules.set(MAPPED.name, { block: MAPPED.name, ports: [], ...EXACT });
  return [...rules.values()].toSorted((a, b) => (a.block < b.block ? -1 : Number(a.block > b.block)));
}

/** The zone as blocks, each named with its prefix. */
function blocksOf({ entry, ports }: Zone): Zone[] {
  if (entry.kind === 'any') return [IPV4, IPV6].map((all) => ({ entry: all, ports }));
  const name = entry.name.includes('/') ? entry.name : `${entry.name}/${entry.trail.length - 1}`;
  return [{ entry: { ...entry, name }, ports }];
}
