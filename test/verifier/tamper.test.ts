// Everything one can do to a small log's bytes: flip each bit, cut at each byte, put records in any order, write noise.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { EXIT_CODES, verifyLog } from '../../verifier/index.ts';
import type { VerifyReport } from '../../verifier/index.ts';
import { verifyFiles } from '../../verifier/verify.ts';
import { VECTORS } from '../vectors/log/make.ts';
import { LogWriter, encode, fields } from '../vectors/log/write.ts';
import { generator } from './generator.ts';
import { inMemory, withFiles } from './log-directory.ts';

const SEGMENT = '00000000.cborseq';
const sealed = VECTORS['passing.json']!.find(({ name }) => name === 'sealed')!;
const SEED = Buffer.from(sealed.seed!, 'hex');
const { [SEGMENT]: segmentHex, ...blobsHex } = sealed.files;
const LOG = Buffer.from(segmentHex!, 'hex');
const BLOBS = Object.fromEntries(Object.entries(blobsHex).map(([name, hex]) => [name, Buffer.from(hex, 'hex')]));

// Where each record starts, and the end: a record starts with d184, its tag's head before the next one says where.
const STARTS = [...LOG.toString('latin1').matchAll(/\xd1\x84\x47/g)].map((match) => match.index);
const BOUNDS = [...STARTS, LOG.length];
const RECORDS = STARTS.map((start, i) => LOG.subarray(start, BOUNDS[i + 1]));
const recordAt = (offset: number) => STARTS.findLastIndex((start) => start <= offset);

function verify(segment: Uint8Array): Promise<VerifyReport> {
  return verifyFiles(inMemory({ ...BLOBS, [SEGMENT]: segment }), SEED, () => undefined);
}

function payloadOf(record: Buffer): Buffer {
  return record.subarray(record[11] === 0x59 ? 14 : 13, -34);
}

describe('a log of four records', () => {
  test('is found as it was written', async () => {
    expect(STARTS.length).toBe(4);
    expect((await verify(LOG)).status).toBe('authenticated');
  });

  test('with any one bit flipped is refused, and the record named', async () => {
    for (let bit = 0; bit < LOG.length * 8; bit++) {
      const flipped = Buffer.from(LOG);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      const { status, fault } = await verify(flipped);
      expect([status, fault?.seq], `bit ${bit}`).toEqual([
        expect.stringMatching(/^(tampered|malformed)$/),
        recordAt(bit >> 3),
      ]);
    }
  });

  test('cut at any byte is unsealed at a boundary, malformed elsewhere, and the record named', async () => {
    for (let length = 0; length < LOG.length; length++) {
      const { status, fault } = await verify(LOG.subarray(0, length));
      const atBoundary = length > 0 && BOUNDS.includes(length);
      const wanted = atBoundary ? ['unsealed', undefined] : ['malformed', length === 0 ? 0 : recordAt(length)];
      expect([status, fault?.seq], `length ${length}`).toEqual(wanted);
    }
  });

  test('with its records in any other order, repeated, left out or mixed with another log is refused', async () => {
    const stranger = new LogWriter(SEED, 'plumbline/other');
    stranger.add(8, fields({ 0: 'done', 1: 0, 2: Buffer.alloc(32), 3: 0 }));
    const choice = [...RECORDS, stranger.records[0]!];
    for (let length = 1; length <= 4; length++) {
      for (let code = 0; code < choice.length ** length; code++) {
        const order = Array.from({ length }, (_, i) => Math.floor(code / choice.length ** i) % choice.length);
        const kept = order.findIndex((record, i) => record !== i);
        const { status, fault } = await verify(Buffer.concat(order.map((record) => choice[record]!)));
        const wanted = kept >= 0 ? ['tampered', kept] : [length === 4 ? 'authenticated' : 'unsealed', undefined];
        expect([status, fault?.seq], `records ${order}`).toEqual(wanted);
      }
    }
  });

  const seed = 7;
  test(`with noise in it never breaks the verifier, nor passes (seed ${seed})`, async () => {
    const random = generator(seed);
    for (let round = 0; round < 2_000; round++) {
      const noise = Buffer.from(Array.from({ length: 1 + random(40) }, () => random(256)));
      const [at, drop] = [random(LOG.length), random(60)];
      const bytes = Buffer.concat([LOG.subarray(0, at), noise, LOG.subarray(at + drop)]);
      const { status } = await verify(bytes);
      expect(['tampered', 'malformed'], `round ${round}`).toContain(bytes.equals(LOG) ? 'tampered' : status);
    }
  });

  test(`payloads of noise under the right key never break the verifier (seed ${seed})`, async () => {
    const random = generator(seed);
    const payload = payloadOf(RECORDS[1]!);
    expect(payload[0]).toBe(0x84);
    for (let round = 0; round < 2_000; round++) {
      const bytes = Buffer.from(payload);
      for (let i = 0; i <= random(3); i++) bytes[random(bytes.length)] = random(256);
      const log = new LogWriter(SEED, 'plumbline/vector');
      log.payload(payloadOf(RECORDS[0]!));
      log.payload(round % 2 === 0 ? bytes : bytes.subarray(0, random(bytes.length)));
      expect(Object.keys(EXIT_CODES)).toContain((await verify(Buffer.concat(log.records))).status);
    }
  });
});

