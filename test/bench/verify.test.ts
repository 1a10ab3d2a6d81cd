// Owns: that the bench of the verifier measures what it says: its log is proper, by the seed and by the checkpoint alone.
// Excludes: how long anything takes.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeLog, SEED, VKEY } from '../../bench/verify/make-log.ts';
import { parseVkeyFile, verifyLog } from '../../verifier/index.ts';

test('a log of two epochs', async () => {
  const parent = mkdtempSync(join(tmpdir(), 'plumbline-bench-'));
  try {
    const directory = join(parent, 'log');
    const records = makeLog(directory, 5_000);
    // With a header, an epoch end, a snapshot and a close.
    expect(records).toBe(5_004);
    for (const anchor of [{ seed: SEED }, { vkey: parseVkeyFile(VKEY)! }]) {
      expect(await verifyLog(directory, anchor)).toMatchObject({
        status: 'authenticated',
        records,
        authenticated: records,
        verdicts: { allow: 5_000 },
      });
    }
  } finally {
    rmSync(parent, { recursive: true });
  }
});
