// Owns: the files of a tree's tiles (SPEC §9.5). Trusts: the tree. No reader trusts a tile.

import { dirname, join } from 'node:path';
import { asidesOf, syncDirectory, writeWhole } from '../files/durable-file.ts';
import { TILE_WIDTH, tilePath, type MerkleTree, type Tile } from './tree.ts';
import { readRegular } from '../files/regular-file.ts';
import type { Files } from '../runtime/runtime.ts';

/**
 * Writes tiles, each aside first: one that is there is whole, though the writer is killed or the disk fills. They last
 * once they are synced.
 */
export function writeTiles(directory: string, tiles: readonly Tile[], files: Files): void {
  for (const tile of tiles) {
    const path = join(directory, tilePath(tile));
    const [aside] = asidesOf(path);
    const fd = create(aside, files);
    try {
      writeWhole(fd, tile.hashes, files);
    } finally {
      files.closeSync(fd);
    }
    files.renameSync(aside, path);
  }
}

/** Whether a tile is there as it should be: of those that are not synced yet a power cut may take any. */
export function hasTile(directory: string, tile: Tile, files: Files): boolean {
  try {
    return Buffer.compare(readRegular(join(directory, tilePath(tile)), files), tile.hashes) === 0;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    return false;
  }
}

/**
 * Writes the tiles that are partly filled, and syncs all. A tile is one record in 256 and is synced once: where the
 * system has written it already, that costs microseconds, and while the log grows it would cost a wait for the disk
 * each.
 */
export function finishTiles(directory: string, tree: MerkleTree, files: Files): void {
  const partial = tree.partial();
  writeTiles(directory, partial, files);
  const full = tree
    .fullCounts()
    .flatMap((count, level) => Array.from({ length: count }, (_, index) => ({ level, index, width: TILE_WIDTH })));
  const folders = new Set<string>();
  for (const tile of [...full, ...partial]) {
    const path = tilePath(tile);
    sync(join(directory, path), files);
    // Relative to the log, so that the walk ends at `.` whatever the log's directory is called.
    for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) folders.add(folder);
  }
  for (const folder of [...folders, '.']) syncDirectory(join(directory, folder), files);
}

/**
 * Removes the files of tiles that are partly filled: of a writer that died while it closed they may be torn, and of
 * another size.
 */
export function removePartialTiles(directory: string, files: Files): void {
  const root = join(directory, 'tile');
  if (files.statSync(root, { throwIfNoEntry: false }) === undefined) return;
  for (const entry of files.readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (entry.name.endsWith('.p')) files.rmSync(join(entry.parentPath, entry.name), { recursive: true });
  }
}

function create(path: string, files: Files): number {
  try {
    return files.openSync(path, 'w', 0o600);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    files.mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    return files.openSync(path, 'w', 0o600);
  }
}

function sync(path: string, files: Files): void {
  const fd = files.openSync(path, 'r');
  try {
    files.fsyncSync(fd);
  } finally {
    files.closeSync(fd);
  }
}
