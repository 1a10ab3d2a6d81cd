// Logs whose writer died: what a crash leaves is closed without a loss of what was given, what a crash does not leave
// is refused.

import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { LIMITS, type Limits } from '../../bindings/log/limits.ts';
import { recoverLog } from '../../bindings/log/recovery.ts';
import { createSeed } from '../../bindings/log/seed.ts';
import { createKeys, openKeys } from '../../bindings/log/writer-keys.ts';
import type { Files, Runtime } from '../../bindings/runtime/runtime.ts';
import { runtime as node } from '../../bindings/runtime/node.ts';
import { openSession, Session } from '../../bindings/session.ts';
import { verifyLog } from '../../verifier/index.ts';
import { checkTree, leafOf, readByHand, rootOf, sha256, type Entry } from './by-hand.ts';
import { CRASH_POLICY, inTemporary, options, repeatable, request, SEED } from './setting.ts';

const recover = (log: string) => recoverLog(log, openKeys(`${log}-keys`, node), node);

/**
 * A disk that never keeps anybody waiting, and a clock that wakes nobody: where a checkpoint stands does not depend on
 * time.
 */
function prompt(): Runtime {
  const runtime = repeatable(node);
  const { fdatasyncSync, fsyncSync } = runtime.files;
  const fdatasync = ((fd: number, done: (error: null) => void) =>
    done(fdatasyncSync(fd) ?? null)) as Files['fdatasync'];
  const fsync = ((fd: number, done: (error: null) => void) => done(fsyncSync(fd) ?? null)) as Files['fsync'];
  return { ...runtime, after: () => () => {}, files: { ...runtime.files, fdatasync, fsync } };
}

/** Lets everything happen that waits for nothing but its turn. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A log of `count` decisions as its writer leaves it that dies: nothing closed. Returns the path. */
async function abandoned(parent: string, count: number, limits: Partial<Limits> = {}): Promise<string> {
  const log = join(parent, 'log');
  const writing = join(parent, 'writing');
  const session = new Session({ ...options(prompt(), writing), policy: CRASH_POLICY }, { ...LIMITS, ...limits });
  for (let turn = 0; turn < count; turn++) {
    await session.mediate({ ...request, context: { secret: `${turn}` } });
    await settled();
  }
  // A copy, as the lock of the one that is open dies with this process only.
  cpSync(writing, log, { recursive: true });
  cpSync(`${writing}-keys`, `${log}-keys`, { recursive: true });
  return log;
}

const lastSegment = (log: string): string =>
  join(
    log,
    readdirSync(log)
      .filter((name) => name.endsWith('.cborseq'))
      .toSorted()
      .at(-1)!,
  );

async function expectRecovered(log: string, before: number): Promise<Entry[]> {
  const { records } = await recover(log);
  const entries = readByHand(log, SEED);
  expect(entries).toHaveLength(records);
  expect(checkTree(log, entries)).toBe(records);
  expect(entries.slice(-2).map(({ type }) => type)).toEqual([7, 8]);
  expect(records).toBe(before + 2);
  expect(readdirSync(`${log}-keys/epochs`)).toEqual([]);
  expect(await verifyLog(log, { seed: SEED })).toMatchObject({ status: 'authenticated', records });
  // A second time there is nothing to do.
  const bytes = readFileSync(lastSegment(log), 'hex');
  expect(await recover(log)).toEqual({ records, droppedBytes: 0 });
  expect(readFileSync(lastSegment(log), 'hex')).toBe(bytes);
  return entries;
}

describe('a log that ends', () => {
  test.each<[string, number, Partial<Limits>]>([
    ['before its first checkpoint', 5, {}],
    ['without a decision', 0, {}],
    ['after some checkpoints', 50, { checkpointRecordsMax: 8 }],
    ['after epochs', 50, { epochRecordsMax: 9 }],
    ['after segments', 50, { segmentBytesMax: 2000 }],
    ['right after a segment began', 7, { segmentBytesMax: 1 }],
    ['right after an epoch began', 9, { epochRecordsMax: 1 }],
    ['after many tiles', 600, { checkpointRecordsMax: 50, epochRecordsMax: 100 }],
  ])('%s is closed', (_, count, limits) =>
    inTemporary(async (parent) => {
      const log = await abandoned(parent, count, limits);
      const before = readByHand(log, SEED);
      expect(before.filter(({ type }) => type === 1)).toHaveLength(count);
      const entries = await expectRecovered(log, before.length);
      const [recovery, close] = entries.slice(-2).map(({ body }) => body) as [Entry['body'], Entry['body']];
      expect([recovery.get(0), recovery.get(1)]).toEqual([0, sha256('')]);
      expect(close.get(0)).toBe('recovered');
      expect(close.get(1)).toBe(before.length + 1);
      // readByHand has compared it with the record before.
      expect(close.get(2)).toHaveLength(32);
    }),
  );
});

