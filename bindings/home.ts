// Owns: where a person's own files are.

import { homedir } from 'node:os';
import { isAbsolute } from 'node:path';
import { PlumblineError } from './error.ts';

/** What has no HOME, and no name that the system knows, has no files of its own: nothing is at this path. */
const NOWHERE = '/nonexistent';

/** @throws {PlumblineError} `no-home` if HOME names no place: `.` would be taken for it */
export function home(): string {
  let path: string;
  try {
    path = homedir();
  } catch {
    return NOWHERE;
  }
  if (isAbsolute(path)) return path;
  throw new PlumblineError('no-home', `HOME is ${JSON.stringify(path)}, and not an absolute path`, {
    hint: 'set it to your home directory, or unset it',
  });
}
