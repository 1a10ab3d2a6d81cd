// Owns: what becomes of each system call of the guarded tree, and why. What is not named here is allowed: it works on what
// the tree already has, or shows only metadata.
// Trusts: the supervisor to answer every call of NOTIFIED, and to let every fork, vfork and clone be. Excludes: how a filter is assembled.

import {
  AF,
  CLONE_NAMESPACES,
  CLONE_PARENT,
  CLONE_THREAD,
  E,
  IPPROTO,
  MSG_FASTOPEN,
  PR,
  SOCK,
  seccomp,
  type SyscallName,
} from './abi.ts';
import type { Answer, Condition, Rule } from './seccomp-filter.ts';

/** Whose the tree is: it cannot become anyone else, because the supervisor acts for it. */
export interface Identity {
  uid: number;
  gid: number;
}

/** Effects on files, programs and endpoints: decided by the mediator. */
export const NOTIFIED: readonly SyscallName[] = [
  // Opening and executing first: the filter is walked from the top.
  'openat',
  'open',
  'openat2',
  'creat',
  'execve',
  'execveat',
  'connect',
  'bind',
  'listen',
  'rename',
  'renameat',
  'renameat2',
  'link',
  'linkat',
  'symlink',
  'symlinkat',
  'unlink',
  'unlinkat',
  'rmdir',
  'mkdir',
  'mkdirat',
  'mknod',
  'mknodat',
  'chmod',
  // A descriptor opened for reading, or only as a path, is enough for the calls that take one.
  'fchmod',
  'fchmodat',
  'fchmodat2',
  'chown',
  'lchown',
  'fchown',
  'fchownat',
  'truncate',
  'utime',
  'utimes',
  'futimesat',
  'utimensat',
  'setxattr',
  'lsetxattr',
  'fsetxattr',
  'setxattrat',
  'removexattr',
  'lremovexattr',
  'fremovexattr',
  'removexattrat',
  'inotify_add_watch',
];

/** Said not to exist, so that programs fall back to what is mediated. */
const ABSENT: readonly SyscallName[] = [
  // Its flags lie in memory, where a filter cannot see them; libraries fall back to clone.
  'clone3',
  // Opens and connects without system calls.
  'io_uring_setup',
  'io_uring_enter',
  'io_uring_register',
  'fanotify_init',
  'fanotify_mark',
  // Changes attributes of files by path; so new that nothing relies on it.
  'file_setattr',
  // Maps a library by path.
  'uselib',
  'create_module',
  '_sysctl',
  'nfsservctl',
  'lookup_dcookie',
];

/** Refused: ways out of mediation, into other processes, or to the machine. */
const REFUSED: readonly SyscallName[] = [
  // Other processes.
  'ptrace',
  'process_vm_readv',
  'process_vm_writev',
  'process_madvise',
  'process_mrelease',
  'pidfd_getfd',
  'kcmp',
  // Files by handle rather than by path.
  'name_to_handle_at',
  'open_by_handle_at',
  // Namespaces and mounts change what a path means.
  'unshare',
  'setns',
  'chroot',
  'pivot_root',
  'mount',
  'umount2',
  'move_mount',
  'fsopen',
  'fsconfig',
  'fsmount',
  'fspick',
  'open_tree',
  'open_tree_attr',
  'mount_setattr',
  // The kernel's own machinery.
  'bpf',
  'perf_event_open',
  'userfaultfd',
  'kexec_load',
  'kexec_file_load',
  'init_module',
  'finit_module',
  'delete_module',
  'lsm_set_self_attr',
  'reboot',
  'swapon',
  'swapoff',
  'quotactl',
  'quotactl_fd',
  'acct',
  'settimeofday',
  'clock_settime',
  'clock_adjtime',
  'adjtimex',
  'sethostname',
  'setdomainname',
  'syslog',
  'vhangup',
  'iopl',
  'ioperm',
  // Keys are shared with everything else of the same user.
  'add_key',
  'request_key',
  'keyctl',
  // So are these ways to talk to other processes, and none of them has a path that a grant could name.
  'shmget',
  'shmat',
  'shmctl',
  'semget',
  'semop',
  'semtimedop',
  'semctl',
  'msgget',
  'msgsnd',
  'msgrcv',
  'msgctl',
  'mq_open',
  'mq_unlink',
  // A change of identity; setuid and its like have rules of their own.
  'setgroups',
  'setfsuid',
  'setfsgid',
];

