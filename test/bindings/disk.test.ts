// A disk that fails: an allow that is not on it is never given.

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Durability } from '../../bindings/log/recorder.ts';
import { PLUMB_MAIN, VERIFY_MAIN } from '../built.ts';
import { recoverLog } from '../../bindings/log/recovery.ts';
import { openKeys } from '../../bindings/log/writer-keys.ts';
import { runtime as node } from '../../bindings/runtime/node.ts';
import type { Files, Runtime } from '../../bindings/runtime/runtime.ts';
import { openSession } from '../../bindings/session.ts';
import { verifyLog } from '../../verifier/index.ts';
import { checkTree, isDecision, readByHand } from './by-hand.ts';
import { inTemporary, keysOf, options, repeatable, request, SEED } from './setting.ts';

type Call = keyof Files;

/** Fails the `nth` call of `name`, counted over all calls of it, as a full disk does. */
function failing(name: Call, nth: number): { runtime: Runtime; calls: () => number } {
  const runtime = repeatable(node);
  const original = runtime.files[name] as (...args: unknown[]) => unknown;
  let calls = 0;
  const call = (...args: unknown[]): unknown => {
    if (++calls === nth) {
      const failure = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
      const callback = args.at(-1);
      if (typeof callback !== 'function') throw failure;
      return callback(failure);
    }
    return original(...args);
  };
  return { runtime: { ...runtime, files: { ...runtime.files, [name]: call } }, calls: () => calls };
}

const outcome = async (runtime: Runtime, directory: string, durability: Durability): Promise<string[]> => {
  const session = openSession(options(runtime, directory, durability));
  const first = await session.mediate(request);
  const second = await session.mediate(request);
  await session.close('done');
  return [first, second].map(({ verdict, code }) => `${verdict} ${code}`);
};

// Calls made to begin the log, for a decision, or to close.
const CALLS: [Call, Durability][] = [
  ['chmodSync', 'fsync'],
  ['fdatasync', 'group'],
  ['fdatasyncSync', 'fsync'],
  ['fsyncSync', 'fsync'],
  ['mkdirSync', 'fsync'],
  ['openSync', 'fsync'],
  ['readdirSync', 'fsync'],
  ['renameSync', 'fsync'],
  ['unlinkSync', 'fsync'],
  ['writeSync', 'fsync'],
  ['writeSync', 'write'],
  ['writeSync', 'group'],
];

describe.each(CALLS)('whenever %s fails under %s', (name, durability) => {
  test('the log does not begin, or the decision is block and the session is over; and the log can be recovered', async () => {
    const usual = failing(name, 0);
    await inTemporary((parent) => {
      keysOf(join(parent, 'log'), node);
      return outcome(usual.runtime, join(parent, 'log'), durability);
    });
    expect(usual.calls()).toBeGreaterThan(0);

    for (let nth = 1; nth <= usual.calls(); nth++) {
      await inTemporary(async (parent) => {
        const log = join(parent, 'log');
        keysOf(log, node);
        const { runtime } = failing(name, nth);
        let session;
        try {
          session = openSession(options(runtime, log, durability));
        } catch (error) {
          expect(error, `call ${nth}`).toMatchObject({ cause: { code: 'ENOSPC' } });
          expect(['log-unwritable', 'key-unwritable', 'key-unreadable']).toContain((error as { code: string }).code);
          // Its lock is not left behind.
          if (existsSync(log)) node.lockDirectory(log)!.release();
          return;
        }
        const decisions = [await session.mediate(request), await session.mediate(request)];
        const failed = decisions.findIndex(({ verdict }) => verdict === 'block');
        for (const decision of failed === -1 ? [] : decisions.slice(failed)) {
          expect(decision).toMatchObject({
            verdict: 'block',
            code: 'not-recorded',
            failure: { code: 'log-unwritable' },
          });
          expect(decision.seq).toBeUndefined();
        }
        // If no decision failed, closing must.
        await expect(session.close('done'), `call ${nth}`).rejects.toMatchObject({ code: 'log-unwritable' });
        const given = decisions.filter(({ verdict }) => verdict === 'allow').map(({ seq }) => seq);
        node.lockDirectory(log)!.release();
        await recoverLog(log, openKeys(`${log}-keys`, node), node);
        const entries = readByHand(log, SEED);
        expect(checkTree(log, entries)).toBe(entries.length);
        const recorded = entries.filter(isDecision).map(({ seq }) => seq);
        expect(recorded, `call ${nth}`).toEqual(given);
        expect(await verifyLog(log, { seed: SEED })).toMatchObject({
          status: 'authenticated',
          records: entries.length,
        });
      });
    }
  });
});

