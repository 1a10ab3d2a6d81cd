// Owns: the exact shape of one record's payload, taken alone: SPEC §9.1.
// Excludes: every relation between records (log/chain.ts). A fault here is malformed.
import type { Value } from './cbor.ts';
import { Cursor, Refused, checkCbor, decodeCbor } from './cbor.ts';
import { parseVkey } from './checkpoint.ts';
import { readAnswer } from './decision.ts';
import type { Answer } from './decision.ts';
import { eventMs, isEvent } from './event.ts';
import type { Refusal } from './finding.ts';
import {
  BY_CHARACTERS_MAX,
  DECISION_BYTES_MAX,
  LAYERS_MAX,
  LOG_NUMBER_MAX,
  REQUEST_BYTES_MAX,
  STATE_BYTES_MAX,
} from './limits.ts';
import type { Ms } from './ms.ts';
import { authorityAt, requestMs } from './request.ts';
import {
  between,
  bool,
  byteString,
  count,
  digest,
  exactly,
  fields,
  is,
  isDigest,
  list,
  ms,
  text,
  tuple,
  type Shape,
} from './shape.ts';

const DIGEST_BYTES = 32;

export interface Header {
  type: 'header';
  origin: string;
  segment: number;
  seq: number;
  previous: Uint8Array;
  /** The tree of all records before this one. */
  tree: { size: number; root: Uint8Array };
  engine: Uint8Array;
  program: Uint8Array;
  state: Uint8Array;
  vkeys: string[];
  layers: Uint8Array[];
  sources: Uint8Array[];
  logNumber: number;
  /** When it was written: the grants behind its layers are judged at this time. */
  timeMs: Ms;
  trustSet: Uint8Array | undefined;
}

/**
 * A decision record. Offsets are into the bytes that the record lies in, so that no decision is copied without need.
 */
export interface Decided {
  type: 'decision';
  request: number;
  requestEnd: number;
  decision: number;
  decisionEnd: number;
  stateDigest: number;
  /** Offset of the salted digest of the request, if the request is redacted (SPEC §9.6). */
  redacted: number | undefined;
  /** Indices into VERDICTS, one per request. */
  verdicts: number[];
  timeMs: Ms;
  /** Whether its bytes were read as a request; `requestMs` is then the time stated there, if any. */
  read: boolean;
  requestMs: Ms | undefined;
  /**
   * Whether the request was judged under the layer set it names; `authority` is then the offset of its digest, else -1.
   */
  judged: boolean;
  authority: number;
  /** Offset of the digest of the loaded layers. */
  loaded: number;
}

/** Something that a person said while the session ran. */
export interface Approved {
  type: 'approval';
  timeMs: Ms;
  /** When the event took place; undefined of an event without time. */
  requestMs: Ms | undefined;
  event: Uint8Array;
  stateDigest: Uint8Array;
}

/** A layer set made known. */
export interface Granted {
  type: 'grant';
  layers: Uint8Array[];
  sources: Uint8Array[];
  timeMs: Ms;
  current: boolean;
}

export interface Snapshot {
  type: 'snapshot';
  timeMs: Ms;
  state: Uint8Array;
}

export interface EpochEnd {
  type: 'epoch end';
  timeMs: Ms;
  stateDigest: Uint8Array;
}

export interface Recovery {
  type: 'recovery';
  timeMs: Ms;
  dropped: number;
}

export interface Close {
  type: 'close';
  timeMs: Ms;
  /** Records before this one. */
  records: number;
  stateDigest: Uint8Array;
}

export type Body = Header | Decided | Approved | Granted | Snapshot | EpochEnd | Recovery | Close;

export interface Payload {
  seq: number;
  epoch: number;
  body: Body;
}

const DECISION = 1;

const origin = is(
  '1 to 128 printable ASCII characters without space and +',
  (value): value is string => typeof value === 'string' && /^[!-*,-~]{1,128}$/.test(value),
);
const previous = is(
  'no or 32 bytes',
  (value): value is Uint8Array => value instanceof Uint8Array && [0, 32].includes(value.length),
);
const vkey = is('a vkey', (value): value is string => typeof value === 'string' && parseVkey(value) !== undefined);
const durability = is(
  'write, group or fsync',
  (value): value is string => typeof value === 'string' && ['write', 'group', 'fsync'].includes(value),
);
const digestOrNull = is('32 bytes or null', (value): value is Uint8Array | null => value === null || isDigest(value));
const by = is(
  `text of at most ${BY_CHARACTERS_MAX} characters`,
  (value): value is string => typeof value === 'string' && [...value].length <= BY_CHARACTERS_MAX,
);
const event = is('an event', isEvent);
const state = byteString(STATE_BYTES_MAX);
const layers = list(digest, 0, LAYERS_MAX);
const sources = list(digest);

const headerFields = fields({
  format: [0, exactly('plumbline/1')],
  origin: [1, origin],
  segment: [2, count],
  seq: [3, count],
  previous: [4, previous],
  tree: [5, tuple(count, digest)],
  engine: [6, digest],
  program: [7, digest],
  state: [8, state],
  vkeys: [9, list(vkey, 1)],
  timeMs: [10, ms],
  durability: [11, durability],
  layers: [12, layers],
  sources: [13, sources],
  logNumber: [14, between(0, LOG_NUMBER_MAX)],
  trustSet: [15, digestOrNull],
});

