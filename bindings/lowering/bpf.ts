// Owns: a scope as rules for BPF programs of a cgroup: blocks of addresses with ports, and the files that may be executed.
// A name is no address: entries by name are lost here.

import type { Entry } from '../authority/entry.ts';
import type { Scope } from '../authority/scope.ts';

export interface BpfEndpoint {
  /** An address, or a block of them with its prefix length. */
  block: string;
  ports: { first: number; last: number };
}

export interface BpfRules {
  connect: BpfEndpoint[];
  bind: BpfEndpoint[];
  /** Files by path, to be known by their inodes; of a directory, all files below it. */
  exec: { path: string; of: 'file' | 'directory' }[];
}

export const lowerBpf = ({ entries }: Scope): BpfRules => ({
  connect: entries.connect.flatMap(endpoints),
  bind: entries.listen.flatMap(endpoints),
  exec: entries.exec.flatMap(({ kind, name }) =>
    kind === 'file' || kind === 'directory' ? [{ path: name, of: kind }] : [],
  ),
});

function endpoints({ kind, name, ports }: Entry): BpfEndpoint[] {
  if (kind === 'address') return [{ block: name, ports: ports! }];
  return kind === 'any' ? ['0.0.0.0/0', '::/0'].map((block) => ({ block, ports: ports! })) : [];
}
