// Owns: changing modes, owners, times, sizes and extended attributes: decided as writing the object, and done to the object held.
// Trusts: nothing the thread can change after it was read.

import { AT, E, F, NR, O, S } from '../abi.ts';
import { isDirectory, isLink, type Found, type How } from './resolve.ts';
import { CWD, fileRequest, type Answer, type Call, type Tools } from './tools.ts';

const MODE_BITS = 0o7777;
const NAME_BYTES_MAX = 256;
const TIMESPECS = 32;
const TIMEVALS = 32;
const UTIMBUF = 16;

/** Something done to an object that is held; `held` is a path to it of ours. */
type Act = (found: Found, held: string) => number;

const FOLLOWED: How = { follow: true };
const ITSELF: How = { follow: false };

function toPath(tools: Tools, call: Call, directory: number, at: number, how: How, act: Act): Answer {
  return tools.withObject(call, directory, call.args[at]!, how, (found) =>
    tools.decided(call, [fileRequest('write', found.path)], () => act(found, `/proc/self/fd/${found.fd}`)),
  );
}

/** To what the thread holds by a descriptor. What has lost its last name, or never had one, is nobody else's. */
function toDescriptor(tools: Tools, call: Call, descriptor: number, act: Act): Answer {
  const { kernel } = tools;
  const own = tools.tasks.grab(call.task, descriptor);
  if (own < 0) return own;
  // Held as a path only, it is no descriptor to these calls.
  const isPath = (kernel.sys.call(NR.fcntl, own, F.GETFL) & O.PATH) !== 0;
  if (isPath) kernel.close(own);
  const found = isPath ? -E.BADF : tools.resolver.found(own);
  if (typeof found === 'number') return found;
  try {
    const held = `/proc/self/fd/${found.fd}`;
    if (found.path === undefined) {
      kernel.stat(found.fd);
      const isNamed = kernel.facts.nlink > 0 && [S.IFREG, S.IFDIR].some((type) => type === (found.mode & S.IFMT));
      return isNamed || !tools.listener.isValid(call.id) ? -E.ACCES : act(found, held);
    }
    if (!tools.isOpen(found, call)) return -E.ACCES;
    return tools.decided(call, [fileRequest('write', found.path)], () => act(found, held));
  } finally {
    kernel.close(found.fd);
  }
}

const flagsOf = (flags: number, known: number): How | undefined =>
  (flags & ~known) === 0
    ? { follow: (flags & AT.SYMLINK_NOFOLLOW) === 0, empty: (flags & AT.EMPTY_PATH) !== 0 }
    : undefined;

// Modes.

const chmod =
  (tools: Tools, mode: number): Act =>
  (found, held) =>
    isLink(found.mode)
      ? -E.OPNOTSUPP
      : tools.kernel.sys.call(NR.fchmodat, AT.FDCWD, tools.kernel.path(held), mode & MODE_BITS);

export const chmodOld = (tools: Tools, call: Call): Answer =>
  toPath(tools, call, CWD, 0, FOLLOWED, chmod(tools, call.ints[1]!));
export const chmodAt = (tools: Tools, call: Call): Answer =>
  toPath(tools, call, call.ints[0]!, 1, FOLLOWED, chmod(tools, call.ints[2]!));
export const chmodAt2 = (tools: Tools, call: Call): Answer => {
  const how = flagsOf(call.ints[3]!, AT.SYMLINK_NOFOLLOW | AT.EMPTY_PATH);
  return how ? toPath(tools, call, call.ints[0]!, 1, how, chmod(tools, call.ints[2]!)) : -E.INVAL;
};
export const chmodDescriptor = (tools: Tools, call: Call): Answer =>
  toDescriptor(tools, call, call.ints[0]!, chmod(tools, call.ints[1]!));

// Owners.

const chown =
  (tools: Tools, uid: number, gid: number): Act =>
  (found) =>
    tools.kernel.sys.call(NR.fchownat, found.fd, tools.kernel.path(''), uid, gid, AT.EMPTY_PATH);

export const chownOld = (tools: Tools, call: Call): Answer =>
  toPath(tools, call, CWD, 0, FOLLOWED, chown(tools, call.ints[1]!, call.ints[2]!));
export const lchown = (tools: Tools, call: Call): Answer =>
  toPath(tools, call, CWD, 0, ITSELF, chown(tools, call.ints[1]!, call.ints[2]!));
export const chownAt = (tools: Tools, call: Call): Answer => {
  const how = flagsOf(call.ints[4]!, AT.SYMLINK_NOFOLLOW | AT.EMPTY_PATH);
  return how ? toPath(tools, call, call.ints[0]!, 1, how, chown(tools, call.ints[2]!, call.ints[3]!)) : -E.INVAL;
};
export const chownDescriptor = (tools: Tools, call: Call): Answer =>
  toDescriptor(tools, call, call.ints[0]!, chown(tools, call.ints[1]!, call.ints[2]!));

// Times, all as utimensat takes them; `undefined` is now.

