// Owns: the command line that runs attacks under the supervisor, mediated by their scope.

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Guarded as Prefix } from '../attacks/run.ts';
import type { Guarded } from './host.ts';
import { rulesOf } from './rules.ts';

const HOST = fileURLToPath(new URL('host.ts', import.meta.url));

/** `root`: the arena. The floor lets programs' loader and libraries be executed besides what the scope names. */
export const guardedBy =
  (root: string): Prefix =>
  (scope, [command, ...args]) => {
    const given: Guarded = {
      command: command!,
      args,
      cwd: join(root, 'work'),
      env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
      rules: rulesOf(scope),
      execute: [...scope.exec, '/usr/lib', '/usr/lib64'],
      protect: [],
      profiles: {},
      approveTimeoutMs: 1_000,
      decisions: false,
      driven: false,
    };
    return [process.execPath, HOST, JSON.stringify(given)];
  };
