// Everything one can do to a small log's bytes: flip bits of each file (each bit: tamper.rest.test.ts), cut at each
// byte, put records in any order, write noise (payloads of noise: noise.rest.test.ts).
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, truncateSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { verifyLog } from '../../verifier/index.ts';
import type { VerifyReport } from '../../verifier/index.ts';
import {
  KEY_ID,
  LOG_NUMBER,
  ORIGIN,
  SEED,
  TIME_MS,
  allow,
  c,
  decided,
  h,
  header,
  proper,
} from '../vectors/log/parts.ts';
import { LogWriter, encode, fields } from '../vectors/log/write.ts';
import { ANCHORS, expectFlipsRefused } from './flips.ts';
import { generator } from './generator.ts';
import { verifyInMemory, withFiles } from './log-directory.ts';
import { BY_SEED, FILES, FIRST, RECORDS, SEGMENTS } from './sample-log.ts';
import { BLOBS, payloadOf, verifySegment as verify } from './segment.ts';

const FLIP_SEED = 20261130;
const SEGMENT = '00000000.cborseq';
const SOME_BLOB = Object.keys(FILES).find((name) => name.startsWith('blobs/'))!;
const SOME_TILE = Object.keys(FILES).find((name) => name.startsWith('tile/'))!;
const SOME_DISCLOSURES = Object.keys(FILES).find((name) => name.startsWith('disclosures/'))!;
const LOG = Buffer.concat(proper);

function starts(records: Buffer[]): number[] {
  let at = 0;
  return records.map((record) => (at += record.length) - record.length);
}

describe.each(ANCHORS)('a log with everything that counts, %s', (_, anchors) => {
  test('is found as it was written', async () => {
    expect(await verifyInMemory(FILES, anchors)).toMatchObject({
      status: 'authenticated',
      records: RECORDS.length,
      authenticated: RECORDS.length,
      checkpointed: RECORDS.length,
      erased: 0,
    });
  });

  const flips = generator(FLIP_SEED);
  test.each(Object.keys(FILES).filter((name) => !name.startsWith('blobs/') || name === SOME_BLOB))(
    `is refused with a bit of each byte of %s flipped (seed ${FLIP_SEED})`,
    async (name) => {
      await expectFlipsRefused(
        name,
        anchors,
        Array.from(FILES[name]!, (_byte, at) => at * 8 + flips(8)),
      );
    },
  );

  test('is refused cut at any byte, with its checkpoints', async () => {
    const [first, second] = SEGMENTS.map((name) => FILES[name]!) as [Buffer, Buffer];
    const { [SEGMENTS[1]]: ____, ...withoutSecond } = FILES;
    for (let length = 0; length < second.length; length++) {
      const { status } = await verifyInMemory({ ...FILES, [SEGMENTS[1]]: second.subarray(0, length) }, anchors);
      expect(['tampered', 'malformed'], `second at ${length}`).toContain(status);
    }
    for (let length = 0; length <= first.length; length++) {
      const { status } = await verifyInMemory({ ...withoutSecond, [SEGMENTS[0]]: first.subarray(0, length) }, anchors);
      expect(['tampered', 'malformed'], `first at ${length}`).toContain(status);
    }
  });

  test.each(Object.keys(FILES))('never passes as it was without %s', async (name) => {
    const { [name]: ____, ...others } = FILES;
    const { status, erased } = await verifyInMemory(others, anchors);
    // Tiles may be left out, a published checkpoint too; without its disclosure a request is erased.
    const mayPass = name.startsWith('tile/') || name === 'published' || name.startsWith('disclosures/');
    const givenCovers = name === 'checkpoint' && 'checkpoint' in anchors;
    expect([status, erased > 0]).toEqual([
      mayPass || givenCovers ? 'authenticated' : expect.stringMatching(/^(tampered|unsealed|not-replayed)$/),
      name.startsWith('disclosures/'),
    ]);
  });
});

