// Owns: the Merkle tree of a log (RFC 6962) in tiles of 256 hashes (C2SP tlog-tiles): SPEC §9.5. It grows by hashes in
// order and holds at most one unfinished tile of each level.
import { concat } from '../record/bytes.ts';
import { HASH_BYTES, TILE_HASHES } from '../sha256/hasher.ts';
import { sha256 } from '../sha256/native.ts';

const TILE_BYTES = TILE_HASHES * HASH_BYTES;
const NODE_PREFIX = Uint8Array.of(1);

/** The hash above 256 hashes. */
export type TileRoot = (hashes: Uint8Array) => Uint8Array;

/** Hashes of one tile: all 256 of them, or the first ones of an unfinished tile. */
export interface Tile {
  level: number;
  index: number;
  hashes: Uint8Array;
}

interface Level {
  hashes: Uint8Array;
  count: number;
}

export class Tree {
  readonly #tileRoot: TileRoot;
  readonly #levels: Level[] = [];
  /** Tiles finished since the caller last emptied the list. */
  readonly finished: Tile[] = [];

  constructor(tileRoot: TileRoot) {
    this.#tileRoot = tileRoot;
  }

  /** How many leaves the hashes stand for that were added. */
  get size(): number {
    return this.#levels.reduce((size, { count }, level) => size + count * TILE_HASHES ** level, 0);
  }

  /** Adds hashes of `level`, below which no tile may be unfinished. */
  append(level: number, hashes: Uint8Array): void {
    for (let at = 0; at < hashes.length; at += HASH_BYTES) this.#append(level, hashes.subarray(at, at + HASH_BYTES));
  }

  #append(level: number, hash: Uint8Array): void {
    const row = this.#level(level);
    row.hashes.set(hash, row.count * HASH_BYTES);
    row.count++;
    if (row.count < TILE_HASHES) return;
    this.finished.push({ level, index: this.#index(level), hashes: row.hashes.slice() });
    row.count = 0;
    this.#append(level + 1, this.#tileRoot(row.hashes));
  }

  #level(level: number): Level {
    for (let below = this.#levels.length; below <= level; below++) {
      this.#levels.push({ hashes: new Uint8Array(TILE_BYTES), count: 0 });
    }
    return this.#levels[level]!;
  }

  // The index of the tile that `level` is filling: each hash above stands for a tile before it.
  #index(level: number): number {
    return this.#levels.slice(level + 1).reduce((tiles, { count }, above) => tiles + count * TILE_HASHES ** above, 0);
  }

  /** The unfinished tile of each level that has one. */
  unfinished(): Tile[] {
    return this.#levels.flatMap(({ hashes, count }, level) =>
      count > 0 ? [{ level, index: this.#index(level), hashes: hashes.subarray(0, count * HASH_BYTES) }] : [],
    );
  }

  /** The root, as if the leaf hashes `more` were added, which do not finish a tile. */
  root(more: Uint8Array = new Uint8Array()): Uint8Array {
    const rows = this.#levels.map(({ hashes, count }) => hashes.subarray(0, count * HASH_BYTES));
    rows[0] = concat(rows[0] ?? new Uint8Array(), more);
    let right: Uint8Array | undefined;
    // From the right every whole subtree joins what lies right of it.
    for (const row of rows) {
      for (let end = row.length / HASH_BYTES; end > 0; end &= end - 1) {
        const start = end & (end - 1);
        const subtree = subtreeRoot(row.subarray(start * HASH_BYTES, end * HASH_BYTES));
        right = right ? node(subtree, right) : subtree;
      }
    }
    // A copy: the hash may belong to a tile that still changes.
    return right ? Uint8Array.from(right) : sha256();
  }
}

// The number of hashes is a power of two.
function subtreeRoot(hashes: Uint8Array): Uint8Array {
  if (hashes.length === HASH_BYTES) return hashes;
  const half = hashes.length / 2;
  return node(subtreeRoot(hashes.subarray(0, half)), subtreeRoot(hashes.subarray(half)));
}

function node(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256(NODE_PREFIX, left, right);
}

