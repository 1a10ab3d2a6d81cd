// Owns: where a person's own files are.

import { homedir } from 'node:os';

/** What has no HOME, and no name that the system knows, has no files of its own: nothing is at this path. */
const NOWHERE = '/nonexistent';

export function home(): string {
  try {
    return homedir();
  } catch {
    return NOWHERE;
  }
}
