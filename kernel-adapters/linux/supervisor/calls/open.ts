// Owns: open, openat, openat2, creat: decided on the object, which is then opened anew and handed over.
// Trusts: nothing the thread can change after it was read: the object decided on is the one that is opened.
// Excludes: descriptors opened only as a path (O_PATH), which the kernel makes: they give no right to the object.

import { AT, E, F, MODE_BITS, NR, O, O_DIRECTORY, O_NOFOLLOW, POLL, RESOLVE, S, hostAbi, openHow } from '../../abi.ts';
import { inside, isDirectory, isLink, type Found, type Place } from '../resolve.ts';
import {
  bytesAt,
  CWD,
  decide,
  decideOn,
  fileRequest,
  pathAt,
  typeOf,
  underUmask,
  withObject,
  type Answer,
  type Call,
  type GuardedTree,
} from './handler.ts';

const SPLICE_F_NONBLOCK = 2;
/** The bit that tells O_TMPFILE from O_DIRECTORY, which it includes. */
const TMPFILE = hostAbi.O.TMPFILE & ~O_DIRECTORY;
/** How often a name may come and go between looking and creating. */
const TRIES_MAX = 16;
const LINKS_MAX = 40;
/** A process redeems a nonce by opening its name in this directory, which does not exist. */
export const REDEEM = '/.plumbline/redeem/';
/** Every flag there is; open ignores others, and openat2 refuses them. */
const FLAGS = 0o37777703n;
const TTY_MAJOR = 5;
const PTS_MAJORS = [136, 143] as const;

interface Wanted {
  flags: number;
  mode: number;
  resolve: number;
}

const reads = (flags: number): boolean => (flags & O.ACCMODE) !== O.WRONLY;
// Access mode 3 asks for both.
const writes = (flags: number): boolean => (flags & O.ACCMODE) !== O.RDONLY || (flags & O.TRUNC) !== 0;

export const openAt = (tree: GuardedTree, call: Call): Answer => open(tree, call, call.ints[0]!, 1, 2, 3);
export const openOld = (tree: GuardedTree, call: Call): Answer => open(tree, call, CWD, 0, 1, 2);
export const creat = (tree: GuardedTree, call: Call): Answer =>
  openPath(tree, call, CWD, call.args[0]!, {
    flags: O.CREAT | O.WRONLY | O.TRUNC,
    mode: call.ints[1]! & MODE_BITS,
    resolve: 0,
  });

function open(tree: GuardedTree, call: Call, directory: number, path: number, flags: number, mode: number): Answer {
  const wanted = { flags: call.ints[flags]!, mode: call.ints[mode]! & MODE_BITS, resolve: 0 };
  // O_PATH gives no right to the object, whatever path the thread's memory holds by the time the kernel reads it, and
  // the kernel does not take one in ADDFD. The calls that take such a descriptor are decided.
  if ((wanted.flags & O.PATH) !== 0) return 'go';
  return openPath(tree, call, directory, call.args[path]!, wanted);
}

export function openAt2(tree: GuardedTree, call: Call): Answer {
  const size = call.args[3]!;
  if (size < openHow.size) return -E.INVAL;
  const how = bytesAt(tree, call, call.args[2]!, size);
  if (typeof how === 'number') return how;
  if (how.subarray(openHow.size).some((byte) => byte !== 0)) return -E.TOOBIG;
  const flags = how.readBigUInt64LE(openHow.flags);
  const mode = how.readBigUInt64LE(openHow.mode);
  const resolve = how.readBigUInt64LE(openHow.resolve);
  if ((flags & ~FLAGS) !== 0n || mode > BigInt(MODE_BITS) || resolve > 63n) return -E.INVAL;
  if (mode !== 0n && (Number(flags) & (O.CREAT | TMPFILE)) === 0) return -E.INVAL;
  // As above, but here the flags too lie in the thread's memory, which may change: callers fall back to openat.
  if ((Number(flags) & O.PATH) !== 0) return -E.NOSYS;
  // RESOLVE_CACHED may fail at any time, and this supervisor does not know what is cached.
  if ((Number(resolve) & RESOLVE.CACHED) !== 0) return -E.AGAIN;
  const wanted = { flags: Number(flags), mode: Number(mode), resolve: Number(resolve) };
  return openPath(tree, call, call.ints[0]!, call.args[1]!, wanted);
}

