// Pruning: a tombstone in a sealed log's place, checked by hand; and nothing else is ever removed.

import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { Decoder } from 'cbor-x';
import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../bindings/log/limits.ts';
import { pruneLog } from '../../bindings/log/prune.ts';
import { runtime as node } from '../../bindings/runtime/node.ts';
import { Session } from '../../bindings/session.ts';
import { verifyHost } from '../../verifier/index.ts';
import { readByHand, type Entry } from './by-hand.ts';
import { inTemporary, keysOf, options, policy, repeatable, request, SEED } from './setting.ts';

async function sealed(parent: string, limits = {}): Promise<{ log: string; entries: Entry[] }> {
  const log = join(parent, 'log');
  const session = new Session(options(repeatable(node), log), { ...LIMITS, ...limits });
  for (let turn = 0; turn < 5; turn++) await session.mediate(request);
  await session.close('done');
  return { log, entries: readByHand(log, SEED) };
}

test.each([
  ['of one segment', {}],
  ['of segments and epochs', { segmentBytesMax: 300, epochRecordsMax: 2 }],
])('a sealed log %s becomes a tombstone: its header, its close, and the tag between', (_, limits) =>
  inTemporary(async (parent) => {
    const { log, entries } = await sealed(parent, limits);
    expect(pruneLog(`${log}/`, node)).toBe(entries.length);
    const [header, tag, close] = new Decoder().decode(readFileSync(log)) as Uint8Array[];
    expect([header, tag, close]).toEqual([entries[0]!.bytes, entries.at(-2)!.tag, entries.at(-1)!.bytes]);
    expect(readdirSync(parent)).toEqual(['log', 'log-keys']);
    expect(() => pruneLog(log, node)).toThrow(expect.objectContaining({ code: 'log-unreadable' }));
  }),
);

const segment = (log: string): string => join(log, '00000000.cborseq');
const sizeOf = (entries: readonly Entry[]): number => entries.reduce((sum, { bytes }) => sum + bytes.length, 0);

const kept = (change: (log: string, entries: Entry[]) => void, code: string): Promise<void> =>
  inTemporary(async (parent) => {
    const { log, entries } = await sealed(parent);
    change(log, entries);
    const before = readdirSync(log, { recursive: true });
    expect(() => pruneLog(log, node)).toThrow(expect.objectContaining({ code }));
    expect(readdirSync(log, { recursive: true })).toEqual(before);
    expect(readdirSync(parent)).toEqual(['log', 'log-keys']);
    node.lockDirectory(log)!.release();
  });
test('what crashes, redactions, publishing and many records leave is part of a log', () =>
  inTemporary(async (parent) => {
    const { log } = await sealed(parent);
    const names = ['checkpoint.new', 'checkpoint.next', 'published', 'published.new', `blobs/${'ab'.repeat(32)}`];
    const tiles = ['tile/0/000', 'tile/0/000.new', 'tile/1/000.p/5', 'tile/1/000.p/5.new', 'tile/0/x001/x234/067'];
    for (const name of [...names, ...tiles, 'disclosures/00000000.cborseq', 'disclosures/00000000.cborseq.new']) {
      const path = join(log, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, '');
    }
    expect(pruneLog(log, node)).toBe(7);
    expect(readdirSync(parent)).toEqual(['log', 'log-keys']);
  }));

test('the verifier finds a pruned log among the logs of its host, and misses one that is gone', () =>
  inTemporary(async (parent) => {
    const keys = keysOf(join(parent, 'host'), node);
    const logs = join(parent, 'logs');
    mkdirSync(logs);
    for (const name of ['first', 'second', 'third']) {
      const place = { directory: join(logs, name), durability: 'write', origin: `test/${name}` } as const;
      const session = new Session({ policy, log: place, keys, adapter: 'test', runtime: node });
      await session.mediate(request);
      await session.close('done');
    }
    const verify = async (): Promise<unknown> => await verifyHost(logs, { seed: SEED }, () => undefined);
    expect(await verify()).toMatchObject({ status: 'authenticated', missing: [] });
    pruneLog(join(logs, 'second'), node);
    expect(await verify()).toMatchObject({ status: 'authenticated', logs: 2, tombstones: 1, missing: [] });
    rmSync(join(logs, 'second'));
    expect(await verify()).toMatchObject({ status: 'incomplete', logs: 2, tombstones: 0 });
  }));

