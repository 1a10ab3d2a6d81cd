// Sessions whose engine does as it is told: what is recorded, what is answered when something fails.

import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { Expander, type DecisionBody } from '../../bindings/log/expand.ts';
import { readFrame } from '../../bindings/log/read-record.ts';
import { runtime as node } from '../../bindings/runtime/node.ts';
import { openSession } from '../../bindings/session.ts';
import type { SessionOptions } from '../../bindings/session-options.ts';
import { AUTHORITY_NONE, encodeRequest, type Request } from '../../bindings/request.ts';
import { readByHand } from './by-hand.ts';
import { hex } from './bytes.ts';
import { CREATED_MS, inTemporary, options, policy, repeatable, request, SEED } from './setting.ts';
import { decision, standIn } from './stand-in.ts';

const unlogged = (wasm?: Uint8Array): SessionOptions => ({
  policy,
  adapter: 'test',
  log: 'none',
  runtime: repeatable(node, wasm),
});

/** What the decision records say. */
function bodies(log: string): DecisionBody[] {
  const segment = readFileSync(join(log, '00000000.cborseq'));
  const expander = new Expander();
  const found: DecisionBody[] = [];
  for (let at = 0; at < segment.length;) {
    const frame = readFrame(segment, at)!;
    const body = expander.next(frame);
    if (body !== undefined) found.push(body);
    at += frame.bytes.length;
  }
  return found;
}

/** What is recorded as the request for each of `requests`. */
const recorded = (...requests: (Request | Request[] | Uint8Array)[]): Promise<Uint8Array[]> =>
  inTemporary(async (parent) => {
    const log = join(parent, 'log');
    const session = openSession(options(repeatable(node), log));
    for (const one of requests) await session.mediate(one);
    await session.close('done');
    return bodies(log).map((body) => body.request);
  });

test('decisions are numbered by their records; without a log they are not', () =>
  inTemporary(async (parent) => {
    const session = openSession(options(repeatable(node), join(parent, 'log')));
    expect([await session.mediate(request), await session.mediate(request)].map(({ seq }) => seq)).toEqual([1, 2]);
    const bare = openSession(unlogged());
    expect(await bare.mediate(request)).not.toHaveProperty('seq');
    await bare.close('done');
    await session.close('done');
    expect(readdirSync(parent)).toEqual(['log', 'log-keys']);
  }));

test('a request is stamped with authority and time, and recorded as the engine got it', async () => {
  const [first] = await recorded(request);
  const time = `051b${CREATED_MS.toString(16).padStart(16, '0').replace(/.$/, '1')}`;
  const none = createHash('sha256').update(Uint8Array.of(0x80)).digest('hex');
  expect(hex(first!)).toMatch(new RegExp(`^a6.*03a0045820${none}${time}$`));
});

test('the time never goes back', () =>
  inTemporary(async (parent) => {
    const log = join(parent, 'log');
    const times = [CREATED_MS, CREATED_MS + 5, CREATED_MS - 5, CREATED_MS + 6, CREATED_MS + 1];
    const session = openSession(options({ ...repeatable(node), now: () => times.shift()! }, log));
    for (let turn = 0; turn < 3; turn++) await session.mediate(request);
    await session.close('done');
    expect(bodies(log).map(({ timeMs }) => timeMs - CREATED_MS)).toEqual([5, 5, 6]);
  }));

describe('every request has a record', () => {
  test('bytes are recorded as they came', async () => {
    const raw = [Uint8Array.of(), Uint8Array.of(0xff, 0x00), new Uint8Array(49_152).fill(1)];
    expect((await recorded(...raw)).map(hex)).toEqual(raw.map(hex));
  });

  test('more than a request can have is recorded by its digest', async () => {
    const raw = new Uint8Array(49_153).fill(1);
    expect((await recorded(raw)).map(hex)).toEqual([`5820${createHash('sha256').update(raw).digest('hex')}`]);
  });

  test('bytes with a time that their record may not have are recorded by their digest (SPEC §9.1.1)', async () => {
    // The session begins at 0, and its clock ticks with each request.
    const times = [-1, 2, 1, 5, 4, 100];
    const raw = times.map((ms) => {
      const bytes = encodeRequest(request, { authority: AUTHORITY_NONE, timeMs: CREATED_MS + ms });
      return bytes as Uint8Array;
    });
    const digests = raw.map((bytes) => `5820${createHash('sha256').update(bytes).digest('hex')}`);
    const stored = (await recorded(...raw)).map(hex);
    expect(stored).toEqual([digests[0], hex(raw[1]!), digests[2], digests[3], hex(raw[4]!), digests[5]]);
  });

  test('what cannot be encoded is recorded as its JSON', async () => {
    const bad = { ...request, context: { a: 0.5, b: 2n ** 70n } };
    const text = JSON.stringify({ ...bad, context: { a: 0.5, b: `${2n ** 70n}` } });
    expect((await recorded(bad)).map((bytes) => Buffer.from(bytes).toString())).toEqual([text]);
  });

  test('what has no JSON is recorded as nothing', async () => {
    const loop: Record<string, never> = {};
    Object.assign(loop, { loop });
    expect((await recorded({ ...request, context: loop })).map(hex)).toEqual(['']);
    expect((await recorded(undefined as unknown as Request)).map(hex)).toEqual(['']);
  });
});

