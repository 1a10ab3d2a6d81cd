// Owns: raw system calls under Node, through koffi.
// Trusts: koffi to keep errno as the call left it (it saves it per call).

import { createRequire } from 'node:module';
import type { Sys } from './sys.ts';

type Syscall = (nr: number, a: number, b: number, c: number, d: number, e: number, f: number) => number;

/** Loaded when it is used, and at once: a guardian starts its launcher before, and returns to its event loop after. */
export const loadKoffi = (): typeof import('koffi') =>
  createRequire(import.meta.url)('koffi') as typeof import('koffi');

export function openSys(): Sys {
  const koffi = loadKoffi();
  // `null`: what the process itself has loaded, the C library among it, whatever its name.
  const syscall = koffi
    .load(null)
    .func('syscall', 'int64', ['int64', 'int64', 'int64', 'int64', 'int64', 'int64', 'int64']) as Syscall;
  return {
    call(nr, a = 0, b = 0, c = 0, d = 0, e = 0, f = 0) {
      const result = syscall(nr, a, b, c, d, e, f);
      return result === -1 ? -koffi.errno() : result;
    },
    address: (bytes) => Number(koffi.address(bytes)),
  };
}
