// The strict checker against vectors nobody here wrote, and every way to leave the profile of SPEC §1.
import { Decoder } from 'cbor-x/decode';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkCbor, readCbor } from '../../verifier/record/cbor.ts';
import { describeShared } from '../shared.ts';
import { generator } from './generator.ts';
import { encode } from '../vectors/log/write.ts';
import type { Item } from '../vectors/log/write.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
const accepts = (bytes: Uint8Array) => checkCbor(bytes) === undefined;
const decoder = new Decoder({ mapsAsObjects: false, useRecords: false });

// Bytes are in the profile exactly if the values they stand for are written as these bytes.
function isCanonical(bytes: Uint8Array): boolean {
  try {
    const item = decoder.decode(bytes) as Item;
    return depth(item) <= 64 && encode(item).equals(bytes);
  } catch {
    return false;
  }
}

function depth(item: Item): number {
  if (Array.isArray(item)) return 1 + Math.max(0, ...item.map(depth));
  return item instanceof Map ? 1 + Math.max(0, ...[...item].flat().map(depth)) : 0;
}

function judge(inputs: Uint8Array[]): { accepted: number; refused: number } {
  const wrong = inputs.filter((bytes) => accepts(bytes) !== isCanonical(bytes));
  expect(wrong.map((bytes) => Buffer.from(bytes).toString('hex'))).toEqual([]);
  const accepted = inputs.filter(accepts).length;
  return { accepted, refused: inputs.length - accepted };
}

// The suites' diagnostic form: cbor-x cannot read all of their binary form.
function readSuite(path: string): { encoded: Buffer; roundtrip: boolean }[] {
  const cases = readFileSync(path, 'utf8').matchAll(/(?:"roundtrip":\s*(false|true),\s*)?"encoded":\s*h'([^']*)'/g);
  return [...cases].map(([, roundtrip, encoded]) => ({ encoded: hex(encoded!), roundtrip: roundtrip !== 'false' }));
}

const SUITES = {
  'rfc8949/good': { accepted: 55, refused: 33 },
  'rfc8949-appendixA/mt0': { accepted: 11, refused: 0 },
  'rfc8949-appendixA/mt1': { accepted: 5, refused: 0 },
  'rfc8949-appendixA/mt2': { accepted: 2, refused: 0 },
  'rfc8949-appendixA/mt3': { accepted: 7, refused: 0 },
  'rfc8949-appendixA/mt4': { accepted: 4, refused: 0 },
  'rfc8949-appendixA/mt5': { accepted: 5, refused: 0 },
  'rfc8949-appendixA/mt6': { accepted: 0, refused: 8 },
  'rfc8949-appendixA/mt7-float': { accepted: 10, refused: 12 },
  'rfc8949-appendixA/mt7-simple': { accepted: 3, refused: 3 },
  'rfc8949-appendixA/streaming': { accepted: 0, refused: 11 },
  'spike/spike': { accepted: 506, refused: 659 },
};

describeShared('cbor-test-vectors', 'vectors/cbor-wg/tests', (directory) => {
  test('rfc8949/bad: all refused', () => {
    const tests = readSuite(join(directory, 'rfc8949/bad.edn'));
    expect(tests.length).toBe(47);
    expect(tests.filter(({ encoded }) => accepts(encoded))).toEqual([]);
  });

  test.each(Object.entries(SUITES))('%s', (name, counts) => {
    const tests = readSuite(join(directory, `${name}.edn`));
    expect(tests.filter(({ encoded, roundtrip }) => !roundtrip && accepts(encoded))).toEqual([]);
    expect(judge(tests.map(({ encoded }) => encoded))).toEqual(counts);
  });
});

describeShared('RFC 8949 appendix F', 'vectors/rfc8949-appendixF/not-well-formed.json', (path) => {
  test('all 94 refused', () => {
    const inputs = JSON.parse(readFileSync(path, 'utf8')) as { hex: string }[];
    expect(inputs.length).toBe(94);
    expect(inputs.filter((input) => accepts(hex(input.hex)))).toEqual([]);
  });
});

describeShared('draft-ietf-cbor-serialization examples', 'vectors/edn-serialization', (directory) => {
  test('only a deterministic serialization is accepted', () => {
    const inputs: Uint8Array[] = [];
    for (const name of readdirSync(directory)) {
      const text = readFileSync(join(directory, name), 'utf8');
      const [general, deterministic] = [
        text.slice(0, text.indexOf('"deterministic')),
        text.slice(text.indexOf('"deterministic')),
      ].map((part) => [...part.matchAll(/h'([0-9a-f\s]*)'/g)].map((match) => hex(match[1]!)));
      const all = [...general!, ...deterministic!];
      const others = all.filter((bytes) => !deterministic!.some((one) => one.equals(bytes)));
      expect(others.filter(accepts), name).toEqual([]);
      inputs.push(...all);
    }
    expect(judge(inputs)).toEqual({ accepted: 48, refused: 100 });
  });
});

