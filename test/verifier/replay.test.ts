// Replay with a stand-in engine: what it compares, whom it runs, and that nothing it runs can hold it up.
import { describe, expect, test } from 'vitest';
import { parseTrust, readShippedTrust, replayLog } from '../../verifier/index.ts';
import type { ReplayReport } from '../../verifier/index.ts';
import { LogWriter, encode, fields, sha256 } from '../vectors/log/write.ts';
import { withFiles } from './log-directory.ts';
import { standInEngine } from './stand-in-engine.ts';

const SEED = Buffer.alloc(32, 5);
const PROGRAM = Buffer.from('a program');
const LAYER = Buffer.from('a layer');
const STATE = Buffer.from('a40000010002000380', 'hex');
const DECISION = encode(
  fields({
    0: 0,
    1: 0,
    2: null,
    3: [],
    4: [],
    5: [],
    6: [],
    7: [],
    8: null,
    9: sha256(PROGRAM),
    10: sha256(Buffer.of(0x80)),
    11: 1,
  }),
);
const ENGINE = await standInEngine(DECISION, STATE);
const hex = (bytes: Uint8Array) => sha256(bytes).toString('hex');
// Reached by the one test whose engine does not come back.
const TIMEOUT_MS = 2_000;

interface Session {
  engine?: Uint8Array;
  layers?: Uint8Array[];
  requests?: Uint8Array[];
  decision?: Uint8Array;
  state?: Uint8Array;
  closed?: boolean;
  trusted?: Uint8Array[];
  blobs?: Uint8Array[];
  seed?: Uint8Array | null;
}

async function replay(session: Session = {}): Promise<ReplayReport> {
  const { engine = ENGINE, layers = [], decision = DECISION, state = STATE, closed = true } = session;
  const { requests = [Buffer.of(0xa0), Buffer.of(0xa0)] } = session;
  const log = new LogWriter(SEED, 'plumbline/replay');
  log.add(
    0,
    fields({
      0: 'plumbline/1',
      1: 'plumbline/replay',
      2: 0,
      3: 0,
      4: Buffer.alloc(0),
      6: sha256(engine),
      7: sha256(PROGRAM),
      8: STATE,
      10: 0,
      11: 'write',
      12: layers.map(sha256),
      13: [],
    }),
  );
  for (const request of requests) log.add(1, fields({ 0: request, 1: decision, 2: '', 3: 0, 4: sha256(state) }));
  if (closed)
    log.add(8, fields({ 0: '', 1: log.records.length, 2: sha256(requests.length > 0 ? state : STATE), 3: 0 }));
  const blobs = session.blobs ?? [engine, PROGRAM, ...layers];
  const files = Object.fromEntries(blobs.map((bytes) => [`blobs/${hex(bytes)}`, bytes]));
  const trusted = new Map((session.trusted ?? [engine, PROGRAM, ...layers]).map((bytes) => [hex(bytes), 'test']));
  const seed = session.seed === null ? {} : { seed: session.seed ?? SEED };
  return withFiles({ ...files, '00000000.cborseq': Buffer.concat(log.records) }, (directory) =>
    replayLog(directory, { ...seed, trusted, timeoutMs: TIMEOUT_MS }),
  );
}

describe('a log whose decisions come again', () => {
  test('is replayed whole', async () => {
    expect(await replay()).toMatchObject({ status: 'authenticated', replayed: 2, records: 4 });
  });

  test('with a layer', async () => {
    expect(await replay({ layers: [LAYER] })).toMatchObject({ status: 'authenticated', replayed: 2 });
  });

  test('unsealed', async () => {
    expect(await replay({ closed: false })).toMatchObject({ status: 'unsealed', replayed: 2 });
  });

  test('without a key', async () => {
    expect(await replay({ seed: null })).toMatchObject({ status: 'unauthenticated', replayed: 2 });
  });
});