describe('what a power cut leaves after the last checkpoint is dropped', () => {
  const limits = { checkpointRecordsMax: 20, epochRecordsMax: 33 };
  const damaged = (damage: (tail: Buffer, start: number) => Buffer | undefined) =>
    inTemporary(async (parent) => {
      const log = await abandoned(parent, 57, limits);
      const before = readByHand(log, SEED);
      const covered = Number(readFileSync(join(log, 'checkpoint'), 'utf8').split('\n')[1]);
      const file = lastSegment(log);
      const bytes = readFileSync(file);
      const segment = before.at(-1)!.segment;
      const start = before
        .filter((entry) => entry.segment === segment && entry.seq < covered)
        .reduce((sum, entry) => sum + entry.bytes.length, 0);
      expect([covered < before.length - 3, start > 0]).toEqual([true, true]);
      const tail = damage(bytes.subarray(start), start)!;
      writeFileSync(file, Buffer.concat([bytes.subarray(0, start), tail]));
      const { records, droppedBytes } = await recover(log);
      const after = readByHand(log, SEED);
      expect(checkTree(log, after)).toBe(records);
      expect(records).toBeGreaterThanOrEqual(covered + 2);
      const kept = after.slice(0, -2);
      expect(kept.map(({ bytes: record }) => record)).toEqual(
        before.slice(0, kept.length).map(({ bytes: record }) => record),
      );
      const end = start + kept.filter(({ seq }) => seq >= covered).reduce((sum, entry) => sum + entry.bytes.length, 0);
      const dropped = Buffer.concat([bytes.subarray(0, start), tail]).subarray(end);
      expect(droppedBytes).toBe(dropped.length);
      const recovery = after.at(-2)!.body;
      expect([recovery.get(0), recovery.get(1)]).toEqual([dropped.length, sha256(dropped)]);
      expect(await verifyLog(log, { seed: SEED })).toMatchObject({ status: 'authenticated', records });
    });

  test.each<[string, (tail: Buffer) => Buffer]>([
    ['all of it', () => Buffer.alloc(0)],
    ['a cut within a record', (tail) => tail.subarray(0, tail.length - 7)],
    ['a cut after a byte', (tail) => tail.subarray(0, 1)],
    ['zeros at the end', (tail) => Buffer.concat([tail.subarray(0, tail.length >> 1), Buffer.alloc(tail.length >> 1)])],
    ['zeros beyond the end', (tail) => Buffer.concat([tail, Buffer.alloc(4096)])],
    ['a lost page in the middle', (tail) => Buffer.from(tail).fill(0, tail.length >> 2, tail.length >> 1)],
    ['a lost page in front', (tail) => Buffer.from(tail).fill(0, 0, 100)],
    ['other bytes', (tail) => Buffer.concat([tail.subarray(0, 500), Buffer.alloc(tail.length - 500, 0xd1)])],
    [
      'records in another order',
      (tail) => Buffer.concat([tail.subarray(tail.length >> 1), tail.subarray(0, tail.length >> 1)]),
    ],
  ])('%s', (_, damage) => damaged(damage));

  test('a segment without its header', () =>
    inTemporary(async (parent) => {
      const log = await abandoned(parent, 20, { segmentBytesMax: 3000, checkpointRecordsMax: 1 });
      const before = readByHand(log, SEED);
      const number = before.at(-1)!.segment + 1;
      writeFileSync(join(log, `0000000${number}.cborseq`), 'torn');
      const entries = await expectRecovered(log, before.length);
      expect(entries.at(-1)!.segment).toBe(number - 1);
      expect(entries.at(-2)!.body.get(0)).toBe(4);
    }));

  test.each([
    ['an epoch end without the snapshot that follows it', 1],
    ['an epoch end and half the snapshot', 0.5],
    ['an epoch end and its snapshot, which the key does not know of yet', 0],
  ])('%s', (_, share) =>
    inTemporary(async (parent) => {
      const log = join(parent, 'log');
      const writing = join(parent, 'writing');
      // Stopped between the sync of the two and everything after it.
      const renameSync = ((from: string, to: string) => {
        if (to === join(writing, 'checkpoint') && !existsSync(log)) {
          cpSync(writing, log, { recursive: true });
          cpSync(`${writing}-keys`, `${log}-keys`, { recursive: true });
        }
        return node.files.renameSync(from, to);
      }) as typeof node.files.renameSync;
      const runtime = prompt();
      const stopping = { ...runtime, files: { ...runtime.files, renameSync } };
      const session = new Session(options(stopping, writing), { ...LIMITS, epochRecordsMax: 9 });
      for (let turn = 0; turn < 9 && !existsSync(log); turn++) {
        await session.mediate(request);
        await settled();
      }
      const before = readByHand(log, SEED);
      // The decision that was next may be there already.
      expect(before.slice(-3).map(({ type }) => type)).toEqual([6, 5, 1]);
      const tail = before.slice(-2).map(({ bytes }) => bytes.length);
      const cut = share === 0 ? 0 : Math.ceil(tail[0]! * share) + tail[1]!;
      truncateSync(lastSegment(log), readFileSync(lastSegment(log)).length - cut);
      const entries = await expectRecovered(log, share === 0 ? before.length : before.length - 3);
      expect(entries.at(-1)!.epoch).toBe(share === 0 ? 1 : 0);
    }),
  );
});

