// Owns: which architecture's numbers hold here.

import { arm64 } from './abi-arm64.ts';
import type { Abi } from './abi-common.ts';
import { x64, type SyscallName } from './abi-x64.ts';

export * from './abi-common.ts';
export type { SyscallName };
export type LinuxAbi = Abi<SyscallName>;

/** The ABI of an architecture, by its name in `process.arch`; of any other none is known. */
export function abiOf(arch: string): LinuxAbi | undefined {
  return [x64, arm64].find((abi) => abi.arch === arch);
}
