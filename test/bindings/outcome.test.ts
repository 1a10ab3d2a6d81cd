// What a session records of a call's outcome and of its adapter, byte for byte, read by hand.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runtime as node } from '../../bindings/runtime/node.ts';
import { openSession, Session } from '../../bindings/session.ts';
import { replayLog, verifyLog } from '../../verifier/index.ts';
import { LIMITS } from '../../bindings/log/limits.ts';
import { readRecords, START } from '../../bindings/log/read-log.ts';
import { readByHand, sha256 } from './by-hand.ts';
import { hex } from './bytes.ts';
import { CREATED_MS, inTemporary, options, policy, repeatable, request, SEED } from './setting.ts';
import { standIn } from './stand-in.ts';

const value = (text: string): Buffer => createHash('sha256').update(text).digest().subarray(0, 16);

test('an outcome says how a call ended, what it moved and what came back, and no text of it', () =>
  inTemporary(async (parent) => {
    const log = join(parent, 'log');
    // Its engine takes every label.
    const session = openSession(options(repeatable(node, standIn()), log));
    const decision = await session.mediate(request);
    session.outcome(decision, {
      ending: { status: 3 },
      bytes: { in: 10, out: 70_000 },
      parts: { stdout: sha256('out'), err: sha256('err') },
      event: { labels: ['untrusted', 'pii', 'untrusted'] },
      values: ['bob@example.com', '/srv/a', 'bob@example.com'],
    });
    session.outcome(decision, { ending: { signal: 9 }, event: { counted: { tokens: 5, modelRequests: 1, spend: 0 } } });
    session.outcome(decision, { ending: 'failed' });
    session.outcome(decision, { values: Array.from({ length: 300 }, (_, index) => `${index}`) });
    await session.close('done');
    const entries = readByHand(log, SEED);
    expect(entries.map(({ type }) => type)).toEqual([0, 1, 2, 2, 2, 2, 8]);
    const [full, counted, failed, many] = entries.filter(({ type }) => type === 2).map(({ body }) => body);
    const state = entries[1]!.body.get(4);
    expect(full).toEqual(
      new Map<number, unknown>([
        [0, 1],
        [1, BigInt(CREATED_MS + 2)],
        [2, [0, 3]],
        [3, [10, 70_000]],
        [
          4,
          [
            ['err', sha256('err')],
            ['stdout', sha256('out')],
          ],
        ],
        [5, Buffer.from('8202826370696969756e74727573746564', 'hex')],
        [6, state],
        [7, [value('bob@example.com'), value('/srv/a')].toSorted(Buffer.compare)],
        [8, 'test'],
      ]),
    );
    expect([counted!.get(2), counted!.get(5)]).toEqual([[1, 9], Buffer.from('820383050100', 'hex')]);
    expect([...failed!].slice(2, 8)).toEqual([
      [2, [2, 0]],
      [3, null],
      [4, []],
      [5, null],
      [6, null],
      [7, []],
    ]);
    expect(many!.get(7)).toHaveLength(256);
    expect(Buffer.concat(entries.map(({ bytes }) => bytes)).includes('bob@example')).toBe(false);
    const views = [...readRecords(log, node.files, { ...START }, true)].filter((view) => view.type === 'outcome');
    expect(views[0]).toMatchObject({
      decision: 1,
      ending: { status: 3 },
      size: { in: 10, out: 70_000 },
      event: { labels: ['pii', 'untrusted'] },
    });
    expect(views[1]).toMatchObject({ ending: { signal: 9 }, event: { counted: { tokens: 5, modelRequests: 1 } } });
  }));

test('labels that the policy does not have are misuse, and change nothing; those that do not fit end the session', () =>
  inTemporary(async (parent) => {
    for (const [code, name] of [
      [5, 'unknown'],
      [21, 'full'],
    ] as const) {
      const log = join(parent, name);
      const refusing = standIn({
        replace: ['"note") (param i32) (result i32) i32.const 0', `"note") (param i32) (result i32) i32.const ${code}`],
      });
      const session = openSession(options(repeatable(node, refusing), log));
      const decision = await session.mediate(request);
      const note = (): void => session.outcome(decision, { event: { labels: ['x'] } });
      if (name === 'unknown') {
        expect(note).toThrow(RangeError);
        await session.close('done');
        expect(readByHand(log, SEED).map(({ type }) => type)).toEqual([0, 1, 8]);
      } else {
        expect(note).toThrow(expect.objectContaining({ code: 'state-limit' }));
        expect(await session.mediate(request)).toMatchObject({ verdict: 'block', failure: { code: 'state-limit' } });
        await expect(session.close('done')).rejects.toMatchObject({ code: 'state-limit' });
      }
    }
  }));

test('an adapter says how it holds decisions, and what it cannot hold', () =>
  inTemporary(async (parent) => {
    const log = join(parent, 'log');
    const session = openSession(options(repeatable(node), log));
    session.adapts('hook', ['no-outcome', 'approves-itself']);
    expect(() => session.adapts('hook', ['No'])).toThrow(RangeError);
    expect(() => session.adapts('hand' as 'hook', [])).toThrow(TypeError);
    await session.close('done');
    expect([...readByHand(log, SEED)[1]!.body]).toEqual([
      [0, 'test'],
      [1, 'hook'],
      [2, ['no-outcome', 'approves-itself']],
      [3, BigInt(CREATED_MS + 1)],
    ]);
  }));

