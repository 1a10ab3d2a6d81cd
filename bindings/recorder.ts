// Owns: writing a log (SPEC §9): what it names, its header, each decision, its end.
// Trusts: its caller to give every decision, in order, before its effect.
// Excludes: going on after a failure. Once a write has failed, what the disk holds is unknown and nothing more is written.

import { hash } from 'node:crypto';
import { join } from 'node:path';
import type { CborWriter } from './cbor-writer.ts';
import { writeWhole } from './durable-file.ts';
import { PlumblineError } from './error.ts';
import type { Key } from './key.ts';
import { claimLogDirectory, syncLogDirectory, unwritable, writeBlobs } from './log-directory.ts';
import { RECORD, RecordChain } from './record.ts';
import type { Lock, Runtime } from './runtime/runtime.ts';

/**
 * When a record counts as written. `write`: the kernel has it; it outlives this process, not the machine.
 * `fsync`: the disk has it; it outlives both, as far as the disk tells the truth.
 */
export const DURABILITIES = ['write', 'fsync'] as const;
export type Durability = (typeof DURABILITIES)[number];

/** What a log's header names: the engine, what it judges by, and where it starts from. */
export interface LogSubject {
  engine: Uint8Array;
  program: Uint8Array;
  layers: readonly Uint8Array[];
  /** The texts the program was compiled from. */
  sources: readonly Uint8Array[];
  state: Uint8Array;
}

export interface LogPlace {
  directory: string;
  durability: Durability;
  origin: string;
  key: Key;
}

/** One decision, as it was asked and given. */
export interface DecisionEntry {
  request: Uint8Array;
  decision: Uint8Array;
  adapter: string;
  timeMs: number;
  /** The state after it. */
  state: Uint8Array;
}

const SEGMENT = 0;
const SEGMENT_FILE = '00000000.cborseq';

/** The one writer of one log. */
export class Recorder {
  readonly #directory: string;
  readonly #synced: boolean;
  readonly #runtime: Runtime;
  readonly #lock: Lock;
  readonly #chain: RecordChain;
  #fd: number | undefined;
  #released = false;
  /** The length of the segment in whole records. */
  #bytes = 0;

  /**
   * Begins a log. Engine, program, layers and sources are on the disk before the header that names them.
   * @throws {PlumblineError} `log-locked`, `log-not-empty`, `log-unwritable`, `record-too-large`
   */
  constructor(place: LogPlace, subject: LogSubject, createdMs: number, runtime: Runtime) {
    const { directory, durability, origin } = place;
    this.#directory = directory;
    this.#synced = durability === 'fsync';
    this.#runtime = runtime;
    this.#chain = new RecordChain(place.key.macKey(origin));
    this.#lock = claimLogDirectory(directory, runtime);
    try {
      const { engine, program, layers, sources } = subject;
      const digests = writeBlobs(directory, [engine, program, ...layers, ...sources], runtime);
      syncLogDirectory(directory, runtime);
      this.#fd = runtime.files.openSync(join(directory, SEGMENT_FILE), 'ax', 0o600);
      this.#append(RECORD.header, true, (body) => {
        body.map(12);
        body.key(0).text('plumbline/1');
        body.key(1).text(origin);
        body.key(2).int(SEGMENT);
        body.key(3).int(this.#chain.seq);
        body.key(4).bytes(new Uint8Array(0));
        body.key(6).bytes(digests[0]!);
        body.key(7).bytes(digests[1]!);
        body.key(8).bytes(subject.state);
        body.key(10).int(createdMs);
        body.key(11).text(durability);
        writeDigests(body.key(12), digests.slice(2, 2 + layers.length));
        writeDigests(body.key(13), digests.slice(2 + layers.length));
      });
      syncLogDirectory(directory, runtime);
    } catch (cause) {
      this.release();
      throw cause instanceof PlumblineError ? cause : unwritable(directory, cause);
    }
  }

  /**
   * Records a decision; it is as durable as the log promises when this returns. Returns its sequence number.
   * @throws {PlumblineError} `log-unwritable`, and the recorder is done for
   */
  decision(entry: DecisionEntry): number {
    return this.#append(RECORD.decision, this.#synced, (body) => {
      body.map(5);
      body.key(0).bytes(entry.request);
      body.key(1).bytes(entry.decision);
      body.key(2).text(entry.adapter);
      body.key(3).int(entry.timeMs);
      body.key(4).bytes(hash('sha256', entry.state, 'buffer'));
    });
  }

  /**
   * Seals the log; whatever its durability, the whole of it is on the disk when this returns.
   * @throws {PlumblineError} `log-unwritable`
   */
  close(reason: string, state: Uint8Array, timeMs: number): void {
    const seq = this.#chain.seq;
    this.#append(RECORD.close, true, (body) => {
      body.map(4);
      body.key(0).text(reason);
      body.key(1).int(seq);
      body.key(2).bytes(hash('sha256', state, 'buffer'));
      body.key(3).int(timeMs);
    });
  }

  /** Gives up file and lock, leaving the log as it is: unsealed, unless it was closed. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    try {
      if (this.#fd !== undefined) this.#runtime.files.closeSync(this.#fd);
    } finally {
      this.#lock.release();
    }
  }

  /** Appends the next record and, if `synced`, waits for the disk. Returns its sequence number. */
  #append(type: number, synced: boolean, body: (writer: CborWriter) => void): number {
    const fd = this.#fd!;
    const { files } = this.#runtime;
    const seq = this.#chain.seq;
    try {
      const record = this.#chain.seal(type, body);
      writeWhole(fd, record, files);
      if (synced) files.fdatasyncSync(fd);
      this.#bytes += record.length;
      return seq;
    } catch (cause) {
      this.#takeBack(fd);
      throw cause instanceof PlumblineError ? cause : unwritable(this.#directory, cause);
    }
  }

  /** Takes a record back whose decision will not be given. Where the disk refuses, a torn or unheeded record stays at the end. */
  #takeBack(fd: number): void {
    try {
      this.#runtime.files.ftruncateSync(fd, this.#bytes);
    } catch {
      // The failure that led here is the one to report.
    }
  }
}

function writeDigests(writer: CborWriter, digests: readonly Uint8Array[]): void {
  writer.array(digests.length);
  for (const digest of digests) writer.bytes(digest);
}
