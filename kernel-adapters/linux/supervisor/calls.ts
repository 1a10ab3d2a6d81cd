// Owns: which handler answers which system call.

import { hostAbi, type SyscallName } from '../abi.ts';
import * as attributes from './attributes.ts';
import type { Connections } from './connections.ts';
import type { Contents } from './contents.ts';
import { execve, execveAt, type Images } from './exec.ts';
import * as names from './names.ts';
import * as opening from './open.ts';
import { ofOwnThread } from './scheduling.ts';
import * as sockets from './sockets.ts';
import type { Handler } from './tools.ts';
import { addWatch } from './watch.ts';

/** Handlers by number. A call without one is refused. */
export function handlersOf(images: Images, contents: Contents, connections: Connections): Map<number, Handler> {
  const handlers: Partial<Record<SyscallName, Handler>> = {
    // New processes: asked for only so that none is made when nobody answers.
    clone: () => 'go',
    fork: () => 'go',
    vfork: () => 'go',
    open: opening.openOld,
    openat: opening.openAt,
    openat2: opening.openAt2,
    creat: opening.creat,
    execve: execve(images, contents),
    execveat: execveAt(images, contents),
    connect: sockets.connect(connections),
    bind: sockets.bind,
    listen: sockets.listen,
    rename: names.renameOld,
    renameat: names.renameAt,
    renameat2: names.renameAt2,
    link: names.linkOld,
    linkat: names.linkAt,
    symlink: names.symlinkOld,
    symlinkat: names.symlinkAt,
    unlink: names.unlinkOld,
    unlinkat: names.unlinkAt,
    rmdir: names.rmdirOld,
    mkdir: names.mkdirOld,
    mkdirat: names.mkdirAt,
    mknod: names.mknodOld,
    mknodat: names.mknodAt,
    chmod: attributes.chmodOld,
    fchmod: attributes.chmodDescriptor,
    fchmodat: attributes.chmodAt,
    fchmodat2: attributes.chmodAt2,
    chown: attributes.chownOld,
    lchown: attributes.lchown,
    fchown: attributes.chownDescriptor,
    fchownat: attributes.chownAt,
    truncate: attributes.truncate,
    utime: attributes.utime,
    utimes: attributes.utimes,
    futimesat: attributes.futimesAt,
    utimensat: attributes.utimensAt,
    setxattr: attributes.setAttribute,
    lsetxattr: attributes.setLinkAttribute,
    fsetxattr: attributes.setDescriptorAttribute,
    removexattr: attributes.removeAttribute,
    lremovexattr: attributes.removeLinkAttribute,
    fremovexattr: attributes.removeDescriptorAttribute,
    inotify_add_watch: addWatch,
    setpriority: ofOwnThread(1),
    ioprio_set: ofOwnThread(1),
    sched_setaffinity: ofOwnThread(0),
    sched_setscheduler: ofOwnThread(0),
    sched_setparam: ofOwnThread(0),
    sched_setattr: ofOwnThread(0),
  };
  return new Map(
    Object.entries(handlers)
      .map(([name, handler]) => [hostAbi.NR[name as SyscallName], handler] as const)
      .filter(([nr]) => nr >= 0),
  );
}
