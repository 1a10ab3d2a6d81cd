// Seed files: made for their owner alone, read with suspicion, never shown.

import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { createKey, Key, readKey } from '../../bindings/key.ts';
import { runtime as node } from '../../bindings/runtime/node.ts';
import { parseSeedFile } from '../../verifier/index.ts';
import { hex } from './bytes.ts';
import { inTemporary, SEED } from './setting.ts';

const SEED_HEX = hex(SEED);
const runtime = { ...node, random: () => SEED };

test('a key is made for its owner alone, and read back from file or directory', () =>
  inTemporary((parent) => {
    const { key, file } = createKey(join(parent, 'deep', 'keys'), runtime);
    expect(file).toBe(join(parent, 'deep', 'keys', 'seed'));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(parent, 'deep', 'keys')).mode & 0o777).toBe(0o700);
    for (const path of [file, join(parent, 'deep', 'keys')]) expect(hex(readKey(path, runtime).seed())).toBe(SEED_HEX);
    expect(hex(key.seed())).toBe(SEED_HEX);
    expect(hex(parseSeedFile(readFileSync(file, 'utf8')) as Uint8Array)).toBe(SEED_HEX);
  }));

test('a key is never overwritten', () =>
  inTemporary((parent) => {
    const { file } = createKey(parent, runtime);
    const before = readFileSync(file, 'utf8');
    expect(() => createKey(parent, { ...node, random: (length) => new Uint8Array(length) })).toThrow(
      expect.objectContaining({ code: 'key-exists' }),
    );
    expect(readFileSync(file, 'utf8')).toBe(before);
  }));

test('keys are random', () =>
  inTemporary((parent) => {
    const seeds = ['a', 'b'].map((name) => hex(createKey(join(parent, name), node).key.seed()));
    expect(seeds[0]).not.toBe(seeds[1]);
  }));

describe('a seed file is refused', () => {
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
  ])('%s', (_, text, mode, code) =>
    inTemporary((parent) => {
      const file = join(parent, 'seed');
      writeFileSync(file, text, { mode });
      chmodSync(file, mode);
      let thrown: unknown;
      try {
        readKey(file, runtime);
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toMatchObject({ code });
      expect(inspect(thrown, { depth: 9, showHidden: true })).not.toContain(SEED_HEX.slice(0, 16));
    }),
  );

  test('absent, or in a directory without one', () =>
    inTemporary((parent) => {
      mkdirSync(join(parent, 'keys'));
      for (const path of [join(parent, 'none'), join(parent, 'keys')]) {
        expect(() => readKey(path, runtime)).toThrow(expect.objectContaining({ code: 'key-unreadable' }));
      }
    }));
});

test('comments and empty lines are passed over', () =>
  inTemporary((parent) => {
    const file = join(parent, 'seed');
    writeFileSync(file, `# one\n\nplumbline-seed-1 ${SEED_HEX}\n# two\n`, { mode: 0o600 });
    expect(hex(readKey(file, runtime).seed())).toBe(SEED_HEX);
  }));

test('a key does not show what it holds', () => {
  const key = new Key(SEED);
  for (const shown of [inspect(key, { depth: 9, showHidden: true }), JSON.stringify(key), `${key as unknown}`]) {
    expect(shown).not.toMatch(/00010203|0, ?1, ?2/);
  }
});

test('a seed of another length is misuse', () => {
  expect(() => new Key(new Uint8Array(31))).toThrow(RangeError);
});
