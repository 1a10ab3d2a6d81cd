// Owns: the one signature of Bun's FFI that is used here.

declare module 'bun:ffi' {
  export function dlopen(
    library: string,
    functions: { flock: { args: ['i32', 'i32']; returns: 'i32' } },
  ): { symbols: { flock: (fd: number, operation: number) => number } };
}
