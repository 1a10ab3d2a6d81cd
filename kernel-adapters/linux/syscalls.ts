// Owns: the fate of each system call of the guarded tree, and why. The filter, the set of handlers that the supervisor
// must have, and docs/system-calls.md all come from this table; a new call is a row here and, if it is decided, a
// handler.
// Trusts: nothing.
// Excludes: calls that are not named. These are let through up to the last number that was considered when the table
// was written (`lastNr`), because they work on what the tree already has, or show only metadata.

import * as rules from './argument-rules.ts';
import type { Identity } from './argument-rules.ts';
import { E, type SyscallName } from './abi.ts';
import type { ArgumentRule, Rule } from './seccomp-filter.ts';

/**
 * - `decided`: put to the supervisor, which has a handler for it, asks the mediator, and does the call itself.
 * - `own-thread`: put to the supervisor if it names a thread by number; done if the thread is of the caller's process.
 * - `answered`: put to the supervisor, which always lets the kernel do it. Without a supervisor it fails.
 * - `ruled`: let through or refused by its arguments.
 * - `absent`: fails with ENOSYS, so that programs fall back to a call that is decided.
 * - `refused`: fails with EPERM.
 */
export type Fate = 'decided' | 'own-thread' | 'answered' | 'ruled' | 'absent' | 'refused';

interface Row<F extends Fate = Fate> {
  fate: F;
  /** For people; part of docs/system-calls.md. */
  why: string;
  /** What the filter answers. */
  rule: ArgumentRule | ((identity: Identity) => ArgumentRule);
}

const NOTIFY: ArgumentRule = { otherwise: 'notify' };

const decided = (why: string): Row<'decided'> => ({ fate: 'decided', why, rule: NOTIFY });
const answered = (why: string, rule = NOTIFY): Row<'answered'> => ({ fate: 'answered', why, rule });
const ruled = (rule: Row['rule'], why: string): Row<'ruled'> => ({ fate: 'ruled', why, rule });
const absent = (why: string): Row<'absent'> => ({ fate: 'absent', why, rule: { otherwise: { errno: E.NOSYS } } });
const refused = (why: string): Row<'refused'> => ({ fate: 'refused', why, rule: { otherwise: { errno: E.PERM } } });

/** `thread`: which argument is the number of the thread. */
const ownThread = (thread: 0 | 1, rule: ArgumentRule): Row<'own-thread'> & { thread: 0 | 1 } => ({
  fate: 'own-thread',
  why: 'libraries name their own threads by number; other processes, the supervisor among them, are out of reach',
  rule,
  thread,
});

// What a decided call asks for.
const OPENING =
  'file.read, file.write and file.create, as the flags say; the supervisor opens and hands over the descriptor';
const EXECUTING = 'process.exec of the program and of each interpreter it leads to';
const RENAMING = 'file.rename of the old name, file.create of the new one, file.delete of what it replaces';
const LINKING = 'file.read and file.write of the file, file.create of the new name';
const MAKING = 'file.create of the name';
const REMOVING = 'file.delete of the name';
const WRITING = 'file.write of the object';
/** fchmod and its like take a descriptor that was opened for reading, or only as a path. */
const WRITING_HELD = 'file.write of the object: a descriptor opened for reading is enough for this call';

// Why a call is refused, where several share a reason.
const NAMESPACES = 'changes what a path means';
const KERNEL = "changes the kernel, or reads the kernel's or other processes' memory";
const MACHINE = 'changes the machine for every process';
const KEYS = 'keys are shared with every process of the same user';
const SHARED = 'reaches every process of the same user, and has no path that a grant could name';
const IDENTITY = 'the supervisor acts for the tree, and has the identity that the tree began with';

