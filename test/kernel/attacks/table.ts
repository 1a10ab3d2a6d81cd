// Owns: what each attack comes to: bare, as root and as an ordinary user, and under mediation.
// An attack that wins nothing bare, to anyone, shows nothing when it is stopped.

import { existsSync, readFileSync } from 'node:fs';
import type { Outcome, Result } from './run.ts';

/** Where a kernel lacks what is abused, `N/A` stands beside the outcome where it has it. */
export type Expected = Outcome | 'WON or N/A' | 'BLOCKED or N/A' | 'WON or BLOCKED';

/**
 * A setting of the machine and the values under which the kernel itself does not refuse. Absent, it refuses nothing.
 */
type Setting = readonly [file: string, open: RegExp];

export interface Attack {
  name: string;
  /** Bare, as root with all its capabilities. */
  root: Expected;
  /** Bare, as an ordinary user. */
  user: Expected;
  /**
   * Under mediation, as anyone. `N/A` agrees only where the attack is `N/A` bare as well; `WON` is a loss, and `note`
   * says why.
   */
  mediated: Exclude<Outcome, 'N/A'>;
  note?: string;
  /** Settings under which `WON` cannot be expected bare. */
  settings?: readonly Setting[];
}

type Rest = Partial<Pick<Attack, 'mediated' | 'note' | 'settings'>>;

/** What an ordinary user can do as well as root. */
const everyone = (names: readonly string[], rest?: Rest): Attack[] => attacks('WON', 'WON', names, rest);

/** What the kernel keeps for root. */
const rootOnly = (names: readonly string[], rest?: Rest): Attack[] => attacks('WON', 'BLOCKED', names, rest);

function attacks(root: Expected, user: Expected, names: readonly string[], rest?: Rest): Attack[] {
  return names.map((name) => ({ name, root, user, mediated: 'BLOCKED', ...rest }));
}

const NOT_YAMA: Setting = ['/proc/sys/kernel/yama/ptrace_scope', /^0$/];
const USER_NAMESPACES: readonly Setting[] = [
  ['/proc/sys/user/max_user_namespaces', /^[1-9]/],
  ['/proc/sys/kernel/unprivileged_userns_clone', /^1$/],
  ['/proc/sys/kernel/apparmor_restrict_unprivileged_userns', /^0$/],
];
const FASTOPEN: Setting = ['/proc/sys/net/ipv4/tcp_fastopen', /[13579]$/];
const IO_URING: Setting = ['/proc/sys/kernel/io_uring_disabled', /^0$/];

