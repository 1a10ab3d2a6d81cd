// Owns: writing a log (SPEC §9): what it names, its header, each decision, its epochs, segments and checkpoints, its
// end. Trusts: its caller to give every decision, in order, before its effect, and times that never go back.
// Excludes: going on after a failure. Once a write has failed, what the disk holds is unknown and nothing more is
// written.

import { hash } from 'node:crypto';
import { Appender } from './appender.ts';
import { writeAdapter, writeOutcome, writeRefusal, type AdapterEntry, type OutcomeEntry } from './bodies.ts';
import { Checkpointer } from './checkpointer.ts';
import type { EpochKey } from './epoch-key.ts';
import { PlumblineError } from '../error.ts';
import { Group } from './group.ts';
import { writeDigests, writeHeader } from './header.ts';
import { LIMITS, TRUST_SET_BYTES_MAX, type Limits } from './limits.ts';
import {
  claimLogDirectory,
  refuseLarger,
  removeBlobs,
  syncLogDirectory,
  unwritable,
  writeBlobs,
} from './log-directory.ts';
import { Publisher, type Publish } from './publisher.ts';
import { NO_TAG, RECORD, RecordChain } from './record.ts';
import { redactBytes, redactRequest, type Redacted } from './redaction.ts';
import type { CountedRefusal } from './refusals.ts';
import { SeqSet } from './seq-set.ts';
import { Bases, type Short } from './short.ts';
import type { Lock, Runtime } from '../runtime/runtime.ts';
import { MerkleTree } from './tree.ts';
import type { WriterKeys } from './writer-keys.ts';

/** What is waited for before a decision is given, and so what may be lost: SPEC §9.3. */
export const DURABILITIES = ['write', 'group', 'fsync'] as const;
export type Durability = (typeof DURABILITIES)[number];

/** What a log's header names: the engine, what it judges by, and where it starts from. */
interface LogSubject {
  engine: Uint8Array;
  program: Uint8Array;
  layers: readonly Uint8Array[];
  /** The texts the program was compiled from. */
  sources: readonly Uint8Array[];
  /** Whose objectives count, as JSON; absent without layers. */
  trust?: Uint8Array;
  /** Context attributes whose values are redacted. */
  sensitive: readonly string[];
  state: Uint8Array;
}

interface LogPlace {
  directory: string;
  durability: Durability;
  origin: string;
  keys: WriterKeys;
  /** Takes each checkpoint out of the host's reach; rejects if it could not. */
  publish?: Publish;
  limits?: Limits;
}

/** One decision, as it was asked and given. */
interface DecisionEntry {
  request: Uint8Array;
  /** Whether the engine found the request malformed: not to be read. */
  malformed: boolean;
  decision: Uint8Array;
  adapter: string;
  timeMs: number;
  /** The state after it. */
  state: Uint8Array;
}

/** An event that `note` took, and its sender: at most 128 characters. */
interface EventEntry {
  event: Uint8Array;
  by: string;
  timeMs: number;
  /** The state after it. */
  state: Uint8Array;
}

/** A layer set that requests may be judged under from here on. */
interface GrantEntry {
  /** All of its layers, the header's first. */
  layers: readonly Uint8Array[];
  /** What those beyond the header's were made from. */
  sources: readonly Uint8Array[];
  /** Whether requests of no other authority are judged under it. */
  current: boolean;
  timeMs: number;
}

