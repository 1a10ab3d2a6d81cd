// Owns: reading files that another process may have put where they are expected, as in a log's directory: only regular
// files are opened. Errors are the file system's own, or say what stands there instead. A pipe would keep its reader
// waiting for ever.

import { constants } from 'node:fs';
import type { Files } from '../runtime/runtime.ts';

/** A descriptor to read from, which is its caller's to close. */
export function openRegular(path: string, files: Files): number {
  const fd = files.openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  if (files.fstatSync(fd).isFile()) return fd;
  files.closeSync(fd);
  throw new Error(`${path} is not a regular file`);
}

/** The bytes of a file, of which there may be `bytesMax`. */
export function readRegular(path: string, files: Files, bytesMax = Infinity): Uint8Array {
  const fd = openRegular(path, files);
  try {
    const { size } = files.fstatSync(fd);
    if (size > bytesMax) throw new Error(`${path} has ${size} bytes, more than ${bytesMax}`);
    return files.readFileSync(fd);
  } finally {
    files.closeSync(fd);
  }
}
