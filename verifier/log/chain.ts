// Owns: how each record of a segment must follow from the records before it, its times among that: SPEC §9.1.
// Trusts: the segment's header about the log before the segment; verify.ts compares the two.
import { same, toHex } from '../record/bytes.ts';
import { sameDigest } from '../record/decision.ts';
import { KnownSets, begins, layerSetDigest, type KnownSet } from '../record/layer-sets.ts';
import { isLater, type Ms } from '../record/ms.ts';
import type { Body, Decided, Granted, Header, Noted, Outcome, Payload } from '../record/payload.ts';
import { SeqSet } from './seq-set.ts';
import { SEGMENT_EPOCHS_MAX } from '../record/limits.ts';
import { sha256 } from '../sha256/native.ts';

/** The log before a segment, as the segment says. */
export interface SegmentStart {
  header: Header;
  epoch: number;
  stateDigest: Uint8Array;
  /** Whether a snapshot follows the header; undefined if nothing does. */
  snapshot: boolean | undefined;
}

/** The log at the end of a segment. */
export interface SegmentEnd {
  seq: number;
  epoch: number;
  stateDigest: Uint8Array;
  epochEnded: boolean;
  closed: boolean;
  /** Bytes that recovery dropped. */
  dropped: number | undefined;
  /** The time of the last record, and of the last request; undefined if there is none. */
  timeMs: Ms | undefined;
  requestMs: Ms | undefined;
  /** Of the state. */
  version: number;
}

export const NOTHING_YET: SegmentEnd = {
  seq: 0,
  epoch: 0,
  stateDigest: new Uint8Array(),
  epochEnded: false,
  closed: false,
  dropped: undefined,
  timeMs: undefined,
  requestMs: undefined,
  version: 0,
};

const DIGEST_BYTES = 32;
// SPEC §6.5.
const INITIAL_STATE = 'ac00000100020003800480050006800780088009830000000a000b80';
/** How long before its record a request may have been made. */
const REQUEST_AGE_MAX_MS = 60_000;

const NO_PROGRAM = new Uint8Array(DIGEST_BYTES);

/** What a record takes to be in the segments before: a layer set made known, no later request, a decision. */
export interface Assumption {
  authority?: Uint8Array;
  requestMs?: Ms;
  decision?: number;
}

/** Why a record cannot stand where it stands. */
export type Misplaced = [expected: string, found: string];

export class Chain {
  readonly #segment: number;
  readonly #previous: Uint8Array;
  readonly #sets = new KnownSets();
  start: SegmentStart | undefined;
  end: SegmentEnd = { ...NOTHING_YET };
  /** Records placed. */
  records = 0;
  /** The seqs of decisions. */
  readonly decisions = new SeqSet();
  /** What the record placed last takes from the segments before: SPEC §9.1. */
  assumed: Assumption | undefined;
  /** The layer set of the decision placed last; undefined if it was judged under none. */
  judgedUnder: KnownSet | undefined;

  /** `previous`: the tag before the segment; no bytes if there is none. */
  constructor(segment: number, previous: Uint8Array) {
    this.#segment = segment;
    this.#previous = previous;
  }

  /**
   * Takes the next record, or says why it cannot stand here. `kid`: the epoch in its frame. `bytes`: a decision's
   * offsets are into them.
   */
  place(kid: number, { seq, epoch, body }: Payload, bytes: Uint8Array): Misplaced | undefined {
    const misplaced = this.#start(seq, epoch, body) ?? this.#follow(kid, seq, epoch, body, bytes);
    if (misplaced) return misplaced;
    const { end } = this;
    if (this.records === 1) this.start!.snapshot = body.type === 'snapshot';
    this.records++;
    end.seq = seq + 1;
    end.epoch = epoch;
    end.epochEnded = body.type === 'epoch end';
    end.timeMs = body.timeMs;
    if ((body.type === 'decision' || body.type === 'event') && body.requestMs !== undefined) {
      end.requestMs = body.requestMs;
    }
    if (body.type === 'decision') {
      this.decisions.add(seq);
      copyDigest(bytes, body.stateDigest, end.stateDigest);
      if (body.counted) end.version = body.version;
    } else if ((body.type === 'event' || body.type === 'outcome') && body.stateDigest) {
      end.stateDigest.set(body.stateDigest);
      end.version = after(end.version);
    } else if (body.type === 'recovery') end.dropped = body.dropped;
    else if (body.type === 'close') end.closed = true;
    return undefined;
  }

