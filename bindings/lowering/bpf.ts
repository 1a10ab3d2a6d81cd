// Owns: an authority as rules for BPF programs of a control group: addresses to connect and bind to, programs to run (SPEC §12.3).
// Excludes: the programs, and turning paths into inodes; the adapter does that.

import type { Entry, Ports } from '../authority/entry.ts';
import { covers } from '../authority/containment.ts';
import { EXACT, floorOf, type Bound } from './binding.ts';
import { autobindLoss, execRules, type PathRule } from './landlock.ts';
import { commonLosses, isNamed, isProgram, mediatedLoss, zoneLoss, type Loss } from './loss.ts';
import { isMovable, type Reach } from './reach.ts';
import { joinPorts, type Zone } from './zone.ts';

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

/** IPv4 addresses written as IPv6. No block of a scope stands for them: they are judged as the IPv4 addresses they are. */
const MAPPED = { block: '::ffff:0:0/96', trail: ['ipv6', ...'0'.repeat(80), ...'1'.repeat(16)] };

export function bpfOf(reach: Reach): BpfConstraints {
  const movable = reach.zones.exec.filter((zone) => !isProgram(zone) && isMovable(zone, reach));
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

interface Block {
  entry: Entry;
  block: string;
  ports: readonly Ports[];
}

function addressRules(key: 'connect' | 'listen', { zones, judged }: Reach): AddressRule[] {
  const bound = judged.has(key) ? floorOf(key) : EXACT;
  const blocks = zones[key].filter((zone) => !isNamed(zone)).flatMap(blocksOf);
  const rules = new Map<string, AddressRule>();
  for (const { entry, block } of blocks) {
    // The longest prefix alone is asked, so it has to say what the shorter ones allow, too.
    const around = blocks.filter((one) => covers(one.entry, entry));
    rules.set(block, { block, ports: joinPorts(around.flatMap(({ ports }) => ports)), ...bound });
  }
  const mapped: Entry = { text: '', name: '', kind: 'address', trail: MAPPED.trail };
  if (blocks.some(({ entry }) => covers(entry, mapped)))
    rules.set(MAPPED.block, { block: MAPPED.block, ports: [], ...EXACT });
  return [...rules.values()].toSorted((a, b) => (a.block < b.block ? -1 : Number(a.block > b.block)));
}

function blocksOf({ names, ports }: Zone): Block[] {
  const [entry] = names as [Entry];
  if (entry.kind === 'any') {
    return [
      { entry: { ...entry, kind: 'address', trail: ['ipv4'] }, block: '0.0.0.0/0', ports },
      { entry: { ...entry, kind: 'address', trail: ['ipv6'] }, block: '::/0', ports },
    ];
  }
  const block = entry.name.includes('/') ? entry.name : `${entry.name}/${entry.trail.length - 1}`;
  return [{ entry, block, ports }];
}