/** In the order of the filter, which the kernel walks from the top: opening and executing come first. */
export const SYSCALLS = {
  openat: decided(OPENING),
  open: decided(OPENING),
  openat2: decided(OPENING),
  creat: decided(OPENING),
  execve: decided(EXECUTING),
  execveat: decided(EXECUTING),
  connect: decided('net.connect to the endpoint; file.write of a unix socket'),
  bind: decided('net.listen at the endpoint; file.create of a unix socket'),
  listen: decided('net.listen at the endpoint; of a unix socket nothing more, since its name was decided by bind'),
  rename: decided(RENAMING),
  renameat: decided(RENAMING),
  renameat2: decided(RENAMING),
  link: decided(LINKING),
  linkat: decided(LINKING),
  symlink: decided(MAKING),
  symlinkat: decided(MAKING),
  unlink: decided(REMOVING),
  unlinkat: decided(REMOVING),
  rmdir: decided(REMOVING),
  mkdir: decided(MAKING),
  mkdirat: decided(MAKING),
  mknod: decided(MAKING),
  mknodat: decided(MAKING),
  chmod: decided(WRITING),
  fchmod: decided(WRITING_HELD),
  fchmodat: decided(WRITING),
  fchmodat2: decided(WRITING),
  chown: decided(WRITING),
  lchown: decided(WRITING),
  fchown: decided(WRITING_HELD),
  fchownat: decided(WRITING),
  truncate: decided(WRITING),
  utime: decided(WRITING),
  utimes: decided(WRITING),
  futimesat: decided(WRITING),
  utimensat: decided(WRITING),
  setxattr: decided(WRITING),
  lsetxattr: decided(WRITING),
  fsetxattr: decided(WRITING_HELD),
  removexattr: decided(WRITING),
  lremovexattr: decided(WRITING),
  fremovexattr: decided(WRITING_HELD),
  inotify_add_watch: decided(
    'file.read of the watched file or directory: a watch tells which names in it are made, opened and removed',
  ),

  ioctl: ruled(
    rules.DEVICE_REQUESTS,
    'EPERM to requests that type for the user, set consoles, keyboards or line disciplines, or change files through ' +
      'a descriptor opened for reading (chattr)',
  ),
  sendto: ruled(rules.withoutFastOpen(3), 'EOPNOTSUPP with MSG_FASTOPEN, which connects'),
  sendmsg: ruled(rules.withoutFastOpen(2), 'EOPNOTSUPP with MSG_FASTOPEN, which connects'),
  sendmmsg: ruled(rules.withoutFastOpen(3), 'EOPNOTSUPP with MSG_FASTOPEN, which connects'),
  socket: ruled(
    rules.STREAM_SOCKETS,
    'TCP and unix sockets with connections; EACCES to datagrams, raw sockets and other protocols, whose messages ' +
      'each name a receiver in memory; EAFNOSUPPORT to other families',
  ),
  socketpair: ruled(rules.STREAM_PAIRS, 'unix sockets with connections; EACCES to others'),
  setsockopt: ruled(
    rules.NO_ROUTES,
    'EPERM to options that lead a connection elsewhere than its address says (IP options, routing headers, devices), ' +
      "and to the packet filter's tables",
  ),
  clone: answered(
    'threads are let through; EPERM to new namespaces and to CLONE_PARENT; once there is no supervisor no process is ' +
      'made, so that a tree that is killed cannot flee from process to process',
    rules.THREADS_ONLY,
  ),
  fork: answered('once there is no supervisor no process is made'),
  vfork: answered('once there is no supervisor no process is made'),
  personality: ruled(rules.ORDINARY_PERSONALITY, 'EPERM to all but the ordinary one: others change memory and paths'),
  seccomp: ruled(
    rules.NO_LISTENER,
    'EPERM to a listener: the kernel has one for each process, and it is the supervisor',
  ),
  prctl: ruled(
    rules.NO_DISGUISE,
    'EPERM to PR_SET_MM, by which a process passes for another program, and to PR_SET_CHILD_SUBREAPER, by which it ' +
      'becomes the parent of processes it never started',
  ),
  prlimit64: ruled(rules.OWN_LIMITS, 'EPERM to setting limits of another process'),
  setpriority: ownThread(1, rules.ofOneThread(0)),
  ioprio_set: ownThread(1, rules.ofOneThread(1)),
  sched_setaffinity: ownThread(0, rules.OF_A_THREAD),
  sched_setscheduler: ownThread(0, rules.OF_A_THREAD),
  sched_setparam: ownThread(0, rules.OF_A_THREAD),
  sched_setattr: ownThread(0, rules.OF_A_THREAD),
  fcntl: ruled(
    rules.NO_LEASES,
    'EINVAL to F_SETLEASE, which has every other process that opens the file wait, to F_NOTIFY, and to commands that ' +
      'are not known',
  ),
  setuid: ruled(rules.sameId('uid', 0), `0 and not done for the identity there is, else EPERM: ${IDENTITY}`),
  setgid: ruled(rules.sameId('gid', 0), 'as setuid'),
  setreuid: ruled(rules.sameId('uid', 0, 1), 'as setuid'),
  setregid: ruled(rules.sameId('gid', 0, 1), 'as setuid'),
  setresuid: ruled(rules.sameId('uid', 0, 1, 2), 'as setuid'),
  setresgid: ruled(rules.sameId('gid', 0, 1, 2), 'as setuid'),

  clone3: absent('its flags lie in memory, where a filter cannot see them; libraries fall back to clone'),
  io_uring_setup: absent('opens and connects without system calls'),
  io_uring_enter: absent('see io_uring_setup'),
  io_uring_register: absent('see io_uring_setup'),
  fanotify_init: absent('watches and holds up other processes; libraries fall back to inotify'),
  fanotify_mark: absent('see fanotify_init'),
  setxattrat: absent('changes attributes by path; programs fall back to setxattr, which Linux before 6.13 has alone'),
  removexattrat: absent('changes attributes by path; programs fall back to removexattr'),
  file_setattr: absent('changes attributes of files by path (chattr); it is newer than the programs that need it'),
  uselib: absent('maps a library by path'),
  create_module: absent('is from Linux 2.4'),
  _sysctl: absent('is gone from the kernel'),
  nfsservctl: absent('is gone from the kernel'),
  lookup_dcookie: absent('tells paths of what other processes run'),

  ptrace: refused('reads and steers other processes'),
  process_vm_readv: refused("reads other processes' memory"),
  process_vm_writev: refused("writes other processes' memory"),
  process_madvise: refused("changes other processes' memory"),
  process_mrelease: refused("frees other processes' memory"),
  pidfd_getfd: refused('takes descriptors out of other processes'),
  kcmp: refused('looks into other processes'),
  name_to_handle_at: refused('see open_by_handle_at'),
  open_by_handle_at: refused('opens files by handle rather than by path'),
  unshare: refused(NAMESPACES),
  setns: refused(NAMESPACES),
  chroot: refused(NAMESPACES),
  pivot_root: refused(NAMESPACES),
  mount: refused(NAMESPACES),
  umount2: refused(NAMESPACES),
  move_mount: refused(NAMESPACES),
  fsopen: refused(NAMESPACES),
  fsconfig: refused(NAMESPACES),
  fsmount: refused(NAMESPACES),
  fspick: refused(NAMESPACES),
  open_tree: refused(NAMESPACES),
  open_tree_attr: refused(NAMESPACES),
  mount_setattr: refused(NAMESPACES),
  bpf: refused(KERNEL),
  perf_event_open: refused(KERNEL),
  userfaultfd: refused('holds up the kernel while it reads memory of the caller, the way races are won'),
  kexec_load: refused(KERNEL),
  kexec_file_load: refused(KERNEL),
  init_module: refused(KERNEL),
  finit_module: refused(KERNEL),
  delete_module: refused(KERNEL),
  lsm_set_self_attr: refused('changes the security context'),
  reboot: refused(MACHINE),
  swapon: refused(MACHINE),
  swapoff: refused(MACHINE),
  quotactl: refused(MACHINE),
  quotactl_fd: refused(MACHINE),
  acct: refused('has the kernel write a file'),
  settimeofday: refused(MACHINE),
  clock_settime: refused(MACHINE),
  clock_adjtime: refused(MACHINE),
  adjtimex: refused(MACHINE),
  sethostname: refused(MACHINE),
  setdomainname: refused(MACHINE),
  syslog: refused(KERNEL),
  vhangup: refused('takes the terminal from other processes'),
  iopl: refused('reaches devices'),
  ioperm: refused('reaches devices'),
  add_key: refused(KEYS),
  request_key: refused(KEYS),
  keyctl: refused(KEYS),
  shmget: refused(SHARED),
  shmat: refused(SHARED),
  shmctl: refused(SHARED),
  semget: refused(SHARED),
  semop: refused(SHARED),
  semtimedop: refused(SHARED),
  semctl: refused(SHARED),
  msgget: refused(SHARED),
  msgsnd: refused(SHARED),
  msgrcv: refused(SHARED),
  msgctl: refused(SHARED),
  mq_open: refused(SHARED),
  mq_unlink: refused(SHARED),
  setgroups: refused(IDENTITY),
  setfsuid: refused(IDENTITY),
  setfsgid: refused(IDENTITY),
} satisfies { readonly [name in SyscallName]?: Row };

/** The calls of one fate. */
export type CallOf<F extends Fate> = {
  [name in keyof typeof SYSCALLS]: (typeof SYSCALLS)[name]['fate'] extends F ? name : never;
}[keyof typeof SYSCALLS];

const ROWS = Object.entries(SYSCALLS) as [keyof typeof SYSCALLS, Row][];

export const callsOf = <F extends Fate>(fate: F): CallOf<F>[] =>
  ROWS.filter(([, row]) => row.fate === fate).map(([call]) => call as CallOf<F>);

/** The rules of the guarded tree. `identity`: the supervisor's. */
export const filterRules = (identity: Identity): Rule[] =>
  ROWS.map(([call, { rule }]) => ({ call, ...(typeof rule === 'function' ? rule(identity) : rule) }));