/** Writes at most as many bytes at once as `most` says of those asked for. */
function inPieces(most: (asked: number) => number): Runtime {
  const runtime = repeatable(node);
  const writeSync = ((fd: number, bytes: Uint8Array, offset: number, length: number) =>
    node.files.writeSync(fd, bytes, offset, most(length))) as Files['writeSync'];
  return { ...runtime, files: { ...runtime.files, writeSync } };
}

test('a write that comes in pieces is completed', () =>
  inTemporary(async (parent) => {
    const log = join(parent, 'log');
    const pieces = inPieces((asked) => Math.ceil(asked / 2));
    expect(await outcome(pieces, log, 'fsync')).toEqual(['allow permitted', 'allow permitted']);
    expect(await verifyLog(log, { seed: SEED })).toMatchObject({ status: 'authenticated', records: 4 });
  }));

test('a write that stops is taken back', () =>
  inTemporary(async (parent) => {
    const log = join(parent, 'log');
    let stopping = false;
    const session = openSession(
      options(
        inPieces((asked) => (stopping ? asked >> 1 : asked)),
        log,
      ),
    );
    stopping = true;
    expect(await session.mediate(request)).toMatchObject({ verdict: 'block', code: 'not-recorded' });
    await expect(session.close('done')).rejects.toMatchObject({ code: 'log-unwritable' });
    expect(await verifyLog(log, { seed: SEED })).toMatchObject({ status: 'unsealed', records: 1 });
  }));

const mounts = spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'x', '/mnt']).status === 0;
const inMount = (mount: string, commands: string): Record<string, unknown>[] =>
  execFileSync('unshare', ['-rm', 'sh', '-c', `${mount} && ${commands}`], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
const script = fileURLToPath(new URL('session-process.ts', import.meta.url));

describe.skipIf(!mounts && process.env['CI'] !== 'true')('on a real file system (needs user namespaces)', () => {
  test('a full disk blocks, and every decision given before is in the log', () =>
    inTemporary((parent) => {
      const key = join(parent, 'seed');
      const seed = Buffer.from(SEED).toString('hex');
      const lines = inMount(
        `mount -t tmpfs -o size=256k x ${parent}`,
        `echo plumbline-seed-1 ${seed} > ${key} && chmod 600 ${key} &&
         ${process.execPath} ${script} fill ${parent}/log &&
         { ${process.execPath} ${VERIFY_MAIN} ${parent}/log --key ${key} --json; true; } &&
         mount -o remount,size=2m ${parent} &&
         ${process.execPath} ${PLUMB_MAIN} log recover ${parent}/log --keys ${parent}/log-keys --json &&
         ${process.execPath} ${VERIFY_MAIN} ${parent}/log --key ${key} --json`,
      );
      const allowed = lines.filter(({ verdict }) => verdict === 'allow');
      expect(allowed.length).toBeGreaterThan(50);
      const [failed, after, closing, report, recovered, sealed] = lines.slice(allowed.length);
      expect(failed).toMatchObject({ verdict: 'block', code: 'not-recorded', cause: 'ENOSPC' });
      expect(after).toEqual({ verdict: 'block', code: 'not-recorded' });
      expect(closing).toEqual({ sealed: false });
      expect(report).toMatchObject({ status: 'unsealed', records: 1 + allowed.length });
      expect(recovered).toMatchObject({ records: 3 + allowed.length });
      expect(sealed).toMatchObject({ status: 'authenticated', records: 3 + allowed.length });
    }));

  test('a read-only disk begins no log', () =>
    inTemporary((parent) => {
      const log = join(parent, 'log');
      const lines = inMount(
        `mkdir ${log} && mount -t tmpfs -o ro x ${log}`,
        `${process.execPath} ${script} write ${log}`,
      );
      expect(lines).toEqual([{ error: expect.objectContaining({ code: 'log-unwritable' }), cause: 'EROFS' }]);
    }));
});

test('the same session in two processes writes the same bytes', () =>
  inTemporary((parent) => {
    const [first, second] = ['a', 'b'].map((name) => {
      execFileSync(process.execPath, [script, 'write', join(parent, name)]);
      return readFileSync(join(parent, name, '00000000.cborseq'), 'hex');
    });
    expect(first).toBe(second);
    expect(first!.length).toBeGreaterThan(2000);
  }));
