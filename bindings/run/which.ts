// Owns: the file that a command's name means, as the shell looks it up.

import { accessSync, constants, statSync } from 'node:fs';
import { join } from 'node:path';
import { PlumblineError } from '../error.ts';

/** @throws {PlumblineError} `command-not-found` */
export function which(name: string): string {
  if (name.includes('/')) return name;
  for (const directory of (process.env['PATH'] ?? '').split(':')) {
    const path = join(directory === '' ? '.' : directory, name);
    try {
      accessSync(path, constants.X_OK);
      if (statSync(path).isFile()) return path;
    } catch {
      // The next one.
    }
  }
  throw new PlumblineError('command-not-found', `${name} is no command`, { hint: 'name it by its path' });
}
