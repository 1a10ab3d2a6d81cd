// Owns: the directory of a log (SPEC §9): that it is new, ours alone, and has one writer.
// Trusts: the file system to keep what it has synced.

import { createHash } from 'node:crypto';
import { dirname, join, resolve } from 'node:path';
import { syncDirectory, writeNewFiles } from '../files/durable-file.ts';
import { PlumblineError } from '../error.ts';
import { BLOB_BYTES_MAX } from './limits.ts';
import type { Files, Lock, Runtime } from '../runtime/runtime.ts';

/** Where what records name by digest is kept. */
export const BLOBS = 'blobs';

/**
 * Makes an absent or empty directory a log's, and holds its lock.
 * @throws {PlumblineError} `log-locked`, `log-not-empty`, `log-unwritable`
 */
export function claimLogDirectory(directory: string, runtime: Runtime): Lock {
  const { files } = runtime;
  let lock: Lock | undefined;
  try {
    mkdirOnce(directory, files);
    lock = lockLog(directory, runtime);
    // Only under the lock is this the last word.
    if (files.readdirSync(directory).length > 0) {
      throw new PlumblineError('log-not-empty', `${directory} is not empty`, {
        hint: 'a log is begun in an absent or empty directory and never reopened; `plumb log recover` closes one whose writer died',
      });
    }
    files.chmodSync(directory, 0o700);
    return lock;
  } catch (cause) {
    lock?.release();
    throw cause instanceof PlumblineError ? cause : unwritable(directory, cause);
  }
}

/** The lock of a log that is there. @throws {PlumblineError} `log-unreadable` if none is, `log-locked` */
export function lockLogThere(directory: string, runtime: Runtime): Lock {
  if (runtime.files.statSync(directory, { throwIfNoEntry: false })?.isDirectory()) return lockLog(directory, runtime);
  throw new PlumblineError('log-unreadable', `${directory} holds no log`);
}

/** The lock of a log's one writer. @throws {PlumblineError} `log-locked` */
function lockLog(directory: string, runtime: Runtime): Lock {
  const lock = runtime.lockDirectory(directory);
  if (lock !== undefined) return lock;
  throw new PlumblineError('log-locked', `${directory} is being written by another session`, {
    hint: 'a log has one writer; name another directory, or wait until it is closed',
  });
}

/**
 * Makes a directory unless it is there. Only the last part of the path: a log is not to be found under names that were
 * mistyped.
 */
export function mkdirOnce(directory: string, files: Files): void {
  try {
    files.mkdirSync(directory, { mode: 0o700 });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
  }
}

/**
 * Writes the contents of all groups as blobs that last, each once, and returns their SHA-256 digests group by group, in
 * order. Errors are the file system's own.
 */
export function writeBlobs<Group extends string>(
  directory: string,
  groups: Readonly<Record<Group, readonly Uint8Array[]>>,
  runtime: Runtime,
): Record<Group, Uint8Array[]> {
  const { files } = runtime;
  for (const content of Object.values<readonly Uint8Array[]>(groups).flat()) {
    refuseLarger('a policy, grant or layer', content, BLOB_BYTES_MAX);
  }
  const blobs = join(directory, BLOBS);
  mkdirOnce(blobs, files);
  const missing = new Map<string, Uint8Array>();
  const digestOf = (content: Uint8Array): Uint8Array => {
    const digest = createHash('sha256').update(content).digest();
    const path = join(blobs, digest.toString('hex'));
    // What is there under its digest was written, and synced, by this writer, which holds the lock.
    if (files.statSync(path, { throwIfNoEntry: false }) === undefined) missing.set(path, content);
    return digest;
  };
  const digests = Object.entries<readonly Uint8Array[]>(groups).map(([name, contents]) => [
    name,
    contents.map(digestOf),
  ]);
  writeNewFiles([...missing], files);
  syncDirectory(blobs, files);
  return Object.fromEntries(digests) as Record<Group, Uint8Array[]>;
}

/** Removes all blobs of a log that no record was written of. */
export function removeBlobs(directory: string, { files }: Runtime): void {
  files.rmSync(join(directory, BLOBS), { recursive: true, force: true });
}

/** @throws {PlumblineError} `blob-too-large`: no verifier would read it */
export function refuseLarger(what: string, { length }: Uint8Array, bytesMax: number): void {
  if (length <= bytesMax) return;
  throw new PlumblineError('blob-too-large', `${what} of ${length} bytes cannot be logged`, {
    hint: `a log takes at most ${bytesMax} bytes (SPEC §9.10)`,
  });
}

/** Makes the log's own names last, the directory's among them. Errors are the file system's own. */
export function syncLogDirectory(directory: string, runtime: Runtime): void {
  syncDirectory(directory, runtime.files);
  syncDirectory(dirname(resolve(directory)), runtime.files);
}

export const unwritable = (directory: string, cause: unknown): PlumblineError =>
  new PlumblineError('log-unwritable', `the log in ${directory} cannot be written: ${(cause as Error).message}`, {
    hint: 'see that the directory can be made and written, and that the disk has room',
    cause,
  });