const header: Shape<Header> = (value, path) => {
  const { tree, trustSet, ...rest } = headerFields(value, path);
  if (rest.layers.length === 0 && trustSet) throw new Refused(0, `${path}.15: null without layers`, 'a trust set');
  if (rest.layers.length > 0 && !trustSet) throw new Refused(0, `${path}.15: the trust set of the layers`, 'null');
  return { type: 'header', ...rest, tree: { size: tree[0], root: tree[1] }, trustSet: trustSet ?? undefined };
};

const approvalFields = fields({ event: [0, event], timeMs: [1, ms], stateDigest: [2, digest], by: [3, by] });

const approval: Shape<Approved> = (value, path) => {
  const read = approvalFields(value, path);
  return { type: 'approval', ...read, requestMs: eventMs(read.event) };
};

function bodyOf<const Type extends string, T extends object>(type: Type, shape: Shape<T>): Shape<T & { type: Type }> {
  return (value, path) => ({ ...shape(value, path), type });
}

// By record type. Decisions are read apart.
const bodies = new Map<Value | undefined, Shape<Body>>([
  [0, header],
  [3, approval],
  [4, bodyOf('grant', fields({ layers: [0, layers], sources: [1, sources], timeMs: [2, ms], current: [3, bool] }))],
  [5, bodyOf('snapshot', fields({ state: [0, state], timeMs: [1, ms] }))],
  [6, bodyOf('epoch end', fields({ stateDigest: [0, digest], timeMs: [1, ms] }))],
  [7, bodyOf('recovery', fields({ dropped: [0, count], droppedDigest: [1, digest], timeMs: [2, ms] }))],
  [8, bodyOf('close', fields({ cause: [0, text], records: [1, count], stateDigest: [2, digest], timeMs: [3, ms] }))],
]);

const envelope = tuple(
  is('a record type 0, 1 or 3 to 8', (value): value is number => bodies.has(value)),
  count,
  count,
  is('a map', (value) => value instanceof Map),
);

/** Reads the payloads of records that lie in `bytes`. */
export class PayloadReader {
  readonly #cursor: Cursor;
  readonly #answer: Answer = { verdicts: [], judged: false, read: false, loaded: 0 };

  constructor(bytes: Uint8Array) {
    this.#cursor = new Cursor(bytes);
  }

  /** The payload, or why it is refused (offset into `bytes`). */
  read(start: number, end: number): Payload | Refusal {
    const { bytes } = this.#cursor;
    // 84 01: an array of four that starts with the type of a decision. Decisions are the bulk of a log, so they alone
    // are read without making values.
    const isDecision = end - start >= 2 && bytes[start] === 0x84 && bytes[start + 1] === DECISION;
    try {
      return isDecision ? this.#decided(start, end) : readRare(bytes.slice(start, end));
    } catch (thrown) {
      if (!(thrown instanceof Refused)) throw thrown;
      const { offset, expected, found } = thrown.fault;
      return { offset: isDecision ? offset : start + offset, expected, found };
    }
  }

  #decided(start: number, end: number): Payload {
    const cursor = this.#cursor;
    cursor.over(start + 2, end);
    const seq = cursor.unsigned();
    const epoch = cursor.unsigned();
    const at = cursor.at;
    const pairs = cursor.map();
    if (pairs !== 5 && pairs !== 6) throw new Refused(at, 'a map of 5 or 6', `a map of ${pairs}`);
    cursor.key(0);
    cursor.byteString('the request', 0, REQUEST_BYTES_MAX);
    const [request, requestEnd] = [cursor.content, cursor.at];
    cursor.key(1);
    cursor.byteString('the decision', 0, DECISION_BYTES_MAX);
    const [decision, decisionEnd] = [cursor.content, cursor.at];
    cursor.key(2);
    cursor.textString();
    cursor.key(3);
    const timeMs = cursor.ms();
    cursor.key(4);
    cursor.byteString('the digest of the state', DIGEST_BYTES, DIGEST_BYTES);
    const stateDigest = cursor.content;
    let redacted;
    if (pairs === 6) {
      cursor.key(5);
      cursor.byteString('the salted digest', DIGEST_BYTES, DIGEST_BYTES);
      redacted = cursor.content;
    }
    cursor.finish();
    cursor.over(decision, decisionEnd);
    readAnswer(cursor, this.#answer);
    const { verdicts, judged, read, loaded } = this.#answer;
    const named = read ? authorityAt(cursor.bytes, request, requestEnd) : -1;
    const body = {
      type: 'decision',
      request,
      requestEnd,
      decision,
      decisionEnd,
      stateDigest,
      redacted,
      verdicts,
      timeMs,
      read,
      requestMs: named < 0 ? undefined : requestMs(cursor.bytes, named, requestEnd),
      judged,
      authority: judged ? named : -1,
      loaded,
    } as const;
    return { seq, epoch, body };
  }
}

// A payload of any type but a decision's. Throws `Refused`; offsets are into `payload`.
function readRare(payload: Uint8Array): Payload {
  const fault = checkCbor(payload);
  if (fault) throw new Refused(fault.offset, fault.expected, fault.found);
  const [type, seq, epoch, value] = envelope(decodeCbor(payload), 'payload');
  return { seq, epoch, body: bodies.get(type)!(value, 'body') };
}