export const ATTACKS: readonly Attack[] = [
  // Names that lead to the secret.
  ...everyone(['open-directly', 'openat2', 'openat2-in-root', 'long-path', 'slashes', 'dot-dot']),
  ...attacks('WON or N/A', 'WON or N/A', ['open-old-call']),
  ...everyone(['symlink', 'symlink-relative', 'symlink-to-proc-self', 'chdir', 'fchdir', 'openat-directory']),
  ...everyone(['proc-self-root', 'proc-thread-self-root', 'proc-task-root', 'proc-self-cwd', 'proc-pid-cwd']),
  ...everyone(['proc-self-fd-directory', 'o-path-reopen', 'dev-fd-reopen', 'stdin-reopen', 'open-tree-path']),
  ...everyone(['hardlink', 'hardlink-by-descriptor', 'rename-secret-in', 'rename-directory-in', 'rename-exchange']),
  ...everyone(['rename-granted-over', 'rename-over-secret', 'truncate-secret', 'unlink-secret', 'create-outside']),
  ...everyone(['create-through-dangling-link', 'inherited-descriptors', 'inherited-environment']),
  ...everyone(['unlink-through-link', 'rename-through-link', 'mkdir-through-link', 'bind-through-link']),
  ...attacks('WON or N/A', 'BLOCKED or N/A', ['open-by-handle']),
  ...everyone(['stat-secret'], {
    mediated: 'WON',
    note: 'metadata is visible: stat, access and readlink are not mediated',
  }),
  ...everyone(['inotify-watch']),

  // Calls that are not system calls of this ABI, or not made by the process.
  ...attacks('WON or N/A', 'WON or N/A', ['i386-open', 'x32-open']),
  ...everyone(['io-uring-open', 'io-uring-connect'], { settings: [IO_URING] }),
  ...everyone(['dumpable-zero', 'dumpable-zero-connect', 'fork-storm', 'signal-storm']),

  // Whose child it is.
  ...everyone(['clone-parent', 'subreaper'], {
    note: 'what binds a process binds what it starts, as parents tell: clone with CLONE_PARENT, prctl PR_SET_CHILD_SUBREAPER',
  }),

  // Races.
  ...everyone([
    'open-race',
    'openat2-race',
    'symlink-race',
    'directory-race',
    'directory-descriptor-race',
    'chdir-race',
  ]),
  ...everyone(['create-race', 'rename-race', 'unlink-race', 'exec-race', 'exec-symlink-race', 'path-unix-race']),
  ...everyone(['connect-race', 'connect-family-race']),
  ...everyone(['bind-race']),
  ...everyone(['chmod-race', 'truncate-race', 'link-race', 'unlink-directory-race', 'exec-thread-race']),

  // Changes of what may only be read.
  ...everyone(['readonly-write', 'readonly-access-mode-three', 'readonly-truncate-open', 'readonly-truncate']),
  ...everyone(['readonly-chmod', 'readonly-fchmod', 'readonly-chown', 'readonly-fchown', 'readonly-utimes']),
  ...everyone(['readonly-futimens', 'readonly-unlink', 'readonly-rmdir', 'readonly-mkdir', 'readonly-symlink']),
  ...everyone(['readonly-mkfifo', 'readonly-bind', 'readonly-rename-out', 'readonly-rename-in']),
  ...everyone(['readonly-hardlink-write', 'reopen-writable', 'reopen-passed']),
  ...everyone(['readonly-lease'], { note: 'fcntl F_SETLEASE on a descriptor that reads' }),
  ...everyone(['symlink-chmod', 'symlink-truncate']),
  ...attacks('WON or N/A', 'WON or N/A', ['readonly-fchmodat2', 'readonly-xattr', 'readonly-fsetxattr']),
  ...attacks('WON or N/A', 'WON or N/A', ['readonly-setxattrat', 'readonly-removexattr', 'readonly-tmpfile']),
  ...attacks('WON or N/A', 'WON or N/A', ['readonly-tmpfile-link', 'readonly-tmpfile-into']),
  ...attacks('WON or N/A', 'WON or N/A', ['readonly-inode-flags', 'readonly-file-setattr'], {
    note: 'chattr: an ioctl (FS_IOC_SETFLAGS, FS_IOC_FSSETXATTR) on a descriptor that reads, and file_setattr',
  }),

  // Programs that are not granted.
  ...everyone(['exec-ungranted', 'exec-symlink', 'execveat-empty-path', 'execveat-o-path', 'exec-proc-self-fd']),
  ...everyone(['exec-copied', 'memfd-exec', 'tmpfile-exec', 'exec-shebang', 'path-shadow', 'script-of-its-own']),
  ...everyone(['exec-loader'], {
    note: 'the loader must be executable to the kernel, so its own execve is what to refuse',
  }),
  ...attacks('N/A', 'WON or N/A', ['setuid-root']),
  ...everyone(['ld-preload', 'mmap-exec', 'code-in-a-shell'], {
    mediated: 'WON',
    note: 'code inside a granted program is not told from the program: it has the same authority, and no more',
  }),
  ...everyone(['git-hook'], {
    mediated: 'WON',
    note: 'what a granted write puts where others will run it, outside, is theirs to look at',
  }),

  // The supervisor.
  ...everyone(['ptrace-supervisor', 'vm-readv-supervisor', 'vm-writev-supervisor', 'proc-mem-supervisor'], {
    settings: [NOT_YAMA],
  }),
  ...everyone(['pidfd-getfd-supervisor', 'supervisor-by-parents'], { settings: [NOT_YAMA] }),
  ...everyone(['ptrace-child', 'proc-mem-child', 'proc-mem-self', 'proc-fd-supervisor', 'proc-fd-list-supervisor']),
  ...everyone(['proc-environ-supervisor', 'proc-root-supervisor', 'kill-supervisor', 'kill-group-of-supervisor']),
  ...everyone(['prlimit-supervisor', 'priority-supervisor', 'scheduling-supervisor'], {
    note: 'prlimit64 with a limit, setpriority, sched_setaffinity and its like, ioprio_set on a process outside: no Landlock scope holds them',
  }),
  ...rootOnly(['process-madvise-supervisor', 'setns-supervisor']),
  ...attacks('WON or N/A', 'WON or N/A', ['kcmp-supervisor']),

  // Keys, control socket, log, hook settings.
  ...everyone([
    'keys-read',
    'keys-hardlink',
    'control-connect',
    'control-replace',
    'log-read',
    'log-write',
    'log-rename',
  ]),
  ...everyone(['tamper-with-log', 'hooks-write', 'hooks-replace', 'hooks-unlink', 'hooks-rename-parent']),
  ...everyone(['hooks-hardlink', 'hooks-exchange', 'hooks-symlink']),
  ...rootOnly(['mount-over-hooks']),
  ...everyone(['nested-run']),

  // Network and sockets.
  ...everyone(['connect-ungranted', 'connect-unspecified', 'connect-long-address', 'connect-nonblocking']),
  ...everyone(['connect-again', 'dev-tcp', 'dev-udp', 'bind-listen', 'listen-without-bind', 'netlink-socket']),
  ...everyone(['udp-sendto', 'udp-sendmsg', 'udp-connected', 'udp-high-bits', 'udp-type-flags']),
  ...attacks('WON or N/A', 'WON or N/A', ['connect-mapped', 'fastopen-connect', 'sctp', 'ping-socket', 'vsock']),
  ...attacks('WON or N/A', 'WON or N/A', ['routing-header']),
  ...everyone(['bind-to-device']),
  ...attacks('WON or N/A', 'WON or N/A', ['mptcp'], { settings: [['/proc/sys/net/mptcp/enabled', /^1$/]] }),
  ...everyone(['fastopen', 'fastopen-sendmsg', 'fastopen-sendmmsg', 'fastopen-high-bits'], { settings: [FASTOPEN] }),
  ...rootOnly(['raw-socket', 'packet-socket']),
  ...attacks('WON or BLOCKED', 'WON or BLOCKED', ['other-families']),
  ...everyone(['abstract-unix', 'path-unix', 'path-unix-symlink', 'path-unix-proc-fd', 'unix-datagram']),
  ...everyone(['unix-datagram-pair', 'unix-raw', 'passed-outside-scope', 'passed-abstract']),
  ...everyone(['passed-inside-scope'], {
    mediated: 'WON',
    note: 'a process outside that hands its descriptors over at a granted socket gives them away',
  }),
  ...everyone(['connect-read-send', 'read-connect-send'], {
    note: 'needs a policy that lets no session that read ATTACK_CONFIDENTIAL communicate',
  }),
  ...everyone(['sysv-shared-memory'], { note: 'shmget, shmat, semget, msgget: by number, past Landlock' }),
  ...attacks('WON or N/A', 'WON or N/A', ['posix-queue'], {
    note: 'mq_open: by name, on a mount that Landlock leaves out',
  }),

  // The shell's ways to the secret.
  ...everyone(['cat-secret', 'shell-redirect', 'glob-and-read', 'copy-secret', 'daemon', 'chmod-secret']),

  // Namespaces, mounts, roots.
  ...everyone(
    ['unshare-user', 'unshare-user-mount', 'unshare-net', 'clone-user', 'clone-user-high-bits', 'clone3-user'],
    {
      settings: USER_NAMESPACES,
    },
  ),
  ...rootOnly(['setns-own', 'mount-bind', 'umount', 'open-tree', 'fsopen', 'fspick', 'mount-setattr', 'move-mount']),
  ...rootOnly(['chroot', 'pivot-root']),

  // The terminal.
  ...attacks('WON or N/A', 'WON or N/A', ['tiocsti']),
  ...everyone(['tiocsti-high-bits', 'tioclinux']),

  // Identity, the machine, the kernel.
  ...rootOnly([
    'setuid-other',
    'setgroups',
    'setfsuid',
    'device-node',
    'reboot',
    'vhangup',
    'core-pattern',
    'dev-kmsg',
  ]),
  ...attacks('WON', 'WON or BLOCKED', ['syslog']),
  ...attacks('WON or N/A', 'BLOCKED or N/A', ['prctl-set-mm', 'acct', 'swapon', 'init-module', 'finit-module']),
  ...attacks('WON or N/A', 'BLOCKED or N/A', ['kexec-load', 'dev-mem', 'ioperm', 'sysrq-trigger', 'uevent-helper']),
  ...attacks('WON or N/A', 'BLOCKED or N/A', ['cgroup-write']),
  ...everyone(['personality', 'seccomp-listener', 'clock-settime', 'fanotify-init']),
  ...attacks('WON or N/A', 'WON or N/A', ['quotactl', 'keyctl', 'userfaultfd']),
  ...attacks('WON or N/A', 'WON or N/A', ['perf-event-open'], {
    settings: [['/proc/sys/kernel/perf_event_paranoid', /^(-1|[012])$/]],
  }),
  ...attacks('WON', 'WON or BLOCKED', ['bpf', 'bpf-map']),
];

