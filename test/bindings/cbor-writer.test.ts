// The writer against decoders it shares nothing with: the verifier's strict checker, and cbor-x for values.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Decoder } from 'cbor-x';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CborWriter } from '../../bindings/cbor-writer.ts';
import { checkCbor } from '../../verifier/record/cbor.ts';
import { describeShared } from '../shared.ts';
import { bytes, hex } from './bytes.ts';

type Item = boolean | number | bigint | string | Uint8Array | Item[] | Map<string, Item>;

function encode(body: (writer: CborWriter) => void, size = 100_000): string {
  const writer = new CborWriter(new Uint8Array(size));
  body(writer);
  return hex(writer.written());
}

function write(writer: CborWriter, item: Item): void {
  if (typeof item === 'boolean') writer.bool(item);
  else if (typeof item === 'string') writer.text(item);
  else if (typeof item === 'number' || typeof item === 'bigint') writer.int(item);
  else if (item instanceof Uint8Array) writer.bytes(item);
  else if (Array.isArray(item)) {
    writer.array(item.length);
    for (const element of item) write(writer, element);
  } else {
    const head = writer.position;
    writer.map(item.size);
    const starts: number[] = [];
    for (const [name, value] of item) {
      starts.push(writer.position);
      writer.text(name);
      write(writer, value);
    }
    writer.order(head, starts);
  }
}

const wellFormed = fc.string({ unit: 'binary', maxLength: 300 });
const { item } = fc.letrec<{ item: Item }>((tie) => ({
  item: fc.oneof(
    { maxDepth: 4 },
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.bigInt(-(2n ** 64n), 2n ** 64n - 1n),
    wellFormed,
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie('item'), { maxLength: 30 }),
    fc.array(fc.tuple(wellFormed, tie('item')), { maxLength: 30 }).map((pairs) => new Map(pairs)),
  ),
}));

