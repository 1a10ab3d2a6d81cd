// Owns: constants and layouts of the kernel that are the same on every architecture this runs on (64 bits,
// little-endian).
// Trusts: the kernel never to change them.

/** What an architecture adds to the constants of this file. */
export interface Abi<Name extends string> {
  arch: 'x64' | 'arm64';
  /** AUDIT_ARCH_*, as seccomp_data has it. */
  auditArch: number;
  /** The first number of another numbering of the same architecture, if there is one. */
  foreignNr: number | undefined;
  /** The last system call that the lists of this adapter have considered. */
  lastNr: number;
  NR: { readonly [name in Name]: number };
  O: { DIRECTORY: number; NOFOLLOW: number; DIRECT: number; LARGEFILE: number; TMPFILE: number };
  stat: {
    size: number;
    dev: number;
    ino: number;
    nlink: number;
    mode: number;
    uid: number;
    gid: number;
    rdev: number;
    fileSize: number;
  };
}

export const E = {
  PERM: 1,
  NOENT: 2,
  SRCH: 3,
  INTR: 4,
  IO: 5,
  NXIO: 6,
  TOOBIG: 7,
  NOEXEC: 8,
  BADF: 9,
  CHILD: 10,
  AGAIN: 11,
  NOMEM: 12,
  ACCES: 13,
  FAULT: 14,
  BUSY: 16,
  EXIST: 17,
  XDEV: 18,
  NODEV: 19,
  NOTDIR: 20,
  ISDIR: 21,
  INVAL: 22,
  NFILE: 23,
  NOTTY: 25,
  TXTBSY: 26,
  ROFS: 30,
  PIPE: 32,
  RANGE: 34,
  NAMETOOLONG: 36,
  NOSYS: 38,
  NOTEMPTY: 39,
  LOOP: 40,
  NODATA: 61,
  NOTSOCK: 88,
  PROTONOSUPPORT: 93,
  OPNOTSUPP: 95,
  AFNOSUPPORT: 97,
  ADDRINUSE: 98,
  ISCONN: 106,
  TIMEDOUT: 110,
  CONNREFUSED: 111,
  ALREADY: 114,
  INPROGRESS: 115,
} as const;

/** Open flags that are the same everywhere; the others are in the architecture's `O`. */
export const O = {
  RDONLY: 0,
  WRONLY: 1,
  RDWR: 2,
  ACCMODE: 3,
  CREAT: 0o100,
  EXCL: 0o200,
  NOCTTY: 0o400,
  TRUNC: 0o1000,
  APPEND: 0o2000,
  NONBLOCK: 0o4000,
  DSYNC: 0o10000,
  ASYNC: 0o20000,
  NOATIME: 0o1000000,
  CLOEXEC: 0o2000000,
  SYNC: 0o4010000,
  PATH: 0o10000000,
} as const;

export const S = {
  IFMT: 0o170000,
  IFSOCK: 0o140000,
  IFLNK: 0o120000,
  IFREG: 0o100000,
  IFBLK: 0o60000,
  IFDIR: 0o40000,
  IFCHR: 0o20000,
  IFIFO: 0o10000,
} as const;

/** Permissions, set-user-id, set-group-id and sticky: S_IALLUGO. */
export const MODE_BITS = 0o7777;

export const AT = {
  FDCWD: -100,
  SYMLINK_NOFOLLOW: 0x100,
  EACCESS: 0x200,
  REMOVEDIR: 0x200,
  SYMLINK_FOLLOW: 0x400,
  NO_AUTOMOUNT: 0x800,
  EMPTY_PATH: 0x1000,
} as const;

export const RENAME = { NOREPLACE: 1, EXCHANGE: 2, WHITEOUT: 4 } as const;

export const RESOLVE = {
  NO_XDEV: 1,
  NO_MAGICLINKS: 2,
  NO_SYMLINKS: 4,
  BENEATH: 8,
  IN_ROOT: 16,
  CACHED: 32,
} as const;

export const AF = { UNSPEC: 0, UNIX: 1, INET: 2, INET6: 10, NETLINK: 16, PACKET: 17, VSOCK: 40 } as const;
export const SOCK = {
  STREAM: 1,
  DGRAM: 2,
  RAW: 3,
  SEQPACKET: 5,
  TYPE_MASK: 0xf,
  NONBLOCK: 0o4000,
  CLOEXEC: 0o2000000,
} as const;
export const IPPROTO = { IP: 0, TCP: 6, UDP: 17, IPV6: 41, SCTP: 132, MPTCP: 262 } as const;
export const SOL_SOCKET = 1;
export const SO = { TYPE: 3, ERROR: 4, ACCEPTCONN: 30, PROTOCOL: 38, DOMAIN: 39 } as const;
export const MSG_FASTOPEN = 0x20000000;

