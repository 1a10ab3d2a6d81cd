// A log's bytes, recomputed by hand from SPEC §9, and judged by the verifier.

import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { STATE_INITIAL } from '../../bindings/engine.ts';
import { BLOB_BYTES_MAX, LIMITS, TRUST_SET_BYTES_MAX, type Limits } from '../../bindings/log/limits.ts';
import { Recorder } from '../../bindings/log/recorder.ts';
import { AUTHORITY_NONE } from '../../bindings/request.ts';
import { runtime as node } from '../../bindings/runtime/node.ts';
import { openSession, Session } from '../../bindings/session.ts';
import { verifyLog } from '../../verifier/index.ts';
import { checkTree, keyId, isDecision, readByHand, sha256, type Entry } from './by-hand.ts';
import { hex } from './bytes.ts';
import { CREATED_MS, inTemporary, options, ORIGIN, policy, repeatable, request, SEED, SIGNER } from './setting.ts';

const SEGMENT = '00000000.cborseq';
const STATE = Buffer.from(STATE_INITIAL);

async function writeLog(directory: string): Promise<Buffer> {
  const session = openSession(options(repeatable(node), directory));
  await session.mediate(request);
  await session.mediate(Uint8Array.of(0xff));
  await session.close('done');
  return readFileSync(join(directory, SEGMENT));
}

const mode = (path: string): number => statSync(path).mode & 0o777;

test('header, decisions and close say what SPEC §9.1 asks for, under tags and a tree recomputed by hand', () =>
  inTemporary(async (parent) => {
    const log = join(parent, 'log');
    await writeLog(log);
    const records = readByHand(log, SEED);
    expect(checkTree(log, records)).toBe(4);
    expect(records.map(({ type }) => type)).toEqual([0, 1, 1, 8]);
    const vkey = readFileSync(`${log}-keys/signing.pub`, 'utf8').trimEnd();
    expect(vkey).toMatch(new RegExp(`^${SIGNER}\\+[0-9a-f]{8}\\+A`));
    expect(records[0]!.body).toEqual(
      new Map<number, unknown>([
        [0, 'plumbline/2'],
        [1, ORIGIN],
        [2, 0],
        [3, 0],
        [4, Buffer.alloc(0)],
        [5, [0, sha256('')]],
        [6, sha256(readFileSync(new URL('../../engine/engine.wasm', import.meta.url)))],
        [7, sha256(policy.program)],
        [8, STATE],
        [9, [vkey]],
        [10, BigInt(CREATED_MS)],
        [11, 'write'],
        [12, []],
        [13, [sha256(policy.sources.schema.text), sha256('permit (principal, action, resource);'), sha256('// none')]],
        [14, 0],
        [15, null],
        [16, keyId(SEED, 0)],
      ]),
    );
    const { body } = records[2]!;
    expect(body.get(0)).toEqual(Buffer.of(0xff));
    const [program, none] = [hex(sha256(policy.program)), hex(AUTHORITY_NONE)];
    expect(hex(body.get(1) as Uint8Array)).toBe(
      `ad0006010502000380048005800680078008f6095820${program}0a5820${none}0b020cf6`,
    );
    expect(body.get(2)).toBe('test');
    expect(body.get(3)).toBe(BigInt(CREATED_MS + 2));
    // Two requests, the second refused by level 0.
    const after = Buffer.from(hex(STATE).replace('00000100020003800480', '0002010202010380048101'), 'hex');
    expect(body.get(4)).toEqual(sha256(after));
    const close = new Map<number, unknown>([
      [0, 'done'],
      [1, 3],
      [2, sha256(after)],
      [3, BigInt(CREATED_MS + 3)],
    ]);
    expect(records[3]!.body).toEqual(close);
  }));

test('directory, segment and blobs are for their owner alone; blobs hold what their names say', () =>
  inTemporary(async (parent) => {
    const log = join(parent, 'log');
    await writeLog(log);
    expect([mode(log), mode(join(log, 'blobs')), mode(join(log, SEGMENT))]).toEqual([0o700, 0o700, 0o600]);
    expect([mode(join(log, 'checkpoint')), mode(join(log, 'tile/0/000.p/4'))]).toEqual([0o600, 0o600]);
    const blobs = readdirSync(join(log, 'blobs'));
    expect(blobs).toHaveLength(5);
    for (const name of blobs) {
      expect(mode(join(log, 'blobs', name))).toBe(0o600);
      expect(hex(sha256(readFileSync(join(log, 'blobs', name))))).toBe(name);
    }
    expect(blobs).toContain(hex(sha256(policy.program)));
  }));

/** A log of `count` decisions under limits of its own. */
async function writeUnder(limits: Partial<Limits>, count: number, directory: string): Promise<void> {
  const session = new Session(options(repeatable(node), directory), { ...LIMITS, ...limits });
  for (let turn = 0; turn < count; turn++) await session.mediate(request);
  await session.close('done');
}

test('the verifier, which shares no code with the writer, finds the log authentic and sealed', () =>
  inTemporary(async (parent) => {
    // Requests that are some: what is decided on anything else names no authority, and the stand-in would not say so.
    await writeUnder({}, 2, join(parent, 'log'));
    const report = await verifyLog(join(parent, 'log'), { seed: SEED });
    expect(report).toMatchObject({ status: 'authenticated', records: 4 });
  }));

