// Owns: system calls in one runtime. Call: <runtime> ffi-line.ts. Prints what must be the same in every runtime, as
// JSON.

import { pid } from 'node:process';
import { AT, NR, O } from '../../kernel-adapters/linux/abi.ts';
import { hostSys } from '../../kernel-adapters/linux/ffi/index.ts';

const sys = await hostSys();
const path = Buffer.from('/proc/self/comm\0');
const memory = new Uint8Array(64).fill(0xff);

const fd = sys.call(NR.openat, AT.FDCWD, sys.address(path), O.RDONLY, 0);
const count = sys.call(NR.read, fd, sys.address(memory.subarray(8)), 4);
const failures = Array.from({ length: 10_000 }, (_, index) => sys.call(NR.close, 1_000_000 + index));
console.log(
  JSON.stringify({
    isOwnPid: sys.call(NR.getpid) === pid,
    opened: fd > 2,
    count,
    untouched: [...memory.subarray(0, 8), ...memory.subarray(12)].every((byte) => byte === 0xff),
    read: memory.subarray(8, 12).every((byte) => byte < 0x80),
    closed: [sys.call(NR.close, fd), sys.call(NR.close, fd)],
    failures: [...new Set(failures)],
    absent: sys.call(NR.openat, AT.FDCWD, sys.address(Buffer.from('/no/such\0')), O.RDONLY, 0),
    // All six arguments: an address above 32 bits comes back.
    mapped: sys.call(NR.mmap, 0, 4096, 3, 0x22, -1, 0) > 2 ** 32,
    misaligned: sys.call(NR.mmap, 0, 4096, 3, 2, -1, 1),
  }),
);
