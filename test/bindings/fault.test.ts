// What fails where nobody waits for it: under a checkpoint, a key change or another's sync. The log is given up, and
// what it left is recovered.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { LIMITS, type Limits } from '../../bindings/log/limits.ts';
import { DURABILITIES, type Durability } from '../../bindings/log/recorder.ts';
import { recoverLog } from '../../bindings/log/recovery.ts';
import { openKeys } from '../../bindings/log/writer-keys.ts';
import { runtime as node } from '../../bindings/runtime/node.ts';
import type { Files, Runtime } from '../../bindings/runtime/runtime.ts';
import { Session } from '../../bindings/session.ts';
import { verifyLog } from '../../verifier/index.ts';
import { isDecision, readByHand } from './by-hand.ts';
import { disclosedSeqs } from './crash.ts';
import { CRASH_POLICY, inTemporary, options, repeatable, request, SEED } from './setting.ts';

type Done = (error: Error | null) => void;

const full = (): Error => Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** `files` with some calls replaced, and no clock that wakes anybody. */
const withFiles = (files: Partial<Files>): Runtime => {
  const runtime = repeatable(node);
  return { ...runtime, after: () => () => {}, files: { ...runtime.files, ...files } };
};

const sessionOn = (files: Partial<Files>, log: string, durability: Durability, limits: Partial<Limits>): Session =>
  new Session(options(withFiles(files), log, durability), { ...LIMITS, ...limits });

/** What a log is found to be as it was left, and after its recovery. */
async function found(log: string): Promise<string[]> {
  const left = await verifyLog(log, { seed: SEED });
  await recoverLog(log, openKeys(`${log}-keys`, node), node);
  return [left.status, (await verifyLog(log, { seed: SEED })).status];
}

describe.each(DURABILITIES)('under %s', (durability) => {
  test('no checkpoint comes to cover what was taken back', () =>
    inTemporary(async (parent) => {
      const log = join(parent, 'log');
      let writes = Infinity;
      const writeSync = ((...args: Parameters<Files['writeSync']>) => {
        if (--writes === 0) throw full();
        return node.files.writeSync(...args);
      }) as Files['writeSync'];
      const session = sessionOn({ writeSync }, log, durability, { epochRecordsMax: 6 });
      for (let count = 0; count < 4; count++) expect((await session.mediate(request)).verdict).toBe('allow');
      // The next one ends the epoch, which begins a checkpoint; what that is to cover cannot be written.
      writes = 1;
      expect((await session.mediate(request)).code).toBe('not-recorded');
      await expect(session.close('done')).rejects.toMatchObject({ code: 'log-unwritable' });
      expect(await found(log)).toEqual(['unsealed', 'authenticated']);
    }));

  test('no descriptor is synced twice at once: of what went wrong only one of the two would be told', () =>
    inTemporary(async (parent) => {
      const log = join(parent, 'log');
      const syncing = new Set<number>();
      const twice: string[] = [];
      const begin = (call: string, fd: number): void => {
        if (syncing.has(fd)) twice.push(call);
      };
      const fdatasync = ((fd: number, done: Done) => {
        begin('fdatasync', fd);
        syncing.add(fd);
        // As long as others have a turn to come in between.
        void turn()
          .then(turn)
          .then(() => {
            syncing.delete(fd);
            node.files.fdatasync(fd, done);
          });
      }) as Files['fdatasync'];
      const fdatasyncSync = ((fd: number) => {
        begin('fdatasyncSync', fd);
        node.files.fdatasyncSync(fd);
      }) as Files['fdatasyncSync'];
      const session = sessionOn({ fdatasync, fdatasyncSync }, log, durability, {
        epochRecordsMax: 9,
        checkpointRecordsMax: 3,
        segmentBytesMax: 9000,
      });
      for (let count = 0; count < 40; count++) {
        await Promise.all([session.mediate(request), session.mediate(request), session.mediate(request)]);
        await turn();
      }
      await session.close('done');
      expect(twice).toEqual([]);
      expect((await verifyLog(log, { seed: SEED })).status).toBe('authenticated');
    }));

  test.each([
    ['full', 'tile/0/000'],
    ['partly filled', 'tile/0/001.p/5'],
  ])('a tile that is %s is whole or not there, though the disk fills while it is written', (_, tile) =>
    inTemporary(async (parent) => {
      const log = join(parent, 'log');
      let torn: number | undefined;
      const openSync = ((path: string, ...rest: [string]) => {
        const fd = node.files.openSync(path, ...rest);
        if (path.startsWith(join(log, tile))) torn = fd;
        return fd;
      }) as Files['openSync'];
      const writeSync = ((fd: number, bytes: Uint8Array, offset: number, length: number) => {
        if (fd !== torn) return node.files.writeSync(fd, bytes, offset, length);
        node.files.writeSync(fd, bytes, offset, length >> 1);
        throw full();
      }) as Files['writeSync'];
      const session = sessionOn({ openSync, writeSync }, log, durability, {});
      // And the header, and the close.
      for (let count = 0; count < 259; count++) await session.mediate(request);
      await expect(session.close('done')).rejects.toMatchObject({ code: 'log-unwritable' });
      expect(torn).toBeDefined();
      expect(existsSync(join(log, tile))).toBe(false);
      expect(await found(log)).toEqual(['unsealed', 'authenticated']);
    }),
  );

  test('an epoch’s key is replaced only when the name of the checkpoint that covers it lasts', () =>
    inTemporary(async (parent) => {
      const log = join(parent, 'log');
      const open = new Map<number, string>();
      let [lasts, replaced] = [true, 0];
      const openSync = ((path: string, ...rest: [string]) => {
        const fd = node.files.openSync(path, ...rest);
        open.set(fd, path);
        return fd;
      }) as Files['openSync'];
      const last = (fd: number): void => void (lasts ||= open.get(fd) === log);
      const fsyncSync = (fd: number): void => {
        last(fd);
        node.files.fsyncSync(fd);
      };
      const fsync = ((fd: number, done: Done) => {
        last(fd);
        node.files.fsync(fd, done);
      }) as Files['fsync'];
      const renameSync = (from: string, to: string): void => {
        if (to === join(log, 'checkpoint')) lasts = false;
        if (to.includes('epochs')) expect([lasts, ++replaced > 0]).toEqual([true, true]);
        node.files.renameSync(from, to);
      };
      const files = { openSync, fsyncSync, fsync, renameSync } as Partial<Files>;
      const session = sessionOn(files, log, durability, { epochRecordsMax: 5 });
      for (let count = 0; count < 30; count++) {
        expect((await session.mediate(request)).verdict).toBe('allow');
        if (count % 2 === 0) await turn();
      }
      await session.close('done');
      expect(replaced).toBeGreaterThan(3);
    }));
});