function openPath(tree: GuardedTree, call: Call, directory: number, address: number, wanted: Wanted): Answer {
  const { flags, resolve } = wanted;
  if ((flags & O.CREAT) !== 0 && (flags & O_DIRECTORY) !== 0) return -E.INVAL;
  const path = pathAt(tree, call, address);
  if (typeof path === 'number') return path;
  if (path.startsWith(REDEEM)) return redeem(tree, call, path.slice(REDEEM.length), flags);
  if ((flags & TMPFILE) !== 0) return openUnnamed(tree, call, directory, path, wanted);
  // With a slash behind it, nothing can be made, whatever is there.
  if ((flags & O.CREAT) !== 0 && path.endsWith('/')) return create(tree, call, directory, path, wanted);
  const exclusive = (flags & (O.CREAT | O.EXCL)) === (O.CREAT | O.EXCL);
  const how = { follow: (flags & O_NOFOLLOW) === 0 && !exclusive, directory: false, resolve };
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const found = tree.resolver.object(call.task, directory, path, how);
    if (found === -E.NOENT && (flags & O.CREAT) !== 0) {
      const made = create(tree, call, directory, path, wanted);
      if (made === -E.EXIST && !exclusive) continue;
      return made;
    }
    if (typeof found === 'number') return found;
    try {
      return exclusive ? -E.EXIST : openFound(tree, call, found, flags);
    } finally {
      tree.kernel.close(found.fd);
    }
  }
  return -E.AGAIN;
}

/** Opening the name spends the nonce, and gives the process a descriptor of /dev/null. */
function redeem(tree: GuardedTree, call: Call, nonce: string, flags: number): Answer {
  if (!tree.redeem(nonce, { pid: call.task.process.pid })) return -E.NOENT;
  return give(tree, call, tree.kernel.openat(AT.FDCWD, '/dev/null', O.RDONLY), flags);
}

function openFound(tree: GuardedTree, call: Call, found: Found, flags: number): Answer {
  const { mode } = found;
  if ((flags & O_DIRECTORY) !== 0 && !isDirectory(mode)) return -E.NOTDIR;
  if (isLink(mode)) return -E.LOOP;
  if (isDirectory(mode) && ((flags & O.CREAT) !== 0 || writes(flags))) return -E.ISDIR;
  if (found.path === undefined) return openOwn(tree, call, found, flags);
  return decideOn(
    tree,
    call,
    found,
    (path) => [
      ...(reads(flags) ? [fileRequest('read', path, typeOf(mode))] : []),
      ...(writes(flags) ? [fileRequest('write', path)] : []),
    ],
    () => {
      if ((mode & S.IFMT) === S.IFIFO && (flags & O.NONBLOCK) === 0) return openPipe(tree, call, found, flags);
      if ((mode & S.IFMT) === S.IFCHR) return openDevice(tree, call, found, flags);
      return openAnew(tree, call, found, flags, -E.AGAIN);
    },
  );
}

/**
 * Opens without waiting; where the kernel would have the caller wait (`busy`), only the caller waits, until it opens.
 * EAGAIN: the kernel asks the process that holds a lease on the file to give it up; ENXIO: no process has the named
 * pipe open for reading.
 */
function openAnew(tree: GuardedTree, call: Call, found: Found, flags: number, busy: number): Answer {
  const { kernel } = tree;
  const without = (flags & ~(O.CREAT | O.EXCL)) | O.NONBLOCK;
  const given = (fd: number): number | 'given' => {
    if (fd >= 0 && (flags & O.NONBLOCK) === 0) blocking(tree, fd);
    return give(tree, call, fd, flags);
  };
  const first = kernel.reopen(found.fd, without);
  if (first !== busy || (flags & O.NONBLOCK) !== 0) return given(first);
  const held = kernel.sys.call(NR.dup, found.fd);
  return {
    wait: {
      fd: -1,
      events: 0,
      again() {
        const fd = kernel.reopen(held, without);
        return fd === busy ? undefined : given(fd);
      },
      drop: () => kernel.close(held),
    },
  };
}

