// Short decisions (SPEC §9.1.2): whatever is recorded, what a reader expands is what was asked and given, byte for
// byte; and each difference is the one that SPEC has.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Expander, type DecisionBody } from '../../bindings/log/expand.ts';
import { LIMITS, type Limits } from '../../bindings/log/limits.ts';
import { readFrame, type Frame } from '../../bindings/log/read-record.ts';
import { Recorder } from '../../bindings/log/recorder.ts';
import { encodeRequest, internEntity, type Request } from '../../bindings/request.ts';
import { runtime as node } from '../../bindings/runtime/node.ts';
import { Random } from '../differential/generate/random.ts';
import { decode, encode, type Item, type MapItem } from '../differential/reference/cbor.ts';
import { readByHand } from './by-hand.ts';
import { hex } from './bytes.ts';
import { CREATED_MS, inTemporary, keysOf, ORIGIN, SEED } from './setting.ts';

const RANDOM_SEED = 20261130;
const DIGESTS = ['a', 'b'].map((text) => createHash('sha256').update(text).digest());
const agent = internEntity({ type: 'Agent', id: 'builder' });

interface Asked {
  request: Uint8Array;
  malformed: boolean;
  decision: Uint8Array;
  adapter: string;
  timeMs: number;
  state: Uint8Array;
}

const map = (pairs: readonly [Item, Item][]): MapItem => ({ pairs: [...pairs] });

function randomRequest(random: Random): Request {
  const value = (): Request['context'] & object =>
    Object.fromEntries(
      ['a', 'b', 'é', 'resolved', 'a long name of an attribute, longer than 23']
        .filter(() => random.chance(60))
        .map((name) => [
          name,
          random.pick([true, 7, -1, 'x', 'yy', ['p', 'q'], { k: 1 }, { __entity: { type: 'T', id: 'i' } }, 2n ** 60n]),
        ]),
    );
  return {
    principal: random.pick([agent, { type: 'Agent', id: 'other' }, { type: 'Human', id: 'builder' }]),
    action: random.pick(['file.read', 'file.write', { type: 'Act', id: 'file.read' }]),
    resource: {
      type: random.pick(['File', 'Dir']),
      id: `/${'x'.repeat(random.between(0, 299))}/${random.between(0, 4)}`,
    },
    ...(random.chance(80) ? { context: value() } : {}),
    ...(random.chance(10) ? { entities: [{ uid: { type: 'T', id: 'i' }, attrs: {}, parents: [] }] } : {}),
  };
}

function randomDecision(random: Random, version: number): MapItem {
  const verdict = BigInt(random.pick([0, 0, 0, 6, 4]));
  const texts = (): Item[] => ['one', 'two', 'a policy with a long name'].filter(() => random.chance(40));
  return map([
    [0n, verdict],
    [1n, verdict === 0n ? 0n : 2n],
    [2n, verdict === 0n ? null : BigInt(random.between(0, 3))],
    [3n, []],
    [4n, random.pick([['one'], ['one', 'two']])],
    [5n, []],
    [6n, texts()],
    [7n, []],
    [8n, random.chance(90) ? [true, texts(), []] : null],
    [9n, DIGESTS[0]!],
    [10n, random.pick(DIGESTS)],
    [11n, BigInt(version)],
    [12n, random.chance(10) ? DIGESTS[1]! : null],
  ]);
}

