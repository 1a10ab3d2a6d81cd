// Owns: as whom the kernel tests run, by ring: as an ordinary user in the first, as root in the rest.

import { existsSync, readFileSync } from 'node:fs';
import { ofRing, ring } from '../ring.ts';
import type { Identity } from './attacks/run.ts';

type Named = readonly ['root' | 'user', Identity | undefined];

const SELF = '/proc/self/status';
const status = existsSync(SELF) ? readFileSync(SELF, 'utf8') : '';
const field = (name: string): string => new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(status)?.[1] ?? '0';

const isRoot = process.getuid?.() === 0;
/** CAP_SYS_ADMIN, which the root of a container lacks, and which most of what only root can do needs. */
const isFullRoot = isRoot && (BigInt(`0x${field('CapEff')}`) & (1n << 21n)) !== 0n;
const nobody: Identity = { uid: 65534, gid: 65534 };
const user: Named = ['user', isRoot ? nobody : undefined];

/** As whom attacks and programs can be run here: root also as an ordinary user, an ordinary user as itself. */
export const EVERY_IDENTITY: readonly Named[] = [...(isFullRoot ? [['root', undefined] as const] : []), user];

/** Those of them that this ring runs. */
export const IDENTITIES: readonly Named[] = ofRing(EVERY_IDENTITY, ([who]) => who === 'user');

/** The ordinary user in the first ring, nobody in the rest: for tests that are the same for every user. */
export const ORDINARY: readonly Named[] = ring === 'first' ? [user] : [];
