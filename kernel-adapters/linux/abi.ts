// Owns: which architecture's numbers hold here.

import { arm64 } from './abi-arm64.ts';
import type { Abi } from './abi-common.ts';
import { x64, type SyscallName } from './abi-x64.ts';
import { LinuxError } from './linux-error.ts';

export * from './abi-common.ts';
export type { SyscallName };
export type LinuxAbi = Abi<SyscallName>;

/** The ABI of an architecture, by its name in `process.arch`. */
export function abiOf(arch: string): LinuxAbi {
  const abi = [x64, arm64].find((known) => known.arch === arch);
  if (abi) return abi;
  throw new LinuxError('architecture-unknown', `${arch} is not supported`, 'x86-64 and arm64 are.');
}

/** The ABI of this machine. */
export const hostAbi: LinuxAbi = abiOf(process.arch);
export const NR: LinuxAbi['NR'] = hostAbi.NR;
const NAMES = new Map(Object.entries(NR).map(([name, nr]) => [nr, name]));
/** The name of a system call; of one that is not named here, its number. */
export const callName = (nr: number): string => NAMES.get(nr) ?? `nr-${nr}`;
export const O_DIRECTORY: number = hostAbi.O.DIRECTORY;
export const O_NOFOLLOW: number = hostAbi.O.NOFOLLOW;
