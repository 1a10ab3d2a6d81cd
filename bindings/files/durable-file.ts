// Owns: writing files that are whole and on the disk when the call returns. Errors are the file system's own.

import { dirname } from 'node:path';
import type { Files } from '../runtime/runtime.ts';

const OPEN_MAX = 64;

/** Writes all of `bytes` at the end of `fd`, or throws. */
export function writeWhole(fd: number, bytes: Uint8Array, files: Files): void {
  for (let done = 0; done < bytes.length;) {
    // A disk that fills takes a part first; writing the rest is what brings out the reason.
    const written = files.writeSync(fd, bytes, done, bytes.length - done);
    if (written === 0) throw new Error(`only ${done} of ${bytes.length} bytes were written`);
    done += written;
  }
}

/**
 * Makes a file for its owner alone, which must not exist, and syncs it. Its name lasts once its directory is synced.
 */
export function writeNewFile(path: string, bytes: Uint8Array, files: Files): void {
  writeSynced(path, 'wx', bytes, files);
}

/**
 * As `writeNewFile`, of several files: some are written before the first of them is waited for, so that the disk takes
 * them together.
 */
export function writeNewFiles(contents: readonly (readonly [path: string, bytes: Uint8Array])[], files: Files): void {
  for (let from = 0; from < contents.length; from += OPEN_MAX) {
    const open: number[] = [];
    try {
      for (const [path, bytes] of contents.slice(from, from + OPEN_MAX)) {
        const fd = files.openSync(path, 'wx', 0o600);
        open.push(fd);
        writeWhole(fd, bytes, files);
      }
      for (const fd of open) files.fsyncSync(fd);
    } finally {
      for (const fd of open) files.closeSync(fd);
    }
  }
}

/** Where `replaceFile` and `stageFile` write what is to take a file's place; a crash may leave them. */
export const asidesOf = (path: string): [replace: string, stage: string] => [`${path}.new`, `${path}.next`];

/**
 * Puts `bytes` in a file's place, or in an absent one's: a reader sees the old file whole, or the new one. The name
 * lasts once its directory is synced.
 */
export function replaceFile(path: string, bytes: Uint8Array, files: Files): void {
  const [aside] = asidesOf(path);
  writeSynced(aside, 'w', bytes, files);
  files.renameSync(aside, path);
}

/** A file that is on the disk beside the one whose place it takes. */
export interface Staged {
  put(): void;
  drop(): void;
  /** Makes the name last. */
  last(): Promise<void>;
}

/** As `replaceFile`, without stopping the thread while the disk is waited for. */
export async function stageFile(path: string, bytes: Uint8Array, files: Files): Promise<Staged> {
  // Not the name that `replaceFile` uses, which may be called meanwhile.
  const [, aside] = asidesOf(path);
  const fd = files.openSync(aside, 'w', 0o600);
  try {
    writeWhole(fd, bytes, files);
    await fsync(fd, files);
  } finally {
    files.closeSync(fd);
  }
  return {
    put: () => files.renameSync(aside, path),
    drop: () => files.unlinkSync(aside),
    last: async () => {
      const directory = files.openSync(dirname(path), 'r');
      try {
        await fsync(directory, files);
      } finally {
        files.closeSync(directory);
      }
    },
  };
}

const fsync = (fd: number, files: Files): Promise<void> =>
  new Promise((resolve, reject) => {
    files.fsync(fd, (error) => (error === null ? resolve() : reject(error)));
  });

function writeSynced(path: string, flags: string, bytes: Uint8Array, files: Files): void {
  const fd = files.openSync(path, flags, 0o600);
  try {
    writeWhole(fd, bytes, files);
    files.fsyncSync(fd);
  } finally {
    files.closeSync(fd);
  }
}

/** Makes the names in a directory last. */
export function syncDirectory(path: string, files: Files): void {
  const fd = files.openSync(path, 'r');
  try {
    files.fsyncSync(fd);
  } finally {
    files.closeSync(fd);
  }
}
