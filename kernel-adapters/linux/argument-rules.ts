// Owns: which arguments of a system call the filter lets through, where the fate of the call depends on them.
// Trusts: the kernel's constants.
// Excludes: which call a rule is for (syscalls.ts), and how a filter is assembled.

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
  SOL_SOCKET,
  seccomp,
} from './abi.ts';
import type { ArgumentRule, Condition, FilterAnswer } from './seccomp-filter.ts';

/** The user and group of the supervisor, real, effective and saved alike. The guarded tree keeps them, because the
 * supervisor acts for it. */
export interface Identity {
  uid: number;
  gid: number;
}

const REFUSE: FilterAnswer = { errno: E.PERM };
/** The caller gets 0, and the kernel does nothing. */
const PRETEND: FilterAnswer = { errno: 0 };
/** -1 to setreuid(2) and its like: this id stays as it is. */
const UNCHANGED = 0xffffffff;

const arg = (index: Condition['arg'], ...values: number[]): Condition => ({ arg: index, in: values });
const notArg = (index: Condition['arg'], ...values: number[]): Condition => ({ arg: index, in: values, not: true });
/** Any of these bits is set. */
const bits = (index: Condition['arg'], mask: number): Condition => ({ arg: index, mask, in: [0], not: true });

/** TCP over IPv4 and IPv6, and unix sockets with connections. A datagram names its receiver in memory, one by one. */
export const STREAM_SOCKETS: ArgumentRule = {
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

export const STREAM_PAIRS: ArgumentRule = {
  cases: [
    {
      when: [arg(0, AF.UNIX), { arg: 1, mask: SOCK.TYPE_MASK, in: [SOCK.STREAM, SOCK.SEQPACKET] }],
      answer: 'allow',
    },
  ],
  otherwise: { errno: E.ACCES },
};

/** MSG_FASTOPEN sends data with the SYN, and so connects without connect(2). */
export const withoutFastOpen = (flags: Condition['arg']): ArgumentRule => ({
  cases: [{ when: [bits(flags, MSG_FASTOPEN)], answer: { errno: E.OPNOTSUPP } }],
  otherwise: 'allow',
});

const SOL_IP = 0;
const SOL_IPV6 = 41;
/** IP_OPTIONS; IPV6_RTHDR, its old form, and IPV6_2292PKTOPTIONS, which holds one: a packet goes where
 * they say first. */
const IP_OPTIONS = 4;
const IPV6_ROUTES = [5, 6, 57];
/** IP6T_SO_SET_REPLACE, IP6T_SO_SET_ADD_COUNTERS: the packet filter's tables, which can be changed over any socket. */
const IPV6_TABLES = [64, 65];
/** SO_BINDTODEVICE, SO_BINDTOIFINDEX: the same address is another host there. */
const DEVICES = [25, 62];
/** Options that lead a connection elsewhere than its address says, and the packet filter's tables (of IPv4: 64 and
 * above). */
export const NO_ROUTES: ArgumentRule = {
  cases: [
    { when: [arg(1, SOL_IPV6), arg(2, ...IPV6_ROUTES, ...IPV6_TABLES)], answer: REFUSE },
    { when: [arg(1, SOL_IP), arg(2, IP_OPTIONS)], answer: REFUSE },
    { when: [arg(1, SOL_IP), { arg: 2, mask: 0xffffffc0, in: [0], not: true }], answer: REFUSE },
    { when: [arg(1, SOL_SOCKET), arg(2, ...DEVICES)], answer: REFUSE },
  ],
  otherwise: 'allow',
};

/** The second byte of a request says which driver it is for. */
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

export const DEVICE_REQUESTS: ArgumentRule = {
  cases: [
    // Typing for the user, pasting, taking the console over, having the terminal speak another protocol; FAT's chattr.
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

/** A new thread is let through, a new namespace refused, and a new process put to the supervisor. */
export const THREADS_ONLY: ArgumentRule = {
  cases: [
    { when: [bits(0, CLONE_NAMESPACES)], answer: REFUSE },
    { when: [bits(0, CLONE_THREAD)], answer: 'allow' },
    // The parent of a process tells what the process may do, so the parent has to be the process that made it.
    { when: [bits(0, CLONE_PARENT)], answer: REFUSE },
  ],
  otherwise: 'notify',
};

/** 0 is the ordinary personality, and all bits ask for the present one. */
export const ORDINARY_PERSONALITY: ArgumentRule = {
  cases: [{ when: [arg(0, 0, 0xffffffff)], answer: 'allow' }],
  otherwise: REFUSE,
};

/** The kernel takes one listener for each process and answers EBUSY to a second; the filter answers before it. */
export const NO_LISTENER: ArgumentRule = {
  cases: [{ when: [arg(0, seccomp.SET_MODE_FILTER), bits(1, seccomp.FLAG_NEW_LISTENER)], answer: REFUSE }],
  otherwise: 'allow',
};

export const NO_DISGUISE: ArgumentRule = {
  cases: [{ when: [arg(0, PR.SET_MM, PR.SET_CHILD_SUBREAPER)], answer: REFUSE }],
  otherwise: 'allow',
};

/** Limits of the calling process; of others only reading them, which changes nothing. */
export const OWN_LIMITS: ArgumentRule = {
  cases: [
    { when: [arg(0, 0)], answer: 'allow' },
    { when: [arg(2, 0), { arg: 2, high: true, in: [0] }], answer: 'allow' },
  ],
  otherwise: REFUSE,
};

/** Priorities of one thread, never of a group or a user, which the supervisor belongs to. `which`: PRIO_PROCESS is 0,
 * IOPRIO_WHO_PROCESS 1. */
export const ofOneThread = (which: number): ArgumentRule => ({
  cases: [
    { when: [arg(0, which), arg(1, 0)], answer: 'allow' },
    { when: [arg(0, which)], answer: 'notify' },
  ],
  otherwise: REFUSE,
});

/** 0 is the calling thread. Libraries name their own threads by number, which only the supervisor can tell from
 * others'. */
export const OF_A_THREAD: ArgumentRule = {
  cases: [{ when: [arg(0, 0)], answer: 'allow' }],
  otherwise: 'notify',
};

/** Linux's own commands of fcntl begin at 1024. Not among those let through are F_SETLEASE, because the supervisor's
 * loop would wait with every other process that opens the file, and F_NOTIFY, because inotify watches directories. */
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
export const NO_LEASES: ArgumentRule = {
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

/** The identity that the caller has already changes nothing, and many programs set it when they start. */
export const sameId =
  (id: keyof Identity, ...args: Condition['arg'][]) =>
  (identity: Identity): ArgumentRule => ({
    cases: [
      {
        when: args.map((index) => arg(index, identity[id], ...(args.length > 1 ? [UNCHANGED] : []))),
        answer: PRETEND,
      },
    ],
    otherwise: REFUSE,
  });