describe('a log that does not', () => {
  test('in the last byte of its decision', async () => {
    const recorded = Buffer.from(DECISION);
    recorded[recorded.length - 1] = 2;
    expect(await replay({ decision: recorded })).toMatchObject({
      status: 'diverged',
      replayed: 0,
      divergence: {
        seq: 1,
        part: 'decision',
        at: DECISION.length - 1,
        recorded: recorded.toString('hex'),
        replayed: DECISION.toString('hex'),
      },
    });
  });

  test('in the length of its decision', async () => {
    const longer = Buffer.concat([DECISION.subarray(0, -1), Buffer.from('1818', 'hex')]);
    expect((await replay({ decision: longer })).divergence?.at).toBe(DECISION.length - 1);
  });

  test('in its state', async () => {
    const state = Buffer.from('a40001010102000380', 'hex');
    expect(await replay({ state })).toMatchObject({
      status: 'diverged',
      divergence: { seq: 1, part: 'state', recorded: hex(state), replayed: hex(STATE) },
    });
  });
});

describe('nothing is run that is not trusted', () => {
  const hanging = { requests: [Buffer.of(1)] };

  test.each([
    ['engine', [PROGRAM, LAYER], ENGINE],
    ['program', [ENGINE, LAYER], PROGRAM],
    ['layer', [ENGINE, PROGRAM], LAYER],
  ])('%s', async (what, trusted, distrusted) => {
    expect(await replay({ ...hanging, layers: [LAYER], trusted })).toMatchObject({
      status: 'not-replayed',
      replayed: 0,
      reason: `${what} ${hex(distrusted)} is not trusted`,
    });
  });

  test('what blobs/ lacks', async () => {
    expect(await replay({ blobs: [ENGINE] })).toMatchObject({
      status: 'not-replayed',
      reason: `program ${hex(PROGRAM)} is not in blobs/`,
      missing: [hex(PROGRAM)],
    });
  });

  test('an engine with an import', async () => {
    const engine = await standInEngine(DECISION, STATE, '(import "env" "now" (func))');
    expect(await replay({ engine })).toMatchObject({ status: 'not-replayed', reason: 'the engine imports now' });
  });

  test('a blob that is no module', async () => {
    expect((await replay({ engine: Buffer.from('no module') })).status).toBe('not-replayed');
  });
});

describe('an engine that fails', () => {
  test('by not coming back is given up, and the log still verified', async () => {
    expect(await replay({ requests: [Buffer.of(0xa0), Buffer.of(1)] })).toMatchObject({
      status: 'not-replayed',
      replayed: 0,
      reason: `record 2 took longer than ${TIMEOUT_MS} ms`,
      records: 4,
      authenticated: true,
    });
  });

  test('by a trap', async () => {
    const report = await replay({ requests: [Buffer.of(0xa0), Buffer.of(2)] });
    expect(report).toMatchObject({ status: 'not-replayed', replayed: 1, authenticated: true });
    expect(report.reason).toMatch(/^the engine failed at record 2: /);
  });

  test('is not told from a log that is tampered with', async () => {
    expect(await replay({ seed: Buffer.alloc(32, 6), requests: [Buffer.of(2)] })).toMatchObject({ status: 'tampered' });
  });
});

test('a directory that is not there is an operating error', async () => {
  await expect(replayLog('/no/such/log', { trusted: new Map(), timeoutMs: TIMEOUT_MS })).rejects.toMatchObject({
    code: 'unreadable',
  });
});

describe('a trust file', () => {
  const digest = 'ab'.repeat(32);

  test('has digests, names and comments', () => {
    expect(parseTrust(`# mine\n\n${digest}  my engine\n`)).toEqual({ trust: new Map([[digest, 'my engine']]) });
  });

  test.each([`${digest} one space`, `${digest}  `, digest.toUpperCase() + '  name', 'abcd  short'])(
    'not %s',
    (line) => {
      expect(parseTrust(`# mine\n${line}\n`)).toEqual({ line: 2 });
    },
  );

  test('is shipped and can be read', async () => {
    expect(await readShippedTrust()).toBeInstanceOf(Map);
  });
});