function randomAsked(random: Random, turn: number, timeMs: number): Asked {
  const stamp = (): Parameters<typeof encodeRequest>[1] => ({
    authority: random.pick(DIGESTS),
    timeMs: random.chance(90) ? timeMs : timeMs - random.between(0, 4),
    ...(random.chance(10) ? { continued: true } : {}),
  });
  const common = { adapter: random.chance(95) ? 'test' : 'other', timeMs, state: Uint8Array.of(turn & 255) };
  if (random.chance(5)) {
    return { ...common, request: Uint8Array.of(0xff), malformed: true, decision: encode(randomDecision(random, turn)) };
  }
  if (random.chance(5)) {
    const request = encodeRequest([randomRequest(random), randomRequest(random)], stamp()) as Uint8Array;
    const decision = encode([randomDecision(random, turn), randomDecision(random, turn)]);
    return { ...common, request, malformed: false, decision };
  }
  const request = encodeRequest(randomRequest(random), stamp()) as Uint8Array;
  return { ...common, request, malformed: false, decision: encode(randomDecision(random, turn)) };
}

/** Records all of it; returns the records as they stand. */
async function record(
  log: string,
  asked: readonly Asked[],
  limits: Partial<Limits>,
  sensitive: string[] = [],
): Promise<Frame[]> {
  const place = { directory: log, durability: 'write' as const, origin: ORIGIN, keys: keysOf(log, node) };
  const bytes = new Uint8Array(1);
  const subject = { engine: bytes, program: bytes, layers: [], sources: [], sensitive, state: bytes };
  const recorder = new Recorder({ ...place, limits: { ...LIMITS, ...limits } }, subject, CREATED_MS, node);
  for (const one of asked) recorder.decision(one);
  await recorder.close('done', asked.at(-1)!.timeMs);
  await recorder.release();
  readByHand(log, SEED);
  return readdirSync(log)
    .filter((name) => name.endsWith('.cborseq'))
    .flatMap((name) => {
      const file = readFileSync(join(log, name));
      const frames: Frame[] = [];
      for (let at = 0; at < file.length; at += frames.at(-1)!.bytes.length) frames.push(readFrame(file, at)!);
      return frames;
    });
}

const fields = (bytes: Uint8Array): Map<bigint, Item> =>
  new Map((decode(bytes) as MapItem).pairs.map(([key, value]) => [key as bigint, value]));

const same = (a: Item | undefined, b: Item | undefined): boolean =>
  a !== undefined && b !== undefined ? hex(encode(a)) === hex(encode(b)) : a === b;

/** SPEC §9.1.2, by a codec of its own. */
function difference(base: DecisionBody, full: DecisionBody): { request: Item; decision: Item } {
  const [before, now] = [fields(base.request), fields(full.request)];
  const pairs: [Item, Item][] = [];
  for (let key = 0n; key < 8n; key++) {
    const [old, value] = [before.get(key), now.get(key)];
    if (key === 5n) {
      if (value !== BigInt(full.timeMs)) pairs.push([key, value!]);
    } else if (!same(old, value)) {
      if (key < 3n) {
        const [[[, oldType]], [[, type], [, id]]] = [old, value].map((one) => (one as MapItem).pairs) as [
          [Item, Item][],
          [Item, Item][],
        ] as [[[Item, Item]], [[Item, Item], [Item, Item]]];
        pairs.push([key, oldType === type ? id : value!]);
      } else if (key === 3n) {
        const [olds, news] = [old, value].map((one) => new Map((one as MapItem).pairs as [string, Item][]));
        const names = [...new Set([...olds!.keys(), ...news!.keys()])].filter(
          (name) => !same(olds!.get(name), news!.get(name)),
        );
        const ordered = names.toSorted((a, b) => Buffer.compare(encode(a), encode(b)));
        pairs.push([key, map(ordered.map((name) => [name, news!.get(name) ?? null]))]);
      } else pairs.push([key, value ?? null]);
    }
  }
  const given = fields(full.decision);
  const decided = [...fields(base.decision)].filter(([key, value]) => !same(value, given.get(key)));
  return { request: map(pairs), decision: map(decided.map(([key]) => [key, given.get(key)!])) };
}