/** Hands `fd` over and lets it go here. */
function give(tree: GuardedTree, call: Call, fd: number, flags: number): number | 'given' {
  if (fd < 0) return fd;
  const failed = tree.listener.give(call.id, fd, (flags & O.CLOEXEC) !== 0);
  tree.kernel.close(fd);
  return failed < 0 ? failed : 'given';
}

/** /proc/self/fd/N of a pipe or a deleted file: no path to judge, so no more rights than the descriptor has already. */
function openOwn(tree: GuardedTree, call: Call, found: Found, flags: number): Answer {
  if (found.own === undefined) return -E.ACCES;
  const held = tree.tasks.grab(call.task, found.own);
  if (held < 0) return -E.ACCES;
  try {
    const had = tree.kernel.sys.call(NR.fcntl, held, F.GETFL);
    if (had < 0 || (had & O.PATH) !== 0 || !tree.resolver.isSame(found, held)) return -E.ACCES;
    const wants = flags & O.ACCMODE;
    if ((had & O.ACCMODE) !== O.RDWR && (had & O.ACCMODE) !== wants) return -E.ACCES;
    if ((flags & O.TRUNC) !== 0 && (had & O.ACCMODE) === O.RDONLY) return -E.ACCES;
    // A pipe that is held open has both ends, or is at its end: opening does not wait.
    const fd = tree.kernel.reopen(held, (flags & ~(O.CREAT | O.EXCL)) | (wants === O.RDWR ? 0 : O.NONBLOCK));
    if (fd >= 0 && (flags & O.NONBLOCK) === 0) blocking(tree, fd);
    return give(tree, call, fd, flags);
  } finally {
    tree.kernel.close(held);
  }
}

function blocking(tree: GuardedTree, fd: number): void {
  const flags = tree.kernel.sys.call(NR.fcntl, fd, F.GETFL);
  tree.kernel.sys.call(NR.fcntl, fd, F.SETFL, flags & ~O.NONBLOCK);
}

/** Opening a named pipe waits for the other end. It is opened without waiting, and handed over once the other end is
 * there. */
function openPipe(tree: GuardedTree, call: Call, found: Found, flags: number): Answer {
  const { kernel } = tree;
  if ((flags & O.ACCMODE) !== O.RDONLY) return openAnew(tree, call, found, flags, -E.NXIO);
  const fd = kernel.reopen(found.fd, (flags & ~(O.CREAT | O.EXCL)) | O.NONBLOCK);
  if (fd < 0) return fd;
  const sink = kernel.pipe();
  if (typeof sink === 'number') {
    kernel.close(fd);
    return sink;
  }
  // tee(2) consumes nothing and tells an empty pipe with writers (EAGAIN) from one without (0).
  const hasWriter = (): boolean =>
    kernel.polled(fd, POLL.IN) !== 0 || kernel.sys.call(NR.tee, fd, sink[1], 1, SPLICE_F_NONBLOCK) !== 0;
  return {
    wait: {
      fd: -1,
      events: 0,
      again() {
        if (!hasWriter()) return undefined;
        blocking(tree, fd);
        const failed = tree.listener.give(call.id, fd, (flags & O.CLOEXEC) !== 0);
        return failed < 0 ? failed : 'given';
      },
      drop() {
        for (const one of [fd, ...sink]) kernel.close(one);
      },
    },
  };
}

