// Owns: the check of one segment: it frames the records, hashes them in bulk, and checks each in the order of SPEC
// §9.7. It holds one window of bytes.
// Trusts: its task and the segment's own header about the log before the segment; verify.ts compares the two.
import { toHex } from '../record/bytes.ts';
import { Chain } from './chain.ts';
import type { Assumption, Misplaced, SegmentEnd, SegmentStart } from './chain.ts';
import type { Finding } from '../record/finding.ts';
import { malformed, tampered } from '../record/finding.ts';
import { TAG_BYTES, TAG_HEAD_BYTES, frameRecord } from '../record/frame.ts';
import { macKey, nextEpochKey } from './keys.ts';
import { SEGMENTS_MAX } from '../record/limits.ts';
import type { LogFiles } from '../log-files.ts';
import { PayloadReader } from '../record/payload.ts';
import type { Body, Decided, Granted, Payload, Short } from '../record/payload.ts';
import { Disclosures } from './redaction.ts';
import { ShortDecisions } from './short.ts';
import { BLOCK, VERDICTS } from '../record/decision.ts';
import type { KnownSet } from '../record/layer-sets.ts';
import { FRAME_NUMBERS, HASH_BYTES, NO_PREVIOUS } from '../sha256/hasher.ts';
import type { Hasher } from '../sha256/hasher.ts';
import { checkTile } from './tiles.ts';
import { SegmentLeaves } from './tree.ts';
import type { SegmentTree } from './tree.ts';

export interface SegmentTask {
  index: number;
  /** Its length. */
  bytes: number;
  /** No segment follows. */
  isLast: boolean;
  /** The tag before the segment; no bytes if there is none. */
  previous: Uint8Array;
  /** Whether tags are checked. */
  keyed: boolean;
  /**
   * K of the epoch that the segment begins in; undefined if tags are not checked, or its first record cannot be read.
   */
  epochKey: { epoch: number; key: Uint8Array } | undefined;
  /** Sizes of the tree at which its root is asked for, ascending. */
  stops: number[];
  /** Whether the log has tiles, and disclosures for this segment. */
  hasTiles: boolean;
  hasDisclosures: boolean;
  /** Names of the attributes that are redacted, in UTF-8; undefined if the program that says so is not there. */
  sensitive: Uint8Array[] | undefined;
}

export interface SegmentResult {
  /** Records that passed. */
  records: number;
  /** Of decisions, by index into VERDICTS. */
  verdicts: number[];
  /** Decision records whose request was redacted and its disclosure erased. */
  erased: number;
  start: SegmentStart | undefined;
  /** Offsets in the file of the first two records' payloads. */
  payloads: number[];
  end: SegmentEnd;
  granted: { seq: number; grant: Granted }[];
  /** What its records take from the segments before, in their order. */
  assumed: Assumed[];
  /** Seqs of decisions, as bits of a `SeqSet` from the header's seq on. */
  decisions: Uint8Array;
  /** How many of the decisions were short. */
  short: number;
  /** The layer sets under which decisions did not block, each with the last of them. */
  allowing: KnownSet[];
  tag: Uint8Array;
  tree: SegmentTree;
  finding: Finding | undefined;
}

export interface Assumed extends Reached, Assumption {}

/** A record, and the counts up to there. */
export interface Reached {
  seq: number;
  /** Offset of the payload in the file. */
  payload: number;
  verdicts: number[];
  erased: number;
  short: number;
}

/**
 * A record that passed. `bytes`: a decision's offsets are into them; they hold until the visit ends.
 * `request`: the exact bytes of a decision's request, unless they were erased.
 */
export interface Visited {
  seq: number;
  body: Body;
  bytes: Uint8Array;
  request: Uint8Array | undefined;
}
export type Visit = (record: Visited) => Promise<void> | undefined;

/** Counts of the work done, which other threads can read. */
export type Progress = Int32Array<SharedArrayBuffer>;
/** Its indices: records done, KiB done. */
export const PROGRESS_RECORDS = 0;
export const PROGRESS_KIB = 1;

export function createProgress(): Progress {
  return new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
}

// Before the records in the window lies the tag before them, as a byte string.
const RECORDS_AT = TAG_HEAD_BYTES + TAG_BYTES;

export function segmentName(index: number): string {
  return `${String(index).padStart(String(SEGMENTS_MAX - 1).length, '0')}.cborseq`;
}

export function disclosuresName(index: number): string {
  return `disclosures/${segmentName(index)}`;
}

