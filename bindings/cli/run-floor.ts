// Owns: the Landlock floor of a run: the authority lowered, in the adapter's words, and what the loader of programs needs.
// The floor is beneath the supervisor, which is asked about every effect: it only keeps what the supervisor might overlook.

import { existsSync, statSync } from 'node:fs';
import type { Floor, Right } from '../../kernel-adapters/linux/index.ts';
import { lower, type Grant } from '../index.ts';

/** The kernel executes a program's loader as it executes the program; no request is made of it. */
const LOADERS = [
  '/lib64/ld-linux-x86-64.so.2',
  '/lib/ld-linux-aarch64.so.1',
  '/lib/ld-musl-x86_64.so.1',
  '/lib/ld-musl-aarch64.so.1',
];

export function floorOf(chain: readonly Grant[]): Floor {
  const { paths } = lower(chain).landlock;
  const held = paths.filter(({ path, of }) => of === 'path' || isDirectory(path) === (of === 'directory'));
  return {
    paths: [
      ...held.map(({ path, rights }) => ({ path, rights: withDevices(path, rights) })),
      ...LOADERS.filter((path) => existsSync(path)).map((path) => ({
        path,
        rights: ['execute', 'read-file'] as const,
      })),
    ],
    scopeSignals: true,
    scopeAbstractUnix: true,
  };
}

/** A terminal's other end is opened by the kernel within the tree (TIOCGPTPEER); what is written to it is set as well. */
const withDevices = (path: string, rights: readonly Right[]): Right[] =>
  /^\/dev(\/|$)/.test(path) && rights.includes('write-file') ? [...rights, 'ioctl-dev'] : [...rights];

const isDirectory = (path: string): boolean | undefined => statSync(path, { throwIfNoEntry: false })?.isDirectory();
