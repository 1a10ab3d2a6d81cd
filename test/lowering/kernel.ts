// Owns: what a kernel does with lowered rules, written from what Landlock and longest-prefix maps are, not from the
// code that lowers. Excludes: families that are mediated or denied; whoever asks leaves those out.

import type { AddressRule } from '../../bindings/lowering/bpf.ts';
import type { FsRight, LandlockConstraints, NetRight, PathRule } from '../../bindings/lowering/landlock.ts';

type Place = Pick<PathRule, 'path' | 'is'>;
type Type = 'File' | 'Dir';

const parentOf = (path: string): string | undefined =>
  path === '/' ? undefined : path.slice(0, Math.max(1, path.lastIndexOf('/')));

/** A path and all directories above it. */
const upwards = (path: string): string[] => {
  const parent = parentOf(path);
  return parent === undefined ? [path] : [path, ...upwards(parent)];
};

/**
 * Whether a rule hangs on `path` or above it, in a file system where `asked` is of the type and all above it
 * directories.
 */
function reaches({ path, is }: Place, place: string, asked: string, type: Type): boolean {
  const isFile = path === asked && type === 'File';
  if ((is === 'file' && !isFile) || (is === 'directory' && isFile)) return false;
  return upwards(place).includes(path);
}

export const runs = (rules: readonly Place[], path: string): boolean =>
  rules.some((rule) => reaches(rule, path, path, 'File'));

const MADE: Record<Type, readonly FsRight[]> = {
  File: ['make-reg', 'make-sym', 'make-fifo', 'make-sock', 'make-char', 'make-block'],
  Dir: ['make-dir'],
};

/** Whether Landlock lets through anything that is this action on this path. */
export function landlockFile(rules: readonly PathRule[], action: string, path: string, type: Type): boolean {
  const has = (right: FsRight, place: string | undefined): boolean =>
    place !== undefined && rules.some((rule) => rule.rights.includes(right) && reaches(rule, place, path, type));
  switch (action) {
    case 'file.read':
      return has(type === 'File' ? 'read-file' : 'read-dir', path);
    case 'file.write':
      return has('write-file', path) || has('truncate', path);
    case 'file.create':
      return MADE[type].some((right) => has(right, parentOf(path)));
    case 'file.delete':
    case 'file.rename':
      return has(type === 'File' ? 'remove-file' : 'remove-dir', parentOf(path));
    case 'process.exec':
      return has('execute', path);
    default:
      throw new Error(action);
  }
}

export const landlockPort = (rules: LandlockConstraints['ports'], right: NetRight, port: number): boolean =>
  rules.some(({ first, last, rights }) => rights.includes(right) && first <= port && port <= last);

const bitsOfNumbers = (numbers: string[], radix: number, width: number): string =>
  numbers.map((text) => Number.parseInt(text, radix).toString(2).padStart(width, '0')).join('');

const groupsOf = (text: string | undefined): string[] => (text ? text.split(':') : []);

/** The bits of an address, IPv4 or IPv6. */
function bitsOf(address: string): string {
  if (!address.includes(':')) return bitsOfNumbers(address.split('.'), 10, 8);
  const [left, right] = address.split('::');
  const [before, after] = [groupsOf(left), groupsOf(right)];
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return bitsOfNumbers([...before, ...zeros, ...after], 16, 16);
}

/** Whether the rule with the longest prefix that holds the address has the port. */
export function lpm(rules: readonly AddressRule[], address: string, port: number): boolean {
  const bits = bitsOf(address);
  const holding = rules
    .map(({ block, ports }) => ({ prefix: Number(block.split('/')[1]), net: bitsOf(block.split('/')[0]!), ports }))
    .filter(({ prefix, net }) => net.length === bits.length && net.slice(0, prefix) === bits.slice(0, prefix));
  const [longest] = holding.toSorted((a, b) => b.prefix - a.prefix);
  return longest !== undefined && longest.ports.some(({ first, last }) => first <= port && port <= last);
}

interface Node {
  name: string;
  parent: Node | undefined;
  isDirectory: boolean;
  rights: Set<FsRight>;
}

/**
 * A file system under Landlock: its rules hang on what was at their paths when they were laid on, wherever that goes.
 */
export class Tree {
  readonly nodes: Node[];

  constructor(files: readonly string[], rules: readonly PathRule[]) {
    const byPath = new Map<string, Node>();
    const add = (path: string, isDirectory: boolean): Node => {
      const known = byPath.get(path);
      if (known !== undefined) return known;
      const above = parentOf(path);
      const parent = above === undefined ? undefined : add(above, true);
      const node = { name: path.slice(path.lastIndexOf('/') + 1), parent, isDirectory, rights: new Set<FsRight>() };
      byPath.set(path, node);
      return node;
    };
    for (const file of files) add(file, false);
    for (const { path, is, rights } of rules) {
      const node = byPath.get(path);
      if (node === undefined || (is !== 'any' && (is === 'directory') !== node.isDirectory)) continue;
      for (const right of rights) node.rights.add(right);
    }
    this.nodes = [...byPath.values()];
  }

  pathOf(node: Node): string {
    if (node.parent === undefined) return '/';
    const above = this.pathOf(node.parent);
    return `${above === '/' ? '' : above}/${node.name}`;
  }

  has(node: Node | undefined, right: FsRight): boolean {
    return node !== undefined && (node.rights.has(right) || this.has(node.parent, right));
  }

  /** Renames as the kernel would, or not at all. */
  move(node: Node, to: Node, name: string): boolean {
    const from = node.parent;
    const inItself = (one: Node | undefined): boolean => one !== undefined && (one === node || inItself(one.parent));
    if (from === undefined || !to.isDirectory || inItself(to)) return false;
    if (this.nodes.some((one) => one.parent === to && one.name === name)) return false;
    const all: FsRight[] = ['execute', 'read-file', 'read-dir', 'write-file', 'truncate', 'make-reg', 'make-dir'];
    const isWhole = to === from || (this.has(from, 'refer') && this.has(to, 'refer'));
    const gains = to !== from && all.some((right) => this.has(to, right) && !this.has(from, right));
    const [remove, make] = node.isDirectory
      ? (['remove-dir', 'make-dir'] as const)
      : (['remove-file', 'make-reg'] as const);
    if (!isWhole || gains || !this.has(from, remove) || !this.has(to, make)) return false;
    node.parent = to;
    node.name = name;
    return true;
  }
}
