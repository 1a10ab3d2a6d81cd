// Owns: reading files of a log's directory, which another process may have put there: only regular files are opened.
// Errors are the file system's own, or say what stands there instead. A pipe would keep its reader waiting for ever.

import { constants } from 'node:fs';
import type { Files } from '../runtime/runtime.ts';

/** A descriptor to read from, which is its caller's to close. */
export function openRegular(path: string, files: Files): number {
  const fd = files.openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  if (files.fstatSync(fd).isFile()) return fd;
  files.closeSync(fd);
  throw new Error(`${path} is not a regular file`);
}

/** The bytes of a file. */
export function readRegular(path: string, files: Files): Uint8Array {
  const fd = openRegular(path, files);
  try {
    return files.readFileSync(fd);
  } finally {
    files.closeSync(fd);
  }
}