/** /dev/tty is the terminal of the process that opens it: here the thread's, not the supervisor's. */
function openDevice(tree: GuardedTree, call: Call, found: Found, flags: number): Answer {
  const { kernel } = tree;
  kernel.stat(found.fd);
  const { rdevMajor, rdevMinor } = kernel.facts;
  const wanted = flags & ~(O.CREAT | O.EXCL);
  if (rdevMajor !== TTY_MAJOR || rdevMinor !== 0) return give(tree, call, kernel.reopen(found.fd, wanted), flags);
  const stat = kernel.head(AT.FDCWD, `/proc/${call.task.process.pid}/stat`);
  if (typeof stat === 'number') return stat;
  const terminal = Number(stat.toString('latin1').replace(/^.*\)/s, '').split(' ')[5]);
  const major = (terminal >> 8) & 0xfff;
  const minor = (terminal & 0xff) | ((terminal >> 12) & 0xfff00);
  if (terminal === 0) return -E.NXIO;
  const path =
    major >= PTS_MAJORS[0] && major <= PTS_MAJORS[1]
      ? `/dev/pts/${(major - PTS_MAJORS[0]) * 256 + minor}`
      : major === 4 && minor < 64
        ? `/dev/tty${minor}`
        : major === 4
          ? `/dev/ttyS${minor - 64}`
          : '/dev/console';
  const fd = kernel.openat(AT.FDCWD, path, wanted | O.NOCTTY);
  return give(tree, call, fd, flags);
}

/** A file without a name is decided on as a name `#` in the directory it would be made in. */
function openUnnamed(tree: GuardedTree, call: Call, directory: number, path: string, wanted: Wanted): Answer {
  const { flags, mode, resolve } = wanted;
  if ((flags & O_DIRECTORY) === 0 || (flags & O.ACCMODE) === O.RDONLY) return -E.INVAL;
  const follow = (flags & O_NOFOLLOW) === 0;
  return withObject<Answer>(tree, call, { directory, path }, { follow, directory: true, resolve }, (found) =>
    decideOn(
      tree,
      call,
      found,
      (parent) => {
        const id = inside(parent, '#');
        const requests = [fileRequest('create', id), fileRequest('write', id)];
        return reads(flags) ? [...requests, fileRequest('read', id)] : requests;
      },
      () => {
        const make = (): number => tree.kernel.openat(found.fd, '.', flags & ~O_NOFOLLOW, mode);
        return give(tree, call, underUmask(tree, call, make), flags);
      },
    ),
  );
}

/** The path leads to no object: its last part is to be made, or that of the link it is. -EEXIST: another process made
 * it first. */
function create(tree: GuardedTree, call: Call, directory: number, path: string, wanted: Wanted): Answer {
  const { kernel, resolver } = tree;
  const first = resolver.place(call.task, directory, path, -E.ISDIR, wanted.resolve);
  if (typeof first === 'number') return first;
  let place: Place = first;
  try {
    for (let links = 0; ; links++) {
      if (place.name.endsWith('/')) return -E.ISDIR;
      if (kernel.stat(place.fd, place.name) < 0) break;
      if (!isLink(kernel.facts.mode)) return -E.EXIST;
      if ((wanted.flags & O.EXCL) !== 0) return -E.EXIST;
      if ((wanted.flags & O_NOFOLLOW) !== 0 || wanted.resolve !== 0 || links === LINKS_MAX) return -E.LOOP;
      const text = kernel.readlink(place.fd, place.name);
      if (typeof text === 'number') return text;
      const next = resolver.placeFrom(call.task, text.startsWith('/') ? AT.FDCWD : place.fd, text, -E.ISDIR);
      if (typeof next === 'number') return next;
      kernel.close(place.fd);
      place = next;
    }
    const { flags, mode } = wanted;
    if (tree.protection.forbids(place.path, call.task.process)) return -E.ACCES;
    const requests = [fileRequest('create', place.path)];
    if (reads(flags)) requests.push(fileRequest('read', place.path));
    if (writes(flags)) requests.push(fileRequest('write', place.path));
    return decide(tree, call, requests, () => {
      const exactly = flags | O.EXCL | O_NOFOLLOW | O.NOCTTY;
      return give(
        tree,
        call,
        underUmask(tree, call, () => kernel.openat(place.fd, place.name, exactly, mode)),
        flags,
      );
    });
  } finally {
    kernel.close(place.fd);
  }
}
