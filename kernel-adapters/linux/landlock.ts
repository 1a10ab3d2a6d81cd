// Owns: the Landlock floor: a ruleset from plain data, put on the calling thread and on what it executes.
// Trusts: the data, which never grants more than the authority does.
// Excludes: TCP, which is granted to nothing: connections are made by the supervisor.

import { closeSync, fstatSync, type Stats } from 'node:fs';
import { AT, E, landlock, O, openHow, RESOLVE, type LinuxAbi } from './abi.ts';
import type { Sys } from './ffi/index.ts';
import { alreadyMediated, check, LinuxError } from './linux-error.ts';

/** In the order of the kernel's bits. All are handled, so what no rule grants is refused. */
export const RIGHTS = [
  'execute',
  'write-file',
  'read-file',
  'read-dir',
  'remove-dir',
  'remove-file',
  'make-char',
  'make-dir',
  'make-reg',
  'make-sock',
  'make-fifo',
  'make-block',
  'make-sym',
  'refer',
  'truncate',
  'ioctl-dev',
] as const;
export type Right = (typeof RIGHTS)[number];

/** The kernel takes only these for what is no directory. */
const FILE_RIGHTS: ReadonlySet<Right> = new Set(['execute', 'write-file', 'read-file', 'truncate', 'ioctl-dev']);

export interface PathRule {
  path: string;
  /** What must stand there, or the rule is left out. */
  is: 'any' | 'file' | 'directory';
  rights: readonly Right[];
}

export interface Floor {
  /** What is granted on what stands at a path, and below it. */
  paths: readonly PathRule[];
  /** No signal to a process outside the tree. */
  scopeSignals: true;
  /** No connection to an abstract unix socket of a process outside the tree. */
  scopeAbstractUnix: true;
}

/** Scopes for signals and abstract sockets came with this ABI, in Linux 6.12. */
export const ABI_NEEDED = 6;

/** The kernel's Landlock ABI; 0 if it has none. */
export const landlockAbi = (sys: Sys, { NR }: LinuxAbi): number =>
  Math.max(0, sys.call(NR.landlock_create_ruleset, 0, 0, landlock.CREATE_RULESET_VERSION));

const bitsOf = (rights: Iterable<Right>): bigint =>
  [...rights].reduce((bits, right) => {
    const bit = RIGHTS.indexOf(right);
    if (bit < 0) throw new TypeError(`${JSON.stringify(right)} is no Landlock right`);
    return bits | (1n << BigInt(bit));
  }, 0n);

/** An O_PATH descriptor. No link is followed: what it leads to was not granted, and may be another by now. */
function openPath(sys: Sys, { NR }: LinuxAbi, path: string): number {
  const name = Buffer.from(`${path}\0`);
  const how = Buffer.alloc(openHow.size);
  how.writeBigUInt64LE(BigInt(O.PATH | O.CLOEXEC), openHow.flags);
  how.writeBigUInt64LE(BigInt(RESOLVE.NO_SYMLINKS), openHow.resolve);
  return sys.call(NR.openat2, AT.FDCWD, sys.address(name), sys.address(how), openHow.size);
}

/** What there is nothing at, or a link, is nothing that could be granted. */
const ABSENT = new Set([-E.NOENT, -E.NOTDIR, -E.LOOP]);

/** The rights of a rule on what was found; none if it is not what the rule is for. */
function rightsOn({ is, rights }: PathRule, found: Stats): readonly Right[] {
  if (found.isDirectory()) return is === 'file' ? [] : rights;
  return is === 'directory' ? [] : rights.filter((right) => FILE_RIGHTS.has(right));
}

const SWITCHED_OFF = 'Landlock must be among the security modules of the kernel (CONFIG_LSM, lsm=).';
const checked = (what: string, result: number): number => check('landlock-failed', what, result, SWITCHED_OFF);

/** Restricts the calling thread for good. Needs no_new_privs. Returns the paths where nothing could be granted. */
export function restrict(sys: Sys, abi: LinuxAbi, floor: Floor): string[] {
  const version = landlockAbi(sys, abi);
  if (version < ABI_NEEDED) {
    throw new LinuxError(
      'landlock-too-old',
      `the kernel has Landlock ABI ${version}, and ${ABI_NEEDED} is needed`,
      'Linux 6.12 or later with Landlock switched on is needed.',
    );
  }
  const { NR } = abi;
  const { rulesetAttr, pathBeneathAttr, NET, SCOPE } = landlock;
  const attr = Buffer.alloc(rulesetAttr.size);
  attr.writeBigUInt64LE(bitsOf(RIGHTS), rulesetAttr.handledFs);
  attr.writeBigUInt64LE(BigInt(NET.BIND_TCP | NET.CONNECT_TCP), rulesetAttr.handledNet);
  attr.writeBigUInt64LE(BigInt(SCOPE.ABSTRACT_UNIX_SOCKET | SCOPE.SIGNAL), rulesetAttr.scoped);
  const ruleset = checked(
    'landlock_create_ruleset',
    sys.call(NR.landlock_create_ruleset, sys.address(attr), rulesetAttr.size, 0),
  );

  const rule = Buffer.alloc(pathBeneathAttr.size);
  const skipped: string[] = [];
  for (const one of floor.paths) {
    const { path } = one;
    const fd = openPath(sys, abi, path);
    if (ABSENT.has(fd)) {
      skipped.push(path);
      continue;
    }
    // Every kernel with this Landlock has openat2; a supervisor refuses it for paths.
    if (fd === -E.NOSYS) throw alreadyMediated();
    checked(`opening ${path}`, fd);
    const allowed = bitsOf(rightsOn(one, fstatSync(fd)));
    if (allowed === 0n) {
      // The kernel refuses an empty rule, and none grants the same.
      closeSync(fd);
      skipped.push(path);
      continue;
    }
    rule.writeBigUInt64LE(allowed, pathBeneathAttr.allowed);
    rule.writeInt32LE(fd, pathBeneathAttr.parentFd);
    checked(
      `landlock_add_rule for ${path}`,
      sys.call(NR.landlock_add_rule, ruleset, landlock.RULE_PATH_BENEATH, sys.address(rule), 0),
    );
    closeSync(fd);
  }

  checked('landlock_restrict_self', sys.call(NR.landlock_restrict_self, ruleset, 0));
  closeSync(ruleset);
  return skipped;
}
