// What is said to be in a file that is executed: hashed once, never out of date, and not at any cost.

import { createHash } from 'node:crypto';
import { closeSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { Contents } from '../../kernel-adapters/linux/supervisor/contents.ts';
import type { Kernel } from '../../kernel-adapters/linux/supervisor/kernel.ts';
import { directory } from './host.ts';

const parent = directory('contents');
const file = join(parent, 'file');
writeFileSync(file, 'one');
const fd = openSync(file, 'r');
afterAll(() => {
  closeSync(fd);
  rmSync(parent, { recursive: true });
});

const hex = (text: string): string => createHash('sha256').update(text).digest('hex');

interface Version {
  version: string;
  size?: number;
  changedMs?: number;
}

/**
 * Contents over versions told one after the other, the last of them again and again; it is ten seconds past the epoch.
 */
function contents(...told: (Version | undefined)[]): Contents {
  const versionOf = () => {
    const next = told.length > 1 ? told.shift() : told[0];
    return next && { size: 3, changedMs: 0, ...next };
  };
  return new Contents({ versionOf } as unknown as Kernel, () => 10_000);
}

describe.skipIf(process.platform !== 'linux')('a content (needs Linux)', () => {
  test('is hashed once while the file stays as it is, and again when it changed', () => {
    const [a, b] = [{ version: 'a' }, { version: 'b' }];
    writeFileSync(file, 'one');
    const held = contents(a, a, a, b);
    expect(held.of(fd)).toBe(hex('one'));
    writeFileSync(file, 'two');
    expect(held.of(fd)).toBe(hex('one'));
    expect(held.of(fd)).toBe(hex('two'));
  });

  test('is hashed each time as long as another change could have the same date', () => {
    const held = contents({ version: 'a', changedMs: 9_500 });
    writeFileSync(file, 'one');
    expect(held.of(fd)).toBe(hex('one'));
    writeFileSync(file, 'two');
    expect(held.of(fd)).toBe(hex('two'));
  });

  test('that changes under the hash is refused, and so is that of no file; what is too large has none', () => {
    expect(contents({ version: 'a' }, { version: 'b' }).of(fd)).toBe(-26);
    expect(contents(undefined).of(fd)).toBe(-13);
    expect(contents({ version: 'a', size: 2 ** 28 + 1 }).of(fd)).toBeUndefined();
  });
});