describe('epochs and segments', () => {
  test.each<[string, Partial<Limits>, number]>([
    ['epochs by count', { epochRecordsMax: 5 }, 40],
    ['epochs by age', { epochMsMax: 7 }, 40],
    ['segments', { segmentBytesMax: 3000 }, 40],
    ['both', { epochRecordsMax: 4, segmentBytesMax: 2000 }, 40],
    ['segments of two epochs', { epochRecordsMax: 4, segmentEpochsMax: 2 }, 40],
    ['an epoch of every decision', { epochRecordsMax: 1 }, 5],
    ['a segment of every decision', { segmentBytesMax: 1 }, 5],
    ['checkpoints of every record', { checkpointRecordsMax: 1, epochRecordsMax: 50 }, 300],
    ['tiles of two levels, in two segments', { segmentBytesMax: 200_000, epochRecordsMax: 97 }, 700],
  ])('%s follow one another as SPEC §9.1 asks', (_, limits, count) =>
    inTemporary(async (parent) => {
      const log = join(parent, 'log');
      await writeUnder(limits, count, log);
      const records = readByHand(log, SEED);
      expect(checkTree(log, records)).toBe(records.length);
      expect(records.filter(isDecision)).toHaveLength(count);
      expect(records.at(-1)!.type).toBe(8);
      const epochs = records.at(-1)!.epoch + 1;
      const segments = records.at(-1)!.segment + 1;
      const ends = (segment: number) => records.filter((one) => one.segment === segment && one.type === 6).length;
      for (let segment = 0; segment < segments; segment++) {
        expect(ends(segment)).toBeLessThanOrEqual(limits.segmentEpochsMax ?? LIMITS.segmentEpochsMax);
      }
      if (limits.epochRecordsMax !== undefined) {
        for (let epoch = 0; epoch < epochs - 1; epoch++) {
          const held = records.filter((record) => record.epoch === epoch);
          // An epoch holds its snapshot, a decision and its end at least.
          expect(held.length).toBeLessThanOrEqual(Math.max(limits.epochRecordsMax, 3) + segments);
        }
      }
      console.log(`${count} decisions: ${epochs} epochs, ${segments} segments, ${records.length} records`);
      expect(epochs * segments).toBeGreaterThan(1);
      expect(readdirSync(`${log}-keys/epochs`)).toEqual([]);
      expect(await verifyLog(log, { seed: SEED })).toMatchObject({ status: 'authenticated', records: records.length });
    }),
  );
});

test('what two sources have in common is one blob, named twice', () =>
  inTemporary(async (parent) => {
    const log = join(parent, 'log');
    const { sources } = policy;
    const twice = { ...policy, sources: { ...sources, policies: [...sources.policies, ...sources.policies] } };
    await openSession({ ...options(repeatable(node), log), policy: twice }).close('done');
    expect(readdirSync(join(log, 'blobs'))).toHaveLength(5);
    expect(readByHand(log, SEED)[0]!.body.get(13)).toHaveLength(4);
  }));

test.each([
  ['a policy', 'sources', BLOB_BYTES_MAX],
  ['a trust set', 'trust', TRUST_SET_BYTES_MAX],
])('%s larger than a verifier reads is not logged', (_, part, bytesMax) =>
  inTemporary((parent) => {
    const { log, keys } = options(repeatable(node), join(parent, 'log'));
    if (log === 'none' || keys === undefined) throw new Error('the setting writes no log');
    const nothing = new Uint8Array();
    const subject = { engine: nothing, program: nothing, layers: [], sources: [], sensitive: [], state: STATE };
    const large = new Uint8Array(bytesMax + 1);
    const named = { ...subject, [part]: part === 'trust' ? large : [large] };
    expect(() => new Recorder({ ...log, origin: ORIGIN, keys }, named, CREATED_MS, node)).toThrow(
      expect.objectContaining({ code: 'blob-too-large', hint: expect.stringContaining(`${bytesMax} bytes`) as string }),
    );
  }),
);

test('two logs in the same setting are the same bytes', () =>
  inTemporary(async (parent) => {
    const first = await writeLog(join(parent, 'a'));
    const second = await writeLog(join(parent, 'b'));
    expect(hex(first)).toBe(hex(second));
  }));

describe('a log begins', () => {
  test('in a directory that is there and empty', () =>
    inTemporary(async (parent) => {
      mkdirSync(join(parent, 'log'), { mode: 0o755 });
      await writeLog(join(parent, 'log'));
      expect(statSync(join(parent, 'log')).mode & 0o777).toBe(0o700);
    }));

  test('under an origin of its own, unless one is given', () =>
    inTemporary(async (parent) => {
      const { log, ...rest } = options(repeatable(node), join(parent, 'log'));
      const session = openSession({ ...rest, log: { directory: join(parent, 'log'), durability: 'fsync' } });
      await session.close('done');
      expect(log).not.toBe('none');
      const [{ body }] = readByHand(join(parent, 'log'), SEED) as [Entry];
      expect(body.get(1)).toBe(`plumbline/${'07'.repeat(16)}`);
      expect(body.get(11)).toBe('fsync');
    }));

  test.each([
    [
      'not in a directory with anything in it',
      'log-not-empty',
      (log: string) => {
        mkdirSync(log);
        writeFileSync(join(log, 'x'), '');
      },
    ],
    ['not where a file is', 'log-unwritable', (log: string) => writeFileSync(log, '')],
    ['not where a closed log is', 'log-not-empty', (log: string) => writeLog(log)],
  ])('%s', (_, code, prepare) =>
    inTemporary(async (parent) => {
      const log = join(parent, 'log');
      await prepare(log);
      const before = existsSync(join(log, SEGMENT)) ? readFileSync(join(log, SEGMENT)) : undefined;
      expect(() => openSession(options(repeatable(node), log))).toThrow(expect.objectContaining({ code }));
      if (before !== undefined) expect(readFileSync(join(log, SEGMENT))).toEqual(before);
    }),
  );
});