/**
 * Attacks that have a guarded run of their own under mediation, with the reason. All others share runs (shared-run.ts).
 */
export const ALONE: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ATTACKS.filter(({ name }) => name.endsWith('-race')).map(({ name }) => [
      name,
      'it races the supervisor, which may end the tree for what it sees',
    ]),
  ),
  'inherited-descriptors': 'it looks for what the process that starts the run hands down',
  'inherited-environment': 'it looks for what the process that starts the run hands down',
  'kill-group-of-supervisor': 'a driver of its own tree is in the group of the supervisor, and it may signal that',
  'connect-read-send': 'it reads what must not leave, and the label stays on the session',
  'read-connect-send': 'it reads what must not leave, and the label stays on the session',
};

/**
 * One attack of each family: each way to get there, and each part of mediation that stops it. The first ring of tests
 * runs these.
 */
export const ONE_OF_EACH: readonly string[] = [
  'open-directly',
  'openat2-in-root',
  'symlink-relative',
  'proc-self-root',
  'o-path-reopen',
  'hardlink-by-descriptor',
  'rename-secret-in',
  'create-outside',
  'unlink-through-link',
  'inherited-descriptors',
  'stat-secret',
  'inotify-watch',
  'i386-open',
  'io-uring-open',
  'dumpable-zero',
  'clone-parent',
  'open-race',
  'readonly-write',
  'readonly-chmod',
  'readonly-setxattrat',
  'readonly-inode-flags',
  'exec-symlink',
  'exec-loader',
  'memfd-exec',
  'exec-shebang',
  'ld-preload',
  'ptrace-supervisor',
  'kill-supervisor',
  'prlimit-supervisor',
  'keys-read',
  'control-connect',
  'hooks-write',
  'hooks-rename-parent',
  'nested-run',
  'connect-ungranted',
  'udp-sendto',
  'bind-listen',
  'fastopen-sendmsg',
  'path-unix',
  'unix-datagram',
  'passed-inside-scope',
  'read-connect-send',
  'sysv-shared-memory',
  'cat-secret',
  'unshare-user',
  'mount-bind',
  'tiocsti-high-bits',
  'keyctl',
  'setuid-other',
];

