// No bit of what a log's grants are made of can be changed.
import { describe, expect, test } from 'vitest';
import { SEED } from '../vectors/log/parts.ts';
import { verifyInMemory } from './log-directory.ts';
import { filesOf } from './vector-files.ts';

describe.each(Object.keys(filesOf('good')).filter((name) => name.startsWith('blobs/')))('%s', (name) => {
  test('is refused with a bit of any byte flipped', async () => {
    const files = filesOf('good');
    for (let byte = 0; byte < files[name]!.length; byte++) {
      const flipped = Buffer.from(files[name]!);
      flipped[byte]! ^= 1 << (byte & 7);
      const { status } = await verifyInMemory({ ...files, [name]: flipped }, { seed: SEED });
      expect(status, `byte ${byte}`).toBe('tampered');
    }
  });
});
