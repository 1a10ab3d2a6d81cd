// Owns: what `npm run build` does before tsc: an empty dist, with the data that code finds relative to itself.
// Call: node .ci/dist.ts [DIRECTORY], by default dist. Trusts: that dist mirrors the tree.

import { cpSync, globSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const dist = process.argv[2] ?? 'dist';

// What an earlier build left must not be published.
rmSync(dist, { recursive: true, force: true });

for (const pattern of [
  'engine/engine.wasm',
  'engine/schema/*',
  'bindings/presets/*/*.{cedar,json}',
  'verifier/trusted.txt',
  'verifier/sha256/sha256.wasm',
  'docs/examples/*.traj',
]) {
  for (const path of globSync(pattern)) cpSync(path, join(dist, path));
}
