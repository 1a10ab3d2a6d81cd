// Owns: raw system calls under Deno, through its own FFI.

import type { Sys } from './sys.ts';

/** The part of Deno's FFI that is used here. */
interface DenoFfi {
  dlopen(
    library: string,
    functions: Record<string, { parameters: string[]; result: string }>,
  ): {
    symbols: {
      syscall(nr: number, a: number, b: number, c: number, d: number, e: number, f: number): bigint | number;
      __errno_location(): object;
    };
  };
  UnsafePointer: { of(bytes: Uint8Array): object | null; value(pointer: object | null): bigint | number };
  UnsafePointerView: { new (pointer: object): { getInt32(): number } };
}
declare const Deno: DenoFfi;

export function openSys(): Sys {
  const { symbols } = Deno.dlopen('libc.so.6', {
    syscall: { parameters: ['i64', 'i64', 'i64', 'i64', 'i64', 'i64', 'i64'], result: 'i64' },
    __errno_location: { parameters: [], result: 'pointer' },
  });
  // A thread's errno stays where it is; each thread opens its own Sys.
  const errno = new Deno.UnsafePointerView(symbols['__errno_location']());
  return {
    call(nr, a = 0, b = 0, c = 0, d = 0, e = 0, f = 0) {
      const result = Number(symbols.syscall(nr, a, b, c, d, e, f));
      return result === -1 ? -errno.getInt32() : result;
    },
    address: (bytes) => Number(Deno.UnsafePointer.value(Deno.UnsafePointer.of(bytes))),
  };
}
