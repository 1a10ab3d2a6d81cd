// Group commit, under a disk that a test holds: who waits, who is answered, who is told that it failed.

import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Decision } from '../../bindings/decision.ts';
import { LIMITS } from '../../bindings/log/limits.ts';
import { runtime as node } from '../../bindings/runtime/node.ts';
import type { Files, Runtime } from '../../bindings/runtime/runtime.ts';
import { Session } from '../../bindings/session.ts';
import { checkTree, isDecision, readByHand } from './by-hand.ts';
import { inTemporary, options, repeatable, request, SEED } from './setting.ts';

/** A disk whose syncs end when the test says so. */
function held(): { runtime: Runtime; syncs: ((error: Error | null) => void)[] } {
  const runtime = repeatable(node);
  const syncs: ((error: Error | null) => void)[] = [];
  const fdatasync = ((_: number, done: (error: Error | null) => void) => void syncs.push(done)) as Files['fdatasync'];
  return { runtime: { ...runtime, files: { ...runtime.files, fdatasync } }, syncs };
}

/** Lets everything go on that waits for nothing but its turn. */
async function turn(): Promise<void> {
  for (let turns = 0; turns < 10; turns++) await setImmediate();
}

interface Ask {
  decision?: Decision;
}

const ask = (session: Session): Ask => {
  const asked: Ask = {};
  void session.mediate(request).then((decision) => (asked.decision = decision));
  return asked;
};

const answered = (asks: Ask[]): (number | string | undefined)[] =>
  asks.map(({ decision }) => decision && (decision.verdict === 'allow' ? decision.seq : decision.code));

const withSession = (
  body: (session: Session, syncs: ((error: Error | null) => void)[], log: string) => Promise<void>,
  waitingMax = 1024,
) =>
  inTemporary(async (parent) => {
    const log = join(parent, 'log');
    const { runtime, syncs } = held();
    await body(new Session(options(runtime, log, 'group'), { ...LIMITS, waitingMax }), syncs, log);
  });

test('all who ask at once wait for one sync, those who ask meanwhile for the next', () =>
  withSession(async (session, syncs, log) => {
    const first = [ask(session), ask(session), ask(session)];
    await turn();
    const second = [ask(session), ask(session)];
    await turn();
    expect([syncs.length, answered(first), answered(second)]).toEqual([
      1,
      [undefined, undefined, undefined],
      [undefined, undefined],
    ]);
    syncs[0]!(null);
    await turn();
    expect([syncs.length, answered(first), answered(second)]).toEqual([2, [1, 2, 3], [undefined, undefined]]);
    syncs[1]!(null);
    await turn();
    expect(answered(second)).toEqual([4, 5]);
    await session.close('done');
    expect(checkTree(log, readByHand(log, SEED))).toBe(7);
  }));

test('when a sync fails, all who wait for it or for the next are blocked, and the session is over', () =>
  withSession(async (session, syncs) => {
    const given = [ask(session)];
    await turn();
    syncs[0]!(null);
    await turn();
    const first = [ask(session), ask(session)];
    await turn();
    const second = [ask(session)];
    await turn();
    syncs[1]!(Object.assign(new Error('EIO'), { code: 'EIO' }));
    await turn();
    const after = [ask(session)];
    await turn();
    expect(answered([...given, ...first, ...second, ...after])).toEqual([
      1,
      'not-recorded',
      'not-recorded',
      'not-recorded',
      'not-recorded',
    ]);
    expect(first[0]!.decision).not.toHaveProperty('seq');
    await expect(session.close('done')).rejects.toMatchObject({ code: 'log-unwritable', cause: { code: 'EIO' } });
  }));

test('who asks when too many wait is not decided yet, and then in order', () =>
  withSession(async (session, syncs) => {
    const asks = Array.from({ length: 7 }, () => ask(session));
    await turn();
    const late = ask(session);
    await turn();
    expect(answered(asks)).toEqual(Array(7).fill(undefined));
    syncs[0]!(null);
    await turn();
    expect(answered([...asks, late])).toEqual([1, 2, 3, ...Array<undefined>(5).fill(undefined)]);
    syncs[1]!(null);
    await turn();
    expect(answered([...asks, late])).toEqual([1, 2, 3, 4, 5, 6, undefined, undefined]);
    syncs[2]!(null);
    await turn();
    expect(answered([...asks, late])).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    await session.close('done');
  }, 3));

test('who still waits to be decided when the session is closed, or when it fails, is blocked', async () => {
  for (const fail of [false, true]) {
    await withSession(async (session, syncs) => {
      const asks = Array.from({ length: 9 }, () => ask(session));
      await turn();
      const closed = fail ? undefined : session.close('done');
      syncs[0]!(fail ? new Error('EIO') : null);
      await turn();
      expect(answered(asks)).toEqual([
        ...(fail ? Array(3).fill('not-recorded') : [1, 2, 3]),
        ...Array(6).fill('not-recorded'),
      ]);
      await closed;
    }, 3);
  }
});

test('closing waits for the sync that runs', () =>
  withSession(async (session, syncs, log) => {
    const asks = [ask(session), ask(session)];
    await turn();
    let closed = false;
    const closing = session.close('done').then(() => (closed = true));
    await turn();
    expect(closed).toBe(false);
    syncs[0]!(null);
    await closing;
    expect(answered(asks)).toEqual([1, 2]);
    expect(checkTree(log, readByHand(log, SEED))).toBe(4);
  }));

test('a segment that ends while it is being synced is kept open until it is', () =>
  inTemporary(async (parent) => {
    const log = join(parent, 'log');
    const { runtime, syncs } = held();
    const session = new Session(options(runtime, log, 'group'), { ...LIMITS, segmentBytesMax: 1, epochRecordsMax: 4 });
    const asks = [];
    for (let round = 0; round < 6; round++) {
      asks.push(ask(session), ask(session), ask(session));
      await turn();
      syncs.shift()?.(null);
      await turn();
    }
    while (syncs.length > 0) {
      syncs.shift()!(null);
      await turn();
    }
    expect(answered(asks).every((seq) => typeof seq === 'number')).toBe(true);
    await session.close('done');
    const entries = readByHand(log, SEED);
    expect(checkTree(log, entries)).toBe(entries.length);
    expect(entries.filter(isDecision)).toHaveLength(18);
  }));
