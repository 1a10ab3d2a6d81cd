// Owns: which programs are known. Of any other only its start is stated.

import type { Program } from '../facts.ts';
import { ARCHIVE_PROGRAMS } from './archives.ts';
import { CHANGING_PROGRAMS } from './changing.ts';
import { CONNECTION_PROGRAMS } from './connections.ts';
import { FETCH_PROGRAMS } from './fetching.ts';
import { git } from './git.ts';
import { INTERPRETERS } from './interpreters.ts';
import { READING_PROGRAMS } from './reading.ts';
import { WRAPPERS } from './wrappers.ts';

const PROGRAMS = new Map<string, Program>(
  Object.entries({
    ...READING_PROGRAMS,
    ...CHANGING_PROGRAMS,
    ...ARCHIVE_PROGRAMS,
    ...INTERPRETERS,
    ...FETCH_PROGRAMS,
    ...CONNECTION_PROGRAMS,
    git,
    ...WRAPPERS,
  }),
);

/** What the program of this name does; `python3.11` and `gcc-13` are `python` and `gcc`. */
export function programOf(name: string): Program | undefined {
  return PROGRAMS.get(name) ?? PROGRAMS.get(name.replace(/-?\d+(\.\d+)*$/, ''));
}
