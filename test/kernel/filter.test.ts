// The seccomp filter, run on a machine of its own: which call is done, refused, put to the supervisor, or ends the
// process.

import { describe, expect, test } from 'vitest';
import { arm64 } from '../../kernel-adapters/linux/abi-arm64.ts';
import { x64, type SyscallName } from '../../kernel-adapters/linux/abi-x64.ts';
import { callsOf, filterRules } from '../../kernel-adapters/linux/syscalls.ts';
import { assemble, type Rule } from '../../kernel-adapters/linux/seccomp-filter.ts';
import { runFilter } from './filter-machine.ts';

const UID = 1000;
const GID = 100;
const rules = filterRules({ uid: UID, gid: GID });
const filters = { x64: assemble(x64, rules), arm64: assemble(arm64, rules) };

// linux/seccomp.h and asm-generic/errno.h, by hand.
const ACTIONS = new Map([
  [0x80000000, 'kill'],
  [0x7fc00000, 'notify'],
  [0x7fff0000, 'allow'],
]);
function answer(arch: 'x64' | 'arm64', name: SyscallName | number, args: readonly (number | bigint)[] = []): string {
  const abi = arch === 'x64' ? x64 : arm64;
  const nr = typeof name === 'number' ? name : abi.NR[name];
  const { action, data } = runFilter(filters[arch], { arch: abi.auditArch, nr, args });
  return action === 0x00050000 ? `errno ${data}` : ACTIONS.get(action)!;
}

const EPERM = 'errno 1';
const EINVAL = 'errno 22';
const EACCES = 'errno 13';
const ENOSYS = 'errno 38';
const EOPNOTSUPP = 'errno 95';
const EAFNOSUPPORT = 'errno 97';
const NOTHING = 'errno 0';

const HIGH = 0xdead_beef_0000_0000n;
/** The same argument with bits above the 32 that the kernel reads of an int. */
const dirty = (value: number): bigint => HIGH | BigInt(value >>> 0);

const [UNIX, INET, NETLINK, INET6, PACKET, VSOCK] = [1, 2, 16, 10, 17, 40];
const [STREAM, DGRAM, RAW, SEQPACKET] = [1, 2, 3, 5];
const FLAGS = 0o2004000;

