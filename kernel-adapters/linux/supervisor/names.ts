// Owns: making, removing, moving and linking names: decided on the directory held and the last part, and done there.
// Trusts: that within the tree only this does so; each is done before the next call is looked at.

import { AT, E, NR, RENAME, S } from '../abi.ts';
import type { Request } from './mediate.ts';
import { isDirectory } from './resolve.ts';
import { CWD, fileRequest, typeOf, type Answer, type Call, type Tools } from './tools.ts';

const MODE_BITS = 0o7777;

export const mkdirAt = (tools: Tools, call: Call): Answer => mkdir(tools, call, call.ints[0]!, 1);
export const mkdirOld = (tools: Tools, call: Call): Answer => mkdir(tools, call, CWD, 0);

function mkdir(tools: Tools, call: Call, directory: number, at: number): Answer {
  const mode = call.ints[at + 1]! & MODE_BITS;
  return tools.withPlace(call, directory, call.args[at]!, -E.EXIST, (place) =>
    tools.kernel.stat(place.fd, place.name) === 0
      ? -E.EXIST
      : tools.decided(call, [fileRequest('create', place.path, 'Dir')], () =>
          tools.underUmask(call, () =>
            tools.kernel.sys.call(NR.mkdirat, place.fd, tools.kernel.path(place.name), mode),
          ),
        ),
  );
}

export const mknodAt = (tools: Tools, call: Call): Answer => mknod(tools, call, call.ints[0]!, 1);
export const mknodOld = (tools: Tools, call: Call): Answer => mknod(tools, call, CWD, 0);

function mknod(tools: Tools, call: Call, directory: number, at: number): Answer {
  const mode = call.ints[at + 1]! & 0xffff;
  const type = mode & S.IFMT;
  // Whoever can make a device can read any disk.
  if (![0, S.IFREG, S.IFIFO, S.IFSOCK].some((plain) => plain === type)) return -E.PERM;
  return tools.withPlace(call, directory, call.args[at]!, -E.EXIST, (place) =>
    tools.kernel.stat(place.fd, place.name) === 0
      ? -E.EXIST
      : tools.decided(call, [fileRequest('create', place.path)], () =>
          tools.underUmask(call, () =>
            tools.kernel.sys.call(NR.mknodat, place.fd, tools.kernel.path(place.name), mode, 0),
          ),
        ),
  );
}

export const symlinkAt = (tools: Tools, call: Call): Answer => symlink(tools, call, call.ints[1]!, 2);
export const symlinkOld = (tools: Tools, call: Call): Answer => symlink(tools, call, CWD, 1);

/** What a symbolic link says needs no leave: whoever follows it is judged by where it leads. */
function symlink(tools: Tools, call: Call, directory: number, at: number): Answer {
  const text = tools.path(call, call.args[0]!);
  if (typeof text === 'number') return text;
  if (text === '') return -E.NOENT;
  return tools.withPlace(call, directory, call.args[at]!, -E.EXIST, (place) =>
    tools.kernel.stat(place.fd, place.name) === 0
      ? -E.EXIST
      : tools.decided(call, [fileRequest('create', place.path)], () => {
          const { kernel } = tools;
          return kernel.sys.call(NR.symlinkat, kernel.path(text), place.fd, kernel.secondPath(place.name));
        }),
  );
}

export const unlinkAt = (tools: Tools, call: Call): Answer => {
  const flags = call.ints[2]!;
  if ((flags & ~AT.REMOVEDIR) !== 0) return -E.INVAL;
  return remove(tools, call, call.ints[0]!, 1, flags);
};
export const unlinkOld = (tools: Tools, call: Call): Answer => remove(tools, call, CWD, 0, 0);
export const rmdirOld = (tools: Tools, call: Call): Answer => remove(tools, call, CWD, 0, AT.REMOVEDIR);

function remove(tools: Tools, call: Call, directory: number, at: number, flags: number): Answer {
  const { kernel } = tools;
  const dots = flags === AT.REMOVEDIR ? -E.INVAL : -E.ISDIR;
  return tools.withPlace(call, directory, call.args[at]!, dots, (place) => {
    const failed = kernel.stat(place.fd, place.name);
    if (failed < 0) return failed;
    if (tools.guard.holds(place.path)) return -E.ACCES;
    const type = typeOf(kernel.facts.mode);
    if (flags === 0 && type === 'Dir') return -E.ISDIR;
    if (flags !== 0 && type === 'File') return -E.NOTDIR;
    return tools.decided(call, [fileRequest('delete', place.path, type)], () =>
      kernel.sys.call(NR.unlinkat, place.fd, kernel.path(place.name), flags),
    );
  });
}

