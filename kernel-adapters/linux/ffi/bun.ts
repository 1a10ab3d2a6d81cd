// Owns: raw system calls under Bun, through its own FFI.

import { dlopen, ptr, read } from 'bun:ffi';
import type { Sys } from './sys.ts';

export function openSys(): Sys {
  const { symbols } = dlopen('libc.so.6', {
    syscall: { args: ['i64', 'i64', 'i64', 'i64', 'i64', 'i64', 'i64'], returns: 'i64_fast' },
    __errno_location: { args: [], returns: 'ptr' },
  });
  // A thread's errno stays where it is; each thread opens its own Sys.
  const errno = symbols['__errno_location']();
  return {
    call(nr, a = 0, b = 0, c = 0, d = 0, e = 0, f = 0) {
      const result = Number(symbols.syscall(nr, a, b, c, d, e, f));
      return result === -1 ? -read.i32(errno, 0) : result;
    },
    address: (bytes) => ptr(bytes),
  };
}