const CASES: [name: SyscallName, args: (number | bigint)[], answer: string][] = [
  ['socket', [INET, STREAM, 0], 'allow'],
  ['socket', [INET6, STREAM | FLAGS, 6], 'allow'],
  ['socket', [dirty(INET), dirty(STREAM), dirty(6)], 'allow'],
  ['socket', [UNIX, STREAM, 0], 'allow'],
  ['socket', [UNIX, SEQPACKET | FLAGS, 0], 'allow'],
  ['socket', [UNIX, DGRAM, 0], EACCES],
  ['socket', [UNIX, RAW, 0], EACCES],
  ['socket', [INET, DGRAM, 0], EACCES],
  ['socket', [INET, DGRAM | FLAGS, 17], EACCES],
  ['socket', [dirty(INET), dirty(DGRAM), 17], EACCES],
  ['socket', [INET, DGRAM, 1], EACCES],
  ['socket', [INET, RAW, 1], EACCES],
  ['socket', [INET, STREAM, 262], EACCES],
  ['socket', [INET, STREAM, dirty(262)], EACCES],
  ['socket', [INET6, STREAM, 132], EACCES],
  ['socket', [INET, SEQPACKET, 132], EACCES],
  ['socket', [NETLINK, RAW, 0], EAFNOSUPPORT],
  ['socket', [PACKET, RAW, 3], EAFNOSUPPORT],
  ['socket', [VSOCK, STREAM, 0], EAFNOSUPPORT],
  ['socket', [0, STREAM, 0], EAFNOSUPPORT],
  ['socketpair', [UNIX, STREAM, 0], 'allow'],
  ['socketpair', [UNIX, SEQPACKET | FLAGS, 0], 'allow'],
  ['socketpair', [UNIX, DGRAM, 0], EACCES],
  ['socketpair', [INET, STREAM, 0], EACCES],
  ['sendto', [3, 0, 0, 0x4000, 0, 0], 'allow'],
  ['sendto', [3, 0, 0, 0x20000000, 0, 0], EOPNOTSUPP],
  ['sendto', [3, 0, 0, dirty(0x20004000), 0, 0], EOPNOTSUPP],
  ['sendmsg', [3, 0x20000000, 0], 'allow'],
  ['sendmsg', [3, 0, 0x20000000], EOPNOTSUPP],
  ['sendmmsg', [3, 0, 1, 0x20000000], EOPNOTSUPP],
  ['sendmmsg', [3, 0, 1, 0], 'allow'],
  ['setsockopt', [3, 0, 63, 0, 4], 'allow'],
  ['setsockopt', [3, 0, 64, 0, 4], EPERM],
  ['setsockopt', [3, 0, 1152, 0, 4], EPERM],
  ['setsockopt', [3, 41, 64, 0, 4], EPERM],
  ['setsockopt', [3, 41, 26, 0, 4], 'allow'],
  ['setsockopt', [3, 1, 64, 0, 4], 'allow'],
  // Routes and devices: IP_OPTIONS, IPV6_RTHDR and its old forms, SO_BINDTODEVICE, SO_BINDTOIFINDEX.
  ['setsockopt', [3, 0, 4, 0, 4], EPERM],
  ...[5, 6, 57].map((option): [SyscallName, number[], string] => ['setsockopt', [3, 41, option, 0, 40], EPERM]),
  ['setsockopt', [3, 41, dirty(57), 0, 40], EPERM],
  ...[25, 62].map((option): [SyscallName, number[], string] => ['setsockopt', [3, 1, option, 0, 4], EPERM]),
  ['ioctl', [0, 0x5401], 'allow'],
  ['ioctl', [0, 0x5412], EPERM],
  // TIOCSETD, and FAT's attributes.
  ['ioctl', [0, 0x5423], EPERM],
  ['ioctl', [0, 0x40047211], EPERM],
  ['ioctl', [0, dirty(0x5412)], EPERM],
  ['ioctl', [0, 0x541c], EPERM],
  ['ioctl', [0, 0x541d], EPERM],
  ['ioctl', [0, 0x4b47], EPERM],
  ['ioctl', [0, 0x5606], EPERM],
  ['ioctl', [0, 0x80685600], 'allow'],
  ['ioctl', [3, 0x40086602], EPERM],
  ['ioctl', [3, 0x80086601], 'allow'],
  ['ioctl', [3, 0x401c5820], EPERM],
  ['ioctl', [3, 0x40087602], EPERM],
  ['ioctl', [3, 0x5000940e], EPERM],
  ['ioctl', [3, 0x40049409], 'allow'],
  ['clone', [0x11], 'notify'],
  ['clone', [0x4111], 'notify'],
  // CLONE_PARENT; that of a thread is its process's.
  ['clone', [0x8011], EPERM],
  ['clone', [dirty(0x8011)], EPERM],
  ['clone', [0x003d8f00], 'allow'],
  ['clone', [0x003d0f00], 'allow'],
  ['clone', [dirty(0x003d0f00)], 'allow'],
  ['clone', [0x103d0f00], EPERM],
  ...[17, 25, 26, 27, 28, 29, 30].map((bit): [SyscallName, number[], string] => ['clone', [2 ** bit + 17], EPERM]),
  ['clone', [dirty(0x10000011)], EPERM],
  ['clone3', [0, 88], ENOSYS],
  ['personality', [0xffffffff], 'allow'],
  ['personality', [0], 'allow'],
  ['personality', [0x40000], EPERM],
  ['prctl', [38, 1], 'allow'],
  ['prctl', [35, 13], EPERM],
  ['prctl', [36, 1], EPERM],
  ['prctl', [dirty(35), 13], EPERM],
  ['seccomp', [1, 0, 0], 'allow'],
  ['seccomp', [1, 8, 0], EPERM],
  ['seccomp', [dirty(1), dirty(0x28), 0], EPERM],
  ['prlimit64', [0, 7, 0x1000, 0], 'allow'],
  ['prlimit64', [77, 7, 0, 0x1000], 'allow'],
  ['prlimit64', [77, 7, 0x1000, 0], EPERM],
  ['prlimit64', [77, 7, 0x1_0000_0000, 0], EPERM],
  ['setpriority', [0, 0, 5], 'allow'],
  ['setpriority', [0, 77, 5], 'notify'],
  ['setpriority', [1, 0, 5], EPERM],
  ['setpriority', [2, 0, 5], EPERM],
  ['ioprio_set', [1, 0, 5], 'allow'],
  ['ioprio_set', [1, 77, 5], 'notify'],
  ['ioprio_set', [2, 0, 5], EPERM],
  ['ioprio_set', [3, 0, 5], EPERM],
  ...(['sched_setaffinity', 'sched_setscheduler', 'sched_setparam', 'sched_setattr'] as const).flatMap(
    (name): [SyscallName, (number | bigint)[], string][] => [
      [name, [0, 8, 0x1000], 'allow'],
      [name, [dirty(0), 8, 0x1000], 'allow'],
      [name, [77, 8, 0x1000], 'notify'],
    ],
  ),
  ['fcntl', [3, 1024, 1], EINVAL],
  ['fcntl', [3, dirty(1024), 1], EINVAL],
  ['fcntl', [3, dirty(1026), 1], EINVAL],
  ['fcntl', [3, 1040, 0x1000], EINVAL],
  ['fcntl', [3, 1025, 0], 'allow'],
  ['fcntl', [3, 6, 0x1000], 'allow'],
  ['fcntl', [3, 1030, 0], 'allow'],
  ['setuid', [UID], NOTHING],
  ['setuid', [0], EPERM],
  ['setgid', [GID], NOTHING],
  ['setgid', [UID], EPERM],
  ['setreuid', [-1, UID], NOTHING],
  ['setreuid', [UID, 0], EPERM],
  ['setregid', [GID, GID], NOTHING],
  ['setresuid', [UID, UID, UID], NOTHING],
  ['setresuid', [-1, -1, 0], EPERM],
  ['setresgid', [GID, -1, GID], NOTHING],
  ['setresgid', [0, -1, GID], EPERM],
  ['setgroups', [0, 0], EPERM],
];

