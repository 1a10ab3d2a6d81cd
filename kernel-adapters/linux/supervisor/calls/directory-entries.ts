// Owns: making, removing, moving and linking directory entries: decided on the directory held and the last part of the
// path, and done there.
// Trusts: that within the tree only this supervisor does so, one call after the other.
// Excludes: files made by opening them (open.ts) and sockets made by bind (sockets.ts).

import { AT, E, MODE_BITS, NR, RENAME, S } from '../../abi.ts';
import type { Request } from '../mediator.ts';
import { isDirectory, type Place } from '../resolve.ts';
import {
  CWD,
  decide,
  fileRequest,
  isWithinReach,
  pathAt,
  typeOf,
  underUmask,
  withObject,
  withPlace,
  type Answer,
  type Call,
  type GuardedTree,
  type Named,
} from './handler.ts';

/** What the path in argument `at` names. */
const named = (tree: GuardedTree, call: Call, directory: number, at: number): Named => ({
  directory,
  path: pathAt(tree, call, call.args[at]!),
});

/** Makes a name that is not taken. */
function make(tree: GuardedTree, call: Call, name: Named, type: 'File' | 'Dir', act: (place: Place) => number): Answer {
  return withPlace(tree, call, name, -E.EXIST, (place) =>
    tree.kernel.stat(place.fd, place.name) === 0
      ? -E.EXIST
      : decide(tree, call, [fileRequest('create', place.path, type)], () => act(place)),
  );
}

export const mkdirAt = (tree: GuardedTree, call: Call): Answer => mkdir(tree, call, call.ints[0]!, 1);
export const mkdirOld = (tree: GuardedTree, call: Call): Answer => mkdir(tree, call, CWD, 0);

function mkdir(tree: GuardedTree, call: Call, directory: number, at: number): Answer {
  const { kernel } = tree;
  const mode = call.ints[at + 1]! & MODE_BITS;
  return make(tree, call, named(tree, call, directory, at), 'Dir', ({ fd, name }) =>
    underUmask(tree, call, () => kernel.sys.call(NR.mkdirat, fd, kernel.path(name), mode)),
  );
}

export const mknodAt = (tree: GuardedTree, call: Call): Answer => mknod(tree, call, call.ints[0]!, 1);
export const mknodOld = (tree: GuardedTree, call: Call): Answer => mknod(tree, call, CWD, 0);

function mknod(tree: GuardedTree, call: Call, directory: number, at: number): Answer {
  const { kernel } = tree;
  const mode = call.ints[at + 1]! & 0xffff;
  const type = mode & S.IFMT;
  // A process that makes a device node can read any disk.
  if (![0, S.IFREG, S.IFIFO, S.IFSOCK].some((plain) => plain === type)) return -E.PERM;
  return make(tree, call, named(tree, call, directory, at), 'File', ({ fd, name }) =>
    underUmask(tree, call, () => kernel.sys.call(NR.mknodat, fd, kernel.path(name), mode, 0)),
  );
}

export const symlinkAt = (tree: GuardedTree, call: Call): Answer => symlink(tree, call, call.ints[1]!, 2);
export const symlinkOld = (tree: GuardedTree, call: Call): Answer => symlink(tree, call, CWD, 1);

/** The text of a symbolic link is not decided on: a call that follows the link is decided on the object it leads to. */
function symlink(tree: GuardedTree, call: Call, directory: number, at: number): Answer {
  const { kernel } = tree;
  const text = pathAt(tree, call, call.args[0]!);
  if (typeof text === 'number') return text;
  if (text === '') return -E.NOENT;
  return make(tree, call, named(tree, call, directory, at), 'File', ({ fd, name }) =>
    kernel.sys.call(NR.symlinkat, kernel.path(text), fd, kernel.secondPath(name)),
  );
}

export const unlinkAt = (tree: GuardedTree, call: Call): Answer => {
  const flags = call.ints[2]!;
  if ((flags & ~AT.REMOVEDIR) !== 0) return -E.INVAL;
  return remove(tree, call, call.ints[0]!, 1, flags);
};
export const unlinkOld = (tree: GuardedTree, call: Call): Answer => remove(tree, call, CWD, 0, 0);
export const rmdirOld = (tree: GuardedTree, call: Call): Answer => remove(tree, call, CWD, 0, AT.REMOVEDIR);