/**
 * A size of the tree at which a checkpoint needs the root. `tiles`: whole tiles of the segment before it. `leaves`:
 * leaf hashes after those, or, with `beforeTiles`, from the segment's start.
 */
export interface Stop {
  size: number;
  beforeTiles: boolean;
  tiles: number;
  leaves: Uint8Array;
}

/**
 * The leaves of one segment, which starts and ends anywhere in the tree: the leaves before its first whole tile, the
 * roots of its whole tiles, and the leaves after. `join` makes the tree of the segments in order.
 */
export class SegmentLeaves {
  readonly #tileRoot: TileRoot;
  readonly #stops: number[];
  readonly #buffer = new Uint8Array(TILE_BYTES);
  #size: number;
  #head = new Uint8Array();
  // How many leaves the buffer holds. Before the first whole tile they are the head.
  #count = 0;
  #isHead: boolean;
  readonly #roots: Uint8Array[] = [];
  readonly stops: Stop[] = [];
  /** Tiles of leaves finished since the caller last emptied the list. */
  readonly finished: Tile[] = [];

  /** `size`: leaves before the segment. `stops`: sizes, ascending, at which a root is asked for. */
  constructor(tileRoot: TileRoot, size: number, stops: number[]) {
    this.#tileRoot = tileRoot;
    this.#size = size;
    this.#stops = stops.filter((stop) => stop > size);
    this.#isHead = size % TILE_HASHES > 0;
  }

  add(hashes: Uint8Array): void {
    let at = 0;
    while (at < hashes.length) {
      const toTile = TILE_HASHES - (this.#size % TILE_HASHES);
      const toStop = (this.#stops[0] ?? Infinity) - this.#size;
      const count = Math.min(toTile, toStop, (hashes.length - at) / HASH_BYTES);
      this.#buffer.set(hashes.subarray(at, at + count * HASH_BYTES), this.#count * HASH_BYTES);
      this.#count += count;
      this.#size += count;
      at += count * HASH_BYTES;
      if (count === toTile) this.#finish();
      if (count === toStop) this.#stop();
    }
  }

  #finish(): void {
    const hashes = this.#buffer.slice(0, this.#count * HASH_BYTES);
    if (this.#isHead) {
      this.#head = hashes;
      this.#isHead = false;
    } else {
      this.#roots.push(this.#tileRoot(hashes));
      this.finished.push({ level: 0, index: this.#size / TILE_HASHES - 1, hashes });
    }
    this.#count = 0;
  }

  #stop(): void {
    this.#stops.shift();
    this.stops.push({
      size: this.#size,
      beforeTiles: this.#isHead,
      tiles: this.#roots.length,
      leaves: this.#buffer.slice(0, this.#count * HASH_BYTES),
    });
  }

  result(): SegmentTree {
    const rest = this.#buffer.slice(0, this.#count * HASH_BYTES);
    return {
      head: this.#isHead ? rest : this.#head,
      roots: concat(...this.#roots),
      tail: this.#isHead ? new Uint8Array() : rest,
      stops: this.stops,
    };
  }
}

/** What a segment adds to the tree: hashes of leaves, of whole tiles, of leaves. */
export interface SegmentTree {
  head: Uint8Array;
  roots: Uint8Array;
  tail: Uint8Array;
  stops: Stop[];
}

/** Adds a segment to the tree before it; gives the root at each stop. */
export function join(tree: Tree, { head, roots, tail, stops }: SegmentTree): Map<number, Uint8Array> {
  const wanted = new Map<number, Uint8Array>();
  for (const { size, beforeTiles, leaves } of stops) if (beforeTiles) wanted.set(size, tree.root(leaves));
  tree.append(0, head);
  let done = 0;
  for (const { size, beforeTiles, tiles, leaves } of stops) {
    if (beforeTiles) continue;
    tree.append(1, roots.subarray(done * HASH_BYTES, tiles * HASH_BYTES));
    done = tiles;
    wanted.set(size, tree.root(leaves));
  }
  tree.append(1, roots.subarray(done * HASH_BYTES));
  tree.append(0, tail);
  return wanted;
}