export const renameAt2 = (tools: Tools, call: Call): Answer =>
  rename(tools, call, [call.ints[0]!, 1], [call.ints[2]!, 3], call.ints[4]!);
export const renameAt = (tools: Tools, call: Call): Answer =>
  rename(tools, call, [call.ints[0]!, 1], [call.ints[2]!, 3], 0);
export const renameOld = (tools: Tools, call: Call): Answer => rename(tools, call, [CWD, 0], [CWD, 1], 0);

type Named = readonly [directory: number, at: number];

function rename(tools: Tools, call: Call, from: Named, to: Named, flags: number): Answer {
  const { kernel, guard } = tools;
  const exchange = flags === RENAME.EXCHANGE;
  const dots = flags === RENAME.NOREPLACE ? -E.EXIST : -E.BUSY;
  // Whiteouts are devices.
  if (flags !== 0 && flags !== RENAME.NOREPLACE && !exchange) return -E.INVAL;
  return tools.withPlace(call, from[0], call.args[from[1]]!, -E.BUSY, (source) =>
    tools.withPlace(call, to[0], call.args[to[1]]!, dots, (target) => {
      const failed = kernel.stat(source.fd, source.name);
      if (failed < 0) return failed;
      const type = typeOf(kernel.facts.mode);
      const missing = kernel.stat(target.fd, target.name);
      const replaced = typeOf(kernel.facts.mode);
      if (missing < 0 && (exchange || missing !== -E.NOENT)) return missing;
      if (missing === 0 && flags === RENAME.NOREPLACE) return -E.EXIST;
      if (guard.holds(source.path) || (missing === 0 && guard.holds(target.path))) return -E.ACCES;
      const requests: Request[] = [fileRequest('rename', source.path, type), fileRequest('create', target.path, type)];
      if (exchange)
        requests.push(fileRequest('rename', target.path, replaced), fileRequest('create', source.path, replaced));
      else if (missing === 0) requests.push(fileRequest('delete', target.path, replaced));
      return tools.decided(call, requests, () => {
        const old = kernel.path(source.name);
        return kernel.sys.call(NR.renameat2, source.fd, old, target.fd, kernel.secondPath(target.name), flags);
      });
    }),
  );
}

export const linkAt = (tools: Tools, call: Call): Answer => {
  const flags = call.ints[4]!;
  if ((flags & ~(AT.SYMLINK_FOLLOW | AT.EMPTY_PATH)) !== 0) return -E.INVAL;
  return link(tools, call, [call.ints[0]!, 1], [call.ints[2]!, 3], flags);
};
export const linkOld = (tools: Tools, call: Call): Answer => link(tools, call, [CWD, 0], [CWD, 1], 0);

/** Another name for the same file: whoever may write under it could write the file, so the file has to be writable as it is. */
function link(tools: Tools, call: Call, from: Named, to: Named, flags: number): Answer {
  const { kernel } = tools;
  const path = tools.path(call, call.args[from[1]]!);
  if (typeof path === 'number') return path;
  const how = { follow: (flags & AT.SYMLINK_FOLLOW) !== 0, empty: (flags & AT.EMPTY_PATH) !== 0 };
  const found = tools.resolver.object(call.task, from[0], path, how);
  if (typeof found === 'number') return found;
  try {
    // A file made without a name is the thread's own; any other without a path has lost it, and the kernel refuses it.
    if (found.path !== undefined && !tools.isOpen(found, call)) return -E.ACCES;
    return tools.withPlace(call, to[0], call.args[to[1]]!, -E.EXIST, (target) => {
      if (kernel.stat(target.fd, target.name) === 0) return -E.EXIST;
      if (isDirectory(found.mode)) return -E.PERM;
      const requests =
        found.path === undefined
          ? [fileRequest('create', target.path), fileRequest('write', target.path)]
          : [fileRequest('read', found.path), fileRequest('write', found.path), fileRequest('create', target.path)];
      return tools.decided(call, requests, () => {
        const held = kernel.path(`/proc/self/fd/${found.fd}`);
        const name = kernel.secondPath(target.name);
        return kernel.sys.call(NR.linkat, AT.FDCWD, held, target.fd, name, AT.SYMLINK_FOLLOW);
      });
    });
  } finally {
    kernel.close(found.fd);
  }
}
