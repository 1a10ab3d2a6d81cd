// The ABI's constants and layouts against the C headers of this machine; arm64's numbers against the generic table.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { arm64 } from '../../kernel-adapters/linux/abi-arm64.ts';
import { x64 } from '../../kernel-adapters/linux/abi-x64.ts';
import * as abi from '../../kernel-adapters/linux/abi.ts';

const GENERIC = '/usr/include/asm-generic/unistd.h';
const hasHeaders = process.platform === 'linux' && spawnSync('gcc', ['--version']).status === 0 && existsSync(GENERIC);
const isNeeded = process.env['CI'] === 'true';

/** Macros after including a text, by name; those that name others stay text. */
function macros(text: string): Map<string, string> {
  const { stdout } = spawnSync('gcc', ['-E', '-dM', '-'], { input: text, encoding: 'utf8' });
  return new Map([...stdout.matchAll(/^#define (\w+) (\S+)$/gm)].map(([, name, value]) => [name!, value!]));
}

/** The numbers that C expressions have here. */
function evaluate(expressions: readonly string[], includes: string): number[] {
  const directory = mkdtempSync(join(tmpdir(), 'plumbline-abi-'));
  try {
    const file = join(directory, 'a.c');
    const prints = expressions.map((expression) => `printf("%lld\\n", (long long)(${expression}));`);
    writeFileSync(
      file,
      `${includes}\n#include <stdio.h>\n#include <stddef.h>\nint main(void) { ${prints.join('\n')} }\n`,
    );
    const compiled = spawnSync('gcc', ['-o', join(directory, 'a'), file], { encoding: 'utf8' });
    if (compiled.status !== 0) throw new Error(compiled.stderr);
    return spawnSync(join(directory, 'a'), { encoding: 'utf8' }).stdout.trim().split('\n').map(Number);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const INCLUDES = `#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sched.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <sys/resource.h>
#include <linux/audit.h>
#include <linux/close_range.h>
#include <linux/landlock.h>
#include <linux/memfd.h>
#include <linux/openat2.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>`;

const { notif, resp, addfd, data } = abi.seccomp;
const numbered = (prefix: string, values: object): [string, number][] =>
  Object.entries(values).map(([name, value]) => [`${prefix}${name}`, value as number]);

/** C expression and our number. */
const SAME: [expression: string, ours: number][] = [
  // No name begins with a digit.
  ...numbered('E', abi.E).map(([name, value]): [string, number] => [name === 'ETOOBIG' ? 'E2BIG' : name, value]),
  ...numbered('O_', abi.O),
  ...numbered('S_', abi.S),
  ...numbered('AT_', abi.AT),
  ...numbered('RESOLVE_', abi.RESOLVE),
  ...numbered('AF_', abi.AF),
  ...numbered('SIG', abi.SIG),
  ...numbered('POLL', abi.POLL),
  ...numbered('IPPROTO_', abi.IPPROTO),
  ...numbered('SO_', abi.SO),
  ...numbered('PR_', abi.PR),
  ...(['STREAM', 'DGRAM', 'RAW', 'SEQPACKET', 'NONBLOCK', 'CLOEXEC'] as const).map((name): [string, number] => [
    `SOCK_${name}`,
    abi.SOCK[name],
  ]),
  ['RENAME_NOREPLACE', abi.RENAME.NOREPLACE],
  ['RENAME_EXCHANGE', abi.RENAME.EXCHANGE],
  ['SOL_SOCKET', abi.SOL_SOCKET],
  ['F_GETFL', abi.F.GETFL],
  ['F_SETFL', abi.F.SETFL],
  ['MSG_FASTOPEN', abi.MSG_FASTOPEN],
  ['CLOSE_RANGE_CLOEXEC', abi.CLOSE_RANGE_CLOEXEC],
  ['MFD_CLOEXEC', abi.MFD_CLOEXEC],
  ['WNOHANG', abi.WNOHANG],
  ['RLIMIT_CORE', abi.RLIMIT_CORE],
  ['SIG_SETMASK', abi.SIG_SETMASK],
  [
    'CLONE_NEWNS|CLONE_NEWCGROUP|CLONE_NEWUTS|CLONE_NEWIPC|CLONE_NEWUSER|CLONE_NEWPID|CLONE_NEWNET',
    abi.CLONE_NAMESPACES,
  ],
  ['CLONE_THREAD', abi.CLONE_THREAD],
  ['sizeof(struct open_how)', abi.openHow.size],
  ['offsetof(struct open_how, resolve)', abi.openHow.resolve],
  ['sizeof(struct pollfd)', abi.pollfd.size],
  ['offsetof(struct pollfd, revents)', abi.pollfd.revents],
  ['sizeof(struct iovec)', abi.iovec.size],
  ['sizeof(struct sockaddr_in)', abi.sockaddr.in.size],
  ['offsetof(struct sockaddr_in, sin_addr)', abi.sockaddr.in.address],
  ['sizeof(struct sockaddr_in6)', abi.sockaddr.in6.size],
  ['offsetof(struct sockaddr_in6, sin6_addr)', abi.sockaddr.in6.address],
  ['offsetof(struct sockaddr_in6, sin6_scope_id)', abi.sockaddr.in6.scope],
  ['sizeof(struct sockaddr_un)', abi.sockaddr.un.size],
  ['sizeof(struct statx)', abi.statx.size],
  ['offsetof(struct statx, stx_mode)', abi.statx.mode],
  ['offsetof(struct statx, stx_ino)', abi.statx.ino],
  ['offsetof(struct statx, stx_size)', abi.statx.fileSize],
  ['offsetof(struct statx, stx_ctime)', abi.statx.ctime],
  ['offsetof(struct statx, stx_mtime)', abi.statx.mtime],
  ['offsetof(struct statx_timestamp, tv_nsec)', 8],
  ['offsetof(struct statx, stx_rdev_major)', abi.statx.rdevMajor],
  ['offsetof(struct statx, stx_dev_major)', abi.statx.devMajor],
  ['offsetof(struct statx, stx_mnt_id)', abi.statx.mountId],
  ['STATX_BASIC_STATS', abi.STATX_BASIC_STATS],
  ['sizeof(struct seccomp_notif)', notif.size],
  ['offsetof(struct seccomp_notif, pid)', notif.pid],
  ['offsetof(struct seccomp_notif, data)', notif.data],
  ['offsetof(struct seccomp_notif, data.args)', notif.args],
  ['sizeof(struct seccomp_notif_resp)', resp.size],
  ['offsetof(struct seccomp_notif_resp, error)', resp.error],
  ['offsetof(struct seccomp_notif_resp, flags)', resp.flags],
  ['sizeof(struct seccomp_notif_addfd)', addfd.size],
  ['offsetof(struct seccomp_notif_addfd, srcfd)', addfd.srcfd],
  ['offsetof(struct seccomp_notif_addfd, newfd_flags)', addfd.newfdFlags],
  ['sizeof(struct seccomp_data)', data.size],
  ['offsetof(struct seccomp_data, args)', data.args],
  ['SECCOMP_IOCTL_NOTIF_RECV', abi.seccomp.ioctl.NOTIF_RECV],
  ['SECCOMP_IOCTL_NOTIF_SEND', abi.seccomp.ioctl.NOTIF_SEND],
  ['SECCOMP_IOCTL_NOTIF_ID_VALID', abi.seccomp.ioctl.NOTIF_ID_VALID],
  ['SECCOMP_IOCTL_NOTIF_ADDFD', abi.seccomp.ioctl.NOTIF_ADDFD],
  ['SECCOMP_RET_KILL_PROCESS', abi.seccomp.RET.KILL_PROCESS],
  ['SECCOMP_RET_USER_NOTIF', abi.seccomp.RET.USER_NOTIF],
  ['SECCOMP_RET_ERRNO', abi.seccomp.RET.ERRNO],
  ['SECCOMP_RET_ALLOW', abi.seccomp.RET.ALLOW],
  ['SECCOMP_FILTER_FLAG_NEW_LISTENER', abi.seccomp.FLAG_NEW_LISTENER],
  ['SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV', abi.seccomp.FLAG_WAIT_KILLABLE_RECV],
  ['SECCOMP_ADDFD_FLAG_SEND', abi.seccomp.ADDFD_FLAG_SEND],
  ['sizeof(struct landlock_path_beneath_attr)', abi.landlock.pathBeneathAttr.size],
  ['offsetof(struct landlock_path_beneath_attr, parent_fd)', abi.landlock.pathBeneathAttr.parentFd],
  ['AUDIT_ARCH_X86_64', x64.auditArch],
  ['AUDIT_ARCH_AARCH64', arm64.auditArch],
];

const X64: [expression: string, ours: number][] = [
  ...numbered('O_', x64.O),
  ['sizeof(struct stat)', x64.stat.size],
  ['offsetof(struct stat, st_ino)', x64.stat.ino],
  ['offsetof(struct stat, st_nlink)', x64.stat.nlink],
  ['offsetof(struct stat, st_mode)', x64.stat.mode],
  ['offsetof(struct stat, st_uid)', x64.stat.uid],
  ['offsetof(struct stat, st_rdev)', x64.stat.rdev],
  ['offsetof(struct stat, st_size)', x64.stat.fileSize],
];

describe.skipIf(!hasHeaders && !isNeeded)('the headers agree (needs gcc and the C headers of Linux)', () => {
  test('on constants and layouts', () => {
    const expected = [...SAME, ...(process.arch === 'x64' ? X64 : [])];
    const found = evaluate(
      expected.map(([expression]) => expression),
      INCLUDES,
    );
    // O_LARGEFILE is 0 in C programs of 64 bits; the kernel's own number is what reaches us.
    const comparable = expected.filter(([expression]) => expression !== 'O_LARGEFILE');
    const foundByName = new Map(expected.map(([expression], index) => [expression, found[index]]));
    expect(comparable.map(([expression]) => [expression, foundByName.get(expression)])).toEqual(comparable);
  });

  test.skipIf(process.arch !== 'x64')("on x86-64's system calls (needs x86-64)", () => {
    const known = macros('#include <asm/unistd_64.h>');
    expect(known.get('__NR_execveat')).toBe('322');
    for (const [name, nr] of Object.entries(x64.NR)) {
      const found = known.get(`__NR_${name}`);
      if (found !== undefined) expect([name, Number(found)]).toEqual([name, nr]);
      // The headers are older than the call.
      else expect([name, nr > 450]).toEqual([name, true]);
    }
  });

  test("on arm64's system calls", () => {
    const known = macros(
      `${['RENAMEAT', 'NEW_STAT', 'SET_GET_RLIMIT', 'SYS_CLONE3'].map((name) => `#define __ARCH_WANT_${name}`).join('\n')}
#define __BITS_PER_LONG 64
#include "${GENERIC}"`,
    );
    const numberOf = (name: string): number | undefined => {
      const value = known.get(name);
      return value === undefined ? undefined : /^\d/.test(value) ? Number(value) : numberOf(value);
    };
    expect(numberOf('__NR_openat')).toBe(56);
    for (const [name, nr] of Object.entries(arm64.NR)) {
      const found = numberOf(`__NR_${name}`);
      if (found !== undefined) expect([name, found]).toEqual([name, nr]);
      else expect([name, nr === -1 || nr > 450]).toEqual([name, true]);
    }
  });
});

test('from the calls that came with Linux 5.1 on, both architectures have the same numbers', () => {
  for (const [name, nr] of Object.entries(x64.NR)) {
    if (nr >= 424) expect([name, arm64.NR[name as keyof typeof arm64.NR]]).toEqual([name, nr]);
  }
});

test('an architecture without numbers is refused', () => {
  expect(() => abi.abiOf('riscv64')).toThrow(/riscv64 is not supported/);
  expect(abi.abiOf('arm64').NR.openat).toBe(56);
});