export const POLL = { IN: 1, OUT: 4, ERR: 8, HUP: 16 } as const;
export const F = { GETFD: 1, SETFD: 2, GETFL: 3, SETFL: 4, FD_CLOEXEC: 1 } as const;
export const CLOSE_RANGE_CLOEXEC = 4;
export const MFD_CLOEXEC = 1;
export const PIDFD_THREAD = O.EXCL;
export const WNOHANG = 1;
export const RLIMIT_CORE = 4;

export const SIG = {
  HUP: 1,
  INT: 2,
  QUIT: 3,
  KILL: 9,
  PIPE: 13,
  ALRM: 14,
  TERM: 15,
  CONT: 18,
  STOP: 19,
  TSTP: 20,
  XFSZ: 25,
} as const;
export const SIG_SETMASK = 2;
/** What rt_sigaction(2) and rt_sigprocmask(2) call the size of a signal set. */
export const SIGSET_BYTES = 8;

export const PR = {
  SET_PDEATHSIG: 1,
  SET_DUMPABLE: 4,
  CAPBSET_READ: 23,
  CAPBSET_DROP: 24,
  SET_MM: 35,
  SET_CHILD_SUBREAPER: 36,
  SET_NO_NEW_PRIVS: 38,
  CAP_AMBIENT: 47,
  CAP_AMBIENT_CLEAR_ALL: 4,
} as const;

/** Bits of clone(2) that make namespaces. CLONE_NEWTIME lies in the exit signal's bits and exists only in clone3. */
export const CLONE_NAMESPACES = 0x7e020000;

export const CLONE_THREAD = 0x10000;
/** Makes a child of one's parent. */
export const CLONE_PARENT = 0x8000;

/** struct sockaddr_in, sockaddr_in6, sockaddr_un. Ports are big-endian. */
export const sockaddr = {
  family: 0,
  in: { size: 16, port: 2, address: 4 },
  in6: { size: 28, port: 2, flowinfo: 4, address: 8, scope: 24 },
  un: { size: 110, path: 2 },
} as const;

/** struct iovec: base, length. */
export const iovec = { size: 16, base: 0, length: 8 } as const;
export const openHow = { size: 24, flags: 0, mode: 8, resolve: 16 } as const;
export const pollfd = { size: 8, fd: 0, events: 4, revents: 6 } as const;

/** struct statx; device numbers come in two halves. */
export const statx = {
  size: 256,
  mask: 0,
  nlink: 16,
  uid: 20,
  gid: 24,
  mode: 28,
  ino: 32,
  fileSize: 40,
  ctime: 96,
  mtime: 112,
  rdevMajor: 128,
  rdevMinor: 132,
  devMajor: 136,
  devMinor: 140,
  mountId: 144,
} as const;
export const STATX_BASIC_STATS = 0x7ff;

/** seccomp(2), its data and its notifications. */
export const seccomp = {
  SET_MODE_FILTER: 1,
  GET_ACTION_AVAIL: 2,
  GET_NOTIF_SIZES: 3,
  FLAG_NEW_LISTENER: 1 << 3,
  FLAG_WAIT_KILLABLE_RECV: 1 << 5,
  RET: { KILL_PROCESS: 0x80000000, ERRNO: 0x00050000, USER_NOTIF: 0x7fc00000, ALLOW: 0x7fff0000 },
  ioctl: {
    NOTIF_RECV: 0xc0502100,
    NOTIF_SEND: 0xc0182101,
    NOTIF_ID_VALID: 0x40082102,
    NOTIF_ADDFD: 0x40182103,
    NOTIF_SET_FLAGS: 0x40082104,
  },
  USER_NOTIF_FLAG_CONTINUE: 1,
  FD_SYNC_WAKE_UP: 1,
  ADDFD_FLAG_SETFD: 1,
  ADDFD_FLAG_SEND: 2,
  data: { size: 64, nr: 0, arch: 4, instructionPointer: 8, args: 16 },
  /** struct seccomp_notif: seccomp_data begins at `data`. */
  notif: { size: 80, id: 0, pid: 8, flags: 12, data: 16, nr: 16, arch: 20, args: 32 },
  resp: { size: 24, id: 0, val: 8, error: 16, flags: 20 },
  addfd: { size: 24, id: 0, flags: 8, srcfd: 12, newfd: 16, newfdFlags: 20 },
} as const;

export const landlock = {
  CREATE_RULESET_VERSION: 1,
  RULE_PATH_BENEATH: 1,
  /** struct landlock_ruleset_attr, as of ABI 6. */
  rulesetAttr: { size: 24, handledFs: 0, handledNet: 8, scoped: 16 },
  /** struct landlock_path_beneath_attr is packed. */
  pathBeneathAttr: { size: 12, allowed: 0, parentFd: 8 },
  NET: { BIND_TCP: 1, CONNECT_TCP: 2 },
  SCOPE: { ABSTRACT_UNIX_SOCKET: 1, SIGNAL: 2 },
} as const;

export const ioctl = { TIOCSTI: 0x5412, TIOCLINUX: 0x541c } as const;
