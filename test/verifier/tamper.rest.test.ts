// Every bit of every file of a small log, flipped. A bit of each byte is in tamper.test.ts.

import { describe, test } from 'vitest';
import { ANCHORS, expectFlipsRefused } from './flips.ts';
import { FILES } from './sample-log.ts';

describe.each(ANCHORS)('a log with everything that counts, %s', (_, anchors) => {
  test.each(Object.keys(FILES))('is refused with any one bit of %s flipped', async (name) => {
    await expectFlipsRefused(name, anchors, Array(FILES[name]!.length * 8).keys());
  });
});
