// Publishing: one checkpoint at a time, the latest first, and only what is accepted last counts.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Publisher, publishLast } from '../../bindings/log/publisher.ts';
import { runtime as node } from '../../bindings/runtime/node.ts';
import { inTemporary } from './setting.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Someone who publishes when the test says so. */
function held() {
  const asked: { text: string; accept: () => void; refuse: (cause: Error) => void }[] = [];
  const publish = (checkpoint: Uint8Array): Promise<void> =>
    new Promise((accept, refuse) => asked.push({ text: Buffer.from(checkpoint).toString(), accept, refuse }));
  return { asked, publish };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('while one is published, only the latest waits', () =>
  inTemporary(async (directory) => {
    const { asked, publish } = held();
    const publisher = new Publisher(directory, publish, node.files);
    for (const text of ['a', 'b', 'c']) publisher.offer(bytes(text));
    await turn();
    expect(asked.map(({ text }) => text)).toEqual(['a']);
    asked[0]!.accept();
    await turn();
    expect(asked.map(({ text }) => text)).toEqual(['a', 'c']);
    expect(readFileSync(join(directory, 'published'), 'utf8')).toBe('a');
    asked[1]!.accept();
    await publisher.settled();
    expect(readFileSync(join(directory, 'published'), 'utf8')).toBe('c');
    publisher.offer(bytes('d'));
    await turn();
    expect(asked).toHaveLength(3);
  }));

test('a failure is made good by what is accepted later, and told if nothing is', () =>
  inTemporary(async (directory) => {
    const { asked, publish } = held();
    const publisher = new Publisher(directory, publish, node.files);
    publisher.offer(bytes('a'));
    await turn();
    asked[0]!.refuse(new Error('no network'));
    await expect(publisher.settled()).rejects.toMatchObject({
      code: 'publish-failed',
      cause: { message: 'no network' },
    });
    expect(existsSync(join(directory, 'published'))).toBe(false);
    publisher.offer(bytes('b'));
    await turn();
    asked[1]!.accept();
    await publisher.settled();
    expect(readFileSync(join(directory, 'published'), 'utf8')).toBe('b');
  }));

test('a log is published as it stands', () =>
  inTemporary(async (directory) => {
    writeFileSync(join(directory, 'checkpoint'), 'x');
    const { asked, publish } = held();
    const done = publishLast(directory, publish, node.files);
    await turn();
    asked[0]!.accept();
    await done;
    expect(readFileSync(join(directory, 'published'), 'utf8')).toBe('x');
  }));