  /** The sets under which a decision did not block, each with the last of these decisions. */
  get allowing(): KnownSet[] {
    return this.#sets.all().filter(({ lastMs }) => lastMs !== undefined);
  }

  #start(seq: number, epoch: number, body: Body): Misplaced | undefined {
    const isFirst = this.records === 0;
    if ((body.type === 'header') !== isFirst) {
      return isFirst ? ['a header', `a ${body.type} record`] : ['no header inside a segment', 'a header'];
    }
    if (body.type !== 'header') return undefined;
    const { segment, previous, tree } = body;
    if (segment !== this.#segment) return [`segment ${this.#segment}`, `segment ${segment}`];
    if (body.seq !== seq) return [`header for seq ${seq}`, `header for seq ${body.seq}`];
    if (tree.size !== seq) return [`a tree of ${seq} records`, `a tree of ${tree.size}`];
    if (!same(previous, this.#previous)) {
      return [`previous tag h'${toHex(this.#previous)}'`, `h'${toHex(previous)}'`];
    }
    const state = body.state.bytes;
    if (segment === 0 && toHex(state) !== INITIAL_STATE) {
      return [`the initial state ${INITIAL_STATE}`, toHex(state.subarray(0, 32))];
    }
    const stateDigest = sha256(state);
    this.#sets.add(layerSetDigest(body.layers));
    this.start = { header: body, epoch, stateDigest, snapshot: undefined };
    this.decisions.first = seq;
    // A copy, since each decision writes its own digest over it.
    this.end = {
      ...this.end,
      seq,
      epoch,
      stateDigest: new Uint8Array(stateDigest),
      timeMs: body.timeMs,
      version: body.state.version,
    };
    return undefined;
  }

  #follow(kid: number, seq: number, epoch: number, body: Body, bytes: Uint8Array): Misplaced | undefined {
    const { end } = this;
    if (end.closed) return ['nothing after the close record', 'a record'];
    if (seq !== end.seq) return [`seq ${end.seq}`, `seq ${seq}`];
    if (end.dropped !== undefined && body.type !== 'close')
      return ['the close after a recovery', `a ${body.type} record`];
    const running = end.epochEnded ? end.epoch + 1 : end.epoch;
    if (epoch !== running || kid !== running) return [`epoch ${running}`, `epoch ${epoch === running ? kid : epoch}`];
    if (end.epochEnded !== (body.type === 'snapshot') && !this.#mayBeSnapshot(body)) {
      return end.epochEnded
        ? ['the snapshot that an epoch begins with', `a ${body.type} record`]
        : ['a snapshot only where an epoch begins', 'a snapshot'];
    }
    if (body.type === 'epoch end' && epoch - this.start!.epoch >= SEGMENT_EPOCHS_MAX) {
      return [`at most ${SEGMENT_EPOCHS_MAX} epochs that end in a segment`, 'one more'];
    }
    if (body.timeMs < end.timeMs!) return [notBefore(end.timeMs!), `a record at ${body.timeMs}`];
    this.assumed = undefined;
    if (body.type === 'decision')
      return this.#decision(body, bytes) ?? this.#authority(body, bytes) ?? this.#request(body);
    if (body.type === 'event') return this.#request(body);
    if (body.type === 'outcome') return this.#outcome(body);
    if (body.type === 'refusal') return this.#known(body.authority, 0);
    return body.type === 'grant' ? this.#grant(body) : this.#state(body);
  }

