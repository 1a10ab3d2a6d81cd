// Owns: the directories of a run: the current one, and the one for temporary files, made and removed.

import { isUtf8 } from 'node:buffer';
import { chmodSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PlumblineError } from '../error.ts';

/** The current directory as the kernel names it. @throws {PlumblineError} `run-nowhere` */
export function workingDirectory(): string {
  let path: Buffer;
  try {
    path = realpathSync.native('.', 'buffer');
  } catch (cause) {
    throw new PlumblineError('run-nowhere', 'the current directory is gone', {
      hint: 'go to one that is there',
      cause,
    });
  }
  if (isUtf8(path)) return path.toString();
  throw new PlumblineError('run-nowhere', `the path of the current directory is not UTF-8: ${path.toString()}`, {
    hint: 'requests and logs hold text, so such a directory has no name in them: rename it, or go to another one',
  });
}

/** A new directory that only this user can use. @throws {PlumblineError} `run-no-temporary` */
export function temporaryDirectory(): string {
  try {
    return mkdtempSync(join(realpathSync(tmpdir()), 'plumb-'));
  } catch (cause) {
    throw new PlumblineError('run-no-temporary', `nothing can be made in ${tmpdir()}`, {
      hint: 'have TMPDIR name a directory that you may write',
      cause,
    });
  }
}

/**
 * Removes a directory of a run that has ended, directories without permissions included. `false` if it could not: how
 * the run ended stays the same.
 */
export function remove(directory: string): boolean {
  try {
    try {
      rmSync(directory, { recursive: true, force: true });
    } catch {
      open(directory);
      rmSync(directory, { recursive: true, force: true });
    }
    return true;
  } catch {
    return false;
  }
}

function open(directory: string): void {
  chmodSync(directory, 0o700);
  for (const entry of readdirSync(directory, { withFileTypes: true }))
    if (entry.isDirectory()) open(join(directory, entry.name));
}
