// Owns: the hashes of a log in bulk: tags of records, leaves and nodes of the tree (SPEC §9.1, §9.6). Three ways lead
// to the same bytes: sha256.wasm with SIMD, the runtime's own crypto where that is faster, and @noble/hashes elsewhere.
// The report names the way taken.
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 as portableSha256 } from '@noble/hashes/sha2.js';
import { macUnder as nativeMacUnder, sha256 as nativeSha256 } from './native.ts';

export type Hashing = 'simd' | 'native' | 'portable';

/**
 * Numbers in `frames` for each record: offsets in the window of its start, its payload's head, its tag, the previous
 * tag's head.
 */
export const FRAME_NUMBERS = 4;
/** Stands for the previous tag of the first record. */
export const NO_PREVIOUS = -1;
/** Hashes in a tile, and leaves below one hash of the level above (C2SP tlog-tiles). */
export const TILE_HASHES = 256;
export const HASH_BYTES = 32;

/** Hashes records that lie in its window. */
export interface Hasher {
  readonly hashing: Hashing;
  readonly window: Uint8Array;
  readonly frames: Int32Array;
  /** Leaf hashes, after `hashLeaves`. */
  readonly leaves: Uint8Array;
  /** Takes a MAC key of 32 bytes for what follows. */
  setKey(key: Uint8Array): void;
  /** The first of the records `first` to `end` - 1 whose tag is not right under the key, or `end`. */
  checkTags(first: number, end: number): number;
  /** Leaf hashes of the records below `end`. */
  hashLeaves(end: number): void;
  /** The hash above a whole tile of 256 hashes. */
  tileRoot(hashes: Uint8Array): Uint8Array;
}

interface Exports {
  memory: WebAssembly.Memory;
  window_ptr(): number;
  window_cap(): number;
  frames_ptr(): number;
  frames_cap(): number;
  leaves_ptr(): number;
  nodes_ptr(): number;
  key_ptr(): number;
  set_key(): void;
  tags(first: number, end: number): number;
  leaves(end: number): void;
  nodes(count: number): void;
}

/** The hasher of the way `preferred`. `wasm`: sha256.wasm; without it, or without SIMD, `simd` becomes `portable`. */
export function createHasher(preferred: Hashing, wasm: Uint8Array | undefined): Hasher {
  if (preferred === 'native') return new PlainHasher('native', nativeMacUnder, nativeSha256);
  if (preferred === 'simd' && wasm && WebAssembly.validate(wasm as BufferSource)) return new SimdHasher(wasm);
  return new PlainHasher('portable', portableMacUnder, portableHash);
}

class SimdHasher implements Hasher {
  readonly hashing = 'simd';
  readonly #exports: Exports;
  readonly window: Uint8Array;
  readonly frames: Int32Array;
  readonly leaves: Uint8Array;
  readonly #nodes: Uint8Array;
  readonly #key: Uint8Array;

  constructor(wasm: Uint8Array) {
    const exports = new WebAssembly.Instance(new WebAssembly.Module(wasm as BufferSource))
      .exports as unknown as Exports;
    const { buffer } = exports.memory;
    const records = exports.frames_cap();
    this.#exports = exports;
    this.window = new Uint8Array(buffer, exports.window_ptr(), exports.window_cap());
    this.frames = new Int32Array(buffer, exports.frames_ptr(), records * FRAME_NUMBERS);
    this.leaves = new Uint8Array(buffer, exports.leaves_ptr(), records * HASH_BYTES);
    this.#nodes = new Uint8Array(buffer, exports.nodes_ptr(), TILE_HASHES * HASH_BYTES);
    this.#key = new Uint8Array(buffer, exports.key_ptr(), HASH_BYTES);
  }

  setKey(key: Uint8Array): void {
    this.#key.set(key);
    this.#exports.set_key();
  }

  checkTags(first: number, end: number): number {
    return this.#exports.tags(first, end);
  }