/** The one writer of one log. */
export class Recorder {
  readonly #place: LogPlace;
  readonly #limits: Limits;
  readonly #runtime: Runtime;
  readonly #sensitive: ReadonlySet<string>;
  readonly #lock: Lock;
  readonly #key: EpochKey;
  readonly #logNumber: number;
  readonly #keyId: Uint8Array;
  readonly #appender: Appender;
  readonly #publisher: Publisher | undefined;
  readonly #checkpointer: Checkpointer;
  /** The callers that wait, under `group`. */
  readonly #group: Group;
  /** The header's engine, program, layers and sources. */
  readonly #named: {
    engine: Uint8Array;
    program: Uint8Array;
    layers: Uint8Array[];
    sources: Uint8Array[];
    trust: Uint8Array | undefined;
  };
  readonly #bases = new Bases();
  readonly #decisions = new SeqSet();
  #state: Uint8Array;
  // The epoch in which the segment began.
  #segmentEpoch = 0;
  #epochStartSeq = 0;
  #epochStartMs: number;
  #failure: PlumblineError | undefined;
  #released = false;

  /**
   * Begins a log. Engine, program, layers and sources are on the disk before the header that names them.
   * @throws {PlumblineError} `log-locked`, `log-not-empty`, `log-unwritable`, `record-too-large`, `blob-too-large`,
   * `origin-taken`, `key-…`
   */
  constructor(place: LogPlace, subject: LogSubject, createdMs: number, runtime: Runtime) {
    const { directory, origin, keys, publish } = place;
    const { files } = runtime;
    this.#place = place;
    this.#limits = place.limits ?? LIMITS;
    this.#runtime = runtime;
    this.#sensitive = new Set(subject.sensitive);
    this.#state = subject.state.slice();
    this.#epochStartMs = createdMs;
    this.#lock = claimLogDirectory(directory, runtime);
    let key: EpochKey | undefined;
    try {
      const { engine, program, layers, sources, trust } = subject;
      if (trust !== undefined) refuseLarger('a trust set', trust, TRUST_SET_BYTES_MAX);
      const blobs = {
        engine: [engine],
        program: [program],
        layers,
        sources,
        trust: trust === undefined ? [] : [trust],
      };
      const digests = writeBlobs(directory, blobs, runtime);
      this.#named = {
        engine: digests.engine[0]!,
        program: digests.program[0]!,
        layers: digests.layers,
        sources: digests.sources,
        trust: digests.trust[0],
      };
      syncLogDirectory(directory, runtime);
      // The number of a log that is not begun is missing for good. So what fails on a full disk comes before.
      const begun = keys.begin(origin);
      key = begun.key;
      this.#key = key;
      this.#logNumber = begun.number;
      this.#keyId = begun.keyId;
      const chain = new RecordChain(key.mac(), 0, 0, NO_TAG);
      this.#appender = new Appender(directory, origin, keys.signer, chain, new MerkleTree(), files);
      this.#header(createdMs);
      syncLogDirectory(directory, runtime);
    } catch (cause) {
      this.#abandon(key);
      throw cause instanceof PlumblineError ? cause : unwritable(directory, cause);
    }
    if (publish !== undefined) this.#publisher = new Publisher(directory, publish, files);
    this.#checkpointer = new Checkpointer(this.#appender, key, this.#limits, runtime, this.#publisher, (cause) =>
      this.#fail(cause),
    );
    this.#group = new Group(this.#limits.waitingMax, () => this.#syncGroup());
  }

  get durability(): Durability {
    return this.#place.durability;
  }

  /**
   * A promise to wait for before the next decision is made, if too many wait for the disk. First come, first admitted.
   */
  room(): Promise<void> | undefined {
    return this.#group.room();
  }

  /**
   * Records a decision and returns its sequence number, and, if the log's durability is `group`, the promise that it is
   * on the disk; otherwise it is as durable as the log promises when this returns.
   * @throws {PlumblineError} `log-unwritable`, and the recorder is done for
   */
  decision(entry: DecisionEntry): { seq: number; durable?: Promise<void> } {
    return this.#attempt(() => {
      const { durability } = this.#place;
      this.#turn(entry.timeMs);
      const seq = this.#append(entry);
      this.#decisions.add(seq);
      if (durability === 'group') return { seq, durable: this.#group.join() };
      return { seq: durability === 'fsync' ? this.#synced(seq) : this.#flushed(seq) };
    });
  }

  /** Whether the record of this number is a decision. */
  hasDecision(seq: number): boolean {
    return this.#decisions.has(seq);
  }

  /**
   * Records an event that the state took, on the disk when this returns: whatever a log's durability, it is seldom.
   * @throws {PlumblineError} `log-unwritable`, and the recorder is done for
   */
  event({ event, by, timeMs, state }: EventEntry): number {
    return this.#attempt(() => {
      this.#turn(timeMs);
      const seq = this.#appender.append(RECORD.event, (body) => {
        body.map(4);
        body.key(0).bytes(event);
        body.key(1).int(timeMs);
        body.key(2).bytes(hash('sha256', state, 'buffer'));
        body.key(3).text(by);
      });
      this.#state = state.slice();
      return this.#synced(seq);
    });
  }

  /**
   * Makes a layer set known; layers and sources are on the disk before the record that names them, which is when this
   * returns.
   * @throws {PlumblineError} `log-unwritable`, and the recorder is done for
   */
  grant({ layers, sources, current, timeMs }: GrantEntry): number {
    return this.#attempt(() => {
      const digests = writeBlobs(this.#place.directory, { layers, sources }, this.#runtime);
      syncLogDirectory(this.#place.directory, this.#runtime);
      this.#turn(timeMs);
      const seq = this.#appender.append(RECORD.grant, (body) => {
        body.map(4);
        writeDigests(body.key(0), digests.layers);
        writeDigests(body.key(1), digests.sources);
        body.key(2).int(timeMs);
        body.key(3).bool(current);
      });
      return this.#synced(seq);
    });
  }

  /**
   * Records what came of a call: with the operating system when this returns, and on the disk with the next decision.
   * @throws {PlumblineError} `log-unwritable`, and the recorder is done for
   */
  outcome(entry: OutcomeEntry): number {
    return this.#attempt(() => {
      this.#turn(entry.timeMs);
      const seq = this.#appender.append(RECORD.outcome, (body) => writeOutcome(body, entry));
      if (entry.noted !== null) this.#state = entry.noted.state.slice();
      return this.#flushed(seq);
    });
  }

  /**
   * Records calls that were refused before the core was asked; likewise, since a storm of them must not hold up
   * decisions.
   * @throws {PlumblineError} `log-unwritable`, and the recorder is done for
   */
  refusal(entry: CountedRefusal, adapter: string): number {
    return this.#attempt(() => {
      this.#turn(entry.timeMs);
      return this.#flushed(this.#appender.append(RECORD.refusal, (body) => writeRefusal(body, entry, adapter)));
    });
  }

  /** Records which adapter is at work. @throws {PlumblineError} `log-unwritable`, and the recorder is done for */
  adapter(entry: AdapterEntry): number {
    return this.#attempt(() => {
      this.#turn(entry.timeMs);
      return this.#flushed(this.#appender.append(RECORD.adapter, (body) => writeAdapter(body, entry)));
    });
  }

  /** A checkpoint of what none covers, now. @throws {PlumblineError} `log-unwritable` */
  cover(): void {
    if (this.#appender.uncovered > 0) this.#attempt(() => this.#checkpointer.now(false));
  }

  /**
   * Seals the log; whatever its durability, the whole of it is on the disk when this resolves.
   * @throws {PlumblineError} `log-unwritable`; `publish-failed`, and the log is sealed
   */
  async close(reason: string, timeMs: number): Promise<void> {
    await this.#group.idle();
    await this.#checkpointer.stop();
    this.#attempt(() => {
      const { seq } = this.#appender.chain;
      this.#appender.append(RECORD.close, (body) => {
        body.map(4);
        body.key(0).text(reason);
        body.key(1).int(seq);
        body.key(2).bytes(hash('sha256', this.#state, 'buffer'));
        body.key(3).int(timeMs);
      });
      this.#checkpointer.now(true);
      this.#key.destroy();
    });
    await this.#publisher?.settled();
  }

  /** Gives up files and lock, leaving the log as it is: unsealed, unless it was closed. */
  async release(): Promise<void> {
    if (this.#released) return;
    this.#released = true;
    await this.#checkpointer.stop();
    await this.#group.idle();
    try {
      this.#appender.release();
    } finally {
      this.#lock.release();
    }
  }

  #flushed(seq: number): number {
    this.#appender.flush();
    this.#checkpointer.cover();
    return seq;
  }

  #synced(seq: number): number {
    this.#appender.syncSync();
    this.#checkpointer.cover();
    return seq;
  }

  #append(entry: DecisionEntry): number {
    const { request, malformed, decision, adapter, timeMs, state } = entry;
    const redacted = this.#redact(request, malformed);
    // A transaction is an array, and so are its decisions.
    const short =
      redacted !== undefined || malformed || isArray(request)
        ? undefined
        : this.#bases.shorten(entry, this.#appender.chain.seq);
    if (short !== undefined) return this.#appendShort(short, state);
    if (redacted !== undefined) this.#appender.disclose(redacted.disclosure(this.#appender.chain.seq));
    const seq = this.#appender.append(RECORD.decision, (body) => {
      body.map(redacted === undefined ? 5 : 6);
      body.key(0).bytes(redacted?.stored ?? request);
      body.key(1).bytes(decision);
      body.key(2).text(adapter);
      body.key(3).int(timeMs);
      body.key(4).bytes(hash('sha256', state, 'buffer'));
      if (redacted !== undefined) body.key(5).bytes(redacted.digest);
    });
    // A copy: the next epoch begins with it when the engine has moved on.
    this.#state = state.slice();
    return seq;
  }

  #appendShort(short: Short, state: Uint8Array): number {
    const seq = this.#appender.append(RECORD.short, (body) => {
      body.map(5);
      body.key(0).int(short.base);
      body.key(1).raw(short.request);
      body.key(2).raw(short.decision);
      body.key(3).int(short.afterMs);
      body.key(4).bytes(hash('sha256', state, 'buffer'));
    });
    this.#state = state.slice();
    return seq;
  }

  #redact(request: Uint8Array, malformed: boolean): Redacted | undefined {
    if (this.#sensitive.size === 0) return undefined;
    const { random } = this.#runtime;
    return malformed ? redactBytes(request, random) : redactRequest(request, this.#sensitive, random);
  }

  /** Begins the next epoch and the next segment, where they are due. */
  #turn(timeMs: number): void {
    const records = this.#appender.chain.seq - this.#epochStartSeq;
    // One more is its end.
    if (records + 1 >= this.#limits.epochRecordsMax || timeMs - this.#epochStartMs > this.#limits.epochMsMax) {
      this.#nextEpoch(timeMs);
    }
    const epochs = this.#key.epoch - this.#segmentEpoch;
    const { segmentBytesMax, segmentEpochsMax } = this.#limits;
    if (this.#appender.segmentLength < segmentBytesMax && epochs < segmentEpochsMax) return;
    this.#checkpointer.now(false);
    this.#appender.nextSegment();
    this.#bases.clear();
    this.#header(timeMs);
    syncLogDirectory(this.#place.directory, this.#runtime);
  }

  #nextEpoch(timeMs: number): void {
    const { chain } = this.#appender;
    // One epoch at a time: recovery goes from the key in the file to the next one, not further.
    if (this.#checkpointer.keyIsOld) this.#checkpointer.now(false);
    this.#appender.append(RECORD.epochEnd, (body) => {
      body.map(2);
      body.key(0).bytes(hash('sha256', this.#state, 'buffer'));
      body.key(1).int(timeMs);
    });
    this.#key.ratchet();
    this.#bases.clear();
    chain.enter(this.#key.epoch, this.#key.mac());
    this.#epochStartSeq = chain.seq;
    this.#epochStartMs = timeMs;
    this.#appender.append(RECORD.snapshot, (body) => {
      body.map(2);
      body.key(0).bytes(this.#state);
      body.key(1).int(timeMs);
    });
    // Once the key before is gone, nothing but a checkpoint lets a recovery trust what that epoch holds.
    this.#checkpointer.keyChanged();
  }

  #header(createdMs: number): void {
    const { chain, segmentNumber } = this.#appender;
    this.#segmentEpoch = this.#key.epoch;
    this.#appender.append(RECORD.header, (body) =>
      writeHeader(body, {
        ...this.#named,
        origin: this.#place.origin,
        segment: segmentNumber,
        seq: chain.seq,
        previousTag: chain.tag,
        tree: { size: chain.seq, root: this.#appender.root },
        state: this.#state,
        vkeys: [this.#place.keys.signer.vkey],
        createdMs,
        durability: this.#place.durability,
        logNumber: this.#logNumber,
        keyId: this.#keyId,
      }),
    );
    this.#appender.syncSync();
  }

  async #syncGroup(): Promise<void> {
    try {
      if (this.#failure === undefined) await this.#appender.sync();
      if (this.#failure === undefined) this.#checkpointer.cover();
    } catch (cause) {
      this.#fail(cause);
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  #attempt<T>(body: () => T): T {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      return body();
    } catch (cause) {
      throw this.#fail(cause);
    }
  }

  #fail(cause: unknown): PlumblineError {
    if (this.#failure !== undefined) return this.#failure;
    this.#failure = cause instanceof PlumblineError ? cause : unwritable(this.#place.directory, cause);
    void this.#checkpointer.stop();
    this.#appender.takeBack();
    return this.#failure;
  }

  /** A log that could not be begun leaves no key and no lock, and, if it has no number, nothing in its directory. */
  #abandon(key: EpochKey | undefined): void {
    try {
      if (key === undefined) removeBlobs(this.#place.directory, this.#runtime);
      else key.destroy();
      // Absent, if it was this that failed.
      (this.#appender as Appender | undefined)?.release();
    } catch {
      // The failure that led here is the one to report.
    } finally {
      this.#lock.release();
    }
  }
}

const isArray = (bytes: Uint8Array): boolean => bytes[0]! >> 5 === 4;
