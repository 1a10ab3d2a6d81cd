// Owns: the handler of each system call that is put to the supervisor.
// Trusts: syscalls.ts to say which calls these are.
// Excludes: what a handler does.

import { hostAbi } from '../../abi.ts';
import { SYSCALLS, callsOf, type CallOf } from '../../syscalls.ts';
import * as attributes from './attributes.ts';
import type { Connections } from '../connections.ts';
import type { Contents } from '../contents.ts';
import type { Images } from '../images.ts';
import { execve, execveAt } from './exec.ts';
import * as entries from './directory-entries.ts';
import * as opening from './open.ts';
import { ofOwnThread } from './scheduling.ts';
import * as sockets from './sockets.ts';
import type { Handler } from './handler.ts';
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
    rename: entries.renameOld,
    renameat: entries.renameAt,
    renameat2: entries.renameAt2,
    link: entries.linkOld,
    linkat: entries.linkAt,
    symlink: entries.symlinkOld,
    symlinkat: entries.symlinkAt,
    unlink: entries.unlinkOld,
    unlinkat: entries.unlinkAt,
    rmdir: entries.rmdirOld,
    mkdir: entries.mkdirOld,
    mkdirat: entries.mkdirAt,
    mknod: entries.mknodOld,
    mknodat: entries.mknodAt,
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
