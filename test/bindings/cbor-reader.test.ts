// The reader accepts what the writer writes, and of everything else nothing.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CborReader } from '../../bindings/cbor-reader.ts';
import { CborWriter } from '../../bindings/cbor-writer.ts';
import { bytes } from './bytes.ts';

const reader = (hex: string): CborReader => new CborReader(bytes(hex));

test('integers come back exactly, as numbers where they are safe', () => {
  fc.assert(
    fc.property(fc.oneof(fc.bigInt(-(2n ** 64n), 2n ** 64n - 1n), fc.bigInt(-1000n, 1000n)), (value) => {
      const writer = new CborWriter(new Uint8Array(9));
      writer.int(value);
      const read = new CborReader(writer.written()).int();
      expect(BigInt(read)).toBe(value);
      expect(typeof read).toBe(Number.isSafeInteger(Number(value)) ? 'number' : 'bigint');
    }),
  );
});

test('text, bytes, booleans, null, arrays and maps are read in turn', () => {
  const items = reader('82 a1 00 63efbbbf 42 0102 f5 f4 f6 05'.replaceAll(' ', ''));
  expect(items.atArray()).toBe(true);
  expect(items.array()).toBe(2);
  expect(items.map()).toBe(1);
  expect(items.uint()).toBe(0);
  // A byte order mark is text.
  expect(items.text()).toBe('\ufeff');
  expect(items.hex()).toBe('0102');
  expect([items.bool(), items.bool(), items.null(), items.null()]).toEqual([true, false, true, false]);
  expect(items.uint()).toBe(5);
  items.end();
});

test.each<[string, string, (items: CborReader) => unknown]>([
  ['one byte where none is needed', '1817', (items) => items.uint()],
  ['two bytes where one does', '1900ff', (items) => items.uint()],
  ['four bytes where two do', '1a0000ffff', (items) => items.uint()],
  ['eight bytes where four do', '1b00000000ffffffff', (items) => items.uint()],
  ['a long head of a negative integer', '3817', (items) => items.int()],
  ['a long head of text', '780161', (items) => items.text()],
  ['reserved additional information', '1c', (items) => items.uint()],
  ['an indefinite length', '9f', (items) => items.array()],
  ['a cut head', '19ff', (items) => items.uint()],
  ['cut text', '6261', (items) => items.text()],
  ['text longer than anything', '7bffffffffffffffff', (items) => items.text()],
  ['bytes longer than anything', '5b7fffffffffffffff', (items) => items.hex()],
  ['a lone surrogate', '63eda080', (items) => items.text()],
  ['an overlong form', '62c080', (items) => items.text()],
  ['an integer for text', '00', (items) => items.text()],
  ['text for bytes', '60', (items) => items.hex()],
  ['a negative integer for a size', '20', (items) => items.uint()],
  ['a float for an integer', 'f90000', (items) => items.int()],
  ['undefined for a boolean', 'f7', (items) => items.bool()],
  ['a map for an array', 'a0', (items) => items.array()],
  ['an array for a map', '80', (items) => items.map()],
  ['nothing', '', (items) => items.int()],
  ['more', '0000', (items) => (items.uint(), items.end())],
])('%s is refused', (_, hex, read) => {
  expect(() => read(reader(hex))).toThrow(expect.objectContaining({ code: 'malformed-cbor' }));
});