test('the answer says why a request could not be encoded', async () => {
  const session = openSession(unlogged(standIn({ packed: 0x506, answer: decision(6, 5) })));
  expect(await session.mediate({ ...request, context: { a: 0.5 } })).toMatchObject({
    verdict: 'block',
    code: 'malformed-request',
    message: 'context.a: must be an integer; beyond 2^53 a bigint',
  });
});

test('a ref comes back with its decision', async () => {
  const session = openSession(unlogged());
  expect((await session.mediate({ ...request, ref: 'step 1' })).ref).toBe('step 1');
  expect(await session.mediate(request)).not.toHaveProperty('ref');
  const pair = openSession(unlogged(standIn({ packed: 0, answer: `82${decision(0, 0)}${decision(0, 0)}` })));
  const whole = await pair.mediate([
    { ...request, ref: 'from' },
    { ...request, ref: 'to' },
  ]);
  expect([whole.ref, ...whole.transaction!.map(({ ref }) => ref)]).toEqual(['from', 'from', 'to']);
});

describe('a failure blocks, now and from then on', () => {
  test.each<[string, Uint8Array, string]>([
    [
      'an engine that traps',
      standIn({ replace: ['i32.const 0)\n    (data', 'unreachable)\n    (data'] }),
      'session-fault',
    ],
    ['an answer that is not the one returned', standIn({ packed: 0, answer: decision(6, 2) }), 'engine-fault'],
    ['an answer that is none', standIn({ answer: '00' }), 'engine-fault'],
  ])('%s', (_, wasm, code) =>
    inTemporary(async (parent) => {
      const log = join(parent, 'log');
      const session = openSession(options(repeatable(node, wasm), log));
      for (const ref of ['1', '2']) {
        const answer = await session.mediate({ ...request, ref });
        expect(answer).toMatchObject({ verdict: 'block', code: 'not-recorded', failure: { code }, ref });
        expect(answer).not.toHaveProperty('seq');
      }
      await expect(session.close('done')).rejects.toMatchObject({ code });
      expect(bodies(log)).toEqual([]);
      node.lockDirectory(log)!.release();
    }),
  );

  test('a clock that gives no time', async () => {
    const times = [CREATED_MS, Number.NaN];
    const session = openSession({ ...unlogged(), runtime: { ...repeatable(node), now: () => times.shift()! } });
    expect(await session.mediate(request)).toMatchObject({ code: 'not-recorded', failure: { code: 'clock-fault' } });
  });

  test.each([
    ['while it goes on', false],
    ['when it is closed', true],
  ])('a clock that goes back by more than a minute %s: the log is sealed, and says so', (_, atClose) =>
    inTemporary(async (parent) => {
      const log = join(parent, 'log');
      const clock = [100_000, 100_000, 40_000, 39_999];
      const runtime = { ...repeatable(node), now: () => clock.shift()! };
      const session = openSession(options(runtime, log));
      expect((await session.mediate(request)).verdict).toBe('allow');
      expect((await session.mediate(request)).verdict).toBe('allow');
      const failure = { code: 'clock-went-back', message: 'the clock went back by 60001 ms' };
      if (!atClose) {
        expect(await session.mediate(request)).toMatchObject({ verdict: 'block', failure });
        expect(await session.mediate(request)).toMatchObject({ verdict: 'block', failure });
      }
      await expect(session.close('done')).rejects.toMatchObject(failure);
      expect(bodies(log).map(({ timeMs }) => timeMs)).toEqual([100_000, 100_000]);
      const close = readByHand(log, SEED).at(-1)!.body;
      expect([close.get(0), close.get(3)]).toEqual(['the clock went back', 100_000]);
      expect(readdirSync(`${log}-keys/epochs`)).toEqual([]);
      node.lockDirectory(log)!.release();
    }),
  );

  test('a session that is closed', async () => {
    const session = openSession(unlogged());
    await session.close('done');
    await session.close('again');
    expect(await session.mediate(request)).toMatchObject({ code: 'not-recorded', failure: { code: 'session-closed' } });
  });

  test('the answer can be shown: failure as code, message and hint, nothing behind them', async () => {
    const session = openSession(unlogged(standIn({ answer: '00' })));
    const { failure } = JSON.parse(JSON.stringify(await session.mediate(request))) as { failure: object };
    expect(failure).toEqual({ code: 'engine-fault', message: 'the engine is at fault: its answer is not a decision' });
  });
});

