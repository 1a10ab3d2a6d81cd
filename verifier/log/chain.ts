// Owns: how each record of a segment must follow from the records before it, its times among that: SPEC §9.1.
// Trusts: the segment's header about the log before the segment; verify.ts compares the two.
import { same, toHex } from '../record/bytes.ts';
import { KnownSets, begins, layerSetDigest, type KnownSet } from '../record/layer-sets.ts';
import { isLater, type Ms } from '../record/ms.ts';
import type { Noted, Body, Decided, Granted, Header, Payload } from '../record/payload.ts';
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
};

const DIGEST_BYTES = 32;
// SPEC §6.5.
const INITIAL_STATE = 'ac00000100020003800480050006800780088009830000000a000b80';
/** How long before its record a request may have been made. */
const REQUEST_AGE_MAX_MS = 60_000;

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
  /** The authority of the decision placed last, if this segment neither made it known nor named it before. */
  assumed: Uint8Array | undefined;
  /** The layer set of the decision placed last; undefined if it was judged under none. */
  judgedUnder: KnownSet | undefined;
  /** The time of the first request of this segment, at the record placed last; only while that is the first one. */
  firstRequestMs: Ms | undefined;

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
    this.firstRequestMs = undefined;
    if ((body.type === 'decision' || body.type === 'event') && body.requestMs !== undefined) {
      if (end.requestMs === undefined) this.firstRequestMs = body.requestMs;
      end.requestMs = body.requestMs;
    }
    if (body.type === 'decision') copyDigest(bytes, body.stateDigest, end.stateDigest);
    else if (body.type === 'event' || body.type === 'outcome') end.stateDigest.set(body.stateDigest ?? end.stateDigest);
    else if (body.type === 'recovery') end.dropped = body.dropped;
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
    // A copy, since each decision writes its own digest over it.
    this.end = { ...this.end, seq, epoch, stateDigest: new Uint8Array(stateDigest), timeMs: body.timeMs };
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
    if (body.timeMs < end.timeMs!) return [notBefore(end.timeMs!), `a record at ${body.timeMs}`];
    if (body.type === 'decision') return this.#authority(body, bytes) ?? this.#request(body);
    if (body.type === 'event') return this.#request(body);
    return body.type === 'grant' ? this.#grant(body) : this.#state(body);
  }

  #grant({ layers }: Granted): Misplaced | undefined {
    if (!begins(layers, this.start!.header.layers)) return ["layers that begin with the header's", 'others'];
    this.#sets.add(layerSetDigest(layers));
    return undefined;
  }

  #authority({ judged, authority }: Decided, bytes: Uint8Array): Misplaced | undefined {
    this.assumed = undefined;
    this.judgedUnder = undefined;
    if (!judged) return undefined;
    if (authority < 0) return ['a request that names its authority', 'none'];
    this.judgedUnder = this.#sets.find(bytes, authority);
    if (this.judgedUnder) return undefined;
    this.assumed = bytes.slice(authority, authority + DIGEST_BYTES);
    this.judgedUnder = this.#sets.add(this.assumed);
    return undefined;
  }

  // What the first request of a segment must not be before, only the segments before it tell.
  #request(body: Decided | Noted): Misplaced | undefined {
    const { timeMs, requestMs } = body;
    if (requestMs === undefined) {
      return body.type === 'decision' && body.read ? ['a request that states its time', 'none'] : undefined;
    }
    const before = this.end.requestMs;
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
    if (!digest || same(digest, end.stateDigest)) return undefined;
    return [`state ${toHex(end.stateDigest)}`, toHex(digest)];
  }
}

export const notBefore = (ms: Ms): string => `a time not before ${ms}`;

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
