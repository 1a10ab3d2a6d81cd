// A tiny log writer from SPEC §§1, 9 for vectors: it can write what a proper writer never would.
// Shares nothing with the recorder or the verifier, their libraries included.
import { createHash, createHmac, createPrivateKey, createPublicKey, hkdfSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

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
  /** The epoch that the kid names, and the one whose key tags. */
  kid?: number;
  keyOf?: number;
}

const derive = (key: Uint8Array, salt: string, info: string, bytes = 32) =>
  new Uint8Array(hkdfSync('sha256', key, salt, info, bytes));

// H(n) of SPEC §9.2.
function hostKey(seed: Uint8Array, logNumber: number): Uint8Array {
  let key = derive(seed, '', 'plumbline/1 host');
  for (let n = 0; n < logNumber; n++) key = derive(key, '', 'plumbline/1 next log');
  return key;
}

/** What a header names its key by. */
export const keyIdOf = (seed: Uint8Array, logNumber: number) =>
  derive(hostKey(seed, logNumber), '', 'plumbline/2 key id', 8);

/** SPEC §9.2: mac(0), mac(1) … of a log. */
export function* epochKeys(seed: Uint8Array, origin: string, logNumber: number): Generator<Uint8Array, never> {
  let key = derive(hostKey(seed, logNumber), origin, 'plumbline/1 epoch');
  for (;;) {
    yield derive(key, '', 'plumbline/1 mac');
    key = derive(key, '', 'plumbline/1 ratchet');
  }
}

/** Records of one log, chained: `records[i]` is the i-th record's bytes. */
export class LogWriter {
  readonly #keys: Generator<Uint8Array, never>;
  readonly #known: Uint8Array[] = [];
  readonly records: Buffer[] = [];
  previous: Buffer = Buffer.alloc(0);
  epoch = 0;

  constructor(seed: Uint8Array, origin: string, logNumber = 0) {
    this.#keys = epochKeys(seed, origin, logNumber);
  }

  /** Begins with these records, the last of this epoch. */
  after(records: Buffer[], epoch: number): void {
    this.records.splice(0, Infinity, ...records);
    this.previous = records.at(-1)?.subarray(-32) ?? Buffer.alloc(0);
    this.epoch = epoch;
  }

  /**
   * A record of `[type, seq, epoch, body]`, seq and epoch as they should be; what follows an epoch end is of the next
   * epoch.
   */
  add(type: number, body: Item, wrong: Wrong = {}): void {
    this.payload(encode([type, this.records.length, this.epoch, body]), wrong);
    if (type === EPOCH_END) this.epoch++;
  }

  payload(payload: Uint8Array, wrong: Wrong = {}): void {
    const protectedHeader = encode(fields({ 1: 5, 4: Buffer.from(`e${wrong.kid ?? this.epoch}`) }));
    const { macProtected = protectedHeader, macPrevious = this.previous } = wrong;
    const right = createHmac('sha256', this.#key(wrong.keyOf ?? wrong.kid ?? this.epoch))
      .update(encode(['MAC0', macProtected, macPrevious, payload]))
      .digest();
    const tag = Buffer.from(wrong.tag?.(right) ?? right);
    const start = wrong.start ?? Buffer.concat([Buffer.of(0xd1, 0x84), encode(protectedHeader), Buffer.of(0xa0)]);
    const payloadHead = wrong.payloadHead ?? head(2, BigInt(payload.length));
    const tagHead = wrong.tagHead ?? head(2, BigInt(tag.length));
    this.records.push(Buffer.concat([start, payloadHead, payload, tagHead, tag]));
    this.previous = tag;
  }

  #key(epoch: number): Uint8Array {
    while (this.#known.length <= epoch) this.#known.push(this.#keys.next().value);
    return this.#known[epoch]!;
  }
}

const EPOCH_END = 6;

/** RFC 6962, straight from its definition. */
export function treeRoot(leaves: Buffer[]): Buffer {
  if (leaves.length === 0) return sha256(Buffer.alloc(0));
  if (leaves.length === 1) return leaves[0]!;
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return sha256(Buffer.concat([Buffer.of(1), treeRoot(leaves.slice(0, split)), treeRoot(leaves.slice(split))]));
}

export const leafOf = (record: Uint8Array) => sha256(Buffer.concat([Buffer.of(0), record]));
export const rootOf = (records: Uint8Array[]) => treeRoot(records.map(leafOf));

/** C2SP tlog-tiles of a log of these records: path → hashes. */
export function tilesOf(records: Uint8Array[]): Record<string, Buffer> {
  const tiles: Record<string, Buffer> = {};
  let hashes = records.map(leafOf);
  for (let level = 0; hashes.length > 0; level++) {
    const above: Buffer[] = [];
    for (let index = 0; index * 256 < hashes.length; index++) {
      const tile = hashes.slice(index * 256, index * 256 + 256);
      const name = String(index).padStart(3, '0') + (tile.length < 256 ? `.p/${tile.length}` : '');
      tiles[`tile/${level}/${name}`] = Buffer.concat(tile);
      if (tile.length === 256) above.push(treeRoot(tile));
    }
    hashes = above;
  }
  return tiles;
}

/** Who signs checkpoints (C2SP signed-note). */
export class Signer {
  readonly name: string;
  readonly #key: KeyObject;
  readonly #keyHash: Buffer;
  readonly vkey: string;

  constructor(seed: Uint8Array, name: string) {
    // The DER of an Ed25519 private key (RFC 8410) around its 32 bytes.
    const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
    this.name = name;
    this.#key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    const spki = createPublicKey(this.#key).export({ format: 'der', type: 'spki' });
    const key = Buffer.concat([Buffer.of(1), spki.subarray(-32)]);
    this.#keyHash = sha256(Buffer.concat([Buffer.from(`${name}\n`), key])).subarray(0, 4);
    this.vkey = `${name}+${this.#keyHash.toString('hex')}+${key.toString('base64')}`;
  }

  /** The line that signs a text. */
  line(text: string): string {
    const signature = sign(null, Buffer.from(text), this.#key);
    return `— ${this.name} ${Buffer.concat([this.#keyHash, signature]).toString('base64')}\n`;
  }

  checkpoint(origin: string, size: number, root: Uint8Array): Buffer {
    const text = `${origin}\n${size}\n${Buffer.from(root).toString('base64')}\n`;
    return Buffer.from(`${text}\n${this.line(text)}`);
  }
}
