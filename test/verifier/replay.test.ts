// Replay with a stand-in engine: what it compares, whom it runs, and that nothing it runs can hold it up.
import { describe, expect, test } from 'vitest';
import { parseTrust, readShippedTrust, replayLog } from '../../verifier/index.ts';
import type { ReplayReport } from '../../verifier/index.ts';
import { withFiles } from './log-directory.ts';
import {
  DECISION,
  ENGINE,
  ERASED,
  HANGING,
  LAYERS,
  OTHER_DECISION,
  TRAPPING,
  PROGRAM,
  SEED,
  STATE,
  LAYERS_AT,
  decisionOf,
  hex,
  replayLogFiles,
  under,
} from './replay-log.ts';
import type { Session } from './replay-log.ts';
import { encode } from '../vectors/log/write.ts';
import { standInEngine } from './stand-in-engine.ts';

const SEGMENT = '00000000.cborseq';
const [LAYER, BELOW, BESIDE] = LAYERS;
// Far beyond what a record takes on a busy machine.
const TIMEOUT_MS = 60_000;
// Of the test whose engine does not come back: it takes twice as long.
const SHORT_TIMEOUT_MS = 4_000;

interface Changes {
  /** Written over the files of the log. */
  files?: Record<string, Uint8Array>;
  trusted?: Uint8Array[];
  seed?: Uint8Array | null;
  timeoutMs?: number;
}

async function replay(session: Session & Changes = {}): Promise<ReplayReport> {
  const { engine = ENGINE, layers = [], trusted = [engine, PROGRAM, ...layers], seed = SEED } = session;
  return withFiles({ ...replayLogFiles(session), ...session.files }, (directory) =>
    replayLog(directory, {
      ...(seed && { seed }),
      trusted: new Map(trusted.map((bytes) => [hex(bytes), 'test'])),
      timeoutMs: session.timeoutMs ?? TIMEOUT_MS,
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

describe('layer sets', () => {
  const trusted = [ENGINE, PROGRAM, ...LAYERS];
  const [one, two] = [decisionOf(1), decisionOf(2)];

  test('are loaded as requests name them, once made known', async () => {
    const requests = [
      under(LAYER),
      [LAYER, BELOW],
      under(LAYER),
      under(LAYER, BELOW),
      under(LAYER),
      under(LAYER, BELOW),
    ];
    const session = { layers: [LAYER], requests, decisions: [one, one, two, one, two], trusted };
    expect(await replay(session)).toMatchObject({ status: 'authenticated', replayed: 5 });
  });

  test('of another session diverge', async () => {
    const requests = [[LAYER, BELOW], under(LAYER, BELOW)];
    expect(await replay({ layers: [LAYER], requests, decisions: [one], trusted })).toMatchObject({
      status: 'diverged',
      divergence: { seq: 2, part: 'decision', at: LAYERS_AT },
    });
  });

  test('that nobody made known leave what is loaded', async () => {
    const requests = [under(BESIDE), [LAYER, BELOW], under(LAYER, BELOW), under(BESIDE)];
    const session = { layers: [LAYER], requests, decisions: [one, two, two], trusted };
    expect(await replay(session)).toMatchObject({ status: 'authenticated', replayed: 3 });
  });

  test('are not loaded with a layer that is not trusted', async () => {
    const session = { layers: [LAYER], requests: [under(LAYER), [LAYER, BELOW], under(LAYER, BELOW)] };
    expect(await replay({ ...session, decisions: [one, two] })).toMatchObject({
      status: 'not-replayed',
      replayed: 1,
      reason: `layer ${hex(BELOW)} is not trusted`,
    });
  });
});

describe('what people said', () => {
  const request = under();

  test('is said again', async () => {
    expect(await replay({ requests: [request, 'approve', 'approve', request] })).toMatchObject({
      status: 'authenticated',
      replayed: 2,
    });
  });

  test('diverges where the engine refuses it', async () => {
    expect(await replay({ requests: [request, 'revoke', request] })).toMatchObject({
      status: 'diverged',
      replayed: 1,
      divergence: { seq: 2, part: 'state', replayed: '' },
    });
  });

  test('diverges where it gives another state', async () => {
    const state = Buffer.from(STATE.with(1, 9));
    expect(await replay({ requests: ['approve'], state })).toMatchObject({
      status: 'diverged',
      divergence: { seq: 1, part: 'state' },
    });
  });

  test('is left out where the state is not known', async () => {
    expect(await replay({ requests: [ERASED, 'revoke'] })).toMatchObject({ status: 'not-replayed', skipped: 1 });
  });
});

describe('requests that were erased', () => {
  const request = under();

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
        at: LAYERS_AT,
        recorded: OTHER_DECISION.toString('hex'),
        replayed: DECISION.toString('hex'),
      },
    });
  });

  test('in the length of its decision', async () => {
    const at = DECISION.indexOf(Buffer.from('0480', 'hex')) + 1;
    const longer = Buffer.concat([DECISION.subarray(0, at), encode(['p']), DECISION.subarray(at + 1)]);
    expect((await replay({ decision: longer })).divergence?.at).toBe(at);
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
  const hanging = { requests: [HANGING] };

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
    const impostor = await standInEngine(OTHER_DECISION, LAYERS_AT, STATE);
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
    const engine = await standInEngine(DECISION, LAYERS_AT, STATE, '(import "env" "now" (func))');
    expect(await replay({ engine })).toMatchObject({ status: 'not-replayed', reason: 'the engine imports now' });
  });

  test('a blob that is no module', async () => {
    expect((await replay({ engine: Buffer.from('no module') })).status).toBe('not-replayed');
  });
});

describe('an engine that fails', () => {
  test('by not coming back is given up, and the log still verified', async () => {
    const hung = { requests: [under(), HANGING], timeoutMs: SHORT_TIMEOUT_MS };
    expect(await replay(hung)).toMatchObject({
      status: 'not-replayed',
      replayed: 0,
      reason: `record 2 took longer than ${SHORT_TIMEOUT_MS} ms`,
      records: 4,
      authenticated: 4,
    });
  });

  test('by a trap', async () => {
    const report = await replay({ requests: [under(), TRAPPING] });
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
