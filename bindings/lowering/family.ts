// Owns: families of system calls: what an adapter leaves to the kernel, is notified of, or denies as one (SPEC §12.4).
// Excludes: their numbers, which differ between machines and are the adapter's.

import type { ScopeKey } from '../authority/scope.ts';

export interface FamilyCalls {
  calls: readonly string[];
  /** Which of these calls are meant, by arguments that a filter can read; all if absent. */
  where?: string;
}

const named = (text: string): string[] => text.trim().split(/\s+/);
const SENDS = ['sendto', 'sendmsg', 'sendmmsg'];

export const FAMILIES = {
  open: { calls: ['open', 'openat', 'openat2', 'creat'] },
  'path-modify': {
    calls: named(`
      rename renameat renameat2 link linkat symlink symlinkat unlink unlinkat rmdir mkdir mkdirat mknod
      mknodat truncate`),
  },
  attributes: {
    calls: named(`
      chmod fchmod fchmodat fchmodat2 chown fchown lchown fchownat utime utimes futimesat utimensat
      setxattr lsetxattr fsetxattr setxattrat removexattr lremovexattr fremovexattr removexattrat
      file_setattr`),
  },
  exec: { calls: ['execve', 'execveat'] },
  memfd: { calls: ['memfd_create'] },
  connect: { calls: ['connect'] },
  udp: { calls: ['socket', ...SENDS], where: 'SOCK_DGRAM of AF_INET or AF_INET6' },
  'bind-listen': { calls: ['bind', 'listen'] },
  'fast-open': { calls: SENDS, where: 'MSG_FASTOPEN' },
  'unix-socket': { calls: ['socket'], where: 'AF_UNIX' },
  'raw-socket': { calls: ['socket'], where: 'SOCK_RAW, SOCK_PACKET or AF_PACKET' },
  'other-socket': {
    calls: ['socket'],
    where: 'none of AF_INET, AF_INET6 and AF_UNIX, or a protocol that is neither TCP nor UDP (MPTCP, SCTP)',
  },
  'io-uring': { calls: ['io_uring_setup', 'io_uring_enter', 'io_uring_register'] },
  ptrace: { calls: ['ptrace', 'process_vm_readv', 'process_vm_writev', 'pidfd_getfd', 'kcmp'] },
  namespaces: { calls: ['unshare', 'setns', 'clone', 'clone3'], where: 'clone: CLONE_NEW…; the others always' },
  mount: {
    calls: named(`
      mount umount2 pivot_root chroot move_mount open_tree open_tree_attr fsopen fsconfig fsmount fspick
      mount_setattr`),
  },
  bpf: { calls: ['bpf', 'perf_event_open'] },
  keyring: { calls: ['add_key', 'request_key', 'keyctl'] },
  'file-handles': { calls: ['open_by_handle_at'] },
  'terminal-input': { calls: ['ioctl'], where: 'TIOCSTI or TIOCLINUX' },
  'kernel-control': {
    calls: named(`
      init_module finit_module delete_module kexec_load kexec_file_load reboot swapon swapoff acct`),
  },
  'foreign-abi': { calls: [], where: 'every call of another architecture or ABI (i386, x32)' },
} as const satisfies Record<string, FamilyCalls>;

export type Family = keyof typeof FAMILIES;

/** The families that do what a list of a scope permits. Tools and models are no system calls. */
export const FAMILIES_OF: Record<ScopeKey, readonly Family[]> = {
  read: ['open'],
  write: ['open', 'path-modify', 'attributes'],
  exec: ['exec'],
  connect: ['connect', 'udp'],
  listen: ['bind-listen'],
  tools: [],
  models: [],
};