export class SegmentVerifier {
  readonly #task: SegmentTask;
  readonly #files: LogFiles;
  readonly #hasher: Hasher;
  readonly #visit: Visit | undefined;
  readonly #progress: Progress | undefined;
  readonly #chain: Chain;
  readonly #payload: PayloadReader;
  readonly #disclosures: Disclosures;
  #leaves: SegmentLeaves | undefined;
  #epochKey: SegmentTask['epochKey'];
  // Where the bytes in the window end, and the offset in the file of the window's first record.
  #filled = RECORDS_AT;
  #offset = 0;
  readonly #verdicts = VERDICTS.map(() => 0);
  readonly #payloads: number[] = [];
  readonly #granted: SegmentResult['granted'] = [];
  readonly #assumed: Assumed[] = [];
  #shortDecisions: ShortDecisions;
  #short = 0;
  #erased = 0;
  #tag: Uint8Array;

  constructor(
    task: SegmentTask,
    files: LogFiles,
    hasher: Hasher,
    visit: Visit | undefined,
    progress: Progress | undefined,
  ) {
    this.#task = task;
    this.#files = files;
    this.#hasher = hasher;
    this.#visit = visit;
    this.#progress = progress;
    this.#chain = new Chain(task.index, task.previous);
    this.#payload = new PayloadReader(hasher.window, task.sensitive);
    this.#shortDecisions = new ShortDecisions(hasher.window, task.sensitive ?? []);
    const disclosures = disclosuresName(task.index);
    this.#disclosures = new Disclosures(disclosures, task.hasDisclosures ? files.chunks(disclosures) : undefined);
    this.#epochKey = task.epochKey;
    this.#tag = task.previous;
    if (task.epochKey) hasher.setKey(macKey(task.epochKey.key));
    if (task.previous.length > 0) this.#setPrevious(task.previous);
  }

