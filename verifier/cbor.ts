// The canonical CBOR profile of SPEC §1: checks bytes strictly, and only then lets cbor-x make values of them.
// Trusts nothing about its input. Time is linear in the input: a length is believed only as far as bytes are there.
import { Decoder } from 'cbor-x/decode';

/** What is not canonical. `offset`: bytes into the input. */
export interface CborFault {
  offset: number;
  expected: string;
  found: string;
}

/** As cbor-x gives it: integers beyond ±2^53 are bigint, maps are Map, byte strings Uint8Array. */
export type Value = number | bigint | string | boolean | null | Uint8Array | Value[] | Map<Value, Value>;

const DEPTH_MAX = 64;

// A Decoder, not an Encoder: the latter keeps record definitions from one message to the next.
const decoder = new Decoder({ mapsAsObjects: false, useRecords: false });

/** The first fault of one CBOR item that must fill `bytes`, or undefined. */
export function checkCbor(bytes: Uint8Array): CborFault | undefined {
  try {
    const end = new Checker(bytes).item(0, 0);
    if (end !== bytes.length) return { offset: end, expected: 'the end', found: `${bytes.length - end} more bytes` };
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

// Leaves the recursion; never leaves this file.
class Refused extends Error {
  readonly fault: CborFault;

  constructor(offset: number, expected: string, found: string) {
    super(expected);
    this.fault = { offset, expected, found };
  }
}

class Checker {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  // Set by head(): the argument, capped well above any length that can be there, and where the head ends.
  argument = 0;
  afterHead = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  // Checks the item at `at`, inside `depth` arrays and maps; gives the offset after it. Recursion ends at DEPTH_MAX.
  item(at: number, depth: number): number {
    if (at >= this.bytes.length) throw new Refused(at, 'an item', 'the end');
    const initial = this.bytes[at]!;
    const major = initial >> 5;
    if (major === 7) return this.simple(at, initial);
    this.head(at, initial & 31);
    if (major <= 1) return this.afterHead;
    if (major === 2) return this.string(at);
    if (major === 3) return this.text(at);
    if (major === 6) throw new Refused(at, 'no tag', 'a tag');
    if (depth === DEPTH_MAX) throw new Refused(at, `at most ${DEPTH_MAX} levels`, 'one more');
    return major === 4 ? this.array(at, depth + 1) : this.map(at, depth + 1);
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
    if (end > this.bytes.length) throw new Refused(at, `a head of ${1 + size} bytes`, 'the end');
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
    if (this.argument > this.bytes.length - start) {
      throw new Refused(at, `${this.argument} bytes`, `${this.bytes.length - start} bytes`);
    }
    return start + this.argument;
  }

  text(at: number): number {
    const end = this.string(at);
    const bad = badUtf8(this.bytes, this.afterHead, end);
    if (bad !== -1) throw new Refused(bad, 'valid UTF-8', `byte ${this.bytes[bad]!.toString(16).padStart(2, '0')}`);
    return end;
  }

  array(at: number, depth: number): number {
    const count = this.count(at, 1);
    let next = this.afterHead;
    for (let i = 0; i < count; i++) next = this.item(next, depth);
    return next;
  }

  map(at: number, depth: number): number {
    const count = this.count(at, 2);
    let next = this.afterHead;
    let previous = 0;
    let previousEnd = 0;
    for (let i = 0; i < count; i++) {
      const end = this.item(next, depth);
      if (i > 0) {
        const order = compare(this.bytes.subarray(previous, previousEnd), this.bytes.subarray(next, end));
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
    const left = this.bytes.length - this.afterHead;
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
    if (end > this.bytes.length) throw new Refused(at, `a head of ${1 + size} bytes`, 'the end');
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

function compare(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
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
