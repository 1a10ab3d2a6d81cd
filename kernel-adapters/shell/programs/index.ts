// Owns: which programs are known. Any other is `dynamic`: only its start can be stated.

import type { Program } from '../facts.ts';
import { ARCHIVE_PROGRAMS } from './archives.ts';
import { BUILTINS } from './builtins.ts';
import { CHANGING_PROGRAMS } from './changing.ts';
import { CONNECTION_PROGRAMS } from './connections.ts';
import { FETCH_PROGRAMS } from './fetching.ts';
import { git } from './git.ts';
import { INTERPRETERS } from './interpreters.ts';
import { PACKAGE_PROGRAMS } from './packages.ts';
import { READING_PROGRAMS } from './reading.ts';
import { TESTING_PROGRAMS } from './testing.ts';
import { WRAPPERS } from './wrappers.ts';

export const PROGRAMS: ReadonlyMap<string, Program> = new Map(
  Object.entries({
    ...BUILTINS,
    ...READING_PROGRAMS,
    ...CHANGING_PROGRAMS,
    ...ARCHIVE_PROGRAMS,
    ...INTERPRETERS,
    ...PACKAGE_PROGRAMS,
    ...TESTING_PROGRAMS,
    ...FETCH_PROGRAMS,
    ...CONNECTION_PROGRAMS,
    git,
    ...WRAPPERS,
  }),
);

// `python3.11` and `gcc-13` are `python` and `gcc`; another name may be another program.
const VERSIONED = /^(python|pip|gcc|g\+\+|clang|perl|ruby|php|lua)-?\d+(\.\d+)*$/;

/** What the program of this name does. */
export function programOf(name: string): Program | undefined {
  return PROGRAMS.get(name) ?? PROGRAMS.get(VERSIONED.exec(name)?.[1] ?? '');
}
