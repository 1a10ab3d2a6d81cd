// Owns: the signatures of Bun's FFI that are used here.

declare module 'bun:ffi' {
  type I64x7 = ['i64', 'i64', 'i64', 'i64', 'i64', 'i64', 'i64'];
  export function dlopen(
    library: string,
    functions: { syscall: { args: I64x7; returns: 'i64_fast' }; __errno_location: { args: []; returns: 'ptr' } },
  ): {
    symbols: {
      syscall(nr: number, a: number, b: number, c: number, d: number, e: number, f: number): number | bigint;
      __errno_location(): number;
    };
  };
  export function ptr(bytes: Uint8Array): number;
  export const read: { i32(pointer: number, offset: number): number };
}
