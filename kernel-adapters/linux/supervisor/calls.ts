// Owns: the handler of each system call that is put to the supervisor.
// Trusts: syscalls.ts to say which calls these are. Excludes: what a handler does.

import { hostAbi } from '../abi.ts';
import { SYSCALLS, callsOf, type CallOf } from '../syscalls.ts';
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

/** Handlers by number. A call that is decided and has none here does not compile. */
export function handlersOf(images: Images, contents: Contents, connections: Connections): Map<number, Handler> {
  const decided: Record<CallOf<'decided'>, Handler> = {
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
  };
  const all: [keyof typeof SYSCALLS, Handler][] = [
    ...callsOf('decided').map((call): [typeof call, Handler] => [call, decided[call]]),
    ...callsOf('own-thread').map((call): [typeof call, Handler] => [call, ofOwnThread(SYSCALLS[call].thread)]),
    ...callsOf('answered').map((call): [typeof call, Handler] => [call, () => 'go']),
  ];
  // A number below zero: this architecture does not have the call.
  return new Map(all.map(([call, handler]) => [hostAbi.NR[call], handler] as const).filter(([nr]) => nr >= 0));
}