test('a segment that ends while it is being synced is synced through another descriptor', () =>
  inTemporary(async (parent) => {
    const log = join(parent, 'log');
    const pending: { fd: number; done: Done }[] = [];
    const stopped: number[] = [];
    let holding = true;
    const fdatasync = ((fd: number, done: Done) => {
      if (holding) pending.push({ fd, done });
      else node.files.fdatasync(fd, done);
    }) as Files['fdatasync'];
    const fdatasyncSync = ((fd: number) => {
      stopped.push(fd);
      node.files.fdatasyncSync(fd);
    }) as Files['fdatasyncSync'];
    const limits = { checkpointRecordsMax: 3, segmentBytesMax: 2000 };
    const session = sessionOn({ fdatasync, fdatasyncSync }, log, 'write', limits);
    for (let count = 0; count < 3; count++) await session.mediate(request);
    await turn();
    expect(pending).toHaveLength(1);
    stopped.length = 0;
    while (!existsSync(join(log, '00000001.cborseq'))) await session.mediate(request);
    expect(pending).toHaveLength(1);
    expect(stopped.length).toBeGreaterThan(0);
    expect(stopped).not.toContain(pending[0]!.fd);
    holding = false;
    pending[0]!.done(null);
    await session.close('done');
    expect((await verifyLog(log, { seed: SEED })).status).toBe('authenticated');
  }));