/** Whether the first ring runs an attack as root or as an ordinary user. */
export const isFirst =
  (who: 'root' | 'user') =>
  ({ name }: Attack): boolean =>
    who === 'user' && ONE_OF_EACH.includes(name);

/**
 * With what mediation refuses a call. An attack that ends in another error has missed its target, and shows nothing.
 */
const REFUSALS: readonly string[] = ['EACCES', 'EPERM', 'ENOSYS', 'EAFNOSUPPORT', 'EOPNOTSUPP'];
/** What else refuses single attacks. */
const REFUSED_OTHERWISE: Readonly<Record<string, string>> = {
  // The supervisor cannot read the memory of a process that is not dumpable.
  'dumpable-zero': 'EFAULT',
  'dumpable-zero-connect': 'EFAULT',
  // The filter answers as the kernel does on a file that takes no leases.
  'readonly-lease': 'EINVAL',
  // The supervisor has shut the connection down by then.
  'connect-read-send': 'EPIPE',
};

/**
 * Whether an attack was stopped by a refusal, of those whose reason is an errno. Others say in words what stopped them.
 */
export function isRefusal(name: string, { outcome, why }: Result): boolean {
  const errno = / (E[A-Z0-9]+)$/.exec(why)?.[1];
  return outcome !== 'BLOCKED' || errno === undefined || [...REFUSALS, REFUSED_OTHERWISE[name]].includes(errno);
}

/** Tries of the races. Bare, they end with the first win. */
export const TRIES = 20_000;

/** Whether this machine's kernel refuses by itself what the attack tries. */
export function isRefusedHere({ settings = [] }: Attack): boolean {
  return settings.some(([file, open]) => existsSync(file) && !open.test(readFileSync(file, 'utf8').trim()));
}

/** Whether an outcome is one that is expected. A fault never is. */
export function agrees(expected: Expected, { outcome }: Result): boolean {
  return expected.split(' or ').includes(outcome);
}
