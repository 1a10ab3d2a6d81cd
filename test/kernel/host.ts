// Owns: what of this machine the kernel tests depend on: whether they can be run at all, and directories for them.

import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { refusal } from './refusal.ts';

export { EVERY_IDENTITY, IDENTITIES, ORDINARY } from './identities.ts';

/** Whether attacks can be compiled and run, and nothing but what guards them stands in their way. */
export const canAttack: boolean = refusal === undefined && spawnSync('gcc', ['--version']).status === 0;

/** A new directory that an ordinary user can walk through. */
export function directory(name: string): string {
  const path = mkdtempSync(join(tmpdir(), `plumbline-${name}-`));
  chmodSync(path, 0o755);
  return path;
}