const REFUSED: SyscallName[] = [
  ...(['ptrace', 'process_vm_readv', 'process_vm_writev', 'pidfd_getfd', 'process_madvise', 'kcmp'] as const),
  ...(['open_by_handle_at', 'name_to_handle_at', 'unshare', 'setns', 'mount', 'umount2', 'pivot_root'] as const),
  ...(['chroot', 'move_mount', 'fsopen', 'fsconfig', 'fsmount', 'fspick', 'open_tree', 'open_tree_attr'] as const),
  ...(['mount_setattr', 'bpf', 'perf_event_open', 'userfaultfd', 'kexec_load', 'kexec_file_load'] as const),
  ...(['init_module', 'finit_module', 'delete_module', 'reboot', 'swapon', 'swapoff', 'quotactl'] as const),
  ...(['quotactl_fd', 'acct', 'settimeofday', 'clock_settime', 'clock_adjtime', 'adjtimex', 'add_key'] as const),
  ...(['keyctl', 'request_key', 'syslog', 'vhangup', 'setfsuid', 'setfsgid', 'shmget', 'shmat', 'semget'] as const),
  ...(['semop', 'msgget', 'msgsnd', 'mq_open', 'lsm_set_self_attr', 'sethostname'] as const),
];
const ABSENT: SyscallName[] = [
  ...(['clone3', 'io_uring_setup', 'io_uring_enter', 'io_uring_register'] as const),
  ...(['fanotify_init', 'fanotify_mark', 'file_setattr', 'setxattrat', 'removexattrat'] as const),
];
const ALLOWED: SyscallName[] = [
  ...(['read', 'write', 'close', 'mmap', 'mprotect', 'statx', 'newfstatat', 'readlinkat', 'faccessat'] as const),
  ...(['getdents64', 'chdir', 'fchdir', 'memfd_create', 'accept4', 'wait4', 'kill', 'ftruncate'] as const),
  ...(['landlock_create_ruleset', 'landlock_restrict_self', 'pidfd_open', 'copy_file_range', 'exit_group'] as const),
];

describe.each(['x64', 'arm64'] as const)('on %s', (arch) => {
  const abi = arch === 'x64' ? x64 : arm64;
  test.each(CASES.map(([name, args, expected]) => [`${name}(${args.join(', ')})`, expected, name, args] as const))(
    '%s: %s',
    (_, expected, name, args) => expect(answer(arch, name, args)).toBe(expected),
  );
  test.each(REFUSED)('%s is refused', (name) => expect(answer(arch, name)).toBe(EPERM));
  test.each(ABSENT)('%s does not exist', (name) => expect(answer(arch, name)).toBe(ENOSYS));
  test.each(ALLOWED)('%s is done', (name) => expect(answer(arch, name)).toBe('allow'));
  test('what is decided reaches the supervisor whatever its arguments', () => {
    for (const name of callsOf('decided').filter((call) => abi.NR[call] >= 0)) {
      for (const value of [0, -1, 1n << 63n]) expect(answer(arch, name, Array(6).fill(value))).toBe('notify');
    }
  });
  test('every other call up to the last one known is done, and none after it exists', () => {
    const named = new Set(rules.map(({ call }) => abi.NR[call]));
    for (let nr = 0; nr < 1024; nr++) {
      if (!named.has(nr)) expect([nr, answer(arch, nr)]).toEqual([nr, nr <= 469 ? 'allow' : ENOSYS]);
    }
  });
  test('a call of any other architecture kills', () => {
    for (const other of [0x40000003, 0xc000003e, 0xc00000b7, 0x40000028, 0].filter((id) => id !== abi.auditArch)) {
      expect(runFilter(filters[arch], { arch: other, nr: 1, args: [] }).action).toBe(0x80000000);
    }
  });
});

