// Owns: loading Cedar's own code, the moment it is first needed: loading it takes 40 ms, and its first calls several
// hundred more, which a process that compiles no text should not pay. Synchronous, since compiling is.

import { createRequire } from 'node:module';

type Cedar = typeof import('@cedar-policy/cedar-wasm/nodejs');

let loaded: Cedar | undefined;

export function cedar(): Cedar {
  loaded ??= createRequire(import.meta.url)('@cedar-policy/cedar-wasm/nodejs') as Cedar;
  return loaded;
}
