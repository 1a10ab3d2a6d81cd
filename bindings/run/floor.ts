// Owns: the Landlock floor of a run: the authority lowered, in the adapter's words, and what the loader of programs needs.
// The floor is beneath the supervisor, which is asked about every effect: it only keeps what the supervisor might overlook. Rules
// that need mediation besides may therefore be laid on (SPEC §12.2), and no TCP port is: connections are made by the supervisor.

import { existsSync, realpathSync } from 'node:fs';
import type { Floor, Right } from '../../kernel-adapters/linux/index.ts';
import type { Grant } from '../authority/grant.ts';
import { lower } from '../lowering/index.ts';

/** The kernel executes a program's loader as it executes the program; no request is made of it. */
const LOADERS = [
  '/lib64/ld-linux-x86-64.so.2',
  '/lib/ld-linux-aarch64.so.1',
  '/lib/ld-musl-x86_64.so.1',
  '/lib/ld-musl-aarch64.so.1',
];

/** The floor, and when the authority ends, which no floor can hold. */
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

/** A terminal's other end is opened by the kernel within the tree (TIOCGPTPEER); what is written to it is set as well. */
const withDevices = (path: string, rights: readonly Right[]): Right[] =>
  /^\/dev(\/|$)/.test(path) && rights.includes('write-file') ? [...rights, 'ioctl-dev'] : [...rights];
