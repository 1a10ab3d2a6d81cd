// Owns: the canonical CBOR profile of SPEC §1. It checks bytes strictly, and only then lets cbor-x make values of them.
// Trusts: nothing about its input. Time is linear in the input: a length is believed only as far as the bytes go.
// Excludes: what the items mean.
import { Decoder } from 'cbor-x/decode';
import { MS_BELOW, type Ms } from './ms.ts';

/** Why bytes are not canonical. `offset`: bytes into the input. */
export interface CborFault {
  offset: number;
  expected: string;
  found: string;
}

/** A value as cbor-x gives it: integers beyond ±2^53 are bigint, maps are Map, byte strings Uint8Array. */
export type Value = number | bigint | string | boolean | null | Uint8Array | Value[] | Map<Value, Value>;

const DEPTH_MAX = 64;

// A Decoder, not an Encoder: the latter keeps record definitions from one message to the next.
const decoder = new Decoder({ mapsAsObjects: false, useRecords: false });

/** The first fault of one CBOR item that must fill `bytes`, or undefined. */
export function checkCbor(bytes: Uint8Array): CborFault | undefined {
  try {
    const cursor = new Cursor(bytes);
    cursor.over(0, bytes.length);
    cursor.skip();
    cursor.finish();
    return undefined;
  } catch (thrown) {
    if (thrown instanceof Refused) return thrown.fault;
    throw thrown;
  }
}

/** The value of bytes that passed `checkCbor`. */
export function decodeCbor(checked: Uint8Array): Value {
  return decoder.decode(checked) as Value;
}

/** The value of canonical bytes, or the fault. */
export function readCbor(bytes: Uint8Array): { value: Value } | { fault: CborFault } {
  const fault = checkCbor(bytes);
  return fault ? { fault } : { value: decodeCbor(bytes) };
}

/** A Cursor throws it; the code that uses the cursor catches it. */
export class Refused extends Error {
  readonly fault: CborFault;

  constructor(offset: number, expected: string, found: string) {
    super(expected);
    this.fault = { offset, expected, found };
  }
}

/** Reads canonical bytes item by item, checking as it goes. Offsets, those of faults too, are into `bytes`. */
export class Cursor {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Where the next item starts. */
  at = 0;
  end = 0;
  /** Where the content of the byte string or text read last starts; it ends at `at`. */
  content = 0;
  // Set by head(): the argument, capped well above any length that can be there, and where the head ends.
  argument = 0;
  afterHead = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Reads from `start`, and nothing from `end` on. */
  over(start: number, end: number): void {
    this.at = start;
    this.end = end;
  }

  /** Any item. `depth`: how many arrays and maps it is in. */
  skip(depth = 0): void {
    this.at = this.item(this.at, depth);
  }

  finish(): void {
    if (this.at !== this.end) throw new Refused(this.at, 'the end', `${this.end - this.at} more bytes`);
  }

  /** The head of an array: its length. */
  array(): number {
    return this.container(4, 1, 'an array');
  }

  /** The head of a map: its number of pairs. The caller checks the order of the keys, since it knows them. */
  map(): number {
    return this.container(5, 2, 'a map');
  }

  arrayOf(length: number): void {
    const at = this.at;
    const found = this.array();
    if (found !== length) throw new Refused(at, `an array of ${length}`, `an array of ${found}`);
  }

  mapOf(pairs: number): void {
    const at = this.at;
    const found = this.map();
    if (found !== pairs) throw new Refused(at, `a map of ${pairs}`, `a map of ${found}`);
  }

  /** A key below 24, which is its own byte. */
  key(key: number): void {
    if (this.at >= this.end || this.bytes[this.at] !== key) throw new Refused(this.at, `key ${key}`, this.found());
    this.at++;
  }

  /** A count from `least` to `most`. */
  between(least: number, most: number): number {
    const { at } = this;
    const found = this.unsigned();
    if (found < least || found > most) throw new Refused(at, `${least} to ${most}`, `${found}`);
    return found;
  }

  isArray(): boolean {
    return this.at < this.end && this.bytes[this.at]! >> 5 === 4;
  }

  unsigned(): number {
    this.expect(0, 'a count');
    if (this.argument > Number.MAX_SAFE_INTEGER) throw new Refused(this.at, 'a count up to 2^53 - 1', 'one beyond');
    this.at = this.afterHead;
    return this.argument;
  }