test('with the seed, a flipped bit of a record names the record', async () => {
  const at = starts(RECORDS);
  const [first, second] = SEGMENTS.map((name) => FILES[name]!) as [Buffer, Buffer];
  // The log number and the key id say that the seed is another one; without the seed the second header tells.
  const keyIdAt = first.indexOf(KEY_ID);
  const naming = new Set([keyIdAt - 5, ...Array.from(KEY_ID, (_, i) => keyIdAt + i)]);
  for (let byte = 0; byte < first.length + second.length; byte++) {
    const flipped = Buffer.concat([first, second]);
    flipped[byte]! ^= 1 << (byte & 7);
    const files = {
      ...FILES,
      [SEGMENTS[0]]: flipped.subarray(0, first.length),
      [SEGMENTS[1]]: flipped.subarray(first.length),
    };
    const { fault } = await verifyInMemory(files, BY_SEED);
    expect(fault?.seq, `byte ${byte}`).toBe(naming.has(byte) ? FIRST : at.findLastIndex((start) => start <= byte));
  }
});

test('without its checkpoints a log cut at any byte is unsealed at a boundary, malformed elsewhere', async () => {
  const { checkpoint: ____, published: _____, ...rest } = FILES;
  const files = Object.fromEntries(Object.entries(rest).filter(([name]) => !name.startsWith('tile/')));
  const second = FILES[SEGMENTS[1]]!;
  const bounds = starts(RECORDS.slice(FIRST));
  for (let length = 0; length < second.length; length++) {
    const { status } = await verifyInMemory({ ...files, [SEGMENTS[1]]: second.subarray(0, length) }, BY_SEED);
    expect(status, `length ${length}`).toBe(bounds.includes(length) ? 'unsealed' : 'malformed');
  }
});