test('x32 calls kill', () => {
  for (const nr of [0x40000000, 0x40000002, 0x40000208, 0xffffffff]) expect(answer('x64', nr)).toBe('kill');
});

test('x86-64 calls that arm64 lacks are decided as well', () => {
  for (const name of [
    'open',
    'creat',
    'rename',
    'unlink',
    'chmod',
    'utime',
    'mknod',
    'link',
    'symlink',
    'fork',
    'vfork',
  ] as const) {
    expect(answer('x64', name)).toBe('notify');
  }
  for (const name of ['iopl', 'ioperm'] as const) expect(answer('x64', name)).toBe(EPERM);
  for (const name of ['uselib', 'create_module', '_sysctl'] as const) expect(answer('x64', name)).toBe(ENOSYS);
});

/** The errno by which a rule answers. */
const say = (rule: Rule, args: (number | bigint)[]): number =>
  runFilter(assemble(x64, [rule]), { arch: x64.auditArch, nr: x64.NR[rule.call], args }).data;

describe('an assembler', () => {
  test('takes the first case that holds, and all its conditions', () => {
    const rule: Rule = {
      call: 'read',
      cases: [
        {
          when: [
            { arg: 0, in: [1, 2, 3] },
            { arg: 1, in: [7], not: true },
          ],
          answer: { errno: 1 },
        },
        { when: [{ arg: 0, in: [3, 4], not: true }], answer: { errno: 2 } },
        { when: [{ arg: 2, high: true, mask: 0xf0, in: [0x10, 0x20] }], answer: { errno: 3 } },
      ],
      otherwise: { errno: 4 },
    };
    expect([1, 2, 3].map((value) => say(rule, [value, 0]))).toEqual([1, 1, 1]);
    expect([1, 2, 3].map((value) => say(rule, [value, 7]))).toEqual([2, 2, 4]);
    expect(say(rule, [9])).toBe(2);
    expect(say(rule, [4, 0, 0x11_0000_0000n])).toBe(3);
    expect(say(rule, [4, 0, 0x2f_0000_0000n])).toBe(3);
    expect(say(rule, [4, 0, 0x31_0000_0010n])).toBe(4);
  });

  test('jumps as far as it has to', () => {
    const many = Array.from({ length: 40 }, (_, index) => index);
    const rule: Rule = {
      call: 'read',
      cases: many.map((value) => ({
        when: [{ arg: 0, in: [value, 1000 + value, 2000 + value] }],
        answer: { errno: value },
      })),
      otherwise: { errno: 99 },
    };
    for (const value of many) expect(say(rule, [2000 + value])).toBe(value);
    expect(say(rule, [3000])).toBe(99);
    const after = assemble(x64, [rule, { call: 'write', otherwise: { errno: 5 } }]);
    expect(runFilter(after, { arch: x64.auditArch, nr: x64.NR.write, args: [] }).data).toBe(5);
    const long = Array.from({ length: 300 }, (_, index) => index);
    expect(() =>
      assemble(x64, [{ call: 'read', cases: [{ when: [{ arg: 0, in: long }], answer: 'allow' }], otherwise: 'allow' }]),
    ).toThrow(RangeError);
  });

  test('refuses two rules for a call, an errno out of range, and an empty condition', () => {
    expect(() =>
      assemble(x64, [
        { call: 'read', otherwise: 'allow' },
        { call: 'read', otherwise: 'notify' },
      ]),
    ).toThrow(TypeError);
    expect(() => assemble(x64, [{ call: 'read', otherwise: { errno: 4096 } }])).toThrow(RangeError);
    expect(() =>
      assemble(x64, [{ call: 'read', cases: [{ when: [{ arg: 0, in: [] }], answer: 'allow' }], otherwise: 'allow' }]),
    ).toThrow(RangeError);
  });
});
