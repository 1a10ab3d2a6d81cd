// Owns: trying one kind of denial on this very process. Prints a finding per line.
// Call: started by probe.ts, with the kind.
// Excludes: surviving: it ends under what it put on itself.

import { writeSync } from 'node:fs';
import { AF, AT, E, hostAbi, O, PR, seccomp, SOCK, sockaddr, type SyscallName } from './abi.ts';
import { dropCapabilities } from './capabilities.ts';
import { hostSys } from './ffi/index.ts';
import { filterRules } from './syscalls.ts';
import { landlockAbi, restrict } from './landlock.ts';
import { errnoName } from './linux-error.ts';
import type { Finding } from './probe.ts';
import { assemble } from './seccomp-filter.ts';

const sys = await hostSys();
const { NR } = hostAbi;

function tell(finding: Finding): void {
  writeSync(1, `${JSON.stringify(finding)}\n`);
}

function expectErrno(what: string, result: number, errno: number): void {
  tell({ what, isEnforced: result === -errno, detail: result < 0 ? errnoName(result) : 'it succeeded' });
}

/** The filter of a guarded run; returns the listener if one is asked for. */
function install(flags: number): number {
  const filter = assemble(hostAbi, filterRules({ uid: process.getuid!(), gid: process.getgid!() }));
  const program = Buffer.alloc(16);
  program.writeUInt16LE(filter.length / 8, 0);
  program.writeBigUInt64LE(BigInt(sys.address(filter)), 8);
  return sys.call(NR.seccomp, seccomp.SET_MODE_FILTER, flags, sys.address(program));
}

function tryConnect(family: number, address: Buffer): number {
  const fd = sys.call(NR.socket, family, SOCK.STREAM, 0);
  const result = sys.call(NR.connect, fd, sys.address(address), address.length);
  sys.call(NR.close, fd);
  return result;
}

/** The address of an abstract socket that listens; the kernel names what is bound to a family alone. */
function listenAbstract(): Buffer {
  const fd = sys.call(NR.socket, AF.UNIX, SOCK.STREAM, 0);
  const address = Buffer.alloc(sockaddr.un.size);
  address.writeUInt16LE(AF.UNIX, sockaddr.family);
  sys.call(NR.bind, fd, sys.address(address), 2);
  sys.call(NR.listen, fd, 1);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(address.length, 0);
  sys.call(NR.getsockname, fd, sys.address(address), sys.address(length));
  return address.subarray(0, length.readUInt32LE(0));
}

function tryLandlock(): void {
  const abi = landlockAbi(sys, hostAbi);
  // Of before, and so of outside.
  const outside = listenAbstract();
  // Throws where the kernel is too old, and that is told by whoever started this.
  restrict(sys, hostAbi, { paths: [], scopeSignals: true, scopeAbstractUnix: true });
  tell({ what: 'Landlock', isEnforced: true, detail: `ABI ${abi}` });
  const path = Buffer.from('/proc/self/status\0');
  expectErrno('reading files', sys.call(NR.openat, AT.FDCWD, sys.address(path), O.RDONLY, 0), E.ACCES);
  expectErrno(
    'TCP connections',
    tryConnect(AF.INET, Buffer.from([2, 0, 0, 9, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0])),
    E.ACCES,
  );
  expectErrno('abstract sockets of others', tryConnect(AF.UNIX, outside), E.PERM);
  expectErrno('signals to others', sys.call(NR.kill, process.ppid, 0), E.PERM);
}

/** Calls that the filter refuses by themselves, with arguments that would do no harm. */
const REFUSED: readonly [call: SyscallName, args: readonly number[], errno: number][] = [
  ['ptrace', [16, 0, 0, 0], E.PERM],
  ['process_vm_readv', [0, 0, 0, 0, 0, 0], E.PERM],
  ['pidfd_getfd', [-1, -1, 0], E.PERM],
  ['open_by_handle_at', [-1, 0, 0], E.PERM],
  ['unshare', [0], E.PERM],
  ['setns', [-1, 0], E.PERM],
  ['mount', [0, 0, 0, 0, 0], E.PERM],
  ['fsopen', [0, 0], E.PERM],
  ['chroot', [0], E.PERM],
  ['bpf', [-1, 0, 0], E.PERM],
  ['perf_event_open', [0, 0, 0, 0, 0], E.PERM],
  ['userfaultfd', [-1], E.PERM],
  ['keyctl', [-1, 0, 0, 0, 0], E.PERM],
  ['shmget', [0, 0, 0], E.PERM],
  ['io_uring_setup', [0, 0], E.NOSYS],
  ['clone3', [0, 0], E.NOSYS],
  ['fanotify_init', [-1, 0], E.NOSYS],
  ['socket', [AF.INET, SOCK.DGRAM, 0], E.ACCES],
  ['socket', [AF.INET, SOCK.RAW, 1], E.ACCES],
  ['socket', [AF.INET, SOCK.STREAM, 262], E.ACCES],
  ['socket', [AF.NETLINK, SOCK.RAW, 0], E.AFNOSUPPORT],
  ['ioctl', [-1, 0x5412, 0], E.PERM],
  ['sendto', [-1, 0, 0, 0x20000000, 0, 0], E.OPNOTSUPP],
];

function tryFilter(): void {
  const installed = install(0);
  tell({
    what: 'the filter',
    isEnforced: installed === 0,
    detail: installed === 0 ? 'installed' : errnoName(installed),
  });
  for (const [call, args, errno] of REFUSED) {
    expectErrno(`${call}(${args.join(', ')})`, sys.call(NR[call], ...args), errno);
  }
  // Nobody listens.
  const path = Buffer.from('/\0');
  expectErrno('opening without a supervisor', sys.call(NR.openat, AT.FDCWD, sys.address(path), O.PATH, 0), E.NOSYS);
}

function tryListener(): void {
  const fd = install(seccomp.FLAG_NEW_LISTENER | seccomp.FLAG_WAIT_KILLABLE_RECV);
  tell({
    what: 'a listener whose calls only death interrupts',
    isEnforced: fd >= 0,
    detail: fd >= 0 ? 'installed' : errnoName(fd),
  });
  const waking = sys.call(NR.ioctl, fd, seccomp.ioctl.NOTIF_SET_FLAGS, seccomp.FD_SYNC_WAKE_UP);
  tell({ what: 'waking without delay', isEnforced: waking === 0, detail: waking === 0 ? 'set' : errnoName(waking) });
  const request = Buffer.alloc(seccomp.addfd.size);
  request.writeUInt32LE(seccomp.ADDFD_FLAG_SEND, seccomp.addfd.flags);
  // Known to the kernel if it misses only the notification.
  expectErrno(
    'descriptors given with the answer',
    sys.call(NR.ioctl, fd, seccomp.ioctl.NOTIF_ADDFD, sys.address(request)),
    E.NOENT,
  );
}

const kinds: Record<string, () => void> = {
  landlock: tryLandlock,
  filter: tryFilter,
  listener: tryListener,
  foreign() {
    install(0);
    sys.call((hostAbi.foreignNr ?? 0) + NR.getpid);
  },
};

sys.call(NR.prctl, PR.SET_NO_NEW_PRIVS, 1, 0, 0, 0);
dropCapabilities(sys, hostAbi);
const attempt = kinds[process.argv[2] ?? ''];
let status = 0;
try {
  if (attempt) attempt();
  else status = 2;
} catch (error) {
  writeSync(2, `${(error as Error).message}\n`);
  status = 1;
}
sys.call(NR.exit_group, status);