function absent(): never {
  throw new Error('ENOENT: no such file or directory');
}

describe('a session does not open', () => {
  const path = '/nonexistent/log';
  const place = mkdtempSync(join(tmpdir(), 'plumbline-'));
  afterAll(() => rmSync(place, { recursive: true }));
  const good = options(node, join(place, 'log'));
  const log = { directory: path, durability: 'write' };
  test.each<[string, object, ErrorConstructor | TypeErrorConstructor]>([
    ['an unknown option', { ...good, mode: 1 }, TypeError],
    ['a publisher that is no function', { ...good, log: { ...log, publish: 'x' } }, TypeError],
    ['no policy', { ...good, policy: undefined }, TypeError],
    ['no runtime', { ...good, runtime: undefined }, TypeError],
    ['no adapter', { ...good, adapter: undefined }, TypeError],
    ['an adapter without name', { ...good, adapter: '' }, RangeError],
    ['an adapter of many lines', { ...good, adapter: 'a\nb' }, RangeError],
    ['no say on the log', { ...good, log: undefined }, TypeError],
    ['a log without keys', { ...good, keys: undefined }, TypeError],
    ['a log with another kind of keys', { ...good, keys: new Uint8Array(32) }, TypeError],
    ['keys without a log', { ...good, log: 'none' }, TypeError],
    ['a log without directory', { ...good, log: { durability: 'write' } }, TypeError],
    ['a log without durability', { ...good, log: { directory: path } }, TypeError],
    ['an unknown durability', { ...good, log: { ...log, durability: 'sometimes' } }, TypeError],
    ['an unknown option of the log', { ...good, log: { ...log, append: true } }, TypeError],
    ['an origin with a space', { ...good, log: { ...log, origin: 'a b' } }, RangeError],
    ['an origin with a plus', { ...good, log: { ...log, origin: 'a+b' } }, RangeError],
    ['an origin without name', { ...good, log: { ...log, origin: '' } }, RangeError],
  ])('with %s', (_, wrong, kind) => {
    expect(() => openSession(wrong as SessionOptions)).toThrow(kind);
  });

  test.each<[string, Uint8Array, string]>([
    ['with an engine that is none', Uint8Array.of(0), 'engine-unfit'],
    [
      'with a program the engine refuses',
      standIn({
        replace: ['"load") (param i32) (result i32) i32.const 0', '"load") (param i32) (result i32) i32.const 773'],
      }),
      'program-refused',
    ],
    [
      'with an engine that refuses the initial state',
      standIn({
        replace: [
          '"set_state") (param i32) (result i32) i32.const 0',
          '"set_state") (param i32) (result i32) i32.const 17',
        ],
      }),
      'engine-fault',
    ],
  ])('%s', (_, wasm, code) => {
    expect(() => openSession(unlogged(wasm))).toThrow(expect.objectContaining({ code }));
  });

  test('without an engine', () => {
    const runtime = repeatable(node);
    const files = { ...runtime.files, readFileSync: absent as never };
    expect(() => openSession({ ...unlogged(), runtime: { ...runtime, files } })).toThrow(
      expect.objectContaining({ code: 'engine-absent' }),
    );
  });

  test('and leaves no log where the engine refuses', () =>
    inTemporary((parent) => {
      expect(() => openSession(options(repeatable(node, Uint8Array.of(0)), join(parent, 'log')))).toThrow();
      expect(readdirSync(parent)).toEqual(['log-keys']);
      expect(readdirSync(join(parent, 'log-keys', 'epochs'))).toEqual([]);
    }));
});

test.each([
  ['that is no text', 5, TypeError],
  ['with a lone surrogate', '\ud800', TypeError],
  ['that is too long', 'x'.repeat(257), RangeError],
])('a reason to close %s is misuse, and does not close', async (_, reason, kind) => {
  const session = openSession(unlogged());
  await expect(session.close(reason as string)).rejects.toThrow(kind);
  expect(await session.mediate(request)).toMatchObject({ verdict: 'allow' });
});