// As cbor-x gives it back: integers beyond 2^53 as bigint, maps without order.
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}`;
  if (typeof value === 'number') return `${value}`;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map) return new Set([...value].map(([name, of]) => JSON.stringify([name, plain(of)])));
  return value;
}

const decoder = new Decoder({ mapsAsObjects: false });

test('whatever is written is canonical, and is what was meant', () => {
  fc.assert(
    fc.property(item, (value) => {
      const encoded = bytes(encode((writer) => write(writer, value)));
      expect(checkCbor(encoded)).toBeUndefined();
      expect(plain(decoder.decode(encoded))).toEqual(plain(value));
    }),
    { numRuns: 1000 },
  );
});

describe('heads are the shortest', () => {
  test.each([
    [0, '00'],
    [23, '17'],
    [24, '1818'],
    [255, '18ff'],
    [256, '190100'],
    [65_535, '19ffff'],
    [65_536, '1a00010000'],
    [4_294_967_295, '1affffffff'],
    [4_294_967_296, '1b0000000100000000'],
    [Number.MAX_SAFE_INTEGER, '1b001fffffffffffff'],
    [2n ** 53n, '1b0020000000000000'],
    [2n ** 63n - 1n, '1b7fffffffffffffff'],
    [2n ** 64n - 1n, '1bffffffffffffffff'],
    [5n, '05'],
    [-1, '20'],
    [-24, '37'],
    [-25, '3818'],
    [-4_294_967_297, '3b0000000100000000'],
    [Number.MIN_SAFE_INTEGER, '3b001ffffffffffffe'],
    [-(2n ** 53n), '3b001fffffffffffff'],
    [-(2n ** 63n), '3b7fffffffffffffff'],
    [-(2n ** 64n), '3bffffffffffffffff'],
  ])('%s is %s', (value, expected) => {
    expect(encode((writer) => writer.int(value))).toBe(expected);
  });

  test.each([23, 24, 25, 255, 256, 65_535, 65_536])('text of %i characters', (length) => {
    const encoded = bytes(encode((writer) => writer.text('x'.repeat(length))));
    expect(checkCbor(encoded)).toBeUndefined();
    expect(decoder.decode(encoded)).toBe('x'.repeat(length));
  });

  test('text is counted in bytes, not in characters', () => {
    // 23 characters, 24 bytes: the head grows.
    expect(encode((writer) => writer.text(`${'x'.repeat(22)}é`))).toBe(`7818${'78'.repeat(22)}c3a9`);
  });
});

test('text with a lone surrogate is not written', () => {
  for (const text of ['\ud800', `${'x'.repeat(50)}\udc00`, '\udc00\ud800']) {
    const writer = new CborWriter(new Uint8Array(200));
    expect(writer.text(text)).toBe(false);
    expect(writer.position).toBe(0);
  }
});

function writeSet(writer: CborWriter, values: Item[]): void {
  const head = writer.position;
  writer.array(values.length);
  const starts = values.map((value) => {
    const start = writer.position;
    write(writer, value);
    return start;
  });
  writer.order(head, starts);
}

const set = (...values: Item[]): string => encode((writer) => writeSet(writer, values));

describe('order', () => {
  test('of a set is that of the bytes', () => {
    expect(set('b', 'a', 10, 'aa', -1, true)).toBe('860a2061616162626161f5');
  });

  test('drops what a set holds twice, and shortens the head for it', () => {
    expect(set(...Array.from({ length: 30 }, (_, index) => index % 23))).toBe(
      `97${Array.from({ length: 23 }, (_, index) => hex(index)).join('')}`,
    );
  });

  test('of a map is that of the encoded names: shorter first', () => {
    const map = new Map<string, Item>([
      ['b', 1],
      ['aa', 2],
      ['é', 3],
      ['a', 4],
    ]);
    // é is two bytes, c3a9, after aa.
    expect(encode((writer) => write(writer, map))).toBe('a461610461620162616102 62c3a903'.replace(' ', ''));
  });
});

describe('what does not fit is noticed', () => {
  test.each<[string, Item]>([
    ['an integer', 2n ** 63n],
    ['short text', 'xxxxxxxxx'],
    ['long text', 'x'.repeat(100)],
    ['non-ASCII text', 'é'.repeat(5)],
    ['a byte string', new Uint8Array(9)],
    ['a set out of order', [5, 4, 3, 2, 1, 0, 9, 8, 7]],
  ])('%s', (_, value) => {
    expect(() => encode((writer) => write(writer, value), 8)).toThrow(RangeError);
    // Not even the bytes after the window's end are touched.
    const memory = new Uint8Array(256);
    const writer = new CborWriter(memory.subarray(0, 8));
    write(writer, value);
    expect(memory.subarray(8).every((byte) => byte === 0)).toBe(true);
    expect(writer.overflowed).toBe(true);
  });

  test('a set, even if it would fit once what it holds twice is gone', () => {
    const writer = new CborWriter(new Uint8Array(8));
    writeSet(writer, Array<number>(20).fill(1));
    expect(writer.overflowed).toBe(true);
  });
});

describeShared('cbor-wg vectors', 'vectors/cbor-wg/tests', (directory) => {
  test('canonical integers, strings, arrays and maps are written as they stand', () => {
    const files = (readdirSync(directory, { recursive: true }) as string[]).filter((name) => name.endsWith('.edn'));
    const vectors = files.flatMap((file) => [
      ...readFileSync(join(directory, file), 'utf8').matchAll(/"encoded": h'([0-9a-f]*)'/g),
    ]);
    let compared = 0;
    for (const [, encoded] of vectors) {
      const vector = bytes(encoded!);
      if (checkCbor(vector) !== undefined) continue;
      const value = decoder.decode(vector) as Item;
      if (!writable(value)) continue;
      expect(encode((writer) => write(writer, value))).toBe(encoded);
      compared++;
    }
    console.log(`cbor-wg: ${compared} of ${vectors.length} vectors are in the writer's profile, all equal`);
    expect(compared).toBeGreaterThan(20);
  });
});

function writable(value: unknown): boolean {
  if (typeof value === 'number') return Number.isSafeInteger(value);
  if (Array.isArray(value)) return value.every(writable);
  if (value instanceof Map) return [...value].every(([name, of]) => typeof name === 'string' && writable(of));
  return ['boolean', 'bigint', 'string'].includes(typeof value) || value instanceof Uint8Array;
}
