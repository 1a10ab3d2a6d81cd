// The line that a long verification shows on a terminal.
import { expect, test } from 'vitest';
import { meter } from '../../verifier/meter.ts';
import { PROGRESS_KIB, PROGRESS_RECORDS, createProgress } from '../../verifier/log/segment.ts';
import { BY_SEED, FILES, RECORDS, SEGMENTS } from './sample-log.ts';
import { WASM, inMemory } from './log-directory.ts';
import { inOrder } from '../../verifier/log/runner.ts';
import { createHasher } from '../../verifier/sha256/hasher.ts';
import { verifyFiles } from '../../verifier/verify.ts';

test.each([
  [0, 0, 1_000, '0 records, 0/s'],
  [1_234_567, 1 << 20, 4_000, '1,234,567 records, 308,642/s, 4 s left'],
  [1_000, 1 << 10, 2_000, '1,000 records, 500/s, 69 min left'],
  [9_999, 1 << 21, 3_000, '9,999 records, 3,333/s, 0 s left'],
])('%i records, %i KiB in %i ms', (records, kib, elapsedMs, line) => {
  const progress = createProgress();
  progress[PROGRESS_RECORDS] = records;
  progress[PROGRESS_KIB] = kib;
  expect(meter(progress, 2 ** 31, elapsedMs)).toBe(line);
});

test('verifying counts records and KiB', async () => {
  const progress = createProgress();
  const log = inMemory(FILES);
  await verifyFiles(log, BY_SEED, inOrder(log, createHasher('simd', WASM), undefined, progress));
  const bytes = SEGMENTS.map((name) => FILES[name]!.length);
  expect(progress[PROGRESS_RECORDS]).toBe(RECORDS.length);
  expect(progress[PROGRESS_KIB]).toBe(bytes.reduce((sum, length) => sum + (length >>> 10), 0));
});