describe('a log of four records', () => {
  test('with its records in any other order, repeated, left out or mixed with another log is refused', async () => {
    const stranger = new LogWriter(SEED, 'plumbline/other', LOG_NUMBER);
    stranger.add(8, fields({ 0: 'done', 1: 0, 2: Buffer.alloc(32), 3: 0 }));
    const choice = [...proper, stranger.records[0]!];
    for (let length = 1; length <= 4; length++) {
      for (let code = 0; code < choice.length ** length; code++) {
        const order = Array.from({ length }, (_, i) => Math.floor(code / choice.length ** i) % choice.length);
        const kept = order.findIndex((record, i) => record !== i);
        const records = order.map((record) => choice[record]!);
        const { status, fault } = await verify(Buffer.concat(records), length === 4 && kept < 0);
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
});

const closeFor = (reason: string) => fields({ 0: reason, 1: 1, 2: Buffer.alloc(32), 3: TIME_MS });

function logWithRecordOf(bytes: number): Buffer {
  const log = new LogWriter(SEED, ORIGIN, LOG_NUMBER);
  log.payload(payloadOf(h));
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
  const log = new LogWriter(SEED, ORIGIN, LOG_NUMBER);
  log.payload(payloadOf(h));
  log.add(1, fields({ 0: request, 1: decision, 2: 'test', 3: TIME_MS, 4: Buffer.alloc(32) }));
  return verify(Buffer.concat(log.records));
}

test.each([
  ['5805', Buffer.alloc(5)],
  ['5900ff', Buffer.alloc(255)],
])('a payload head %s is not the shortest', async (head, payload) => {
  const log = new LogWriter(SEED, ORIGIN, LOG_NUMBER);
  log.payload(payload, { payloadHead: Buffer.from(head, 'hex') });
  expect((await verify(log.records[0]!)).fault).toMatchObject({ offset: 11, expected: 'the shortest head' });
});

async function expectedOf(request: number, decision: number): Promise<string | undefined> {
  return (await verifyDecided(Buffer.alloc(request), Buffer.alloc(decision))).fault?.expected;
}

test('a request of 49,153 bytes or a decision of 12,289 is refused', async () => {
  expect(await expectedOf(49_153, 0)).toBe('the request: at most 49152 bytes');
  expect(await expectedOf(49_152, 12_289)).toBe('the decision: at most 12288 bytes');
  expect(await expectedOf(49_152, 12_288)).toBe('a map');
});

test('records are read over the bounds of chunks', async () => {
  for (const chunkBytes of [1, 2, 37, LOG.length - 1]) {
    const report = await verifyInMemory(FILES, BY_SEED, { chunkBytes });
    expect(report.status, `chunks of ${chunkBytes}`).toBe('authenticated');
  }
  const cut = { ...BLOBS, [SEGMENT]: LOG.subarray(0, -1) };
  const report = await verifyInMemory(cut, { seed: SEED }, { chunkBytes: 3 });
  expect(report.fault?.offset).toBe(LOG.length - c.length);
});

test('a log of many chunks on disk is read through', async () => {
  const log = new LogWriter(SEED, ORIGIN, LOG_NUMBER);
  log.payload(payloadOf(h));
  for (let seq = 1; seq < 12_000; seq++) log.add(1, decided({ 1: encode(allow({ 11: seq })) }));
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

test.each([...Object.keys(FILES).filter((name) => !SEGMENTS.some((segment) => segment === name)), 'published'])(
  'a pipe in place of %s keeps nobody waiting',
  async (name) => {
    await withFiles(FILES, async (directory) => {
      rmSync(join(directory, name), { force: true });
      mkdirSync(dirname(join(directory, name)), { recursive: true });
      expect(spawnSync('mkfifo', [join(directory, name)]).status).toBe(0);
      const message = expect.stringMatching(/ is not a regular file$/) as string;
      await expect(verifyLog(directory, BY_SEED)).rejects.toMatchObject({ code: 'unreadable', message });
    });
  },
);

test.each(['blobs', 'disclosures', 'tile', 'tile/0'])('a link in place of %s leads nowhere', async (name) => {
  await withFiles(FILES, async (directory) => {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    rmSync(join(directory, name), { recursive: true, force: true });
    symlinkSync('/', join(directory, name));
    const message = expect.stringMatching(/ is not a directory$/) as string;
    await expect(verifyLog(directory, BY_SEED)).rejects.toMatchObject({ code: 'unreadable', message });
  });
});

test('a directory that is not there is an operating error, not a verdict', async () => {
  await expect(verifyLog(join('/', 'no', 'such', 'log'), {})).rejects.toMatchObject({ code: 'unreadable' });
});

test.each([
  [SEGMENTS[1]!, 'malformed', 'a segment of at most 134217728 bytes'],
  ['checkpoint', 'malformed', 'a checkpoint with one signature'],
  [SOME_BLOB, 'tampered', 'a blob of at most 16777216 bytes'],
  [SOME_TILE, 'tampered', ' hashes of 32 bytes'],
  [SOME_DISCLOSURES, 'malformed', 'an array'],
])('%s made 3 GiB long is refused without reading it', async (name, status, expected) => {
  await withFiles(FILES, async (directory) => {
    truncateSync(join(directory, name), 3 * 2 ** 30);
    const report = await verifyLog(directory, BY_SEED);
    expect([report.status, report.fault?.file]).toEqual([status, name]);
    expect(report.fault?.expected).toContain(expected);
  });
});

test('a directory without a log is an operating error, not a verdict', async () => {
  await withFiles({ 'notes.txt': Buffer.from('x') }, (directory) =>
    expect(verifyLog(directory, { seed: SEED })).rejects.toMatchObject({ code: 'no-log' }),
  );
});

test('a log of format 1 is an operating error that names it', async () => {
  const log = new LogWriter(SEED, ORIGIN, LOG_NUMBER);
  log.add(
    0,
    header({ 0: 'plumbline/1', 8: Buffer.from('a9000001000200038004800500068007800880', 'hex'), 16: undefined }),
  );
  for (const anchors of [{}, BY_SEED]) {
    const refused = verifyInMemory({ ...BLOBS, [SEGMENT]: log.records[0]! }, anchors);
    await expect(refused).rejects.toMatchObject({ code: 'log-format' });
  }
});

test('a seed of another length is misuse', async () => {
  await expect(verifyLog('.', { seed: new Uint8Array(31) })).rejects.toThrow(RangeError);
});
