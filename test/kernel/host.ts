// Owns: what of this machine the kernel tests depend on: who may run them, and whether they can be run at all.

import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Identity } from './attacks/run.ts';
import { refusal } from './refusal.ts';

const SELF = '/proc/self/status';
const status = existsSync(SELF) ? readFileSync(SELF, 'utf8') : '';
const field = (name: string): string => new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(status)?.[1] ?? '0';

const isRoot = process.getuid?.() === 0;
/** CAP_SYS_ADMIN, which the root of a container lacks, and which most of what only root can do needs. */
const isFullRoot = isRoot && (BigInt(`0x${field('CapEff')}`) & (1n << 21n)) !== 0n;
const nobody: Identity = { uid: 65534, gid: 65534 };

/** As whom tests run: root also as an ordinary user, an ordinary user as itself. */
export const IDENTITIES: readonly (readonly ['root' | 'user', Identity | undefined])[] = [
  ...(isFullRoot ? ([['root', undefined]] as const) : []),
  ['user', isRoot ? nobody : undefined],
];

/** Whether attacks can be compiled and run, and nothing but what guards them stands in their way. */
export const canAttack: boolean = refusal === undefined && spawnSync('gcc', ['--version']).status === 0;

/** A new directory that an ordinary user can walk through. */
export function directory(name: string): string {
  const path = mkdtempSync(join(tmpdir(), `plumbline-${name}-`));
  chmodSync(path, 0o755);
  return path;
}