const refused = (
  change: (log: string) => void,
  code = 'log-tampered',
  limits: Partial<Limits> = { checkpointRecordsMax: 10, epochRecordsMax: 25 },
) =>
  inTemporary(async (parent) => {
    const log = await abandoned(parent, 48, limits);
    change(log);
    const files = () =>
      readdirSync(log, { recursive: true })
        .filter((name) => /cborseq|checkpoint/.test(String(name)))
        .map((name) => [name, readFileSync(join(log, String(name)), 'hex')]);
    const before = files();
    await expect(recover(log)).rejects.toMatchObject({ code });
    expect(files()).toEqual(before);
    node.lockDirectory(log)!.release();
  });

const flip = (path: string, at: number): void => {
  const bytes = readFileSync(path);
  bytes[at]! ^= 1;
  writeFileSync(path, bytes);
};

describe('what a crash does not leave is refused', () => {
  test('a flipped bit under the checkpoint, in an epoch that is over', () =>
    refused((log) => flip(lastSegment(log), 900)));
  test('a flipped bit under the checkpoint, in the epoch that runs', () =>
    inTemporary(async (parent) => {
      const log = await abandoned(parent, 48, { checkpointRecordsMax: 10 });
      flip(lastSegment(log), 3000);
      const message = expect.stringContaining('a checkpoint covers it') as string;
      await expect(recover(log)).rejects.toMatchObject({ code: 'log-tampered', message });
    }));
  test('a log cut back to an older checkpoint, before the end of an epoch whose key is gone', () =>
    refused((log) => {
      const kept = readByHand(log, SEED).slice(0, 15);
      truncateSync(
        lastSegment(log),
        kept.reduce((sum, { bytes }) => sum + bytes.length, 0),
      );
      const head = { size: kept.length, root: rootOf(kept.map(leafOf)) };
      writeFileSync(join(log, 'checkpoint'), openKeys(`${log}-keys`, node).signer.checkpoint('test/log', head));
    }));
  test('a log shorter than its checkpoint', () => refused((log) => truncateSync(lastSegment(log), 3000)));
  test('a checkpoint that is older than the epoch', () => refused((log) => rmSync(join(log, 'checkpoint'))));
  test('a checkpoint that nobody signed', () => refused((log) => flip(join(log, 'checkpoint'), 30)));
  test('a log shorter than what was published', () =>
    refused((log) => {
      const entries = readByHand(log, SEED);
      const { signer } = openKeys(`${log}-keys`, node);
      const root = sha256('another');
      writeFileSync(join(log, 'published'), signer.checkpoint('test/log', { size: entries.length + 1, root }));
    }));
  test('another log than what was published', () =>
    refused((log) => {
      const { signer } = openKeys(`${log}-keys`, node);
      writeFileSync(join(log, 'published'), signer.checkpoint('test/log', { size: 45, root: sha256('another') }));
    }));
  test('a segment that is missing', () =>
    refused((log) => rmSync(join(log, '00000001.cborseq')), 'log-tampered', { segmentBytesMax: 3000 }));
  test('the keys of another host', () =>
    refused((log) => {
      rmSync(`${log}-keys`, { recursive: true });
      createKeys(`${log}-keys`, createSeed(node), node);
    }, 'key-mismatch'));
  test('a log whose key is gone', () =>
    refused((log) => rmSync(`${log}-keys/epochs`, { recursive: true }), 'key-unreadable'));
  test('segments cut to nothing under a checkpoint', () => refused((log) => truncateSync(lastSegment(log), 0)));
  test('a log of another format', () =>
    refused((log) => {
      const bytes = readFileSync(join(log, '00000000.cborseq'));
      bytes[bytes.indexOf('plumbline/2') + 10] = 0x31;
      writeFileSync(join(log, '00000000.cborseq'), bytes);
    }, 'log-format'));
  test('a directory without a log', () => refused((log) => rmSync(lastSegment(log)), 'log-without-record', {}));
  test('segments that are gone under a checkpoint', () => refused((log) => rmSync(lastSegment(log))));
});