test('an outcome is that of a recorded decision, and an outcome that is none is misuse and is not recorded', () =>
  inTemporary(async (parent) => {
    const log = join(parent, 'log');
    const session = openSession(options(repeatable(node), log));
    session.adapts('hook', []);
    const decision = await session.mediate(request);
    expect(decision.seq).toBe(2);
    expect(() => session.outcome({}, { ending: 'failed' })).toThrow(TypeError);
    for (const seq of [-1, 0, 1, 3, 0.5, 2.5, 9999, 2 ** 40, Number.NaN, '2' as unknown as number]) {
      expect(() => session.outcome({ seq }, { ending: 'failed' }), `${seq}`).toThrow(TypeError);
    }
    expect(() => session.outcome(decision, { parts: { A: sha256('') } })).toThrow(RangeError);
    expect(() => session.outcome(decision, { parts: { a: new Uint8Array(31) } })).toThrow(RangeError);
    expect(() => session.outcome(decision, { parts: { a: 'a'.repeat(32) as never } })).toThrow(TypeError);
    expect(() => session.outcome(decision, { ending: { status: -1 } })).toThrow(RangeError);
    expect(() => session.outcome(decision, { bytes: { in: 0.5, out: 0 } })).toThrow(RangeError);
    for (const ending of [{}, { status: 0, signal: 9 }, { state: 0 }, 'done', 0]) {
      expect(() => session.outcome(decision, { ending: ending as 'failed' }), JSON.stringify(ending)).toThrow(
        TypeError,
      );
    }
    const counted = { tokens: 1, modelRequests: 1, spend: 1 };
    expect(() => session.outcome(decision, { event: { counted }, values: [1 as never] })).toThrow(TypeError);
    session.outcome(decision, { ending: { signal: 9 }, event: { counted } });
    await session.close('done');
    expect(readByHand(log, SEED).map(({ type }) => type)).toEqual([0, 10, 1, 2, 8]);
    expect(await verifyLog(log, { seed: SEED })).toMatchObject({ status: 'authenticated', records: 5 });
  }));

test('of thousands of records the session knows which are decisions', () =>
  inTemporary(async (parent) => {
    const session = openSession(options(repeatable(node), join(parent, 'log')));
    const given = new Set<number | undefined>();
    for (let turn = 0; turn < 10_000; turn++) given.add((await session.mediate(request)).seq);
    const last = Math.max(...(given as Set<number>));
    const isTaken = (seq: number): boolean => {
      try {
        // Nothing is recorded either way.
        session.outcome({ seq }, { event: { labels: [] } });
      } catch (error) {
        return error instanceof RangeError;
      }
      return true;
    };
    // Epochs ended meanwhile.
    expect(last).toBeGreaterThan(given.size);
    for (let seq = 0; seq < 2 * last; seq++) if (isTaken(seq) !== given.has(seq)) expect(seq).toBe('known');
    await session.close('done');
  }));

test('a refusal by nobody, or of a call without a name, is misuse and is not recorded', () =>
  inTemporary(async (parent) => {
    const log = join(parent, 'log');
    const session = openSession(options(repeatable(node), log));
    const refusal = { by: 'filter', cause: 'no-handler', call: 'bpf', object: null } as const;
    expect(() => session.refused({ ...refusal, by: 'nobody' as 'guard' })).toThrow(TypeError);
    expect(() => session.refused({ ...refusal, call: undefined as never })).toThrow(TypeError);
    expect(() => session.refused({ ...refusal, cause: 'No' })).toThrow(RangeError);
    session.refused(refusal);
    await session.close('done');
    expect(await verifyLog(log, { seed: SEED })).toMatchObject({ status: 'authenticated', records: 3 });
  }));

test('a log with every kind of record is authentic, and replayed, outcomes too', () =>
  inTemporary(async (parent) => {
    const log = join(parent, 'log');
    const session = new Session(options(repeatable(node), log), {
      ...LIMITS,
      epochRecordsMax: 6,
      segmentBytesMax: 2000,
    });
    session.adapts('proxy', ['approves-itself', 'metadata']);
    for (let turn = 0; turn < 12; turn++) {
      const id = `/${turn}`;
      const decision = await session.mediate({ ...request, resource: { type: 'File', id } });
      const counted = { tokens: turn, modelRequests: 1, spend: 2 };
      session.outcome(decision, { ending: { status: 0 }, bytes: { in: 1, out: 2 }, event: { counted }, values: [id] });
      session.refused({ by: 'filter', cause: 'no-handler', call: 'bpf', object: null });
    }
    session.approve('ab'.repeat(32), CREATED_MS + 1e6, 'someone');
    await session.mediate(Uint8Array.of(0xff));
    await session.mediate([request, request]);
    await session.close('done');
    const types = new Set(readByHand(log, SEED).map(({ type }) => type));
    expect([...types].toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 5, 6, 8, 9, 10, 11]);
    const engine = readFileSync(new URL('../../engine/engine.wasm', import.meta.url));
    const trusted: [string, string][] = [
      [hex(sha256(engine)), 'engine'],
      [hex(sha256(policy.program)), 'program'],
    ];
    const report = await replayLog(log, { seed: SEED, trusted: new Map(trusted), timeoutMs: 60_000 });
    expect(report).toMatchObject({ status: 'authenticated', replayed: 14 });
  }));
