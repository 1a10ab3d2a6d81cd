// Owns: a scope as Landlock rules: paths with rights by name, and TCP ports.
// What is not listed is not granted: every right and both port accesses are handled, and signals and abstract unix sockets are scoped.

import type { Entry } from '../authority/entry.ts';
import type { Scope } from '../authority/scope.ts';

/** The rights of Landlock, by the names of its documentation. Making devices is granted to nobody. */
export type LandlockRight =
  | 'execute'
  | 'read-file'
  | 'read-dir'
  | 'write-file'
  | 'truncate'
  | 'remove-dir'
  | 'remove-file'
  | 'make-dir'
  | 'make-reg'
  | 'make-sock'
  | 'make-fifo'
  | 'make-sym'
  | 'refer';

export interface LandlockPath {
  path: string;
  /** What the rule is for: the path and all below it; or only what is below a directory; or only what is no directory. The last two hold only while it is one, or none. */
  of: 'path' | 'directory' | 'file';
  rights: LandlockRight[];
}

export interface LandlockRules {
  paths: LandlockPath[];
  /** TCP, any address. */
  ports: { port: number; rights: ('connect-tcp' | 'bind-tcp')[] }[];
  scoped: ['signal', 'abstract-unix-socket'];
}

const READ: readonly LandlockRight[] = ['read-file', 'read-dir'];
const WRITE: readonly LandlockRight[] = [
  'write-file',
  'truncate',
  'remove-dir',
  'remove-file',
  'make-dir',
  'make-reg',
  'make-sock',
  'make-fifo',
  'make-sym',
  'refer',
];
const EXECUTE: readonly LandlockRight[] = ['execute'];
/** Landlock takes one port at a time; what spans more is left to whoever connects for the tree. */
export const PORTS_MAX = 64;

export function lowerLandlock({ entries }: Scope): LandlockRules {
  const paths = new Map<string, LandlockPath>();
  const grant = (path: string, of: LandlockPath['of'], rights: readonly LandlockRight[]): void => {
    const key = `${of} ${path}`;
    const rule = paths.get(key) ?? { path, of, rights: [] };
    rule.rights.push(...rights.filter((right) => !rule.rights.includes(right)));
    paths.set(key, rule);
  };
  for (const { name } of entries.read) grant(name, 'path', READ);
  for (const { name } of entries.write) grant(name, 'path', WRITE);
  for (const { kind, name } of entries.exec) {
    if (kind === 'file' || kind === 'directory') grant(name, kind, EXECUTE);
  }

  const ports = new Map<number, ('connect-tcp' | 'bind-tcp')[]>();
  const open = (list: readonly Entry[], right: 'connect-tcp' | 'bind-tcp'): void => {
    for (const entry of list.filter(isPorts)) {
      for (let port = entry.ports!.first; port <= entry.ports!.last; port++) {
        const rights = ports.get(port) ?? [];
        ports.set(port, rights.includes(right) ? rights : [...rights, right]);
      }
    }
  };
  open(entries.connect, 'connect-tcp');
  open(entries.listen, 'bind-tcp');
  return {
    paths: [...paths.values()],
    ports: [...ports].toSorted(([a], [b]) => a - b).map(([port, rights]) => ({ port, rights })),
    scoped: ['signal', 'abstract-unix-socket'],
  };
}

/** Whether an entry of endpoints is ports alone, of any host, and few enough. */
export const isPorts = ({ kind, ports }: Entry): boolean => kind === 'any' && ports!.last - ports!.first < PORTS_MAX;
