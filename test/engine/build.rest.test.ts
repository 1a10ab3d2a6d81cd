// The engine is the same bytes wherever it is built. `npm test` builds it once before, and compares it with the
// recorded digest.

import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { compileEngine, DIGEST, sha256 } from '../../engine/build.ts';

test('two builds, one of them in another folder, are the same bytes, and those recorded', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'plumbline-build-'));
  try {
    await cp(new URL('../../engine/assembly', import.meta.url), join(folder, 'assembly'), { recursive: true });
    const digests = [sha256(await compileEngine()), sha256(await compileEngine(folder))];
    const recorded = (await readFile(DIGEST, 'utf8')).split(' ')[0];
    expect(digests).toEqual([recorded, recorded]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
