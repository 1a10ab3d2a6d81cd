// Owns: changing modes, owners, times, sizes and extended attributes: decided as writing the object, and done to the
// object held.
// Trusts: nothing the thread can change after it was read.
// Excludes: ftruncate and other calls that take a descriptor opened for writing, which opening decided.

import { AT, E, F, MODE_BITS, NR, O, S } from '../../abi.ts';
import { isDirectory, isLink, type Found, type How } from '../resolve.ts';
import {
  bytesAt,
  CWD,
  decideOn,
  fileRequest,
  pathAt,
  withObject,
  type Answer,
  type Call,
  type GuardedTree,
} from './handler.ts';

const NAME_BYTES_MAX = 256;
const TIMESPECS = 32;
const TIMEVALS = 32;
const UTIMBUF = 16;

/** Something done to an object that is held; `held` is a path of the supervisor to it. */
type Act = (found: Found, held: string) => number;

const heldPath = ({ fd }: Found): string => `/proc/self/fd/${fd}`;

const FOLLOWED: How = { follow: true };
const ITSELF: How = { follow: false };

/** To what the path in argument `at` leads to. */
function toPath(tree: GuardedTree, call: Call, directory: number, at: number, how: How, act: Act): Answer {
  const named = { directory, path: pathAt(tree, call, call.args[at]!) };
  return withObject(tree, call, named, how, (found) => decideToWrite(tree, call, found, act));
}

/** To what the thread holds by a descriptor. An object that lost its last name, or never had one, is
 * the tree's alone. */
function toDescriptor(tree: GuardedTree, call: Call, descriptor: number, act: Act): Answer {
  const { kernel } = tree;
  const own = tree.tasks.grab(call.task, descriptor);
  if (own < 0) return own;
  // Held as a path only, it is no descriptor to these calls.
  const isPath = (kernel.sys.call(NR.fcntl, own, F.GETFL) & O.PATH) !== 0;
  if (isPath) kernel.close(own);
  const found = isPath ? -E.BADF : tree.resolver.found(own);
  if (typeof found === 'number') return found;
  try {
    if (found.path !== undefined) return decideToWrite(tree, call, found, act);
    kernel.stat(found.fd);
    const isNamed = kernel.facts.nlink > 0 && [S.IFREG, S.IFDIR].some((type) => type === (found.mode & S.IFMT));
    return isNamed || !tree.listener.isValid(call.id) ? -E.ACCES : act(found, heldPath(found));
  } finally {
    kernel.close(found.fd);
  }
}

const decideToWrite = (tree: GuardedTree, call: Call, found: Found, act: Act): Answer =>
  decideOn(
    tree,
    call,
    found,
    (path) => [fileRequest('write', path)],
    () => act(found, heldPath(found)),
  );

const flagsOf = (flags: number, known: number): How | undefined =>
  (flags & ~known) === 0
    ? { follow: (flags & AT.SYMLINK_NOFOLLOW) === 0, empty: (flags & AT.EMPTY_PATH) !== 0 }
    : undefined;

// Modes.

const chmod =
  (tree: GuardedTree, mode: number): Act =>
  (found, held) =>
    isLink(found.mode)
      ? -E.OPNOTSUPP
      : tree.kernel.sys.call(NR.fchmodat, AT.FDCWD, tree.kernel.path(held), mode & MODE_BITS);

export const chmodOld = (tree: GuardedTree, call: Call): Answer =>
  toPath(tree, call, CWD, 0, FOLLOWED, chmod(tree, call.ints[1]!));
export const chmodAt = (tree: GuardedTree, call: Call): Answer =>
  toPath(tree, call, call.ints[0]!, 1, FOLLOWED, chmod(tree, call.ints[2]!));
export const chmodAt2 = (tree: GuardedTree, call: Call): Answer => {
  const how = flagsOf(call.ints[3]!, AT.SYMLINK_NOFOLLOW | AT.EMPTY_PATH);
  return how ? toPath(tree, call, call.ints[0]!, 1, how, chmod(tree, call.ints[2]!)) : -E.INVAL;
};
export const chmodDescriptor = (tree: GuardedTree, call: Call): Answer =>
  toDescriptor(tree, call, call.ints[0]!, chmod(tree, call.ints[1]!));

// Owners.

const chown =
  (tree: GuardedTree, uid: number, gid: number): Act =>
  (found) =>
    tree.kernel.sys.call(NR.fchownat, found.fd, tree.kernel.path(''), uid, gid, AT.EMPTY_PATH);

export const chownOld = (tree: GuardedTree, call: Call): Answer =>
  toPath(tree, call, CWD, 0, FOLLOWED, chown(tree, call.ints[1]!, call.ints[2]!));
export const lchown = (tree: GuardedTree, call: Call): Answer =>
  toPath(tree, call, CWD, 0, ITSELF, chown(tree, call.ints[1]!, call.ints[2]!));
export const chownAt = (tree: GuardedTree, call: Call): Answer => {
  const how = flagsOf(call.ints[4]!, AT.SYMLINK_NOFOLLOW | AT.EMPTY_PATH);
  return how ? toPath(tree, call, call.ints[0]!, 1, how, chown(tree, call.ints[2]!, call.ints[3]!)) : -E.INVAL;
};
export const chownDescriptor = (tree: GuardedTree, call: Call): Answer =>
  toDescriptor(tree, call, call.ints[0]!, chown(tree, call.ints[1]!, call.ints[2]!));

// Times, all as utimensat takes them; `undefined` is now.