const closeFor = (reason: string) => fields({ 0: reason, 1: 1, 2: Buffer.alloc(32), 3: 0 });

function logWithRecordOf(bytes: number): Buffer {
  const log = new LogWriter(SEED, 'plumbline/vector');
  log.payload(payloadOf(RECORDS[0]!));
  const overhead = 11 + 3 + 2 + 32 + encode([8, 1, 0, closeFor('x'.repeat(60_000))]).length - 60_000;
  log.add(8, closeFor('x'.repeat(bytes - overhead)));
  expect(log.records[1]!.length).toBe(bytes);
  return Buffer.concat(log.records);
}

test('a record of 65,535 bytes is looked into and one of 65,536 is not', async () => {
  expect((await verify(logWithRecordOf(65_535))).fault?.expected).toMatch(/^state /);
  expect((await verify(logWithRecordOf(65_536))).fault?.expected).toBe('a record of at most 65535 bytes');
});

function verifyDecided(request: Uint8Array, decision: Uint8Array): Promise<VerifyReport> {
  const log = new LogWriter(SEED, 'plumbline/vector');
  log.payload(payloadOf(RECORDS[0]!));
  log.add(1, fields({ 0: request, 1: decision, 2: '', 3: 0, 4: Buffer.alloc(32) }));
  return verify(Buffer.concat(log.records));
}

test.each([
  ['5805', Buffer.alloc(5)],
  ['5900ff', Buffer.alloc(255)],
])('a payload head %s is not the shortest', async (head, payload) => {
  const log = new LogWriter(SEED, 'plumbline/vector');
  log.payload(payload, { payloadHead: Buffer.from(head, 'hex') });
  expect((await verify(log.records[0]!)).fault).toMatchObject({ offset: 11, expected: 'the shortest head' });
});

test('a request of 49,153 bytes or a decision of 12,289 is refused', async () => {
  expect((await verifyDecided(Buffer.alloc(49_153), Buffer.alloc(0))).fault?.expected).toBe(
    'body.0: at most 49152 bytes',
  );
  expect((await verifyDecided(Buffer.alloc(49_152), Buffer.alloc(12_289))).fault?.expected).toBe(
    'body.1: at most 12288 bytes',
  );
  expect((await verifyDecided(Buffer.alloc(49_152), Buffer.alloc(12_288))).fault?.expected).toMatch(
    / of the decision$/,
  );
});

test('records are read over the bounds of chunks', async () => {
  for (const chunkBytes of [1, 2, 37, LOG.length - 1]) {
    const report = await verifyFiles(inMemory({ ...BLOBS, [SEGMENT]: LOG }, chunkBytes), SEED, () => undefined);
    expect(report.status, `chunks of ${chunkBytes}`).toBe('authenticated');
  }
  const cut = await verifyFiles(inMemory({ ...BLOBS, [SEGMENT]: LOG.subarray(0, -1) }, 3), SEED, () => undefined);
  expect(cut.fault?.offset).toBe(STARTS[3]);
});

test('a log of many chunks on disk is read through', async () => {
  const log = new LogWriter(SEED, 'plumbline/vector');
  log.payload(payloadOf(RECORDS[0]!));
  const body = payloadOf(RECORDS[1]!).subarray(4);
  for (let seq = 1; seq < 12_000; seq++) log.payload(Buffer.concat([encode([1, seq, 0]).with(0, 0x84), body]));
  const bytes = Buffer.concat(log.records);
  expect(bytes.length).toBeGreaterThan(2 << 20);
  const report = await withFiles({ ...BLOBS, [SEGMENT]: bytes }, (directory) => verifyLog(directory, { seed: SEED }));
  expect([report.status, report.records, report.verdicts.allow]).toEqual(['unsealed', 12_000, 11_999]);
});

test('what is not a regular file is not read', async () => {
  await withFiles(BLOBS, async (directory) => {
    mkdirSync(join(directory, SEGMENT));
    expect((await verifyLog(directory, { seed: SEED })).fault).toMatchObject({ expected: 'a regular file' });
  });
});

test('a directory that is not there is an operating error, not a verdict', async () => {
  await expect(verifyLog(join('/', 'no', 'such', 'log'), {})).rejects.toMatchObject({ code: 'unreadable' });
});

test('a seed of another length is misuse', async () => {
  await expect(verifyLog('.', { seed: new Uint8Array(31) })).rejects.toThrow(RangeError);
});
