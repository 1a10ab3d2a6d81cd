// Owns: the capabilities under Node. It has no flock; koffi calls the C library's.

import koffi from 'koffi';
import { host, lockWith } from './host.ts';
import type { Runtime } from './runtime.ts';

// `null`: what the process itself has loaded, the C library among it, whatever its name.
const flock = koffi.load(null).func('int flock(int, int)') as (fd: number, operation: number) => number;

export const runtime: Runtime = { ...host, lockDirectory: (path) => lockWith(flock, path) };
