// The log vectors: each is refused, or not, for the one reason it names.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseIssuers, parseVkeyFile, replayLog, verifyLog } from '../../verifier/index.ts';
import type { Anchors, VerifyReport } from '../../verifier/index.ts';
import { openLog } from '../../verifier/log-files.ts';
import { inParallel } from '../../verifier/log/runner.ts';
import { hostHasher } from '../../verifier/sha256/host.ts';
import { verifyFiles } from '../../verifier/verify.ts';
import { ofRing } from '../ring.ts';
import { SECOND } from '../vectors/log/parts.ts';
import { VECTORS, text } from '../vectors/log/make.ts';
import type { Vector } from '../vectors/log/make.ts';
import { withFiles } from './log-directory.ts';

const COUNTS = {
  'passing.json': 16,
  'malformed.json': 86,
  'tampered.json': 58,
  'shapes-passing.json': 20,
  'shapes-malformed.json': 67,
  'decisions-passing.json': 14,
  'decisions-malformed.json': 1,
  'decisions-tampered.json': 57,
  'short-passing.json': 19,
  'short-malformed.json': 13,
  'short-tampered.json': 35,
  'log-passing.json': 37,
  'log-malformed.json': 25,
  'log-tampered.json': 71,
  'log-other-key.json': 9,
  'authority-passing.json': 16,
  'authority-malformed.json': 16,
  'authority-tampered.json': 67,
};

describe.each(Object.entries(VECTORS))('%s', (file, vectors) => {
  test('is what make.ts writes, and as many as are counted here', () => {
    expect(readFileSync(new URL(`../vectors/log/${file}`, import.meta.url), 'utf8')).toBe(text(vectors));
    expect(vectors.length).toBe(COUNTS[file as keyof typeof COUNTS]);
  });

  test.each(vectors.map((vector) => [vector.name, vector] as const))('%s', async (_, vector) => {
    const { anchors, files } = partsOf(vector);
    const trusted = vector.trusted && new Map(vector.trusted.map((digest) => [digest, 'test']));
    const report = await withFiles(files, (directory) =>
      trusted ? replayLog(directory, { ...anchors, trusted, timeoutMs: 10_000 }) : verifyLog(directory, anchors),
    );
    expectAsNamed(report, vector);
  });
});

function partsOf(vector: Vector): { anchors: Anchors; files: Record<string, Buffer> } {
  const files = Object.fromEntries(
    Object.entries(vector.files).map(([name, hex]) => [name, Buffer.from(hex, 'hex')] as const),
  );
  const anchors = {
    ...(vector.seed !== null && { seed: Buffer.from(vector.seed, 'hex') }),
    ...(vector.vkey !== undefined && { vkey: parseVkeyFile(vector.vkey)! }),
    ...(vector.checkpoint !== undefined && { checkpoint: Buffer.from(vector.checkpoint, 'hex') }),
    ...(vector.issuers && { issuers: parseIssuers(JSON.stringify(vector.issuers))! }),
  };
  return { anchors, files };
}

function expectAsNamed(report: VerifyReport, vector: Vector): void {
  expect({ status: report.status, seq: report.fault?.seq ?? null }, JSON.stringify(report)).toEqual({
    status: vector.expect,
    seq: vector.seq,
  });
}

// These logs are too short for threads, unless a thread is to be had for a byte.
describe('in threads', async () => {
  const several = Object.values(VECTORS).flatMap((vectors) =>
    vectors.filter(({ files, trusted }) => SECOND in files && !trusted),
  );
  const hasher = await hostHasher();

  test('there are logs of two segments', () => expect(several.length).toBeGreaterThan(20));

  test.each(
    ofRing([...several.entries()], ([index]) => index % 8 === 0).map(([, vector]) => [vector.name, vector] as const),
  )('%s', async (_, vector) => {
    const { anchors, files } = partsOf(vector);
    const report = await withFiles(files, (directory) =>
      verifyFiles(openLog(directory), anchors, inParallel(directory, hasher, undefined, 1)),
    );
    expectAsNamed(report, vector);
  });
});