const REFUSE: Answer = { errno: E.PERM };
/** Answered 0 and not done. */
const DONE: Answer = { errno: 0 };
const UNCHANGED = 0xffffffff;

const arg = (index: Condition['arg'], ...values: number[]): Condition => ({ arg: index, in: values });
const notArg = (index: Condition['arg'], ...values: number[]): Condition => ({ arg: index, in: values, not: true });
/** Any of these bits. */
const bits = (index: Condition['arg'], mask: number): Condition => ({ arg: index, mask, in: [0], not: true });

/** TCP over IPv4 and IPv6, and unix sockets with connections. Datagrams name their receiver in memory, message by message. */
const STREAMS: Rule = {
  call: 'socket',
  cases: [
    { when: [notArg(0, AF.UNIX, AF.INET, AF.INET6)], answer: { errno: E.AFNOSUPPORT } },
    {
      when: [arg(0, AF.UNIX), { arg: 1, mask: SOCK.TYPE_MASK, in: [SOCK.STREAM, SOCK.SEQPACKET] }],
      answer: 'allow',
    },
    {
      when: [
        arg(0, AF.INET, AF.INET6),
        { arg: 1, mask: SOCK.TYPE_MASK, in: [SOCK.STREAM] },
        arg(2, IPPROTO.IP, IPPROTO.TCP),
      ],
      answer: 'allow',
    },
  ],
  otherwise: { errno: E.ACCES },
};

const PAIRS: Rule = {
  call: 'socketpair',
  cases: [
    {
      when: [arg(0, AF.UNIX), { arg: 1, mask: SOCK.TYPE_MASK, in: [SOCK.STREAM, SOCK.SEQPACKET] }],
      answer: 'allow',
    },
  ],
  otherwise: { errno: E.ACCES },
};

/** Data with a SYN connects without connect(2). */
const withoutFastOpen = (call: SyscallName, flags: Condition['arg']): Rule => ({
  call,
  cases: [{ when: [bits(flags, MSG_FASTOPEN)], answer: { errno: E.OPNOTSUPP } }],
  otherwise: 'allow',
});

const SOL_IP = 0;
const SOL_SOCKET = 1;
const SOL_IPV6 = 41;
/** IP_OPTIONS; IPV6_RTHDR, its old form, and IPV6_2292PKTOPTIONS, which holds one: a packet goes where they say first. */
const IP_OPTIONS = 4;
const IPV6_ROUTES = [5, 6, 57];
/** SO_BINDTODEVICE, SO_BINDTOIFINDEX: the same address is another host there. */
const DEVICES = [25, 62];
/** What leads a connection elsewhere than its address says, and the packet filter's tables, which any socket carries. */
const ROUTES: Rule = {
  call: 'setsockopt',
  cases: [
    { when: [arg(1, SOL_IPV6), arg(2, ...IPV6_ROUTES, 64, 65)], answer: REFUSE },
    { when: [arg(1, SOL_IP), arg(2, IP_OPTIONS)], answer: REFUSE },
    { when: [arg(1, SOL_IP), { arg: 2, mask: 0xffffffc0, in: [0], not: true }], answer: REFUSE },
    { when: [arg(1, SOL_SOCKET), arg(2, ...DEVICES)], answer: REFUSE },
  ],
  otherwise: 'allow',
};

