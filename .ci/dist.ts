// Owns: the part of `npm run build` that the compiler does not do. Call: node .ci/dist.ts [DIRECTORY], by default dist.
// Trusts: that tsc has written its output there, and that dist mirrors the tree.

import { cpSync, globSync } from 'node:fs';
import { join } from 'node:path';

const dist = process.argv[2] ?? 'dist';

// Data that code finds relative to itself.
for (const pattern of [
  'engine/engine.wasm',
  'engine/schema/*',
  'bindings/presets/*/*',
  'verifier/trusted.txt',
  'verifier/sha256/sha256.wasm',
  'docs/examples/*.traj',
]) {
  for (const path of globSync(pattern)) cpSync(path, join(dist, path));
}