function remove(tree: GuardedTree, call: Call, directory: number, at: number, flags: number): Answer {
  const { kernel } = tree;
  const dots = flags === AT.REMOVEDIR ? -E.INVAL : -E.ISDIR;
  return withPlace(tree, call, named(tree, call, directory, at), dots, (place) => {
    const failed = kernel.stat(place.fd, place.name);
    if (failed < 0) return failed;
    if (tree.protection.holds(place.path)) return -E.ACCES;
    const type = typeOf(kernel.facts.mode);
    if (flags === 0 && type === 'Dir') return -E.ISDIR;
    if (flags !== 0 && type === 'File') return -E.NOTDIR;
    return decide(tree, call, [fileRequest('delete', place.path, type)], () =>
      kernel.sys.call(NR.unlinkat, place.fd, kernel.path(place.name), flags),
    );
  });
}

export const renameAt2 = (tree: GuardedTree, call: Call): Answer =>
  rename(tree, call, [call.ints[0]!, 1], [call.ints[2]!, 3], call.ints[4]!);
export const renameAt = (tree: GuardedTree, call: Call): Answer =>
  rename(tree, call, [call.ints[0]!, 1], [call.ints[2]!, 3], 0);
export const renameOld = (tree: GuardedTree, call: Call): Answer => rename(tree, call, [CWD, 0], [CWD, 1], 0);

/** A directory, and the argument that holds a path from there. */
type Argument = readonly [directory: number, at: number];

function rename(tree: GuardedTree, call: Call, from: Argument, to: Argument, flags: number): Answer {
  const { kernel, protection } = tree;
  const exchange = flags === RENAME.EXCHANGE;
  const dots = flags === RENAME.NOREPLACE ? -E.EXIST : -E.BUSY;
  // Whiteouts are devices.
  if (flags !== 0 && flags !== RENAME.NOREPLACE && !exchange) return -E.INVAL;
  return withPlace(tree, call, named(tree, call, ...from), -E.BUSY, (source) =>
    withPlace(tree, call, named(tree, call, ...to), dots, (target) => {
      const failed = kernel.stat(source.fd, source.name);
      if (failed < 0) return failed;
      const type = typeOf(kernel.facts.mode);
      const missing = kernel.stat(target.fd, target.name);
      const replaced = typeOf(kernel.facts.mode);
      if (missing < 0 && (exchange || missing !== -E.NOENT)) return missing;
      if (missing === 0 && flags === RENAME.NOREPLACE) return -E.EXIST;
      if (protection.holds(source.path) || (missing === 0 && protection.holds(target.path))) return -E.ACCES;
      const requests: Request[] = [fileRequest('rename', source.path, type), fileRequest('create', target.path, type)];
      if (exchange)
        requests.push(fileRequest('rename', target.path, replaced), fileRequest('create', source.path, replaced));
      else if (missing === 0) requests.push(fileRequest('delete', target.path, replaced));
      return decide(tree, call, requests, () => {
        const old = kernel.path(source.name);
        return kernel.sys.call(NR.renameat2, source.fd, old, target.fd, kernel.secondPath(target.name), flags);
      });
    }),
  );
}

export const linkAt = (tree: GuardedTree, call: Call): Answer => {
  const flags = call.ints[4]!;
  if ((flags & ~(AT.SYMLINK_FOLLOW | AT.EMPTY_PATH)) !== 0) return -E.INVAL;
  return link(tree, call, [call.ints[0]!, 1], [call.ints[2]!, 3], flags);
};
export const linkOld = (tree: GuardedTree, call: Call): Answer => link(tree, call, [CWD, 0], [CWD, 1], 0);

/** Another name for the same file. A process that may write under the new name could write the file, so the file has to
 * be writable under the name it has. */
function link(tree: GuardedTree, call: Call, from: Argument, to: Argument, flags: number): Answer {
  const { kernel } = tree;
  const how = { follow: (flags & AT.SYMLINK_FOLLOW) !== 0, empty: (flags & AT.EMPTY_PATH) !== 0 };
  return withObject<Answer>(tree, call, named(tree, call, ...from), how, (found) => {
    // A file made without a name is the thread's own; any other without a path has lost it, and the kernel refuses it.
    if (found.path !== undefined && !isWithinReach(tree, call, found)) return -E.ACCES;
    return withPlace(tree, call, named(tree, call, ...to), -E.EXIST, (target) => {
      if (kernel.stat(target.fd, target.name) === 0) return -E.EXIST;
      if (isDirectory(found.mode)) return -E.PERM;
      const requests =
        found.path === undefined
          ? [fileRequest('create', target.path), fileRequest('write', target.path)]
          : [fileRequest('read', found.path), fileRequest('write', found.path), fileRequest('create', target.path)];
      return decide(tree, call, requests, () => {
        const held = kernel.path(`/proc/self/fd/${found.fd}`);
        const name = kernel.secondPath(target.name);
        return kernel.sys.call(NR.linkat, AT.FDCWD, held, target.fd, name, AT.SYMLINK_FOLLOW);
      });
    });
  });
}
