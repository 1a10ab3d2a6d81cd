// A log's bytes, recomputed by hand from SPEC §9 with HMAC alone, and judged by the verifier.

import { createHash, createHmac } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Decoder, type Tag } from 'cbor-x';
import { describe, expect, test } from 'vitest';
import { runtime as node } from '../../bindings/runtime/node.ts';
import { openSession } from '../../bindings/session.ts';
import { verifyLog } from '../../verifier/index.ts';
import { hex } from './bytes.ts';
import { CREATED_MS, inTemporary, options, ORIGIN, policy, repeatable, request, SEED } from './setting.ts';
import { decision, standIn } from './stand-in.ts';

const SEGMENT = '00000000.cborseq';
const STATE = 'a40000010002000380';
const decoder = new Decoder({ mapsAsObjects: false });

const hmac = (key: Uint8Array, ...parts: (Uint8Array | string)[]): Buffer =>
  parts.reduce((mac, part) => mac.update(part), createHmac('sha256', key)).digest();
const sha256 = (bytes: Uint8Array | string): Buffer => createHash('sha256').update(bytes).digest();

// RFC 5869 in its two steps; 32 bytes are one block.
const hkdf = (secret: Uint8Array, salt: string, info: string): Buffer =>
  hmac(hmac(Buffer.from(salt), secret), info, Uint8Array.of(1));

async function writeLog(directory: string): Promise<Buffer> {
  const session = openSession(options(repeatable(node), directory));
  await session.mediate(request);
  await session.mediate(Uint8Array.of(0xff));
  await session.close('done');
  return readFileSync(join(directory, SEGMENT));
}

const mode = (path: string): number => statSync(path).mode & 0o777;

type Sealed = [head: Uint8Array, unprotected: Map<never, never>, payload: Uint8Array, tag: Uint8Array];
const read = (segment: Uint8Array): Sealed[] =>
  (decoder.decodeMultiple(segment) as Tag[]).map(({ value }) => value as Sealed);

test('every tag is the HMAC of the MAC_structure over the tag before it', () =>
  inTemporary(async (parent) => {
    const segment = await writeLog(join(parent, 'log'));
    const key = hkdf(hkdf(SEED, ORIGIN, 'plumbline/1 epoch'), '', 'plumbline/1 mac');
    let previous = Buffer.from('40', 'hex');
    let rebuilt = Buffer.alloc(0);
    for (const [, , payload, tag] of read(segment)) {
      expect(payload.length).toBeGreaterThan(23);
      const size = payload.length < 256 ? [0x58, payload.length] : [0x59, payload.length >> 8, payload.length & 255];
      const payloadString = Buffer.concat([Buffer.from(size), payload]);
      const structure = [Buffer.from('84644d41433047a2010504426530', 'hex'), previous, payloadString];
      expect(hex(tag)).toBe(hex(hmac(key, ...structure)));
      const tagString = Buffer.concat([Buffer.from('5820', 'hex'), tag]);
      rebuilt = Buffer.concat([rebuilt, Buffer.from('d18447a2010504426530a0', 'hex'), payloadString, tagString]);
      previous = tagString;
    }
    expect(hex(segment)).toBe(hex(rebuilt));
  }));

test('header, decisions and close say what SPEC §9.1 asks for', () =>
  inTemporary(async (parent) => {
    const records = read(await writeLog(join(parent, 'log'))).map(
      ([, , payload]) => decoder.decode(payload) as unknown,
    );
    const source = (text: string): Buffer => sha256(text);
    expect(records).toHaveLength(4);
    expect(records[0]).toEqual([
      0,
      0,
      0,
      new Map<number, unknown>([
        [0, 'plumbline/1'],
        [1, ORIGIN],
        [2, 0],
        [3, 0],
        [4, Buffer.alloc(0)],
        [6, sha256(standIn())],
        [7, sha256('a program')],
        [8, Buffer.from(STATE, 'hex')],
        [10, BigInt(CREATED_MS)],
        [11, 'write'],
        [12, []],
        [13, [source('entity Agent;'), source('permit (principal, action, resource);'), source('// none')]],
      ]),
    ]);
    const [, seq, , body] = records[2] as [number, number, number, Map<number, unknown>];
    expect(seq).toBe(2);
    expect(body.get(0)).toEqual(Buffer.of(0xff));
    expect(body.get(1)).toEqual(Buffer.from(decision(0, 0), 'hex'));
    expect(body.get(2)).toBe('test');
    expect(body.get(3)).toBe(BigInt(CREATED_MS + 2));
    expect(body.get(4)).toEqual(sha256(Buffer.from(STATE, 'hex')));
    const close = new Map<number, unknown>([
      [0, 'done'],
      [1, 3],
      [2, sha256(Buffer.from(STATE, 'hex'))],
      [3, BigInt(CREATED_MS + 3)],
    ]);
    expect(records[3]).toEqual([8, 3, 0, close]);
  }));

test('the verifier, which shares no code with the writer, finds the log authentic and sealed', () =>
  inTemporary(async (parent) => {
    await writeLog(join(parent, 'log'));
    const report = await verifyLog(join(parent, 'log'), { seed: SEED });
    expect(report).toMatchObject({ status: 'authenticated', records: 4 });
  }));

test('directory, segment and blobs are for their owner alone; blobs hold what their names say', () =>
  inTemporary(async (parent) => {
    const log = join(parent, 'log');
    await writeLog(log);
    expect([mode(log), mode(join(log, 'blobs')), mode(join(log, SEGMENT))]).toEqual([0o700, 0o700, 0o600]);
    const blobs = readdirSync(join(log, 'blobs'));
    expect(blobs).toHaveLength(5);
    for (const name of blobs) {
      expect(mode(join(log, 'blobs', name))).toBe(0o600);
      expect(hex(sha256(readFileSync(join(log, 'blobs', name))))).toBe(name);
    }
    expect(blobs).toContain(hex(sha256(policy.program)));
  }));

test('what two sources have in common is one blob, named twice', () =>
  inTemporary(async (parent) => {
    const log = join(parent, 'log');
    const { sources } = policy;
    const twice = { ...policy, sources: { ...sources, policies: [...sources.policies, ...sources.policies] } };
    await openSession({ ...options(repeatable(node), log), policy: twice }).close('done');
    expect(readdirSync(join(log, 'blobs'))).toHaveLength(5);
    const [, , payload] = read(readFileSync(join(log, SEGMENT)))[0]!;
    const [, , , body] = decoder.decode(payload) as [number, number, number, Map<number, unknown>];
    expect(body.get(13)).toHaveLength(4);
  }));

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
      const [, , payload] = read(readFileSync(join(parent, 'log', SEGMENT)))[0]!;
      const [, , , body] = decoder.decode(payload) as [number, number, number, Map<number, unknown>];
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
