// Owns: a pipe that no child inherits unless it is handed to it.

import { NR, O } from './abi.ts';
import type { Sys } from './ffi/index.ts';
import { errnoName, LinuxError } from './linux-error.ts';

export function openPipe(sys: Sys): [read: number, write: number] {
  const pair = Buffer.alloc(8);
  const result = sys.call(NR.pipe2, sys.address(pair), O.CLOEXEC);
  if (result < 0) {
    throw new LinuxError('no-descriptors', `pipe2 failed with ${errnoName(result)}`, 'Raise the limit of open files.');
  }
  return [pair.readInt32LE(0), pair.readInt32LE(4)];
}