test('tiles of a writer that died while it closed are replaced', () =>
  inTemporary(async (parent) => {
    const log = await abandoned(parent, 300, { checkpointRecordsMax: 50 });
    mkdirSync(join(log, 'tile/0/001.p'), { recursive: true });
    writeFileSync(join(log, 'tile/0/001.p/9'), 'torn');
    await expectRecovered(log, 301);
  }));

test.each<[string, (tile: string) => void]>([
  ['is not there', (tile) => rmSync(tile)],
  ['is empty', (tile) => truncateSync(tile)],
  ['holds zeros', (tile) => writeFileSync(tile, Buffer.alloc(8192))],
])('a tile that a power cut took is made again: it %s', (_, damage) =>
  inTemporary(async (parent) => {
    const log = await abandoned(parent, 600, { checkpointRecordsMax: 50 });
    expect(Number(readFileSync(join(log, 'checkpoint'), 'utf8').split('\n')[1])).toBeGreaterThan(512);
    for (const name of ['000', '001']) damage(join(log, 'tile/0', name));
    await expectRecovered(log, 601);
  }),
);

test('a log that only lacks its last checkpoint gets no further record', () =>
  inTemporary(async (parent) => {
    const log = await abandoned(parent, 5);
    await recover(log);
    const entries = readByHand(log, SEED);
    // As it was before the checkpoint: the key still there.
    const again = join(parent, 'again');
    cpSync(log, again, { recursive: true });
    cpSync(join(parent, 'writing-keys'), `${again}-keys`, { recursive: true });
    rmSync(join(again, 'checkpoint'));
    expect(await recover(again)).toEqual({ records: entries.length, droppedBytes: 0 });
    expect(checkTree(again, readByHand(again, SEED))).toBe(entries.length);
  }));

test('a log that is being written is left alone', () =>
  inTemporary(async (parent) => {
    const log = join(parent, 'log');
    const session = openSession(options(repeatable(node), log));
    await expect(recover(log)).rejects.toMatchObject({ code: 'log-locked' });
    await session.close('done');
  }));

test('recovery dates its records no earlier than the last one, whatever the clock shows (SPEC §9.1.1)', () =>
  inTemporary(async (parent) => {
    const log = await abandoned(parent, 3, { epochRecordsMax: 2 });
    const last = readByHand(log, SEED).at(-1)!;
    await recoverLog(log, openKeys(`${log}-keys`, node), { ...node, now: () => 1000 });
    const [recovery, close] = readByHand(log, SEED).slice(-2);
    expect([recovery!.body.get(2), close!.body.get(3)]).toEqual([last.body.get(3), last.body.get(3)]);
  }));

test('a recovered log is published', () =>
  inTemporary(async (parent) => {
    const log = await abandoned(parent, 5);
    const published: string[] = [];
    const publish = async (checkpoint: Uint8Array): Promise<void> =>
      void published.push(Buffer.from(checkpoint).toString());
    await recoverLog(log, openKeys(`${log}-keys`, node), node, publish);
    expect(published).toEqual([readFileSync(join(log, 'checkpoint'), 'utf8')]);
    expect(readFileSync(join(log, 'published'), 'utf8')).toBe(published[0]);
  }));