  hashLeaves(end: number): void {
    this.#exports.leaves(end);
  }

  tileRoot(hashes: Uint8Array): Uint8Array {
    this.#nodes.set(hashes);
    for (let pairs = TILE_HASHES / 2; pairs >= 1; pairs /= 2) this.#exports.nodes(pairs);
    return this.#nodes.slice(0, HASH_BYTES);
  }
}

// 84 64 "MAC0", as in sha256/assembly.
const MAC0 = Uint8Array.of(0x84, 0x64, 0x4d, 0x41, 0x43, 0x30);
const NO_TAG = Uint8Array.of(0x40);
const PREVIOUS_BYTES = 34;
const WINDOW_BYTES = 384 * 1024;
const RECORDS_MAX = 8_704;

type Mac = (parts: Uint8Array[]) => Uint8Array;
type Hash = (...parts: Uint8Array[]) => Uint8Array;

class PlainHasher implements Hasher {
  readonly hashing: Hashing;
  readonly window = new Uint8Array(WINDOW_BYTES);
  readonly frames = new Int32Array(RECORDS_MAX * FRAME_NUMBERS);
  readonly leaves = new Uint8Array(RECORDS_MAX * HASH_BYTES);
  readonly #macUnder: (key: Uint8Array) => Mac;
  readonly #hash: Hash;
  #mac: Mac | undefined;

  constructor(hashing: Hashing, macUnder: (key: Uint8Array) => Mac, hash: Hash) {
    this.hashing = hashing;
    this.#macUnder = macUnder;
    this.#hash = hash;
  }

  setKey(key: Uint8Array): void {
    this.#mac = this.#macUnder(key.slice());
  }

  checkTags(first: number, end: number): number {
    for (let record = first; record < end; record++) {
      const [start, payload, tag, previous] = this.#frame(record);
      const before = previous === NO_PREVIOUS ? NO_TAG : this.window.subarray(previous, previous + PREVIOUS_BYTES);
      const header = this.window.subarray(start + 2, payload - 1);
      const right = this.#mac!([MAC0, header, before, this.window.subarray(payload, tag - 2)]);
      for (let i = 0; i < HASH_BYTES; i++) if (right[i] !== this.window[tag + i]) return record;
    }
    return end;
  }

  hashLeaves(end: number): void {
    for (let record = 0; record < end; record++) {
      const [start, , tag] = this.#frame(record);
      const leaf = this.#hash(LEAF_PREFIX, this.window.subarray(start, tag + HASH_BYTES));
      this.leaves.set(leaf, record * HASH_BYTES);
    }
  }

  tileRoot(hashes: Uint8Array): Uint8Array {
    const nodes = Uint8Array.from(hashes);
    for (let pairs = TILE_HASHES / 2; pairs >= 1; pairs /= 2) {
      for (let i = 0; i < pairs; i++) {
        const pair = nodes.subarray(i * 2 * HASH_BYTES, (i + 1) * 2 * HASH_BYTES);
        nodes.set(this.#hash(NODE_PREFIX, pair), i * HASH_BYTES);
      }
    }
    return nodes.slice(0, HASH_BYTES);
  }

  #frame(record: number): [start: number, payload: number, tag: number, previous: number] {
    const at = record * FRAME_NUMBERS;
    return [this.frames[at]!, this.frames[at + 1]!, this.frames[at + 2]!, this.frames[at + 3]!];
  }
}

const LEAF_PREFIX = Uint8Array.of(0);
const NODE_PREFIX = Uint8Array.of(1);

function portableMacUnder(key: Uint8Array): Mac {
  // The key is absorbed once.
  const keyed = hmac.create(portableSha256, key);
  return (parts) => {
    const mac = keyed.clone();
    for (const part of parts) mac.update(part);
    return mac.digest();
  };
}

function portableHash(...parts: Uint8Array[]): Uint8Array {
  const hash = portableSha256.create();
  for (const part of parts) hash.update(part);
  return hash.digest();
}
