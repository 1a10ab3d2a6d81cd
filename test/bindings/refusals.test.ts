// Refusals that the core did not decide: counted, and recorded without end but never without a bound.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Refusals, type CountedRefusal, type Refusal } from '../../bindings/log/refusals.ts';
import { AUTHORITY_NONE } from '../../bindings/request.ts';
import { runtime as node } from '../../bindings/runtime/node.ts';
import { openSession } from '../../bindings/session.ts';
import { readByHand } from './by-hand.ts';
import { CREATED_MS, inTemporary, options, ORIGIN, repeatable, request, SEED } from './setting.ts';

const refusal: Refusal = {
  by: 'guard',
  cause: 'protected',
  call: 'openat',
  object: '/keys',
  authority: AUTHORITY_NONE,
};

function counting(): { refusals: Refusals; recorded: CountedRefusal[] } {
  const recorded: CountedRefusal[] = [];
  return { refusals: new Refusals((one) => recorded.push(one)), recorded };
}

describe('refusals are counted', () => {
  test('equal ones of one second together, others apart', () => {
    const { refusals, recorded } = counting();
    for (const [at, more] of [
      [0, {}],
      [10, { object: '/log' }],
      [999, {}],
      [999, { call: 'execve' }],
      [999, { cause: 'other-process' }],
      [999, { by: 'filter' as const }],
      [999, { authority: new Uint8Array(32) }],
    ] as const) {
      refusals.add({ ...refusal, ...more }, at);
    }
    expect([refusals.isDue(999), refusals.isDue(1000), recorded]).toEqual([false, true, []]);
    refusals.flush(1000);
    expect(recorded.map(({ count, firstMs, timeMs }) => [count, firstMs, timeMs])).toEqual([
      [2, 0, 1000],
      [1, 10, 1000],
      [1, 999, 1000],
      [1, 999, 1000],
      [1, 999, 1000],
      [1, 999, 1000],
    ]);
    expect(refusals.isDue(5000)).toBe(false);
  });

  test('from one second to the next anew, without a flush between them', () => {
    const { refusals, recorded } = counting();
    for (const at of [0, 1, 1000, 1500]) refusals.add(refusal, at);
    refusals.flush(1600);
    expect(recorded.map(({ count, firstMs, timeMs }) => [count, firstMs, timeMs])).toEqual([
      [2, 0, 1000],
      [2, 1000, 1600],
    ]);
  });

  test('at most 64 records a second: what goes beyond is one, and no call is lost', () => {
    const { refusals, recorded } = counting();
    const count = 100_000;
    for (let turn = 0; turn < count; turn++) refusals.add({ ...refusal, object: `/keys/${turn}` }, turn / 100);
    refusals.flush(1000);
    expect(recorded).toHaveLength(64);
    expect(recorded.at(-1)).toEqual({
      by: 'guard',
      cause: 'other',
      call: 'other',
      object: null,
      authority: AUTHORITY_NONE,
      count: count - 63,
      firstMs: 0.63,
      timeMs: 1000,
    });
    expect(recorded.reduce((sum, one) => sum + one.count, 0)).toBe(count);
  });

  test('by a host that slept, with the time that a record may last', () => {
    const { refusals, recorded } = counting();
    refusals.add(refusal, 0);
    refusals.flush(100_000);
    expect(recorded).toMatchObject([{ firstMs: 40_000, timeMs: 100_000 }]);
  });
});

describe('a session records refusals', () => {
  const { authority, ...refused } = refusal;

  test('before the next decision, with the next checkpoint, after a second, and before it closes', () =>
    inTemporary(async (parent) => {
      let now = CREATED_MS;
      const timers: (() => void)[] = [];
      const after = (_: number, run: () => void): (() => void) => {
        timers.push(run);
        return () => {};
      };
      const log = join(parent, 'log');
      const session = openSession(options({ ...repeatable(node), now: () => now, after }, log));
      session.refused(refused);
      const wake = timers.at(-1)!;
      now += 1000;
      await session.mediate(request);
      session.refused(refused);
      session.refused(refused);
      now += 500;
      session.cover();
      now += 500;
      session.cover();
      session.refused({ ...refused, by: 'filter', object: null });
      wake();
      session.refused(refused);
      await session.close('done');
      const entries = readByHand(log, SEED);
      expect(entries.map(({ type }) => type)).toEqual([0, 9, 1, 9, 9, 9, 8]);
      const refusals = entries.filter(({ type }) => type === 9).map(({ body }) => body);
      expect(
        refusals.map((body) => [body.get(4), Number(body.get(6)) - CREATED_MS, Number(body.get(7)) - CREATED_MS]),
      ).toEqual([
        [1, 0, 1000],
        [2, 1000, 2000],
        [1, 2000, 2000],
        [1, 2000, 2000],
      ]);
      expect([...refusals[0]!].slice(0, 4)).toEqual([
        [0, 'guard'],
        [1, 'protected'],
        [2, 'openat'],
        [3, '/keys'],
      ]);
      expect([refusals[0]!.get(5), refusals[0]!.get(8), refusals[2]!.get(3)]).toEqual([authority, 'test', null]);
      expect(readFileSync(join(log, 'checkpoint'), 'utf8').split('\n').slice(0, 2)).toEqual([ORIGIN, '7']);
    }));

  test('of a storm no more than the disk can bear: ten seconds of a call each 100 µs', () =>
    inTemporary(async (parent) => {
      let now = CREATED_MS;
      const log = join(parent, 'log');
      const session = openSession(options({ ...repeatable(node), now: () => now, after: () => () => {} }, log));
      const object = `/${'k'.repeat(200)}`;
      for (let turn = 0; turn < 100_000; turn++) {
        now = CREATED_MS + Math.floor(turn / 10);
        session.refused({ ...refused, object: turn % 2 === 0 ? object : `${object}${turn}` });
      }
      await session.close('done');
      const refusals = readByHand(log, SEED).filter(({ type }) => type === 9);
      expect(refusals).toHaveLength(640);
      expect(refusals.reduce((sum, { body }) => sum + (body.get(4) as number), 0)).toBe(100_000);
    }));

  test('and refuses what is none', () => {
    const session = openSession({
      ...options(repeatable(node), '/nonexistent'),
      log: 'none',
      keys: undefined as never,
    });
    expect(() => session.refused({ ...refused, cause: 'No' })).toThrow(RangeError);
    expect(() => session.refused({ ...refused, call: '' })).toThrow(RangeError);
    expect(() => session.refused({ ...refused, object: 'x'.repeat(4097) })).toThrow(RangeError);
    session.refused(refused);
  });
});
