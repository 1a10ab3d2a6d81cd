// `plumb conformance cedar` on all of Cedar's generated cases. Those written by hand are in conformance.test.ts.

import { expect, test } from 'vitest';
import { describeShared } from '../shared.ts';
import { inDirectory, plumb } from './plumb.ts';

describeShared('the tests of Cedar', 'cedar/corpus-sample.jsonl', (path) => {
  test('generated', async () => {
    const { code, stdout, stderr } = await inDirectory((directory) => plumb(['conformance', 'cedar', path], directory));
    expect([code, stdout, stderr]).toEqual([0, 'cases 1500 requests 12000 passed 12000 failed 0\n', '']);
  });
});
