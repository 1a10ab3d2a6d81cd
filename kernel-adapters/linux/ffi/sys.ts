// Owns: the one interface to the kernel: raw system calls on numbers.

/** Raw system calls. Numbers are doubles, which hold every address of user space; a failure is the negated errno. */
export interface Sys {
  /** syscall(2) with up to six arguments. */
  call(nr: number, a?: number, b?: number, c?: number, d?: number, e?: number, f?: number): number;
  /** The address of a buffer's first byte. The caller keeps the buffer alive, and its memory must not be moved or
   * detached. */
  address(bytes: Uint8Array): number;
}
