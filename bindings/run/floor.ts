// Owns: the Landlock floor of a run: the lowered authority in the adapter's terms, and the loader of programs.
// The supervisor decides every effect; the floor refuses what the supervisor might miss. So the floor may hold rules
// that need mediation besides (SPEC §12.2). It holds no rule for TCP ports: the supervisor makes the connections
// itself.

import { existsSync, realpathSync } from 'node:fs';
import type { Floor, Right } from '../../kernel-adapters/linux/index.ts';
import type { Grant } from '../authority/grant.ts';
import { lower } from '../lowering/index.ts';

/** The kernel executes a program's loader together with the program; there is no request for the loader. */
const LOADERS = [
  '/lib64/ld-linux-x86-64.so.2',
  '/lib/ld-linux-aarch64.so.1',
  '/lib/ld-musl-x86_64.so.1',
  '/lib/ld-musl-aarch64.so.1',
];

/** The floor, and when the authority expires, which a floor cannot enforce. */
export function floorOf(chain: readonly Grant[]): { floor: Floor; untilMs: number } {
  const { paths, untilMs } = lower(chain, 'landlock');
  const floor: Floor = {
    paths: [
      ...paths.map(({ path, is, rights }) => ({ path, is, rights: withDevices(path, rights) })),
      ...LOADERS.filter((path) => existsSync(path)).map((path) => ({
        path: realpathSync(path),
        is: 'file' as const,
        rights: ['execute', 'read-file'] as const,
      })),
    ],
    scopeSignals: true,
    scopeAbstractUnix: true,
  };
  return { floor, untilMs };
}

/**
 * A guarded process opens its terminal's other end by TIOCGPTPEER, and programs set the terminals that they write to:
 * both are ioctls.
 */
const withDevices = (path: string, rights: readonly Right[]): Right[] =>
  /^\/dev(\/|$)/.test(path) && rights.includes('write-file') ? [...rights, 'ioctl-dev'] : [...rights];