const touch =
  (tools: Tools, times: Buffer | undefined): Act =>
  (found, held) => {
    const { kernel } = tools;
    const address = times === undefined ? 0 : kernel.sys.address(times);
    // A link itself has only AT_EMPTY_PATH, which old kernels lack here.
    return isLink(found.mode)
      ? kernel.sys.call(NR.utimensat, found.fd, kernel.path(''), address, AT.EMPTY_PATH)
      : kernel.sys.call(NR.utimensat, AT.FDCWD, kernel.path(held), address, 0);
  };

function timesAt(tools: Tools, call: Call, address: number, size: number): Buffer | number | undefined {
  return address === 0 ? undefined : tools.bytes(call, address, size);
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

export const utimensAt = (tools: Tools, call: Call): Answer => {
  const times = timesAt(tools, call, call.args[2]!, TIMESPECS);
  if (typeof times === 'number') return times;
  if (isWithoutPath(call))
    return call.ints[3] === 0 ? toDescriptor(tools, call, call.ints[0]!, touch(tools, times)) : -E.INVAL;
  const how = flagsOf(call.ints[3]!, AT.SYMLINK_NOFOLLOW | AT.EMPTY_PATH);
  return how ? toPath(tools, call, call.ints[0]!, 1, how, touch(tools, times)) : -E.INVAL;
};
export const futimesAt = (tools: Tools, call: Call): Answer => {
  const times = fromTimevals(timesAt(tools, call, call.args[2]!, TIMEVALS));
  if (typeof times === 'number') return times;
  if (isWithoutPath(call)) return toDescriptor(tools, call, call.ints[0]!, touch(tools, times));
  return toPath(tools, call, call.ints[0]!, 1, FOLLOWED, touch(tools, times));
};
export const utimes = (tools: Tools, call: Call): Answer => {
  const times = fromTimevals(timesAt(tools, call, call.args[1]!, TIMEVALS));
  return typeof times === 'number' ? times : toPath(tools, call, CWD, 0, FOLLOWED, touch(tools, times));
};
export const utime = (tools: Tools, call: Call): Answer => {
  const times = fromUtimbuf(timesAt(tools, call, call.args[1]!, UTIMBUF));
  return typeof times === 'number' ? times : toPath(tools, call, CWD, 0, FOLLOWED, touch(tools, times));
};

// Sizes. ftruncate needs a descriptor that was opened for writing.

export const truncate = (tools: Tools, call: Call): Answer => {
  const size = call.args[1]!;
  // Negative, where it is signed.
  if (size >= 2 ** 63) return -E.INVAL;
  return toPath(tools, call, CWD, 0, FOLLOWED, (found, held) =>
    isDirectory(found.mode) ? -E.ISDIR : tools.kernel.sys.call(NR.truncate, tools.kernel.path(held), size),
  );
};

// Extended attributes. Links have none that their owner may set.

function named(tools: Tools, call: Call, address: number): string | number {
  const name = tools.path(call, address);
  if (typeof name === 'number') return name;
  return name.length > 0 && Buffer.byteLength(name) < NAME_BYTES_MAX ? name : -E.RANGE;
}

function setter(tools: Tools, call: Call): Act | number {
  const name = named(tools, call, call.args[1]!);
  if (typeof name === 'number') return name;
  const value = tools.bytes(call, call.args[2]!, call.args[3]!);
  if (typeof value === 'number') return value;
  const flags = call.ints[4]!;
  return (found, held) => {
    if (isLink(found.mode)) return -E.PERM;
    const { kernel } = tools;
    const data = value.length === 0 ? 0 : kernel.sys.address(value);
    return kernel.sys.call(NR.setxattr, kernel.path(held), kernel.secondPath(name), data, value.length, flags);
  };
}

function remover(tools: Tools, call: Call): Act | number {
  const name = named(tools, call, call.args[1]!);
  if (typeof name === 'number') return name;
  return (found, held) =>
    isLink(found.mode)
      ? -E.PERM
      : tools.kernel.sys.call(NR.removexattr, tools.kernel.path(held), tools.kernel.secondPath(name));
}

const byPath =
  (make: typeof setter, how: How) =>
  (tools: Tools, call: Call): Answer => {
    const act = make(tools, call);
    return typeof act === 'number' ? act : toPath(tools, call, CWD, 0, how, act);
  };
const byDescriptor =
  (make: typeof setter) =>
  (tools: Tools, call: Call): Answer => {
    const act = make(tools, call);
    return typeof act === 'number' ? act : toDescriptor(tools, call, call.ints[0]!, act);
  };

export const setAttribute = byPath(setter, FOLLOWED);
export const setLinkAttribute = byPath(setter, ITSELF);
export const setDescriptorAttribute = byDescriptor(setter);
export const removeAttribute = byPath(remover, FOLLOWED);
export const removeLinkAttribute = byPath(remover, ITSELF);
export const removeDescriptorAttribute = byDescriptor(remover);