/** The second byte of a request names what it is for. */
const KIND = 0xff00;
const kind = (letter: number): number => letter << 8;
const FICLONE = 0x40049409;
const FICLONERANGE = 0x4020940d;
const FIDEDUPERANGE = 0xc0189436;
const FS_IOC_GETFLAGS = 0x80086601;
const FS_IOC_FIEMAP = 0xc020660b;
const FS_IOC_FSGETXATTR = 0x801c581f;
const FS_IOC_GETVERSION = 0x80087601;
const TIOCSTI = 0x5412;
const TIOCCONS = 0x541d;
const TIOCLINUX = 0x541c;
const TIOCSETD = 0x5423;
const FAT_IOCTL_SET_ATTRIBUTES = 0x40047211;

const REQUESTS: Rule = {
  call: 'ioctl',
  cases: [
    // Typing for the user, pasting, taking the console over, having the terminal speak another protocol; and FAT's chattr.
    { when: [arg(1, TIOCSTI, TIOCLINUX, TIOCCONS, TIOCSETD, FAT_IOCTL_SET_ATTRIBUTES)], answer: REFUSE },
    // Keyboard and virtual terminals: 0x4Bxx and 0x56xx.
    { when: [{ arg: 1, mask: 0xffffff00, in: [kind(0x4b), kind(0x56)] }], answer: REFUSE },
    // File systems change flags, subvolumes and more through descriptors opened for reading: f, v, X and btrfs's 0x94.
    {
      when: [
        { arg: 1, mask: KIND, in: [kind(0x66), kind(0x76), kind(0x58), kind(0x94)] },
        notArg(
          1,
          FICLONE,
          FICLONERANGE,
          FIDEDUPERANGE,
          FS_IOC_GETFLAGS,
          FS_IOC_FIEMAP,
          FS_IOC_FSGETXATTR,
          FS_IOC_GETVERSION,
        ),
      ],
      answer: REFUSE,
    },
  ],
  otherwise: 'allow',
};

/** Threads are free, and namespaces are refused. A process takes an answer of the supervisor, which lets it be: so none is
 * made once there is no supervisor, and what is killed then cannot flee from process to process. */
const NEW_PROCESS: Rule = {
  call: 'clone',
  cases: [
    { when: [bits(0, CLONE_NAMESPACES)], answer: REFUSE },
    { when: [bits(0, CLONE_THREAD)], answer: 'allow' },
    // Whose child a process is tells what it may do: nobody makes one that is not their own.
    { when: [bits(0, CLONE_PARENT)], answer: REFUSE },
  ],
  otherwise: 'notify',
};

/** 0 is the ordinary personality, and all bits ask for the present one. */
const PERSONALITY: Rule = {
  call: 'personality',
  cases: [{ when: [arg(0, 0, 0xffffffff)], answer: 'allow' }],
  otherwise: REFUSE,
};

/** The kernel has a listener only once; here it says why. */
const OWN_LISTENER: Rule = {
  call: 'seccomp',
  cases: [{ when: [arg(0, seccomp.SET_MODE_FILTER), bits(1, seccomp.FLAG_NEW_LISTENER)], answer: REFUSE }],
  otherwise: 'allow',
};

/** Who may rewrite what /proc says of it could pass for another program; and who adopts orphans, for the parent of what it never started. */
const DISGUISES: Rule = {
  call: 'prctl',
  cases: [{ when: [arg(0, PR.SET_MM, PR.SET_CHILD_SUBREAPER)], answer: REFUSE }],
  otherwise: 'allow',
};

/** Limits of another process, the supervisor's among them; reading them changes nothing. */
const LIMITS: Rule = {
  call: 'prlimit64',
  cases: [
    { when: [arg(0, 0)], answer: 'allow' },
    { when: [arg(2, 0), { arg: 2, high: true, in: [0] }], answer: 'allow' },
  ],
  otherwise: REFUSE,
};

/** Priorities: of a thread by its number, and never those of a group or user, which the supervisor is in. PRIO_PROCESS is 0,
 * IOPRIO_WHO_PROCESS 1. */
