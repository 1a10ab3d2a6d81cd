// The SIMD module is built to the recorded bytes. `npm test` builds it once before, and compares it with them.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { compileSha256 } from '../../verifier/sha256/build.ts';

test('is built to the recorded bytes', async () => {
  const recorded = readFileSync(new URL('../../verifier/sha256/sha256.wasm.sha256', import.meta.url), 'utf8');
  const digest = createHash('sha256')
    .update(await compileSha256())
    .digest('hex');
  expect(recorded).toBe(`${digest}  sha256.wasm\n`);
});
