// Checkpoints and key changes beside recording, on a disk that a test holds: what comes before what, and what overtakes
// what.

import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LIMITS, type Limits } from '../../bindings/log/limits.ts';
import { recoverLog } from '../../bindings/log/recovery.ts';
import { openKeys } from '../../bindings/log/writer-keys.ts';
import { runtime as node } from '../../bindings/runtime/node.ts';
import type { Files, Runtime } from '../../bindings/runtime/runtime.ts';
import { Session } from '../../bindings/session.ts';
import { checkTree, epochKey, readByHand } from './by-hand.ts';
import { hex } from './bytes.ts';
import { inTemporary, options, ORIGIN, repeatable, request, SEED } from './setting.ts';

type Done = (error: Error | null) => void;

/** A disk whose syncs beside recording end when the test says so, the first first. */
function held(): { runtime: Runtime; pending: { call: string; end: () => void }[] } {
  const runtime = { ...repeatable(node), after: () => () => {} };
  const pending: { call: string; end: () => void }[] = [];
  const hold = (call: string) => (_: number, done: Done) => void pending.push({ call, end: () => done(null) });
  const files = { fdatasync: hold('fdatasync'), fsync: hold('fsync') } as unknown as Pick<Files, 'fdatasync' | 'fsync'>;
  return { runtime: { ...runtime, files: { ...runtime.files, ...files } }, pending };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const covered = (log: string): number =>
  existsSync(join(log, 'checkpoint')) ? Number(readFileSync(join(log, 'checkpoint'), 'utf8').split('\n')[1]) : 0;

/** The epoch of the key on the disk, which must be that of the log. */
function keptEpoch(log: string): number {
  const [name] = readdirSync(`${log}-keys/epochs`).filter((file) => !file.includes('.'));
  const text = readFileSync(join(`${log}-keys/epochs`, name!), 'utf8');
  const [, epoch, key] = /^plumbline-epoch-1 \S+ (\d+) ([0-9a-f]{64})$/m.exec(text)!;
  expect(key).toBe(hex(epochKey(SEED, 0, ORIGIN, Number(epoch))));
  return Number(epoch);
}

const ask = async (session: Session, count: number): Promise<void> => {
  for (let turns = 0; turns < count; turns++) expect((await session.mediate(request)).verdict).toBe('allow');
};

type Held = ReturnType<typeof held>['pending'];

const withSession = (limits: Partial<Limits>, body: (session: Session, pending: Held, log: string) => Promise<void>) =>
  inTemporary(async (parent) => {
    const log = join(parent, 'log');
    const { runtime, pending } = held();
    const session = new Session(options(runtime, log), { ...LIMITS, ...limits });
    await body(session, pending, log);
    const closing = session.close('done');
    for (let quiet = 0; quiet < 5; quiet++) {
      await turn();
      while (pending.length > 0) {
        pending.shift()!.end();
        await turn();
        quiet = 0;
      }
    }
    await closing;
    const entries = readByHand(log, SEED);
    expect(checkTree(log, entries)).toBe(entries.length);
    expect(readdirSync(`${log}-keys/epochs`)).toEqual([]);
  });

test('a checkpoint is there only after the segment is on the disk, and then the checkpoint itself', () =>
  withSession({ checkpointRecordsMax: 4 }, async (session, pending, log) => {
    await ask(session, 3);
    await turn();
    expect(pending.map(({ call }) => call)).toEqual(['fdatasync']);
    expect([covered(log), existsSync(join(log, 'checkpoint.next'))]).toEqual([0, false]);
    await ask(session, 2);
    pending.shift()!.end();
    await turn();
    expect([pending.map(({ call }) => call), covered(log), existsSync(join(log, 'checkpoint.next'))]).toEqual([
      ['fsync'],
      0,
      true,
    ]);
    pending.shift()!.end();
    await turn();
    // What came after it was begun is not under it.
    expect(covered(log)).toBe(4);
  }));

test('a tile is there only after its records are on the disk, the checkpoint that covers them overtaken or not', () =>
  withSession({ checkpointRecordsMax: 256, segmentBytesMax: 120_000 }, async (session, pending, log) => {
    await ask(session, 255);
    await turn();
    expect(pending.map(({ call }) => call)).toEqual(['fdatasync']);
    expect(existsSync(join(log, 'tile'))).toBe(false);
    while (!existsSync(join(log, '00000001.cborseq'))) await ask(session, 1);
    expect(covered(log)).toBeGreaterThan(256);
    pending.shift()!.end();
    await turn();
    expect(existsSync(join(log, 'tile/0/000'))).toBe(true);
  }));

test('a checkpoint that is overtaken is dropped', () =>
  withSession({ checkpointRecordsMax: 4, segmentBytesMax: 3000 }, async (session, pending, log) => {
    await ask(session, 3);
    await turn();
    pending.shift()!.end();
    await turn();
    expect(pending.map(({ call }) => call)).toEqual(['fsync']);
    // The segment ends, and with it everything is covered at once.
    while (!existsSync(join(log, '00000001.cborseq'))) await ask(session, 1);
    const now = covered(log);
    expect(now).toBeGreaterThan(4);
    pending.shift()!.end();
    await turn();
    expect([covered(log), existsSync(join(log, 'checkpoint.next'))]).toEqual([now, false]);
  }));

test('the key on the disk is replaced after a checkpoint covers its epoch, and not before', () =>
  withSession({ epochRecordsMax: 6 }, async (session, pending, log) => {
    await ask(session, 5);
    expect([keptEpoch(log), covered(log)]).toEqual([0, 0]);
    await turn();
    // Segment, checkpoint, its name, key.
    pending.shift()!.end();
    await turn();
    expect([keptEpoch(log), covered(log)]).toEqual([0, 0]);
    pending.shift()!.end();
    await turn();
    expect([keptEpoch(log), covered(log) > 6]).toEqual([0, true]);
    pending.shift()!.end();
    await turn();
    expect(keptEpoch(log)).toBe(0);
    pending.shift()!.end();
    await turn();
    expect(keptEpoch(log)).toBe(1);
  }));

test('the key on the disk is never more than one epoch behind, and the log can be recovered at any moment', () =>
  withSession({ epochRecordsMax: 6 }, async (session, _, log) => {
    for (let count = 0; count < 30; count++) {
      await ask(session, 1);
      const epoch = readByHand(log, SEED).at(-1)!.epoch;
      expect(epoch - keptEpoch(log)).toBeLessThanOrEqual(1);
      const copy = `${log}-${count}`;
      cpSync(log, copy, { recursive: true });
      cpSync(`${log}-keys`, `${copy}-keys`, { recursive: true });
      const { records } = await recoverLog(copy, openKeys(`${copy}-keys`, node), node);
      expect(readByHand(copy, SEED)).toHaveLength(records);
    }
  }));

test('a key change that is overtaken is dropped', () =>
  withSession({ epochRecordsMax: 6 }, async (session, pending, log) => {
    await ask(session, 5);
    await turn();
    for (let syncs = 0; syncs < 3; syncs++) {
      pending.shift()!.end();
      await turn();
    }
    // The key of epoch 1 is being written beside its place when epoch 1 is over as well.
    expect(pending).toHaveLength(1);
    await ask(session, 4);
    expect(readByHand(log, SEED).at(-1)!.epoch).toBe(2);
    expect(keptEpoch(log)).toBe(1);
    pending.shift()!.end();
    await turn();
    expect(keptEpoch(log)).toBe(1);
    for (let left = 0; left < 10; left++) {
      pending.shift()?.end();
      await turn();
    }
    expect(keptEpoch(log)).toBe(2);
  }));

test('who never lets the event loop turn gets a checkpoint all the same', () =>
  withSession({ checkpointRecordsMax: 4 }, async (session, _, log) => {
    await ask(session, 20);
    expect(covered(log)).toBeGreaterThan(8);
  }));

test('a log is whole on the disk before the checkpoint that seals it: every tile, and the segment', () =>
  inTemporary(async (parent) => {
    const log = join(parent, 'log');
    const runtime = repeatable(node);
    const open = new Map<number, string>();
    const synced = new Set<string>();
    let atSeal: Set<string> | undefined;
    const files = { ...runtime.files };
    files.openSync = ((path: string, ...rest: [string]) => {
      const fd = node.files.openSync(path, ...rest);
      open.set(fd, path);
      return fd;
    }) as Files['openSync'];
    const note = (fd: number): void => void synced.add(open.get(fd)!.slice(log.length + 1));
    files.fsyncSync = (fd) => (note(fd), node.files.fsyncSync(fd));
    files.fdatasyncSync = (fd) => (note(fd), node.files.fdatasyncSync(fd));
    files.renameSync = (from, to) => {
      if (to === join(log, 'checkpoint')) atSeal = new Set(synced);
      node.files.renameSync(from, to);
    };
    const session = new Session(options({ ...runtime, files }, log));
    await ask(session, 600);
    await session.close('done');
    const tiles = readdirSync(join(log, 'tile'), { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    expect(tiles.length).toBeGreaterThan(3);
    for (const tile of tiles) expect(atSeal).toContain(join(tile.parentPath, tile.name).slice(log.length + 1));
    expect(atSeal).toContain('00000000.cborseq');
  }));
