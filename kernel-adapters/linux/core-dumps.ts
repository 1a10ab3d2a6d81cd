// Owns: that the kernel writes no core dump for the guarded tree: it would write a file of its own accord, in the
// directory that the process is in, without a system call that could be decided on.
// Trusts: capabilities.ts to drop CAP_SYS_RESOURCE, without which a hard limit is never raised again.
// Excludes: dumps piped to a program (core_pattern with a bar): the machine's administrator chose it, and it runs
// outside.

import { RLIMIT_CORE, type LinuxAbi } from './abi.ts';
import type { Sys } from './ffi/index.ts';
import { check } from './linux-error.ts';

/** Sets both limits of the calling process, and of what it executes, to nothing. */
export function forbidCoreDumps(sys: Sys, { NR }: LinuxAbi): void {
  const none = Buffer.alloc(16);
  check('launch-failed', 'prlimit64', sys.call(NR.prlimit64, 0, RLIMIT_CORE, sys.address(none), 0));
}