  async run(): Promise<SegmentResult> {
    let finding;
    try {
      finding = (await this.#read()) ?? (await this.#finish());
    } finally {
      await this.#disclosures.close();
    }
    const chain = this.#chain;
    return {
      records: chain.records,
      verdicts: this.#verdicts,
      erased: this.#erased,
      start: chain.start,
      payloads: this.#payloads,
      end: chain.end,
      granted: this.#granted,
      assumed: this.#assumed,
      decisions: chain.decisions.bits,
      short: this.#short,
      allowing: chain.allowing,
      tag: this.#tag,
      tree: this.#leaves?.result() ?? { head: NOTHING, roots: NOTHING, tail: NOTHING, stops: [] },
      finding: finding && this.#located(finding),
    };
  }

  #located(finding: Finding): Finding {
    if (finding.file !== undefined) return finding;
    const file = segmentName(this.#task.index);
    return this.#chain.records > 0 ? { seq: this.#chain.end.seq, ...finding, file } : { ...finding, file };
  }

  async #read(): Promise<Finding | undefined> {
    const { window } = this.#hasher;
    for await (const chunk of this.#files.chunks(segmentName(this.#task.index))) {
      for (let taken = 0; taken < chunk.length;) {
        const count = Math.min(window.length - this.#filled, chunk.length - taken);
        window.set(chunk.subarray(taken, taken + count), this.#filled);
        this.#filled += count;
        taken += count;
        if (this.#filled < window.length) continue;
        const finding = await this.#window();
        if (finding) return finding;
      }
    }
    return this.#window();
  }

  // Checks all whole records in the window, and moves the rest to the front.
  async #window(): Promise<Finding | undefined> {
    const framed = this.#frame();
    const finding = await this.#check(framed);
    if (finding) return finding.file === undefined ? { ...finding, offset: this.#inFile(finding.offset) } : finding;
    const done = framed.end - RECORDS_AT;
    if (framed.count > 0) this.#setPrevious(this.#tag);
    this.#hasher.window.copyWithin(RECORDS_AT, framed.end, this.#filled);
    this.#filled -= done;
    if (this.#progress) {
      Atomics.add(this.#progress, PROGRESS_RECORDS, framed.count);
      Atomics.add(this.#progress, PROGRESS_KIB, ((this.#offset + done) >>> 10) - (this.#offset >>> 10));
    }
    this.#offset += done;
    return this.#checkTiles();
  }

  async #finish(): Promise<Finding | undefined> {
    const rest = this.#filled - RECORDS_AT;
    if (rest > 0) {
      return malformed({ offset: this.#offset, expected: 'a whole record', found: `its first ${rest} bytes` });
    }
    const left = await this.#disclosures.rest();
    // The writer may have died between a disclosure and its record.
    return this.#task.isLast && !this.#chain.end.closed ? undefined : left;
  }

  // Frames the whole records in the window. `fault`: of the record after them.
  #frame(): Framed {
    const { window, frames } = this.#hasher;
    const epochs: number[] = [];
    let previous = this.#tag.length > 0 ? 0 : NO_PREVIOUS;
    let at = RECORDS_AT;
    while (at < this.#filled) {
      const frame = frameRecord(window, at, this.#filled);
      if (frame === 'incomplete') break;
      if ('expected' in frame) return { count: epochs.length, end: at, epochs, fault: malformed(frame) };
      const numbers = epochs.length * FRAME_NUMBERS;
      frames[numbers] = frame.start;
      frames[numbers + 1] = frame.payloadHead;
      frames[numbers + 2] = frame.tag;
      frames[numbers + 3] = previous;
      epochs.push(frame.epoch);
      previous = frame.tag - TAG_HEAD_BYTES;
      at = frame.end;
    }
    return { count: epochs.length, end: at, epochs, fault: undefined };
  }

  async #check({ count, epochs, fault }: Framed): Promise<Finding | undefined> {
    const { window, frames } = this.#hasher;
    const { right, wrong } = this.#task.keyed ? this.#checkTags(epochs) : { right: count, wrong: undefined };
    this.#hasher.hashLeaves(right);
    for (let record = 0; record < right; record++) {
      const tag = frames[record * FRAME_NUMBERS + 2]!;
      const payload = payloadOf(window, frames[record * FRAME_NUMBERS + 1]!);
      const bytes = tag + TAG_BYTES - frames[record * FRAME_NUMBERS]!;
      const checked = this.#record(epochs[record]!, payload, tag - TAG_HEAD_BYTES, bytes);
      // Awaiting each record would take as long as all the rest.
      const finding = checked instanceof Promise ? await checked : checked;
      if (finding) return finding;
    }
    if (right > 0) {
      const tag = frames[(right - 1) * FRAME_NUMBERS + 2]!;
      this.#tag = window.slice(tag, tag + TAG_BYTES);
      this.#leaves ??= new SegmentLeaves(
        (hashes) => this.#hasher.tileRoot(hashes),
        this.#chain.start!.header.seq,
        this.#task.stops,
      );
      this.#leaves.add(this.#hasher.leaves.subarray(0, right * HASH_BYTES));
    }
    return wrong ?? fault;
  }

  // How many records from the first on have the right tag, and the fault of the next.
  #checkTags(epochs: number[]): { right: number; wrong: Finding | undefined } {
    const { window, frames } = this.#hasher;
    let done = 0;
    while (done < epochs.length) {
      const epoch = epochs[done]!;
      const tag = frames[done * FRAME_NUMBERS + 2]!;
      if (!this.#epochKey) {
        // The first record could not be read, so there is no key. The check of its payload says why.
        return { right: 1, wrong: tampered(tag, 'a header that gives the key', 'none') };
      }
      // Of a record with any other epoch, the tag is checked under the running key; `place` refuses its epoch.
      if (epoch === this.#epochKey.epoch + 1 && (done > 0 || this.#chain.records > 0)) {
        this.#epochKey = { epoch, key: nextEpochKey(this.#epochKey.key) };
        this.#hasher.setKey(macKey(this.#epochKey.key));
      }
      let end = done;
      while (end < epochs.length && epochs[end] === epoch) end++;
      const right = this.#hasher.checkTags(done, end);
      if (right < end) {
        const bad = frames[right * FRAME_NUMBERS + 2]!;
        // The right tag is not told: a reader of a published report could put it into the log.
        const found = `tag ${toHex(window.subarray(bad, bad + TAG_BYTES))}`;
        return { right, wrong: tampered(bad, 'a tag that is right under the key', found) };
      }
      done = end;
    }
    return { right: done, wrong: undefined };
  }

  #record(kid: number, start: number, end: number, bytes: number): Promise<Finding | undefined> | Finding | undefined {
    const { window } = this.#hasher;
    const read = this.#payload.read(start, end);
    if ('expected' in read) return malformed(read);
    if (read.body.type === 'short decision') {
      const expanded = this.#shortDecisions.expand(read as Payload<Short>);
      if (Array.isArray(expanded)) return tampered(start, ...expanded);
      this.#short++;
      return this.#placed(kid, expanded.payload, start, expanded.bytes);
    }
    const finding = this.#placed(kid, read as Payload, start, window);
    if (read.body.type === 'decision') this.#shortDecisions.keep(read as Payload<Decided>, bytes);
    return finding;
  }

  // `bytes`: what a decision's offsets are into.
  #placed(
    kid: number,
    read: Payload,
    start: number,
    bytes: Uint8Array,
  ): Promise<Finding | undefined> | Finding | undefined {
    const misplaced = this.#mismarked(read.body) ?? this.#chain.place(kid, read, bytes);
    if (misplaced) return tampered(start, ...misplaced);
    if (this.#payloads.length < 2) this.#payloads.push(this.#inFile(start));
    const { seq, body } = read;
    if (body.type === 'grant') this.#granted.push({ seq, grant: body });
    const { assumed, judgedUnder } = this.#chain;
    if (assumed) this.#assumed.push({ ...assumed, ...this.#reached(seq, start) });
    if (body.type !== 'decision') return this.#visited({ seq, body, bytes, request: undefined });
    let blocked = true;
    for (const verdict of body.verdicts) {
      this.#verdicts[verdict]!++;
      if (verdict !== BLOCK) blocked = false;
    }
    if (judgedUnder && !blocked) {
      judgedUnder.lastMs = body.timeMs;
      judgedUnder.seq = seq;
      judgedUnder.payload = this.#inFile(start);
    }
    if (body.redacted !== undefined) return this.#redacted(seq, body, body.redacted);
    // To make a view for every decision takes as long as reading it.
    if (!this.#visit) return undefined;
    return this.#visited({ seq, body, bytes, request: bytes.subarray(body.request, body.requestEnd) });
  }

  // Whether other values are redacted than those that the program says (SPEC §9.6).
  #mismarked(body: Body): Misplaced | undefined {
    if (body.type !== 'decision') return undefined;
    const { redacted, requests, open, stray, commitments } = body;
    const { sensitive } = this.#task;
    if (redacted === undefined && commitments > 0) return ['no commitment in a request that is not redacted', 'one'];
    if (!sensitive) return undefined;
    if (open > 0) return ['sensitive attributes redacted', 'one that is not'];
    if (requests > 0 && stray > 0) return ['sensitive attributes redacted alone', 'another one'];
    if (requests > 0) return undefined;
    const isWhole = sensitive.length > 0;
    if (isWhole === (redacted !== undefined)) return undefined;
    return isWhole ? ['bytes that are no request redacted', 'open ones'] : ['nothing redacted', 'all'];
  }

  #reached(seq: number, start: number): Reached {
    return {
      seq,
      payload: this.#inFile(start),
      verdicts: [...this.#verdicts],
      erased: this.#erased,
      short: this.#short,
    };
  }

  async #redacted(seq: number, body: Decided, salted: number): Promise<Finding | undefined> {
    const { window } = this.#hasher;
    const recorded = window.subarray(body.request, body.requestEnd);
    const request = await this.#disclosures.take(seq, recorded, window.subarray(salted, salted + HASH_BYTES));
    if (request && 'expected' in request) {
      return request.file === undefined
        ? { ...request, seq, offset: body.request + request.offset }
        : { ...request, seq };
    }
    if (!request) this.#erased++;
    return this.#visited({ seq, body, bytes: window, request });
  }

  #visited(record: Visited): Promise<undefined> | undefined {
    return this.#visit?.(record)?.then(() => undefined);
  }

  async #checkTiles(): Promise<Finding | undefined> {
    const finished = this.#leaves?.finished.splice(0) ?? [];
    if (!this.#task.hasTiles) return undefined;
    for (const tile of finished) {
      const finding = await checkTile(this.#files, tile);
      if (finding) return finding;
    }
    return undefined;
  }

  #setPrevious(tag: Uint8Array): void {
    this.#hasher.window.set([0x58, 0x20]);
    this.#hasher.window.set(tag, TAG_HEAD_BYTES);
  }

  #inFile(offset: number): number {
    return this.#offset + offset - RECORDS_AT;
  }
}

const NOTHING = new Uint8Array();

interface Framed {
  count: number;
  end: number;
  epochs: number[];
  fault: Finding | undefined;
}

// Where the content of the payload's byte string starts.
function payloadOf(window: Uint8Array, head: number): number {
  return head + (window[head] === 0x59 ? 3 : window[head] === 0x58 ? 2 : 1);
}
