// Owns: that the bench of the verifier measures what it says: its log is proper, by the seed and by the checkpoint
// alone. Excludes: how long anything takes.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeLog, SEED, VKEY } from '../../bench/verify/make-log.ts';
import { writeSessionLog } from '../../bench/verify/session-log.ts';
import { parseVkeyFile, replayLog, verifyLog } from '../../verifier/index.ts';

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

test('a log of a session, which replays', async () => {
  const parent = mkdtempSync(join(tmpdir(), 'plumbline-bench-'));
  try {
    const { directory, seed, trusted } = await writeSessionLog(parent, 300);
    const report = await replayLog(directory, { seed, trusted, timeoutMs: 10_000 });
    expect(report).toMatchObject({ status: 'authenticated', records: 302, replayed: 300, skipped: 0 });
    expect(report.verdicts.allow).toBeGreaterThan(100);
  } finally {
    rmSync(parent, { recursive: true });
  }
});