// [what, bytes, offset of the fault], or no offset where the bytes are canonical.
const EDGES: [string, string, number?][] = [
  ['no bytes', '', 0],
  ['2^64 − 1', '1bffffffffffffffff'],
  ['−2^64', '3bffffffffffffffff'],
  ['2^64 as a float', 'fa5f800000'],
  ['2^63 as a float', 'fa5f000000', 0],
  ['−2^64 as a float', 'fadf800000', 0],
  ['the float below −2^64', 'fadf800001'],
  ['0.0', 'f90000', 0],
  ['−0.0', 'f98000', 0],
  ['1.5', 'f93e00'],
  ['1.5 as float32', 'fa3fc00000', 0],
  ['1.5 as float64', 'fb3ff8000000000000', 0],
  ['0.1 as float64', 'fb3fb999999999999a'],
  ['0.1 rounded to float32', 'fa3dcccccd'],
  ['0.1 rounded to float32, as float64', 'fb3fb99999a0000000', 0],
  ['2^-24, the least half', 'f90001'],
  ['2^-24 as float32', 'fa33800000', 0],
  ['2^-25, no half', 'fa33000000'],
  ['2^-14 as float32', 'fa38800000', 0],
  ['2^-149, the least float32', 'fa00000001'],
  ['2^-149 as float64', 'fb36a0000000000000', 0],
  ['infinity', 'f97c00'],
  ['infinity as float32', 'fa7f800000', 0],
  ['NaN', 'f97e00'],
  ['NaN with another payload', 'f97e01', 0],
  ['NaN as float32', 'fa7fc00000', 0],
  ['undefined', 'f7', 0],
  ['simple(16)', 'f0', 0],
  ['simple(32)', 'f820', 0],
  ['break', 'ff', 0],
  ['a tag', 'c000', 0],
  ['a duplicate key', 'a200000000', 3],
  ['a longer key first', 'a2180000000000', 1],
  ['keys 24, 23', 'a21818001700', 4],
  ['keys 23, 24', 'a21700181800'],
  ['keys 1, −1', 'a201002000'],
  ['keys "b", "aa"', 'a261620062616100'],
  ['keys "aa", "b"', 'a262616100616200', 5],
  ['a key that is a map with descending keys', 'a1a20200010000', 4],
  ['an array longer than its bytes', '9affffffff00', 0],
  ['a map longer than its bytes', 'bb7fffffffffffffff', 0],
  ['a map with half a pair', 'a100', 0],
  ['bytes longer than there are', '5bffffffffffffffff00', 0],
  ['a second item', '0000', 1],
  ['U+10FFFF', '64f48fbfbf'],
  ['beyond U+10FFFF', '64f4908080', 1],
  ['a surrogate', '63eda080', 1],
  ['an overlong /', '62c0af', 1],
  ['an overlong euro sign', '64f08282ac', 1],
  ['a continuation alone', '6180', 1],
  ['a sequence cut by the end of the text', '8261e261c2', 2],
  ['64 arrays', `${'81'.repeat(63)}80`],
  ['65 arrays', `${'81'.repeat(64)}80`, 64],
];

describe('the profile', () => {
  test.each(EDGES)('%s', (_, text, offset) => {
    expect(checkCbor(hex(text))?.offset).toBe(offset);
    expect(isCanonical(hex(text))).toBe(offset === undefined);
  });

  test('integers beyond 2^53 keep their value, maps stay maps', () => {
    expect(readCbor(hex('a11b7fffffffffffffff3b7fffffffffffffff'))).toEqual({
      value: new Map([[2n ** 63n - 1n, -(2n ** 63n)]]),
    });
  });

  const seed = 1;
  test(`agrees with decoding and encoding again on 100,000 short random inputs (seed ${seed})`, () => {
    const random = generator(seed);
    // Mostly heads of small items, so that structures form.
    const heads = hex('0017181900202738406061626380818283a0a1a2c1f4f5f6f7f9fafbff');
    const inputs = Array.from({ length: 100_000 }, () =>
      Uint8Array.from({ length: 1 + random(12) }, () => (random(3) > 0 ? heads[random(heads.length)]! : random(256))),
    );
    const { accepted } = judge(inputs);
    expect(accepted).toBeGreaterThan(4_000);
  });

  test('ten million bytes that promise ten million items are judged in one pass', () => {
    const bytes = new Uint8Array(10_000_000).fill(0x81);
    expect(checkCbor(bytes)?.offset).toBe(64);
    bytes.fill(0);
    bytes.set(hex('9a0098967b'));
    expect(checkCbor(bytes)).toBeUndefined();
  });
});
