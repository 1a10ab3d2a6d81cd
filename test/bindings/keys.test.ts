// Files of keys: made for their owner alone, read with suspicion, never shown; and what the writing host can no longer
// go back from.

import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { createSeed, parseSeedText, readSeedFile, Seed, writeSeedFile } from '../../bindings/log/seed.ts';
import { createKeys, openKeys } from '../../bindings/log/writer-keys.ts';
import { runtime as node } from '../../bindings/runtime/node.ts';
import type { Files, Runtime } from '../../bindings/runtime/runtime.ts';
import { openSession, type Session } from '../../bindings/session.ts';
import { verifyHost } from '../../verifier/index.ts';
import { parseSeedFile } from '../../verifier/log/keys.ts';
import { epochKey, readByHand, readCheckpoint } from './by-hand.ts';
import { hex } from './bytes.ts';
import { inTemporary, keysOf, options, ORIGIN, policy, repeatable, request, SEED } from './setting.ts';

const SEED_HEX = hex(SEED);
const seed = new Seed(SEED);
const mode = (path: string): number => statSync(path).mode & 0o777;

function full(): never {
  throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
}

function thrownBy(body: () => unknown): unknown {
  try {
    body();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('a seed', () => {
  test('is written for its owner alone, and read back', () =>
    inTemporary((parent) => {
      const file = join(parent, 'seed');
      writeSeedFile(file, seed, node);
      expect(mode(file)).toBe(0o600);
      expect(hex(readSeedFile(file, node).bytes())).toBe(SEED_HEX);
      expect(hex(parseSeedText(readFileSync(file, 'utf8'), 'x').bytes())).toBe(SEED_HEX);
      expect(hex(parseSeedFile(readFileSync(file, 'utf8')) as Uint8Array)).toBe(SEED_HEX);
    }));

  test('is never overwritten', () =>
    inTemporary((parent) => {
      const file = join(parent, 'seed');
      writeSeedFile(file, seed, node);
      expect(() => writeSeedFile(file, createSeed(node), node)).toThrow(
        expect.objectContaining({ code: 'key-exists' }),
      );
      expect(hex(readSeedFile(file, node).bytes())).toBe(SEED_HEX);
    }));

  test('is random', () => expect(hex(createSeed(node).bytes())).not.toBe(hex(createSeed(node).bytes())));

  test('does not show what it holds', () => {
    for (const shown of [inspect(seed, { depth: 9, showHidden: true }), JSON.stringify(seed), `${seed as unknown}`]) {
      expect(shown).not.toMatch(/00010203|0, ?1, ?2/);
    }
  });

  test('of another length is misuse', () => expect(() => new Seed(new Uint8Array(31))).toThrow(RangeError));

  test('may stand among comments and empty lines', () => {
    const text = `# one\n\nplumbline-seed-1 ${SEED_HEX}\n# two\n`;
    expect(hex(parseSeedText(text, 'x').bytes())).toBe(SEED_HEX);
  });
});

describe('a file of keys is refused', () => {
  const line = `plumbline-seed-1 ${SEED_HEX}\n`;
  test.each([
    ['readable by the group', line, 0o640, 'key-exposed'],
    ['readable by all', line, 0o604, 'key-exposed'],
    ['writable by the group', line, 0o620, 'key-exposed'],
    ['empty', '', 0o600, 'key-malformed'],
    ['of another format', `plumbline-seed-2 ${SEED_HEX}\n`, 0o600, 'key-malformed'],
    ['too short', `plumbline-seed-1 ${SEED_HEX.slice(2)}\n`, 0o600, 'key-malformed'],
    ['with two seeds', line + line, 0o600, 'key-malformed'],
    ['with something more', `${line}x\n`, 0o600, 'key-malformed'],
    ['with upper case', `plumbline-seed-1 ${SEED_HEX.toUpperCase()}\n`, 0o600, 'key-malformed'],
    ['that is some large file', `${'#\n'.repeat(5000)}${line}`, 0o600, 'key-malformed'],
  ])('%s', (_, text, permissions, code) =>
    inTemporary((parent) => {
      const file = join(parent, 'seed');
      writeFileSync(file, text);
      chmodSync(file, permissions);
      const thrown = thrownBy(() => readSeedFile(file, node));
      expect(thrown).toMatchObject({ code });
      expect(inspect(thrown, { depth: 9, showHidden: true })).not.toContain(SEED_HEX.slice(0, 16));
    }),
  );

  test('that is absent, or a directory', () =>
    inTemporary((parent) => {
      expect(thrownBy(() => readSeedFile(join(parent, 'none'), node))).toMatchObject({ code: 'key-unreadable' });
      expect(thrownBy(() => readSeedFile(parent, node))).toMatchObject({ code: 'key-malformed' });
    }));
});

describe('a directory of keys', () => {
  test('belongs to its owner alone, is never overwritten, and holds no seed', () =>
    inTemporary((parent) => {
      const directory = join(parent, 'deep', 'keys');
      const made = createSeed(node);
      createKeys(directory, made, node);
      expect(readdirSync(directory).toSorted()).toEqual(['epochs', 'signing', 'signing.pub', 'writer']);
      expect([mode(directory), mode(join(directory, 'epochs'))]).toEqual([0o700, 0o700]);
      const texts = ['writer', 'signing', 'signing.pub'].map((name) => {
        expect(mode(join(directory, name))).toBe(0o600);
        return readFileSync(join(directory, name), 'utf8');
      });
      expect(texts.join()).not.toContain(hex(made.bytes()));
      expect(() => createKeys(directory, seed, node)).toThrow(expect.objectContaining({ code: 'key-exists' }));
      expect(['writer', 'signing', 'signing.pub'].map((name) => readFileSync(join(directory, name), 'utf8'))).toEqual(
        texts,
      );
      expect(openKeys(directory, node).signer.name).toMatch(/^plumbline\/[0-9a-f]{16}$/);
    }));

  test('shows nothing of what it holds', () =>
    inTemporary((parent) => {
      const keys = keysOf(join(parent, 'log'), node);
      const { key } = keys.begin('o');
      const shown = inspect([keys, key, keys.signer], { depth: 9, showHidden: true });
      expect(shown).not.toMatch(/00010203|00 01 02|0, ?1, ?2|plumbline-(seed|writer|signing|epoch)/);
      expect(JSON.stringify([keys, key])).not.toMatch(/[0-9a-f]{64}/);
    }));

  test.each(['writer', 'signing'])('with a %s that others can read begins no log', (name) =>
    inTemporary((parent) => {
      const log = join(parent, 'log');
      keysOf(log, node);
      chmodSync(join(`${log}-keys`, name), 0o644);
      expect(thrownBy(() => openSession(options(repeatable(node), log)))).toMatchObject({ code: 'key-exposed' });
      node.lockDirectory(parent)!.release();
    }),
  );

  test('begins logs one after the other, under keys that only the seed leads to', () =>
    inTemporary(async (parent) => {
      keysOf(join(parent, 'log'), node);
      const keys = openKeys(join(parent, 'log-keys'), node);
      for (const number of [0, 1, 2]) {
        const log = join(parent, `log-${number}`);
        const session = openSession({
          ...options(repeatable(node), log),
          keys,
          log: { directory: log, durability: 'write' },
        });
        await session.mediate(request);
        const epochs = join(parent, 'log-keys', 'epochs');
        const [file] = readdirSync(epochs);
        expect(mode(join(epochs, file!))).toBe(0o600);
        const stated = /^plumbline-epoch-1 (\S+) 0 ([0-9a-f]{64})$/m.exec(readFileSync(join(epochs, file!), 'utf8'))!;
        expect(stated[2]).toBe(hex(epochKey(SEED, number, stated[1]!, 0)));
        await session.close('done');
        expect(readdirSync(epochs)).toEqual([]);
        expect(readByHand(log, SEED)[0]!.body.get(14)).toBe(number);
      }
      // What the host keeps leads forward only.
      expect(readFileSync(join(parent, 'log-keys', 'writer'), 'utf8')).toMatch(/^plumbline-writer-1 3 [0-9a-f]{64}$/m);
    }));

  test('advances before the first record, and holds no key of an earlier epoch', () =>
    inTemporary((parent) => {
      const log = join(parent, 'log');
      const keys = keysOf(log, node);
      const { key } = keys.begin('o');
      const file = join(`${log}-keys`, 'epochs', readdirSync(join(`${log}-keys`, 'epochs'))[0]!);
      expect(readFileSync(join(`${log}-keys`, 'writer'), 'utf8')).toContain('plumbline-writer-1 1 ');
      key.ratchet();
      expect(readFileSync(file, 'utf8')).toContain(hex(epochKey(SEED, 0, 'o', 0)));
      key.keep();
      expect(readFileSync(file, 'utf8')).not.toContain(hex(epochKey(SEED, 0, 'o', 0)));
      expect(readFileSync(file, 'utf8')).toContain(hex(epochKey(SEED, 0, 'o', 1)));
      // As a writer leaves it that dies while it replaces the file.
      writeFileSync(`${file}.next`, 'a key');
      writeFileSync(`${file}.new`, 'a key');
      key.destroy();
      expect(readdirSync(join(`${log}-keys`, 'epochs'))).toEqual([]);
    }));

  test.each(['renameSync', 'fsyncSync'] as const)('keeps no key of a log that was not begun, as %s failed', (call) =>
    inTemporary((parent) => {
      const keys = join(parent, 'keys');
      createKeys(keys, new Seed(SEED), node);
      let left = Infinity;
      const failing = ((...args: [never, never]) => {
        if (--left === 0) throw Object.assign(new Error('EIO'), { code: 'EIO' });
        return (node.files[call] as (...given: [never, never]) => void)(...args);
      }) as never;
      const writer = openKeys(keys, { ...node, files: { ...node.files, [call]: failing } });
      // Of the syncs the first two are of the epoch's key.
      left = call === 'fsyncSync' ? 3 : 1;
      expect(() => writer.begin('again')).toThrow(expect.objectContaining({ code: 'key-unwritable' }));
      expect(readdirSync(join(keys, 'epochs'))).toEqual([]);
      expect(writer.begin('again').number).toBe(0);
    }),
  );

  test.each(['openSync', 'writeSync', 'fsyncSync'] as const)(
    'spends no number on a log whose blobs cannot be written, as %s failed; it can be begun again',
    (call) =>
      inTemporary(async (parent) => {
        const logs = join(parent, 'logs');
        const log = join(logs, 'log');
        mkdirSync(logs);
        const keys = createKeys(join(parent, 'keys'), new Seed(SEED), node);
        const place = { directory: log, durability: 'write', origin: ORIGIN } as const;
        const session = (runtime: Runtime): Session =>
          openSession({ policy, log: place, keys, adapter: 'test', runtime });
        const blobs = new Set<number>();
        const failing = {
          openSync: (path: string, ...rest: [string, number]) => {
            const isBlob = dirname(path) === join(log, 'blobs');
            if (isBlob && call === 'openSync' && blobs.size === 1) full();
            const fd = node.files.openSync(path, ...rest);
            if (isBlob) blobs.add(fd);
            return fd;
          },
          writeSync: (fd: number, ...rest: [Uint8Array]) =>
            blobs.has(fd) && call === 'writeSync' ? full() : node.files.writeSync(fd, ...rest),
          fsyncSync: (fd: number) => (blobs.has(fd) && call === 'fsyncSync' ? full() : node.files.fsyncSync(fd)),
        } as Partial<Files>;
        const runtime = { ...repeatable(node), files: { ...node.files, ...failing } };
        expect(thrownBy(() => session(runtime))).toMatchObject({ code: 'log-unwritable', cause: { code: 'ENOSPC' } });
        expect(readdirSync(log)).toEqual([]);
        const begun = session(repeatable(node));
        await begun.mediate(request);
        await begun.close('done');
        const report = await verifyHost(logs, { seed: SEED }, () => undefined);
        expect(report).toMatchObject({ status: 'authenticated', missing: [] });
      }),
  );

  test('has one open log of an origin; the directory of another one stays free', () =>
    inTemporary(async (parent) => {
      const log = join(parent, 'log');
      const first = options(repeatable(node), log);
      openSession(first);
      const place = { directory: `${log}-2`, durability: 'write' } as const;
      const again = { ...first, log: { ...place, origin: ORIGIN } };
      expect(thrownBy(() => openSession(again))).toMatchObject({ code: 'origin-taken' });
      openSession({ ...first, log: { ...place, origin: 'another' } });
    }));

  test('that has begun as many logs as a verifier walks is exhausted', () =>
    inTemporary((parent) => {
      const log = join(parent, 'log');
      const keys = keysOf(log, node);
      writeFileSync(join(`${log}-keys`, 'writer'), `plumbline-writer-1 ${2 ** 16} ${SEED_HEX}\n`);
      expect(thrownBy(() => keys.begin('o'))).toMatchObject({ code: 'keys-exhausted' });
    }));

  test('waits for another process that begins a log, and not for ever', () =>
    inTemporary((parent) => {
      const log = join(parent, 'log');
      let pauses = 0;
      const lock = keysOf(log, node) && node.lockDirectory(`${log}-keys`)!;
      const waiting = (release: number) =>
        openKeys(`${log}-keys`, { ...node, pause: () => ++pauses === release && lock.release() });
      expect(thrownBy(() => waiting(-1).begin('o'))).toMatchObject({ code: 'keys-locked' });
      expect(pauses).toBeGreaterThan(10);
      pauses = 0;
      expect(waiting(3).begin('o').number).toBe(0);
    }));
});

test('the signing key signs as its public file says', () =>
  inTemporary((parent) => {
    const { signer } = createKeys(join(parent, 'keys'), seed, node);
    const vkey = readFileSync(join(parent, 'keys', 'signing.pub'), 'utf8').trimEnd();
    const note = Buffer.from(signer.checkpoint('o', { size: 3, root: SEED }));
    expect(readCheckpoint(note.toString(), vkey)).toEqual({ origin: 'o', size: 3, root: SEED_HEX });
    expect(signer.open(note, 'o')).toEqual({ size: 3, root: Buffer.from(SEED) });
    // Every bit counts.
    for (let bit = 0; bit < note.length * 8; bit++) {
      const flipped = Buffer.from(note);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      expect(signer.open(flipped, 'o')).toBeUndefined();
    }
    expect(signer.open(note, 'p')).toBeUndefined();
  }));

test('a directory made by hand with an empty folder is not one of keys', () =>
  inTemporary((parent) => {
    mkdirSync(join(parent, 'keys'));
    expect(thrownBy(() => openKeys(join(parent, 'keys'), node))).toMatchObject({ code: 'key-unreadable' });
  }));