  /** A time. */
  ms(): Ms {
    const { at } = this;
    const isNegative = at < this.end && this.bytes[at]! >> 5 === 1;
    this.expect(isNegative ? 1 : 0, 'a time');
    this.at = this.afterHead;
    if (this.argument <= Number.MAX_SAFE_INTEGER) return isNegative ? -1 - this.argument : this.argument;
    const argument = this.view.getBigUint64(at + 1);
    if (argument >= MS_BELOW) throw new Refused(at, 'a time of 64 bits', 'an integer beyond');
    return isNegative ? -1n - argument : argument;
  }

  /** A byte string of `least` to `most` bytes. `what`: for a message. */
  byteString(what: string, least: number, most: number): void {
    this.expect(2, 'bytes');
    const after = this.string(this.at);
    const length = after - this.afterHead;
    if (length < least || length > most) {
      const wanted = least === most ? `${most} bytes` : `at most ${most} bytes`;
      throw new Refused(this.at, `${what}: ${wanted}`, `${length} bytes`);
    }
    this.content = this.afterHead;
    this.at = after;
  }

  textString(): void {
    this.expect(3, 'text');
    const after = this.text(this.at);
    this.content = this.afterHead;
    this.at = after;
  }

  /** Whether null stands next. If it does, it is read. */
  isNull(): boolean {
    if (this.at >= this.end || this.bytes[this.at] !== 0xf6) return false;
    this.at++;
    return true;
  }

  bool(): void {
    const byte = this.at < this.end ? this.bytes[this.at]! : -1;
    if (byte !== 0xf4 && byte !== 0xf5) throw new Refused(this.at, 'false or true', this.found());
    this.at++;
  }

  /** The next byte, for a message. */
  found(): string {
    return this.at < this.end ? `byte ${this.bytes[this.at]!.toString(16).padStart(2, '0')}` : 'the end';
  }

  container(major: number, itemsEach: number, expected: string): number {
    this.expect(major, expected);
    const count = this.count(this.at, itemsEach);
    this.at = this.afterHead;
    return count;
  }

  expect(major: number, expected: string): void {
    const initial = this.at < this.end ? this.bytes[this.at]! : 0xff;
    if (initial >> 5 !== major) throw new Refused(this.at, expected, this.found());
    this.head(this.at, initial & 31);
  }

  // Checks the item at `at`, inside `depth` arrays and maps; gives the offset after it. Recursion ends at DEPTH_MAX.
  item(at: number, depth: number): number {
    if (at >= this.end) throw new Refused(at, 'an item', 'the end');
    const initial = this.bytes[at]!;
    const major = initial >> 5;
    if (major === 7) return this.simple(at, initial);
    this.head(at, initial & 31);
    if (major <= 1) return this.afterHead;
    if (major === 2) return this.string(at);
    if (major === 3) return this.text(at);
    if (major === 6) throw new Refused(at, 'no tag', 'a tag');
    if (depth === DEPTH_MAX) throw new Refused(at, `at most ${DEPTH_MAX} levels`, 'one more');
    return major === 4 ? this.items(at, depth + 1) : this.pairs(at, depth + 1);
  }

  head(at: number, info: number): void {
    if (info < 24) {
      this.argument = info;
      this.afterHead = at + 1;
      return;
    }
    if (info > 27) throw new Refused(at, 'a definite length', `additional information ${info}`);
    const size = 1 << (info - 24);
    const end = at + 1 + size;
    if (end > this.end) throw new Refused(at, `a head of ${1 + size} bytes`, 'the end');
    let shortest: boolean;
    if (size === 1) {
      this.argument = this.bytes[at + 1]!;
      shortest = this.argument >= 24;
    } else if (size === 2) {
      this.argument = this.view.getUint16(at + 1);
      shortest = this.argument > 0xff;
    } else if (size === 4) {
      this.argument = this.view.getUint32(at + 1);
      shortest = this.argument > 0xffff;
    } else {
      this.argument = Number(this.view.getBigUint64(at + 1));
      shortest = this.argument > 0xffffffff;
    }
    if (!shortest) throw new Refused(at, 'the shortest head', `a head of ${1 + size} bytes`);
    this.afterHead = end;
  }

  string(at: number): number {
    const start = this.afterHead;
    if (this.argument > this.end - start) {
      throw new Refused(at, `${this.argument} bytes`, `${this.end - start} bytes`);
    }
    return start + this.argument;
  }

