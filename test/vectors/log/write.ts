// A tiny log writer from SPEC §§1, 9 for vectors: it can write what a proper writer never would.
// Shares nothing with the recorder or the verifier, their libraries included.
import { createHash, createHmac, hkdfSync } from 'node:crypto';

export type Item = number | bigint | string | boolean | null | Uint8Array | Item[] | Map<Item, Item> | Raw;

/** Bytes put where an item belongs, as they are. */
export class Raw {
  readonly bytes: Uint8Array;

  constructor(hex: string) {
    this.bytes = Buffer.from(hex, 'hex');
  }
}

/** Canonical CBOR of SPEC §1. */
export function encode(item: Item): Buffer {
  if (item instanceof Raw) return Buffer.from(item.bytes);
  if (item === null) return Buffer.of(0xf6);
  if (typeof item === 'boolean') return Buffer.of(item ? 0xf5 : 0xf4);
  if (typeof item === 'bigint') return item < 0n ? head(1, -1n - item) : head(0, item);
  if (typeof item === 'number') {
    return Number.isInteger(item) && item >= -(2 ** 64) && item < 2 ** 64 ? encode(BigInt(item)) : float(item);
  }
  if (typeof item === 'string') return Buffer.concat([head(3, BigInt(Buffer.byteLength(item))), Buffer.from(item)]);
  if (item instanceof Uint8Array) return Buffer.concat([head(2, BigInt(item.length)), item]);
  if (Array.isArray(item)) return Buffer.concat([head(4, BigInt(item.length)), ...item.map(encode)]);
  if (!(item instanceof Map)) throw new TypeError(`no CBOR for ${String(item)}`);
  const pairs = [...item].map(([key, value]) => [encode(key), encode(value)] as const);
  pairs.sort(([a], [b]) => Buffer.compare(a, b));
  return Buffer.concat([head(5, BigInt(pairs.length)), ...pairs.flat()]);
}

function head(major: number, argument: bigint): Buffer {
  const bytes = Buffer.alloc(9);
  bytes.writeBigUInt64BE(argument, 1);
  const size = argument < 24n ? 0 : argument < 0x100n ? 1 : argument < 0x10000n ? 2 : argument < 0x100000000n ? 4 : 8;
  const info = size === 0 ? Number(argument) : 24 + Math.log2(size);
  return Buffer.concat([Buffer.of((major << 5) | info), bytes.subarray(9 - size)]);
}

// The shortest that reads back the same; float16 by trying its bit patterns, which is slow and plain.
const HALVES = new Map<number, number>();
for (let bits = 0; bits < 0x10000; bits++) {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 0x3ff;
  if (exponent === 31 && fraction > 0) continue;
  const size = exponent === 31 ? Infinity : 2 ** Math.max(exponent - 25, -24) * (fraction + (exponent ? 1024 : 0));
  HALVES.set(bits & 0x8000 ? -size : size, bits);
}

function float(value: number): Buffer {
  const bytes = Buffer.alloc(9);
  const half = Number.isNaN(value) ? 0x7e00 : HALVES.get(value);
  if (half !== undefined) {
    bytes[0] = 0xf9;
    bytes.writeUInt16BE(half, 1);
    return bytes.subarray(0, 3);
  }
  if (Math.fround(value) === value) {
    bytes[0] = 0xfa;
    bytes.writeFloatBE(value, 1);
    return bytes.subarray(0, 5);
  }
  bytes[0] = 0xfb;
  bytes.writeDoubleBE(value, 1);
  return bytes;
}

export function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

export function fields(entries: Record<number, Item>): Map<Item, Item> {
  return new Map(Object.entries(entries).map(([key, value]) => [Number(key), value]));
}

/** How a record may be written wrongly: its parts as bytes, or what its tag is computed over. */
export interface Wrong {
  start?: Uint8Array;
  payloadHead?: Uint8Array;
  tagHead?: Uint8Array;
  tag?: (right: Buffer) => Uint8Array;
  macProtected?: Uint8Array;
  macPrevious?: Uint8Array;
}

const PROTECTED = Buffer.from('a2010504426530', 'hex');

/** Records of one log, chained: `records[i]` is the i-th record's bytes. */
export class LogWriter {
  readonly #key: Uint8Array;
  readonly records: Buffer[] = [];
  previous: Buffer = Buffer.alloc(0);

  constructor(seed: Uint8Array, origin: string) {
    const epochKey = new Uint8Array(hkdfSync('sha256', seed, origin, 'plumbline/1 epoch', 32));
    this.#key = new Uint8Array(hkdfSync('sha256', epochKey, '', 'plumbline/1 mac', 32));
  }

  /** A record of `[type, seq, epoch, body]`, seq and epoch as they should be. */
  add(type: number, body: Item, wrong: Wrong = {}): void {
    this.payload(encode([type, this.records.length, 0, body]), wrong);
  }

  payload(payload: Uint8Array, wrong: Wrong = {}): void {
    const { macProtected = PROTECTED, macPrevious = this.previous } = wrong;
    const right = createHmac('sha256', this.#key)
      .update(encode(['MAC0', macProtected, macPrevious, payload]))
      .digest();
    const tag = Buffer.from(wrong.tag?.(right) ?? right);
    const start = wrong.start ?? Buffer.concat([Buffer.of(0xd1, 0x84), encode(PROTECTED), Buffer.of(0xa0)]);
    const payloadHead = wrong.payloadHead ?? head(2, BigInt(payload.length));
    const tagHead = wrong.tagHead ?? head(2, BigInt(tag.length));
    this.records.push(Buffer.concat([start, payloadHead, payload, tagHead, tag]));
    this.previous = tag;
  }
}
