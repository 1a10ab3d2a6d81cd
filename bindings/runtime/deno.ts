// Owns: the capabilities under Deno, whose own file lock is flock(2).

import { host } from './host.ts';
import type { Runtime } from './runtime.ts';

declare const Deno: { openSync(path: string): { tryLockSync(exclusive: boolean): boolean; close(): void } };

export const runtime: Runtime = {
  ...host,
  lockDirectory(path) {
    const file = Deno.openSync(path);
    if (file.tryLockSync(true)) return { release: () => file.close() };
    file.close();
    return undefined;
  },
};