const ownPriority = (call: SyscallName, which: number): Rule => ({
  call,
  cases: [
    { when: [arg(0, which), arg(1, 0)], answer: 'allow' },
    { when: [arg(0, which)], answer: 'notify' },
  ],
  otherwise: REFUSE,
});

/** Libraries name their own threads by number, which only the supervisor can tell from others'. */
const ownScheduling = (call: SyscallName): Rule => ({
  call,
  cases: [{ when: [arg(0, 0)], answer: 'allow' }],
  otherwise: 'notify',
});

/** Linux's own commands of fcntl begin at 1024. F_SETLEASE and F_NOTIFY are among those not named here: a lease has others wait who
 * open the file, the supervisor's loop too; and directories have inotify to be watched by. */
const F_LINUX = 0x400;
const F_GETLEASE = 1025;
const F_DUPFD_QUERY = 1027;
const F_CREATED_QUERY = 1028;
const F_DUPFD_CLOEXEC = 1030;
const F_SETPIPE_SZ = 1031;
const F_GETPIPE_SZ = 1032;
const F_ADD_SEALS = 1033;
const F_GET_SEALS = 1034;
/** F_GET_RW_HINT to F_SET_FILE_RW_HINT. */
const WRITE_HINTS = [1035, 1036, 1037, 1038];
const COMMANDS: Rule = {
  call: 'fcntl',
  cases: [
    {
      when: [
        { arg: 1, mask: 0xffffff00, in: [F_LINUX] },
        notArg(
          1,
          F_GETLEASE,
          F_DUPFD_QUERY,
          F_CREATED_QUERY,
          F_DUPFD_CLOEXEC,
          F_SETPIPE_SZ,
          F_GETPIPE_SZ,
          F_ADD_SEALS,
          F_GET_SEALS,
          ...WRITE_HINTS,
        ),
      ],
      answer: { errno: E.INVAL },
    },
  ],
  otherwise: 'allow',
};

const same = (call: SyscallName, id: number, args: Condition['arg'][], ...also: number[]): Rule => ({
  call,
  cases: [{ when: args.map((index) => arg(index, id, ...also)), answer: DONE }],
  otherwise: REFUSE,
});

/** Becoming who one is changes nothing, and many programs do it at their start. */
function identityRules({ uid, gid }: Identity): Rule[] {
  return [
    same('setuid', uid, [0]),
    same('setgid', gid, [0]),
    same('setreuid', uid, [0, 1], UNCHANGED),
    same('setregid', gid, [0, 1], UNCHANGED),
    same('setresuid', uid, [0, 1, 2], UNCHANGED),
    same('setresgid', gid, [0, 1, 2], UNCHANGED),
  ];
}

const SCHEDULING = ['sched_setaffinity', 'sched_setscheduler', 'sched_setparam', 'sched_setattr'] as const;

const each = (calls: readonly SyscallName[], otherwise: Answer): Rule[] => calls.map((call) => ({ call, otherwise }));

/** The rules of the guarded tree. `identity`: the supervisor's, real, effective and saved alike. */
export function filterRules(identity: Identity): Rule[] {
  return [
    ...each(NOTIFIED, 'notify'),
    REQUESTS,
    withoutFastOpen('sendto', 3),
    withoutFastOpen('sendmsg', 2),
    withoutFastOpen('sendmmsg', 3),
    STREAMS,
    PAIRS,
    ROUTES,
    NEW_PROCESS,
    { call: 'fork', otherwise: 'notify' },
    { call: 'vfork', otherwise: 'notify' },
    PERSONALITY,
    OWN_LISTENER,
    DISGUISES,
    LIMITS,
    ownPriority('setpriority', 0),
    ownPriority('ioprio_set', 1),
    ...SCHEDULING.map(ownScheduling),
    COMMANDS,
    ...identityRules(identity),
    ...each(ABSENT, { errno: E.NOSYS }),
    ...each(REFUSED, REFUSE),
  ];
}