describe('what is not sealed stays', () => {
  test('without its close', () =>
    kept((log, entries) => truncateSync(segment(log), sizeOf(entries.slice(0, -1))), 'log-tampered'));
  test('without its checkpoint', () => kept((log) => rmSync(join(log, 'checkpoint')), 'log-unsealed'));
  test('with something after its close', () =>
    kept((log) => writeFileSync(segment(log), Buffer.alloc(1), { flag: 'a' }), 'log-unsealed'));
  test('with another record', () =>
    kept((log, entries) => {
      const bytes = readFileSync(segment(log));
      bytes[entries[0]!.bytes.length + 100]! ^= 1;
      writeFileSync(segment(log), bytes);
    }, 'log-tampered'));
  test('of another format', () =>
    kept((log) => {
      const bytes = readFileSync(segment(log));
      bytes[bytes.indexOf('plumbline/2') + 10] = 0x31;
      writeFileSync(segment(log), bytes);
    }, 'log-format'));
  test('that is no log', () => kept((log) => rmSync(segment(log)), 'log-unreadable'));

  test.each([
    ['a file', 'notes.txt'],
    ['a file called as a segment is, elsewhere', 'blobs/00000000.cborseq'],
    ['a file called nearly as a segment is', '00000000.cborseq.bak'],
    ['a file among the tiles', 'tile/0/notes'],
  ])('with %s that is no part of a log', (_, name) =>
    inTemporary(async (parent) => {
      const { log } = await sealed(parent);
      const path = join(log, name);
      writeFileSync(path, 'mine');
      expect(() => pruneLog(log, node)).toThrow(
        expect.objectContaining({ code: 'log-foreign-file', message: expect.stringContaining(path) }),
      );
      expect(readFileSync(path, 'utf8')).toBe('mine');
      rmSync(path);
      expect(pruneLog(log, node)).toBe(7);
    }),
  );
  test('with a folder, a link or a pipe that is no part of a log', () =>
    inTemporary(async (parent) => {
      const { log } = await sealed(parent);
      const blob = join(log, 'blobs', 'ab'.repeat(32));
      const foreign = (make: () => void, path: string): void => {
        make();
        expect(() => pruneLog(log, node)).toThrow(expect.objectContaining({ code: 'log-foreign-file' }));
        rmSync(path, { recursive: true });
      };
      foreign(() => mkdirSync(join(log, 'src')), join(log, 'src'));
      foreign(() => mkdirSync(blob), blob);
      foreign(() => symlinkSync('/etc/hostname', blob), blob);
      foreign(() => void execFileSync('mkfifo', [blob]), blob);
      expect(pruneLog(log, node)).toBe(7);
    }));
  test('that a link leads to: the link stays, too', () =>
    inTemporary(async (parent) => {
      const { log } = await sealed(parent);
      const link = join(parent, 'link');
      symlinkSync(log, link);
      for (const name of [link, `${link}/`]) {
        expect(() => pruneLog(name, node)).toThrow(expect.objectContaining({ code: 'log-is-link' }));
      }
      expect(readlinkSync(link)).toBe(log);
      expect(existsSync(join(log, 'checkpoint'))).toBe(true);
    }));

  test('that is written', () =>
    inTemporary(async (parent) => {
      const log = join(parent, 'log');
      const session = new Session(options(repeatable(node), log));
      await session.mediate(request);
      expect(() => pruneLog(log, node)).toThrow(expect.objectContaining({ code: 'log-locked' }));
      await session.close('done');
      expect(existsSync(join(log, 'checkpoint'))).toBe(true);
    }));
});
