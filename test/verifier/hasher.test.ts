// The bulk hashes, three ways, against @noble/hashes and the definitions, on records of any length.
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { describe, expect, test } from 'vitest';
import { createHasher, FRAME_NUMBERS, HASH_BYTES, NO_PREVIOUS, TILE_HASHES } from '../../verifier/sha256/hasher.ts';
import type { Hasher } from '../../verifier/sha256/hasher.ts';
import { LogWriter, encode, fields, rootOf, treeRoot } from '../vectors/log/write.ts';
import { generator } from './generator.ts';
import { WASM } from './log-directory.ts';

const KEY = Uint8Array.from({ length: 32 }, (_, i) => 255 - i);
const PREVIOUS_BYTES = 34;

interface Made {
  record: Buffer;
  macStructure: Buffer;
}

/** Records as SPEC §9.1 has them, chained from no tag, with right tags under KEY. */
function make(lengths: number[], epoch: (record: number) => number): Made[] {
  const random = generator(lengths.length);
  let previous: Uint8Array = Buffer.alloc(0);
  return lengths.map((length, i) => {
    const header = encode(fields({ 1: 5, 4: Buffer.from(`e${epoch(i)}`) }));
    const payload = Buffer.from(Array.from({ length }, () => random(256)));
    const macStructure = encode(['MAC0', header, previous, payload]);
    const tag = hmac(sha256, KEY, macStructure);
    previous = tag;
    const record = [Buffer.of(0xd1, 0x84), encode(header), Buffer.of(0xa0), encode(payload), encode(tag)];
    return { record: Buffer.concat(record), macStructure };
  });
}

/** Puts records into the window, and their frames beside it. */
function fill(hasher: Hasher, made: Made[]): void {
  let at = PREVIOUS_BYTES;
  let previous = NO_PREVIOUS;
  for (const [i, { record }] of made.entries()) {
    hasher.window.set(record, at);
    const payload = record.indexOf(0xa0, 2 + record[2]! - 0x40) + 1;
    const tag = at + record.length - HASH_BYTES;
    hasher.frames.set([at, at + payload, tag, previous], i * FRAME_NUMBERS);
    previous = tag - 2;
    at += record.length;
  }
  hasher.setKey(KEY);
}

const hashers = (['simd', 'native', 'portable'] as const).map((way) => [way, createHasher(way, WASM)] as const);

describe.each(hashers)('%s', (way, hasher) => {
  test('is what it says', () => expect(hasher.hashing).toBe(way));

  // Payloads around the ends of SHA-256 blocks, with headers of one to ten digits.
  const around = Array.from({ length: 140 }, (_, length) => length);
  test.each([
    ['of 0 to 139 bytes', around, () => 0],
    ['of every number of digits', around, (i: number) => 10 ** (i % 11)],
    ['of unlike lengths', [3, 5_000, 1, 60_000, 70, 70, 12, 65_000, 0, 300, 300, 300], () => 7],
    ['alone', [300], () => 0],
    ['of two', [300, 301], () => 0],
  ])('hashes records %s', (_, lengths, epoch) => {
    const made = make(lengths, epoch);
    fill(hasher, made);
    expect(hasher.checkTags(0, made.length)).toBe(made.length);
    hasher.hashLeaves(made.length);
    for (const [i, { record }] of made.entries()) {
      const leaf = hasher.leaves.slice(i * HASH_BYTES, (i + 1) * HASH_BYTES);
      expect(Buffer.from(leaf), `record ${i}`).toEqual(Buffer.from(sha256(Buffer.concat([Buffer.of(0), record]))));
    }
  });

  const seed = 5;
  test(`finds the first wrong tag, wherever one bit is wrong (seed ${seed})`, () => {
    const random = generator(seed);
    const made = make(
      Array.from({ length: 50 }, (_, i) => (i * 37) % 300),
      () => 0,
    );
    for (let round = 0; round < 300; round++) {
      fill(hasher, made);
      const wrong = random(made.length);
      const frame = hasher.frames.subarray(wrong * FRAME_NUMBERS);
      const byte = frame[1]! + random(frame[2]! + HASH_BYTES - frame[1]!);
      hasher.window[byte]! ^= 1 << random(8);
      const inTagHead = byte >= frame[2]! - 2 && byte < frame[2]!;
      // The head of a tag is no part of its own MAC, but of the next one's.
      const found = Math.min(wrong + (inTagHead ? 1 : 0), made.length);
      const first = random(wrong + 1);
      expect(hasher.checkTags(first, made.length), `round ${round}`).toBe(found);
      expect(hasher.checkTags(0, wrong), `round ${round}`).toBe(wrong);
    }
  });

  test('knows another key from the right one', () => {
    fill(
      hasher,
      make([100, 200], () => 0),
    );
    hasher.setKey(new Uint8Array(32));
    expect(hasher.checkTags(0, 2)).toBe(0);
    hasher.setKey(KEY);
    expect(hasher.checkTags(0, 2)).toBe(2);
  });

  test('gives the root of a tile', () => {
    const random = generator(9);
    const hashes = Array.from({ length: TILE_HASHES }, () =>
      Buffer.from(Array.from({ length: 32 }, () => random(256))),
    );
    const tile = Buffer.concat(hashes);
    expect(Buffer.from(hasher.tileRoot(tile))).toEqual(treeRoot(hashes));
    expect(tile).toEqual(Buffer.concat(hashes));
  });
});

test('without the module, or with one that is none, it is portable, and says so', () => {
  expect(createHasher('simd', undefined).hashing).toBe('portable');
  expect(createHasher('simd', Buffer.from('no module')).hashing).toBe('portable');
});

test('the definitions agree with the writer of the vectors', () => {
  const log = new LogWriter(Buffer.alloc(32), 'plumbline/x');
  log.add(8, fields({}));
  expect(rootOf(log.records)).toEqual(Buffer.from(sha256(Buffer.concat([Buffer.of(0), log.records[0]!]))));
});
