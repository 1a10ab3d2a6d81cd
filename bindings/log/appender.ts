// Owns: the end of a log that is being written: its chain, tree, running segment with its disclosures, and checkpoints.
// Trusts: its caller for what records say, and to give up after a failure: nothing is written then but what takes back.
// Excludes: when segments, epochs and checkpoints come. Errors are the file system's own.

import { mkdirOnce } from './log-directory.ts';
import { join } from 'node:path';
import type { CborWriter } from '../cbor-writer.ts';
import type { Signer } from './checkpoint.ts';
import { replaceFile, stageFile, syncDirectory } from '../files/durable-file.ts';
import type { RecordChain } from './record.ts';
import type { Files } from '../runtime/runtime.ts';
import { GrowingFile, segmentPath } from './segment.ts';
import { finishTiles, writeTiles } from './tile-files.ts';
import type { MerkleTree, Tile } from './tree.ts';

export const CHECKPOINT_FILE = 'checkpoint';
export const PUBLISHED_FILE = 'published';
export const DISCLOSURES = 'disclosures';

export class Appender {
  readonly chain: RecordChain;
  /** The number of the running segment. */
  segmentNumber: number;
  readonly #directory: string;
  readonly #origin: string;
  readonly #signer: Signer;
  readonly #files: Files;
  readonly #tree: MerkleTree;
  #segment: GrowingFile;
  #disclosures: GrowingFile | undefined;
  /** The length of the running segment up to what must stay: what was promised, or is under a checkpoint. */
  #kept: number;
  #covered = 0;
  #syncs = 0;
  #over = false;
  /** Files that are done with, as soon as no sync uses them. */
  #retired: GrowingFile[] = [];

  /** Begins a log, or, given where its last segment ends, goes on with one. */
  constructor(
    directory: string,
    origin: string,
    signer: Signer,
    chain: RecordChain,
    tree: MerkleTree,
    files: Files,
    end?: { segmentNumber: number; length: number },
  ) {
    this.chain = chain;
    this.#directory = directory;
    this.#origin = origin;
    this.#signer = signer;
    this.#files = files;
    this.#tree = tree;
    this.segmentNumber = end?.segmentNumber ?? 0;
    this.#segment = new GrowingFile(segmentPath(directory, this.segmentNumber), files, end?.length);
    this.#kept = end?.length ?? 0;
  }

  /** The length of the running segment. */
  get segmentLength(): number {
    return this.#segment.length;
  }

  get root(): Uint8Array {
    return this.#tree.root();
  }

  /** How many records the last checkpoint covers. */
  get covered(): number {
    return this.#covered;
  }

  /** How many records no checkpoint covers. */
  get uncovered(): number {
    return this.#tree.size - this.#covered;
  }

  /** Appends a record; returns its sequence number. @throws {PlumblineError} `record-too-large` */
  append(type: number, body: (writer: CborWriter) => void): number {
    const { seq } = this.chain;
    const { record, leaf } = this.chain.seal(type, body);
    if (!this.#segment.fits(record.length)) this.#handOver();
    this.#segment.append(record);
    this.#tree.append(leaf);
    return seq;
  }

  /** Appends the disclosure of a record that comes next. */
  disclose(disclosure: Uint8Array): void {
    this.#disclosures ??= this.#openDisclosures();
    this.#disclosures.append(disclosure);
  }

  /** The operating system has everything appended, and it stays. */
  flush(): void {
    this.#handOver();
    this.#kept = this.#segment.length;
  }

  /** The disk has everything appended, and it stays. */
  syncSync(): void {
    this.#handOver();
    this.#disclosures?.syncSync();
    this.#segment.syncSync();
    this.#kept = this.#segment.length;
  }

  /** The same, without stopping the thread, of everything appended before the call. */
  async sync(): Promise<void> {
    this.#handOver();
    const segment = this.#segment;
    const { length } = segment;
    this.#syncs++;
    try {
      await this.#disclosures?.sync();
      await segment.sync();
      if (segment === this.#segment) this.#kept = Math.max(this.#kept, length);
    } finally {
      this.#syncs--;
      if (this.#syncs === 0) this.#closeRetired();
    }
  }

  /**
   * The operating system has everything appended: of a record first what it discloses, whenever the writer may be
   * killed.
   */
  #handOver(): void {
    this.#disclosures?.flush();
    this.#segment.flush();
  }

  /**
   * Ends the running segment and begins the next, whose first record is the caller's to append. Everything before is on
   * the disk.
   */
  nextSegment(): void {
    this.#retire();
    this.segmentNumber++;
    this.#kept = 0;
    this.#segment = new GrowingFile(segmentPath(this.#directory, this.segmentNumber), this.#files);
  }

  /**
   * Covers everything appended with a checkpoint, which is returned; before a last one, everything of the log is on the
   * disk.
   */
  checkpoint(last: boolean): Uint8Array {
    this.syncSync();
    const { size, checkpoint, tiles } = this.#makeCheckpoint();
    writeTiles(this.#directory, tiles, this.#files);
    if (last) finishTiles(this.#directory, this.#tree, this.#files);
    replaceFile(join(this.#directory, CHECKPOINT_FILE), checkpoint, this.#files);
    syncDirectory(this.#directory, this.#files);
    this.#covered = size;
    return checkpoint;
  }

  /**
   * The same of everything appended before the call, without stopping the thread; `undefined` if another came to cover
   * it meanwhile, or if it was taken back.
   */
  async checkpointSoon(): Promise<Uint8Array | undefined> {
    const { size, checkpoint, tiles } = this.#makeCheckpoint();
    await this.sync();
    if (this.#over) return undefined;
    // Not before: a tile beyond the records is what tampering looks like.
    writeTiles(this.#directory, tiles, this.#files);
    const staged = await stageFile(join(this.#directory, CHECKPOINT_FILE), checkpoint, this.#files);
    if (this.#over || size <= this.#covered) {
      staged.drop();
      return undefined;
    }
    staged.put();
    this.#covered = size;
    await staged.last();
    return checkpoint;
  }

  #makeCheckpoint(): { size: number; checkpoint: Uint8Array; tiles: Tile[] } {
    const head = this.#tree.head();
    const checkpoint = this.#signer.checkpoint(this.#origin, head);
    return { size: head.size, checkpoint, tiles: this.#tree.takeFull() };
  }

  /**
   * Takes back what need not stay, as well as the disk allows; a torn or unheeded record may be left at the end. No
   * checkpoint that is under way comes to cover it.
   */
  takeBack(): void {
    this.#over = true;
    try {
      if (this.#kept > 0) this.#segment.truncate(this.#kept);
      else this.#files.unlinkSync(segmentPath(this.#directory, this.segmentNumber));
    } catch {
      // The failure that led here is the one to report.
    }
  }

  release(): void {
    this.#retire();
  }

  #retire(): void {
    this.#retired.push(this.#segment);
    if (this.#disclosures !== undefined) this.#retired.push(this.#disclosures);
    this.#disclosures = undefined;
    if (this.#syncs === 0) this.#closeRetired();
  }

  #closeRetired(): void {
    for (const file of this.#retired.splice(0)) file.close();
  }

  #openDisclosures(): GrowingFile {
    const directory = join(this.#directory, DISCLOSURES);
    mkdirOnce(directory, this.#files);
    const file = new GrowingFile(segmentPath(directory, this.segmentNumber), this.#files);
    syncDirectory(directory, this.#files);
    syncDirectory(this.#directory, this.#files);
    return file;
  }
}
