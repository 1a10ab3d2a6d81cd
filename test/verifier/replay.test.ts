// Replay with a stand-in engine: what it compares, whom it runs, and that nothing it runs can hold it up.
import { describe, expect, test } from 'vitest';
import { parseTrust, readShippedTrust, replayLog } from '../../verifier/index.ts';
import type { ReplayReport } from '../../verifier/index.ts';
import { withFiles } from './log-directory.ts';
import { DECISION, ENGINE, ERASED, OTHER_DECISION, PROGRAM, SEED, STATE, hex, replayLogFiles } from './replay-log.ts';
import type { Session } from './replay-log.ts';
import { standInEngine } from './stand-in-engine.ts';

const SEGMENT = '00000000.cborseq';
const LAYER = Buffer.from('a layer');
// Reached by the one test whose engine does not come back.
const TIMEOUT_MS = 2_000;

interface Changes {
  /** Written over the files of the log. */
  files?: Record<string, Uint8Array>;
  trusted?: Uint8Array[];
  seed?: Uint8Array | null;
}

async function replay(session: Session & Changes = {}): Promise<ReplayReport> {
  const { engine = ENGINE, layers = [], trusted = [engine, PROGRAM, ...layers], seed = SEED } = session;
  return withFiles({ ...replayLogFiles(session), ...session.files }, (directory) =>
    replayLog(directory, {
      ...(seed && { seed }),
      trusted: new Map(trusted.map((bytes) => [hex(bytes), 'test'])),
      timeoutMs: TIMEOUT_MS,
    }),
  );
}

describe('a log whose decisions come again', () => {
  test('is replayed whole', async () => {
    expect(await replay()).toMatchObject({ status: 'authenticated', replayed: 2, records: 4 });
  });

  test('with a layer', async () => {
    expect(await replay({ layers: [LAYER], decision: OTHER_DECISION })).toMatchObject({
      status: 'authenticated',
      replayed: 2,
    });
  });

  test('unsealed', async () => {
    expect(await replay({ closed: false })).toMatchObject({ status: 'unsealed', replayed: 2 });
  });

  test('without a key', async () => {
    expect(await replay({ seed: null })).toMatchObject({ status: 'unauthenticated', replayed: 2 });
  });
});

describe('requests that were erased', () => {
  const request = Buffer.of(0xa0);

  test('are left out, and what follows them up to the next snapshot', async () => {
    expect(await replay({ requests: [request, ERASED, request, 'new epoch', request] })).toMatchObject({
      status: 'not-replayed',
      replayed: 2,
      skipped: 2,
      erased: 1,
      authenticated: 8,
      sealed: true,
    });
  });

  test('leave nothing to be replayed, where no snapshot follows', async () => {
    expect(await replay({ requests: [ERASED, request] })).toMatchObject({ replayed: 0, skipped: 2 });
  });

  test('do not hide that what follows the snapshot diverges', async () => {
    const session = { requests: [ERASED, 'new epoch' as const, request], decision: OTHER_DECISION };
    expect(await replay(session)).toMatchObject({ status: 'diverged', divergence: { seq: 4 } });
  });
});

describe('a log that does not', () => {
  test('in the last byte of its decision', async () => {
    expect(await replay({ decision: OTHER_DECISION })).toMatchObject({
      status: 'diverged',
      replayed: 0,
      divergence: {
        seq: 1,
        part: 'decision',
        at: DECISION.length - 1,
        recorded: OTHER_DECISION.toString('hex'),
        replayed: DECISION.toString('hex'),
      },
    });
  });

  test('in the length of its decision', async () => {
    const longer = Buffer.concat([DECISION.subarray(0, -1), Buffer.from('1818', 'hex')]);
    expect((await replay({ decision: longer })).divergence?.at).toBe(DECISION.length - 1);
  });

  test('in its state', async () => {
    const state = Buffer.from('a9000101010200038004800500068007800880', 'hex');
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

  test('what lies under a trusted name', async () => {
    const impostor = await standInEngine(OTHER_DECISION, STATE);
    const report = await replay({ files: { [`blobs/${hex(ENGINE)}`]: impostor } });
    expect(report).toMatchObject({ status: 'tampered', replayed: 0 });
    expect(report.reason).toBe(`engine ${hex(ENGINE)} is not what blobs/ has under that name`);
    expect(report.divergence).toBeUndefined();
  });

  test('more than an engine can be', async () => {
    const report = await replay({ files: { [`blobs/${hex(ENGINE)}`]: new Uint8Array((1 << 24) + 1) } });
    expect(report).toMatchObject({ status: 'tampered', replayed: 0 });
    expect(report.reason).toBe(`engine ${hex(ENGINE)} has over 16777216 bytes in blobs/`);
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
      authenticated: 4,
    });
  });

  test('by a trap', async () => {
    const report = await replay({ requests: [Buffer.of(0xa0), Buffer.of(2)] });
    expect(report).toMatchObject({ status: 'not-replayed', replayed: 1, authenticated: 4 });
    expect(report.reason).toMatch(/^the engine failed at record 2: /);
  });
});

test('a log that diverges and then is tampered with is tampered with', async () => {
  const session = { decision: OTHER_DECISION };
  const { [SEGMENT]: segment } = replayLogFiles(session);
  const altered = Buffer.from(segment!);
  altered[altered.length - 1]! ^= 1;
  expect(await replay({ ...session, files: { [SEGMENT]: altered } })).toMatchObject({
    status: 'tampered',
    fault: { seq: 3 },
    divergence: { seq: 1 },
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
