// Owns: which capabilities a guarded tree of root keeps; processes of an ordinary user have none to lose.
// Trusts: no_new_privs to be set.
// Excludes: what the supervisor itself may do.

import type { LinuxAbi } from './abi.ts';
import type { Sys } from './ffi/index.ts';
import { check } from './linux-error.ts';

/** CHOWN, DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER, FSETID, KILL, SETGID, SETUID, NET_BIND_SERVICE, IPC_LOCK: what files
 * and own processes need. None reaches devices, the network's settings, other processes' memory or the kernel. */
const KEPT = [0, 1, 2, 3, 4, 5, 6, 7, 10, 14].reduce((bits, bit) => bits | (1 << bit), 0);

const VERSION_3 = 0x20080522;

const checked = (what: string, result: number): number =>
  check('capabilities', what, result, 'Run as an ordinary user.');

/** Drops the others from the calling thread. Under no_new_privs no program that it executes gets them back. */
export function dropCapabilities(sys: Sys, { NR }: LinuxAbi): void {
  const header = Buffer.alloc(8);
  header.writeUInt32LE(VERSION_3, 0);
  // Twice effective, permitted, inheritable: low and high 32 bits.
  const sets = Buffer.alloc(24);
  checked('capget', sys.call(NR.capget, sys.address(header), sys.address(sets)));
  const permitted = (sets.readUInt32LE(4) & KEPT) >>> 0;
  sets.fill(0);
  sets.writeUInt32LE(permitted, 0);
  sets.writeUInt32LE(permitted, 4);
  checked('capset', sys.call(NR.capset, sys.address(header), sys.address(sets)));
}
