// Owns: the comparison of stored tiles (C2SP tlog-tiles) with the tree computed from the records: SPEC §9.5. Tiles
// prove nothing about the log; they must only be right.
import type { Finding } from '../record/finding.ts';
import { tampered } from '../record/finding.ts';
import { toHex } from '../record/bytes.ts';
import type { LogFiles } from '../log-files.ts';
import { HASH_BYTES, TILE_HASHES } from '../sha256/hasher.ts';
import type { Tile } from './tree.ts';

const PATH = /^tile\/(0|[1-9]\d?)\/((?:x\d{3}\/)*\d{3})(?:\.p\/([1-9]\d{0,2}))?$/;

/** The fault of what is stored of a tile: the whole, or any first part of it. */
export async function checkTile(files: LogFiles, tile: Tile): Promise<Finding | undefined> {
  const path = tilePath(tile.level, tile.index);
  const count = tile.hashes.length / HASH_BYTES;
  const widths = (await files.names(`${path}.p`)).filter((name) => /^[1-9]\d{0,2}$/.test(name)).map(Number);
  const parts = widths
    .filter((width) => width <= count && width < TILE_HASHES)
    .map((width) => [`${path}.p/${width}`, width] as const);
  for (const [file, width] of [[path, TILE_HASHES] as const, ...parts]) {
    if (width > count) continue;
    const stored = await files.whole(file, TILE_HASHES * HASH_BYTES);
    const finding = stored && compare(tile, stored, width);
    if (finding) return { ...finding, file };
  }
  return undefined;
}

function compare(tile: Tile, stored: Uint8Array, width: number): Finding | undefined {
  const bytes = width * HASH_BYTES;
  if (stored.length !== bytes) {
    return tampered(0, `${width} hashes of ${HASH_BYTES} bytes`, `${stored.length} bytes`);
  }
  for (let at = 0; at < bytes; at++) {
    if (stored[at] === tile.hashes[at]) continue;
    const hash = Math.floor(at / HASH_BYTES);
    const [wanted, found] = [tile.hashes, stored].map((hashes) =>
      toHex(hashes.subarray(hash * HASH_BYTES, (hash + 1) * HASH_BYTES)),
    );
    const finding = tampered(hash * HASH_BYTES, `hash ${wanted}, as of the records`, found!);
    return tile.level > 0 ? finding : { ...finding, seq: tile.index * TILE_HASHES + hash };
  }
  return undefined;
}

/** The fault of a stored tile with hashes that the tree does not have. */
export async function checkTilesEnd(files: LogFiles, size: number): Promise<Finding | undefined> {
  for await (const file of files.tree('tile')) {
    const [, level, index, width] = PATH.exec(file) ?? [];
    if (level === undefined || index === undefined) continue;
    const tile = Number(index.replaceAll(/x|\//g, ''));
    // Another path for the same tile is no path of a tile, and its content is not read.
    if (index !== indexPath(tile)) continue;
    if (Number(width ?? 1) >= TILE_HASHES) continue;
    const hashes = tile * TILE_HASHES + Number(width ?? TILE_HASHES);
    if (hashes * TILE_HASHES ** Number(level) > size) {
      return { ...tampered(0, `a tree of ${size} records`, 'hashes beyond it'), file };
    }
  }
  return undefined;
}

function tilePath(level: number, index: number): string {
  return `tile/${level}/${indexPath(index)}`;
}

function indexPath(index: number): string {
  const groups = [String(index % 1000).padStart(3, '0')];
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    groups.unshift(`x${String(rest % 1000).padStart(3, '0')}`);
  }
  return groups.join('/');
}