const touch =
  (tree: GuardedTree, times: Buffer | undefined): Act =>
  (found, held) => {
    const { kernel } = tree;
    const address = times === undefined ? 0 : kernel.sys.address(times);
    // A link itself has only AT_EMPTY_PATH, which old kernels lack here.
    return isLink(found.mode)
      ? kernel.sys.call(NR.utimensat, found.fd, kernel.path(''), address, AT.EMPTY_PATH)
      : kernel.sys.call(NR.utimensat, AT.FDCWD, kernel.path(held), address, 0);
  };

function timesAt(tree: GuardedTree, call: Call, address: number, size: number): Buffer | number | undefined {
  return address === 0 ? undefined : bytesAt(tree, call, address, size);
}

/** Microseconds to nanoseconds. */
function fromTimevals(times: Buffer | number | undefined): Buffer | number | undefined {
  if (times === undefined || typeof times === 'number') return times;
  for (const at of [8, 24]) {
    const micros = times.readBigInt64LE(at);
    if (micros < 0n || micros >= 1_000_000n) return -E.INVAL;
    times.writeBigInt64LE(micros * 1000n, at);
  }
  return times;
}

function fromUtimbuf(times: Buffer | number | undefined): Buffer | number | undefined {
  if (times === undefined || typeof times === 'number') return times;
  const specs = Buffer.alloc(TIMESPECS);
  times.copy(specs, 0, 0, 8);
  times.copy(specs, 16, 8, 16);
  return specs;
}

/** To the descriptor itself. */
const isWithoutPath = (call: Call): boolean => call.args[1] === 0 && call.ints[0] !== AT.FDCWD;

export const utimensAt = (tree: GuardedTree, call: Call): Answer => {
  const times = timesAt(tree, call, call.args[2]!, TIMESPECS);
  if (typeof times === 'number') return times;
  if (isWithoutPath(call))
    return call.ints[3] === 0 ? toDescriptor(tree, call, call.ints[0]!, touch(tree, times)) : -E.INVAL;
  const how = flagsOf(call.ints[3]!, AT.SYMLINK_NOFOLLOW | AT.EMPTY_PATH);
  return how ? toPath(tree, call, call.ints[0]!, 1, how, touch(tree, times)) : -E.INVAL;
};
export const futimesAt = (tree: GuardedTree, call: Call): Answer => {
  const times = fromTimevals(timesAt(tree, call, call.args[2]!, TIMEVALS));
  if (typeof times === 'number') return times;
  if (isWithoutPath(call)) return toDescriptor(tree, call, call.ints[0]!, touch(tree, times));
  return toPath(tree, call, call.ints[0]!, 1, FOLLOWED, touch(tree, times));
};
export const utimes = (tree: GuardedTree, call: Call): Answer => {
  const times = fromTimevals(timesAt(tree, call, call.args[1]!, TIMEVALS));
  return typeof times === 'number' ? times : toPath(tree, call, CWD, 0, FOLLOWED, touch(tree, times));
};
export const utime = (tree: GuardedTree, call: Call): Answer => {
  const times = fromUtimbuf(timesAt(tree, call, call.args[1]!, UTIMBUF));
  return typeof times === 'number' ? times : toPath(tree, call, CWD, 0, FOLLOWED, touch(tree, times));
};

// Sizes.

export const truncate = (tree: GuardedTree, call: Call): Answer => {
  const size = call.args[1]!;
  // Negative, where it is signed.
  if (size >= 2 ** 63) return -E.INVAL;
  return toPath(tree, call, CWD, 0, FOLLOWED, (found, held) =>
    isDirectory(found.mode) ? -E.ISDIR : tree.kernel.sys.call(NR.truncate, tree.kernel.path(held), size),
  );
};

// Extended attributes. Links have none that their owner may set.

function attributeName(tree: GuardedTree, call: Call, address: number): string | number {
  const name = pathAt(tree, call, address);
  if (typeof name === 'number') return name;
  return name.length > 0 && Buffer.byteLength(name) < NAME_BYTES_MAX ? name : -E.RANGE;
}

function setter(tree: GuardedTree, call: Call): Act | number {
  const name = attributeName(tree, call, call.args[1]!);
  if (typeof name === 'number') return name;
  const value = bytesAt(tree, call, call.args[2]!, call.args[3]!);
  if (typeof value === 'number') return value;
  const flags = call.ints[4]!;
  return (found, held) => {
    if (isLink(found.mode)) return -E.PERM;
    const { kernel } = tree;
    const data = value.length === 0 ? 0 : kernel.sys.address(value);
    return kernel.sys.call(NR.setxattr, kernel.path(held), kernel.secondPath(name), data, value.length, flags);
  };
}

function remover(tree: GuardedTree, call: Call): Act | number {
  const name = attributeName(tree, call, call.args[1]!);
  if (typeof name === 'number') return name;
  return (found, held) =>
    isLink(found.mode)
      ? -E.PERM
      : tree.kernel.sys.call(NR.removexattr, tree.kernel.path(held), tree.kernel.secondPath(name));
}

const byPath =
  (make: typeof setter, how: How) =>
  (tree: GuardedTree, call: Call): Answer => {
    const act = make(tree, call);
    return typeof act === 'number' ? act : toPath(tree, call, CWD, 0, how, act);
  };
const byDescriptor =
  (make: typeof setter) =>
  (tree: GuardedTree, call: Call): Answer => {
    const act = make(tree, call);
    return typeof act === 'number' ? act : toDescriptor(tree, call, call.ints[0]!, act);
  };

export const setAttribute = byPath(setter, FOLLOWED);
export const setLinkAttribute = byPath(setter, ITSELF);
export const setDescriptorAttribute = byDescriptor(setter);
export const removeAttribute = byPath(remover, FOLLOWED);
export const removeLinkAttribute = byPath(remover, ITSELF);
export const removeDescriptorAttribute = byDescriptor(remover);