test.each<[string, number, Partial<Limits>]>([
  ['in one epoch', 2500, { epochRecordsMax: 10_000, epochMsMax: 1e9 }],
  ['over epochs', 500, { epochRecordsMax: 40 }],
  ['over segments', 500, { segmentBytesMax: 20_000 }],
])('what a reader expands is what was recorded, %s', (_, count, limits) =>
  inTemporary(async (parent) => {
    const random = new Random(RANDOM_SEED);
    let timeMs = CREATED_MS;
    const asked = Array.from({ length: count }, (_unused, turn) =>
      randomAsked(random, turn, (timeMs += random.between(0, 19))),
    );
    const frames = await record(join(parent, 'log'), asked, limits);
    const expander = new Expander();
    const bases = new Map<number, { body: DecisionBody; place: string }>();
    let segment = -1;
    const left = [...asked];
    let shorts = 0;
    for (const frame of frames) {
      if (frame.type === 0) segment++;
      const body = expander.next(frame);
      if (body === undefined) continue;
      const { request, decision, adapter, timeMs: ms, state } = left.shift()!;
      expect([hex(body.request), hex(body.decision), body.adapter, body.timeMs, hex(body.state)]).toEqual([
        hex(request),
        hex(decision),
        adapter,
        ms,
        createHash('sha256').update(state).digest('hex'),
      ]);
      const place = `${segment} ${frame.epoch}`;
      if (body.base === undefined) {
        bases.set(frame.seq, { body, place });
        continue;
      }
      shorts++;
      const base = bases.get(body.base)!;
      expect([base.place, frame.seq - body.base <= 1024]).toEqual([place, true]);
      const expected = difference(base.body, body);
      expect([hex(frame.body.get(1)!), hex(frame.body.get(2)!)]).toEqual([
        hex(encode(expected.request)),
        hex(encode(expected.decision)),
      ]);
    }
    expect(left).toEqual([]);
    expect(shorts).toBeGreaterThan(count / 5);
  }),
);

test('a recorded open takes at most 150 bytes', () =>
  inTemporary(async (parent) => {
    const count = 1000;
    const random = new Random(RANDOM_SEED);
    const decision = randomDecision(random, 0);
    const asked = Array.from({ length: count }, (_, turn): Asked => {
      const request = {
        principal: agent,
        action: 'file.read',
        resource: { type: 'File', id: `/work/project/src/module-${turn % 97}/file-${turn}.ts` },
        context: { resolved: true },
      };
      const timeMs = CREATED_MS + turn;
      decision.pairs[11]![1] = BigInt(turn);
      const encoded = encodeRequest(request, { authority: DIGESTS[0]!, timeMs }) as Uint8Array;
      return {
        request: encoded,
        malformed: false,
        decision: encode(decision),
        adapter: 'linux/seccomp-notify',
        timeMs,
        state: decision.pairs.length > 0 ? DIGESTS[0]! : DIGESTS[1]!,
      };
    });
    const log = join(parent, 'log');
    await record(log, asked, {});
    expect(statSync(join(log, '00000000.cborseq')).size / count).toBeLessThan(151);
  }));

test('a redacted decision is never short, and none is short by it', () =>
  inTemporary(async (parent) => {
    const random = new Random(RANDOM_SEED);
    const decision = encode(randomDecision(random, 0));
    const asked = [true, false, true, false, true].map((secret, turn): Asked => {
      const context = { resolved: true, ...(secret ? { secret: 'x' } : {}) };
      const one = { principal: agent, action: 'file.read', resource: { type: 'File', id: '/x' }, context };
      const timeMs = CREATED_MS + turn;
      const encoded = encodeRequest(one, { authority: DIGESTS[0]!, timeMs }) as Uint8Array;
      return { request: encoded, malformed: false, decision, adapter: 'test', timeMs, state: decision };
    });
    const frames = await record(join(parent, 'log'), asked, {}, ['secret']);
    expect(frames.map(({ type }) => type)).toEqual([0, 1, 1, 1, 11, 1, 8]);
    expect(hex(frames[4]!.body.get(0)!)).toBe('02');
  }));
