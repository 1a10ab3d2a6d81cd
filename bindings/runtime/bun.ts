// Owns: the capabilities under Bun. It has no flock; its FFI calls the C library's.

import { dlopen } from 'bun:ffi';
import { host, lockWith } from './host.ts';
import type { Runtime } from './runtime.ts';

const { symbols } = dlopen('libc.so.6', { flock: { args: ['i32', 'i32'], returns: 'i32' } });

export const runtime: Runtime = { ...host, lockDirectory: (path) => lockWith(symbols.flock, path) };
