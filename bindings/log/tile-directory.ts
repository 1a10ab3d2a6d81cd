// Owns: the files of a tree's tiles (SPEC §9.5). Of a tile that is partly filled only the last form is kept.
// Trusts: the tree. Nothing here is trusted by whoever reads it.

import { dirname, join } from 'node:path';
import { syncDirectory, writeWhole } from './durable-file.ts';
import { isFull, tilePath, type Tile } from './tree.ts';
import type { Files } from '../runtime/runtime.ts';

export class TileDirectory {
  readonly #directory: string;
  readonly #files: Files;
  /** By level: the file of the tile that is partly filled. */
  readonly #partial: (string | undefined)[] = [];

  constructor(directory: string, files: Files) {
    this.#directory = directory;
    this.#files = files;
  }

  /** Writes tiles. They are on the disk if they are full, or if `lasting`; any other is written again. */
  write(tiles: readonly Tile[], lasting: boolean): void {
    const changed = new Set<string>();
    for (const tile of tiles) {
      const path = join(this.#directory, tilePath(tile));
      const before = this.#partial[tile.level];
      const synced = lasting || isFull(tile);
      if (path !== before || synced) this.#writeFile(path, tile.hashes, synced, changed);
      if (before !== undefined && before !== path) this.#drop(before, path);
      this.#partial[tile.level] = isFull(tile) ? undefined : path;
    }
    for (const directory of changed) syncDirectory(directory, this.#files);
  }

  #writeFile(path: string, bytes: Uint8Array, synced: boolean, changed: Set<string>): void {
    const fd = this.#open(path, changed);
    try {
      writeWhole(fd, bytes, this.#files);
      if (!synced) return;
      this.#files.fsyncSync(fd);
      changed.add(dirname(path));
    } finally {
      this.#files.closeSync(fd);
    }
  }

  #open(path: string, changed: Set<string>): number {
    try {
      return this.#files.openSync(path, 'w', 0o600);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    }
    this.#files.mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    for (let at = dirname(path); at.length >= this.#directory.length; at = dirname(at)) changed.add(at);
    return this.#files.openSync(path, 'w', 0o600);
  }

  /** Removes the file of a tile that has grown, and its folder if the tile that took its place is elsewhere. */
  #drop(path: string, successor: string): void {
    this.#files.unlinkSync(path);
    if (dirname(path) !== dirname(successor)) this.#files.rmdirSync(dirname(path));
  }
}

/** Removes the files of tiles that are partly filled; of a writer that died, they may be torn. */
export function removePartialTiles(directory: string, files: Files): void {
  const root = join(directory, 'tile');
  if (!files.readdirSync(directory).includes('tile')) return;
  for (const entry of files.readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (entry.name.endsWith('.p')) files.rmSync(join(entry.parentPath, entry.name), { recursive: true });
  }
}
