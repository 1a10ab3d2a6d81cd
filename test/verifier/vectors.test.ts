// The log vectors: each is refused, or not, for the one reason it names.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { verifyLog } from '../../verifier/index.ts';
import { VECTORS, text } from '../vectors/log/make.ts';
import { withFiles } from './log-directory.ts';

const COUNTS = { 'passing.json': 15, 'malformed.json': 69, 'tampered.json': 36 };

describe.each(Object.entries(VECTORS))('%s', (file, vectors) => {
  test('is what make.ts writes, and as many as are counted here', () => {
    expect(readFileSync(new URL(`../vectors/log/${file}`, import.meta.url), 'utf8')).toBe(text(vectors));
    expect(vectors.length).toBe(COUNTS[file as keyof typeof COUNTS]);
  });

  test.each(vectors.map((vector) => [vector.name, vector] as const))('%s', async (_, vector) => {
    const files = Object.fromEntries(
      Object.entries(vector.files).map(([name, hex]) => [name, Buffer.from(hex, 'hex')] as const),
    );
    const seed = vector.seed === null ? {} : { seed: Buffer.from(vector.seed, 'hex') };
    const report = await withFiles(files, (directory) => verifyLog(directory, seed));
    expect({ status: report.status, seq: report.fault?.seq ?? null }, JSON.stringify(report)).toEqual({
      status: vector.expect,
      seq: vector.seq,
    });
  });
});