  text(at: number): number {
    const end = this.string(at);
    const bad = badUtf8(this.bytes, this.afterHead, end);
    if (bad !== -1) throw new Refused(bad, 'valid UTF-8', `byte ${this.bytes[bad]!.toString(16).padStart(2, '0')}`);
    return end;
  }

  items(at: number, depth: number): number {
    const count = this.count(at, 1);
    let next = this.afterHead;
    for (let i = 0; i < count; i++) next = this.item(next, depth);
    return next;
  }

  pairs(at: number, depth: number): number {
    const count = this.count(at, 2);
    let next = this.afterHead;
    let previous = 0;
    let previousEnd = 0;
    for (let i = 0; i < count; i++) {
      const end = this.item(next, depth);
      if (i > 0) {
        const order = compareItems(this.bytes, previous, previousEnd, next, end);
        if (order === 0) throw new Refused(next, 'each key once', 'a duplicate key');
        if (order > 0) throw new Refused(next, 'keys ascending', 'a smaller key');
      }
      previous = next;
      previousEnd = end;
      next = this.item(end, depth);
    }
    return next;
  }

  // Every element is a byte at least, so a count beyond the bytes left needs no loop to be refused.
  count(at: number, itemsEach: number): number {
    const left = this.end - this.afterHead;
    if (this.argument * itemsEach > left) {
      throw new Refused(at, `${this.argument * itemsEach} items`, `${left} bytes`);
    }
    return this.argument;
  }

  simple(at: number, initial: number): number {
    if (initial >= 0xf4 && initial <= 0xf6) return at + 1;
    if (initial < 0xf9 || initial > 0xfb) throw new Refused(at, 'false, true or null', `byte ${initial.toString(16)}`);
    const size = 2 << (initial - 0xf9);
    const end = at + 1 + size;
    if (end > this.end) throw new Refused(at, `a head of ${1 + size} bytes`, 'the end');
    const value =
      size === 2
        ? half(this.view.getUint16(at + 1))
        : size === 4
          ? this.view.getFloat32(at + 1)
          : this.view.getFloat64(at + 1);
    if (Number.isNaN(value)) {
      if (size === 2 && this.view.getUint16(at + 1) === 0x7e00) return end;
      throw new Refused(at, 'NaN as f97e00', 'another NaN');
    }
    if (Number.isInteger(value) && value >= -(2 ** 64) && value < 2 ** 64) {
      throw new Refused(at, 'an integer', 'a float with an integral value');
    }
    if ((size === 8 && Math.fround(value) === value) || (size > 2 && fitsHalf(value))) {
      throw new Refused(at, 'the shortest float', `a float of ${size} bytes`);
    }
    return end;
  }
}

// DataView has no float16 in Node 22.
function half(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 0x3ff;
  const size =
    exponent === 0
      ? fraction * 2 ** -24
      : exponent < 31
        ? (1024 + fraction) * 2 ** (exponent - 25)
        : fraction === 0
          ? Infinity
          : NaN;
  return bits & 0x8000 ? -size : size;
}

function fitsHalf(value: number): boolean {
  const size = Math.abs(value);
  if (size === Infinity) return true;
  if (size < 2 ** -14) return Number.isInteger(size * 2 ** 24);
  // Exactly a float32 whose fraction needs only the upper 10 of its 23 bits.
  const bits = new DataView(new ArrayBuffer(4));
  bits.setFloat32(0, size);
  return size <= 65504 && bits.getFloat32(0) === size && (bits.getUint32(0) & 0x1fff) === 0;
}

/** How the item at `a` compares with that at `b`. */
export function compareItems(bytes: Uint8Array, a: number, aEnd: number, b: number, bEnd: number): number {
  const length = Math.min(aEnd - a, bEnd - b);
  for (let i = 0; i < length; i++) if (bytes[a + i] !== bytes[b + i]) return bytes[a + i]! - bytes[b + i]!;
  return aEnd - a - (bEnd - b);
}

// Offset of the first byte of the first ill-formed sequence (Unicode 16, table 3-7), or -1.
function badUtf8(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end) {
    const first = bytes[at]!;
    if (first < 0x80) {
      at++;
      continue;
    }
    const more = first < 0xc2 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : first < 0xf5 ? 3 : 0;
    if (more === 0 || at + more >= end) return at;
    const second = bytes[at + 1]!;
    const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
    const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
    if (second < low || second > high) return at;
    for (let i = 2; i <= more; i++) if (bytes[at + i]! >> 6 !== 2) return at;
    at += more + 1;
  }
  return -1;
}
