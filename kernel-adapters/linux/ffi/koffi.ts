// Owns: raw system calls under Node, through koffi.
// Trusts: koffi to keep errno as the call left it (it saves it per call).

import koffi from 'koffi';
import type { Sys } from './sys.ts';

type Syscall = (nr: number, a: number, b: number, c: number, d: number, e: number, f: number) => number;

export function openSys(): Sys {
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
