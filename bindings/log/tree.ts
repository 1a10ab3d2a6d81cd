// Owns: the Merkle tree over a log's records (RFC 6962; SPEC §9.5) as it grows: its root, and its tiles.
// Excludes: proofs, which can be made from the tiles or the records.

import { hash } from 'node:crypto';
import type { TreeHead } from './checkpoint.ts';

const HASH_BYTES = 32;
/** C2SP tlog-tiles: a tile spans 8 levels of the tree. */
const TILE_HEIGHT = 8;
export const TILE_WIDTH = 2 ** TILE_HEIGHT;

/** Hashes of one level; fewer than 256 where the tree ends. */
export interface Tile {
  level: number;
  index: number;
  width: number;
  hashes: Uint8Array;
}

/** What grows at one level of tiles. */
interface Growing {
  hashes: Uint8Array;
  width: number;
  index: number;
}

export class MerkleTree {
  size = 0;
  /** By level: the root of the complete subtree there, where `size` has that bit. */
  readonly #peaks: Uint8Array[] = [];
  readonly #growing: Growing[] = [];
  readonly #full: Tile[] = [];
  readonly #node = new Uint8Array(1 + 2 * HASH_BYTES);

  constructor() {
    this.#node[0] = 0x01;
  }

  /** Adds a leaf hash, which must stay as it is. */
  append(leaf: Uint8Array): void {
    let subtree = leaf;
    let level = 0;
    this.#tile(0, leaf);
    for (let rest = this.size; rest % 2 === 1; rest = (rest - 1) / 2) {
      subtree = this.#join(this.#peaks[level]!, subtree);
      level++;
      if (level % TILE_HEIGHT === 0) this.#tile(level / TILE_HEIGHT, subtree);
    }
    this.#peaks[level] = subtree;
    this.size++;
  }

  root(): Uint8Array {
    let root: Uint8Array | undefined;
    for (let rest = this.size, level = 0; rest > 0; rest = Math.floor(rest / 2), level++) {
      if (rest % 2 === 0) continue;
      const peak = this.#peaks[level]!;
      root = root === undefined ? peak : this.#join(peak, root);
    }
    return root ?? hash('sha256', '', 'buffer');
  }

  head(): TreeHead {
    return { size: this.size, root: this.root() };
  }

  /** The tiles that were filled since they were last taken. */
  takeFull(): Tile[] {
    return this.#full.splice(0);
  }

  /** The tiles that are partly filled. */
  partial(): Tile[] {
    return this.#growing.flatMap(({ hashes, width, index }, level) =>
      width === 0 ? [] : [{ level, index, width, hashes: hashes.slice(0, width * HASH_BYTES) }],
    );
  }

  /** By level, how many tiles are full. */
  fullCounts(): number[] {
    return this.#growing.map(({ index }) => index);
  }

  #tile(level: number, subtree: Uint8Array): void {
    const growing = (this.#growing[level] ??= { hashes: new Uint8Array(TILE_WIDTH * HASH_BYTES), width: 0, index: 0 });
    growing.hashes.set(subtree, growing.width * HASH_BYTES);
    growing.width++;
    if (growing.width < TILE_WIDTH) return;
    this.#full.push({ level, index: growing.index, width: TILE_WIDTH, hashes: growing.hashes.slice() });
    growing.index++;
    growing.width = 0;
  }

  #join(left: Uint8Array, right: Uint8Array): Uint8Array {
    this.#node.set(left, 1);
    this.#node.set(right, 1 + HASH_BYTES);
    return hash('sha256', this.#node, 'buffer');
  }
}

/** The path of a tile, as C2SP tlog-tiles has it: `tile/0/x001/234`, `tile/1/000.p/7`. */
export function tilePath({ level, index, width }: Omit<Tile, 'hashes'>): string {
  const digits = String(index);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/.{3}/g)!;
  const last = groups.length - 1;
  const path = groups.map((group, at) => (at === last ? group : `x${group}`)).join('/');
  return `tile/${level}/${path}${width === TILE_WIDTH ? '' : `.p/${width}`}`;
}