  #grant({ layers }: Granted): Misplaced | undefined {
    if (!begins(layers, this.start!.header.layers)) return ["layers that begin with the header's", 'others'];
    this.#sets.add(layerSetDigest(layers));
    return undefined;
  }

  // A decision beside its request: SPEC §9.1.3.
  #decision(body: Decided, bytes: Uint8Array): Misplaced | undefined {
    const { wrong, read, isArray, requests, verdicts, programmed, counted } = body;
    if (wrong) return wrong;
    if (read && requests === 0) return ['a request or a transaction', 'bytes that are neither'];
    if (read && (requests !== verdicts.length || isArray !== requests > 1)) {
      return [`${requests} decisions, one for each request`, `${verdicts.length}`];
    }
    const program = programmed ? this.start!.header.program : NO_PROGRAM;
    if (!sameDigest(bytes, body.program, program, 0)) {
      return [`program ${toHex(program)}`, toHex(bytes.subarray(body.program, body.program + DIGEST_BYTES))];
    }
    const version = counted ? after(this.end.version) : 0;
    return body.version === version ? undefined : [`version ${version}`, `${body.version}`];
  }

  #authority({ judged, authority, loaded }: Decided, bytes: Uint8Array): Misplaced | undefined {
    this.judgedUnder = undefined;
    if (!judged) return undefined;
    const unknown = this.#known(bytes, authority);
    if (unknown || sameDigest(bytes, authority, bytes, loaded)) return unknown;
    const [wanted, found] = [authority, loaded].map((at) => toHex(bytes.subarray(at, at + DIGEST_BYTES)));
    return [`layers ${wanted!}`, found!];
  }

  // The set whose digest is at `at`; a segment before may have made it known.
  #known(bytes: Uint8Array, at: number): undefined {
    this.judgedUnder = this.#sets.find(bytes, at);
    if (this.judgedUnder) return;
    const digest = bytes.slice(at, at + DIGEST_BYTES);
    this.assumed = { authority: digest };
    this.judgedUnder = this.#sets.add(digest);
  }

  #outcome({ of }: Outcome): Misplaced | undefined {
    if (of < this.decisions.first) this.assumed = { decision: of };
    else if (!this.decisions.has(of)) return ['the outcome of a decision before', `one of record ${of}`];
    return undefined;
  }

  // What the first request of a segment must not be before, only the segments before it tell.
  #request(body: Decided | Noted): Misplaced | undefined {
    const { timeMs, requestMs } = body;
    if (requestMs === undefined) return undefined;
    const before = this.end.requestMs;
    if (before === undefined) this.assumed = { ...this.assumed, requestMs };
    if (before !== undefined && requestMs < before) return [notBefore(before), `a request at ${requestMs}`];
    if (requestMs > timeMs) return [`a request not after its record at ${timeMs}`, `one at ${requestMs}`];
    if (!isLater(timeMs, requestMs, REQUEST_AGE_MAX_MS)) return undefined;
    return [`a request at most 60000 ms before its record at ${timeMs}`, `one at ${requestMs}`];
  }

  // A snapshot may follow the header: only the segment before tells whether an epoch begins here.
  #mayBeSnapshot(body: Body): boolean {
    return body.type === 'snapshot' && this.records === 1;
  }

  #state(body: Body): Misplaced | undefined {
    const { end } = this;
    if (body.type === 'close' && body.records !== end.seq) return [`${end.seq} records before`, `${body.records}`];
    const digest =
      body.type === 'snapshot'
        ? sha256(body.state.bytes)
        : body.type === 'epoch end' || body.type === 'close'
          ? body.stateDigest
          : undefined;
    if (body.type === 'snapshot' && body.state.version !== end.version) {
      return [`a state of version ${end.version}`, `${body.state.version}`];
    }
    if (!digest || same(digest, end.stateDigest)) return undefined;
    return [`state ${toHex(end.stateDigest)}`, toHex(digest)];
  }
}

export const notBefore = (ms: Ms): string => `a time not before ${ms}`;

/** A state's version after one decision or event more. Counts do not grow beyond what there is (SPEC §6.5). */
function after(version: number): number {
  return Math.min(version + 1, Number.MAX_SAFE_INTEGER);
}

// A slice for every decision would cost more than all else here.
function copyDigest(bytes: Uint8Array, at: number, to: Uint8Array): void {
  for (let i = 0; i < DIGEST_BYTES; i++) to[i] = bytes[at + i]!;
}

/** The part of a header that is the same in every header of a log. */
export function identity(header: Header): string {
  const { origin, logNumber, engine, program, layers, sources, vkeys, trustSet, keyId } = header;
  const code = `engine ${toHex(engine)}, program ${toHex(program)}`;
  const lists = `layers [${layers.map(toHex).join()}], sources [${sources.map(toHex).join()}]`;
  const trust = `trust set ${trustSet ? toHex(trustSet) : 'none'}`;
  return `origin ${origin}, log ${logNumber}, key id ${toHex(keyId)}, ${code}, ${lists}, vkeys [${vkeys.join()}], ${trust}`;
}