test.each<[string, Durability, number]>([
  ['a few at a time', 'group', 20],
  ['more than is gathered at once', 'group', 4000],
  ['each by itself', 'write', 20],
])('whenever the writer is killed, of each record that is there is what it discloses: %s', (_, durability, length) =>
  inTemporary(async (parent) => {
    const log = join(parent, 'log');
    let [writes, records] = [0, 0];
    const writeSync = ((...args: Parameters<Files['writeSync']>) => {
      const written = node.files.writeSync(...args);
      if (!existsSync(join(log, 'disclosures'))) return written;
      const disclosed = disclosedSeqs(log);
      const decisions = readByHand(log, SEED).filter(isDecision);
      expect(decisions.filter(({ seq }) => !disclosed.has(seq))).toEqual([]);
      writes++;
      records = decisions.length;
      return written;
    }) as Files['writeSync'];
    // Slow, so that more come while a sync runs.
    const fdatasync = ((fd: number, done: Done) => {
      void turn()
        .then(turn)
        .then(() => node.files.fdatasync(fd, done));
    }) as Files['fdatasync'];
    const runtime = withFiles({ writeSync, fdatasync });
    const session = new Session(
      { ...options(runtime, log, durability), policy: CRASH_POLICY },
      { ...LIMITS, checkpointRecordsMax: 7 },
    );
    const caller = async (): Promise<void> => {
      for (let count = 0; count < 8; count++) {
        expect((await session.mediate({ ...request, context: { secret: 's'.repeat(length) } })).verdict).toBe('allow');
        await turn();
      }
    };
    // Not all at once: each group is joined by some while it is being synced.
    const late = async (turns: number): Promise<void> => {
      for (let count = 0; count < turns; count++) await turn();
      await caller();
    };
    await Promise.all(Array.from({ length: 9 }, (__, number) => late(number % 3)));
    await session.close('done');
    expect([writes > 4, records]).toEqual([true, 72]);
  }),
);

/** A disk on which what is written beside the log ends when the test says so, and an urgent checkpoint fails once. */
async function urgentFails(body: (session: Session, pending: Done[], fail: () => void, log: string) => Promise<void>) {
  await inTemporary(async (parent) => {
    const log = join(parent, 'log');
    const pending: Done[] = [];
    let failing = false;
    const fsync = ((_: number, done: Done) => void pending.push(done)) as Files['fsync'];
    const fdatasync = ((_: number, done: Done) => void pending.push(done)) as Files['fdatasync'];
    const openSync = ((path: string, ...rest: [string]) => {
      if (!failing || path !== join(log, 'checkpoint.new')) return node.files.openSync(path, ...rest);
      failing = false;
      throw full();
    }) as Files['openSync'];
    const session = sessionOn({ fsync, fdatasync, openSync }, log, 'group', { checkpointRecordsMax: 1 });
    await body(session, pending, () => void (failing = true), log);
    const closing = session.close('done').catch((error: unknown) => error);
    for (let quiet = 0; quiet < 5; quiet++) {
      await turn();
      for (const done of pending.splice(0)) done(null);
    }
    expect(await closing).toMatchObject({ code: 'log-unwritable', cause: { code: 'ENOSPC' } });
    expect(existsSync(join(log, 'checkpoint.next'))).toBe(false);
    expect(await found(log)).toEqual(['unsealed', 'authenticated']);
  });
}

test('after a checkpoint that failed beside a group, no group is given, the next one neither', () =>
  urgentFails(async (session, pending, fail, log) => {
    const asked = () => session.mediate(request).then(({ code }) => code);
    const first = Array.from({ length: 6 }, asked);
    await turn();
    const second = Array.from({ length: 2 }, asked);
    fail();
    for (let turns = 0; turns < 6; turns++) {
      pending.shift()?.(null);
      await turn();
    }
    expect(new Set(await Promise.all([...first, ...second]))).toEqual(new Set(['not-recorded']));
    expect(readByHand(log, SEED).length).toBeGreaterThan(0);
  }));

test('a checkpoint that fails because the one before took too long ends the session, not the process', () =>
  urgentFails(async (session, pending, fail) => {
    const asked = () => session.mediate(request).then(({ code }) => code);
    const first = asked();
    await turn();
    // Its group; then its checkpoint is under way.
    pending.shift()!(null);
    expect(await first).toBe('permitted');
    await turn();
    expect(pending).toHaveLength(1);
    const many = Array.from({ length: 6 }, asked);
    fail();
    pending.shift()!(null);
    for (let turns = 0; turns < 6; turns++) {
      await turn();
      pending.shift()?.(null);
    }
    expect(new Set(await Promise.all(many))).toEqual(new Set(['not-recorded']));
  }));
