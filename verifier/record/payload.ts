// Owns: the exact shape of one record's payload, taken alone: SPEC §9.1.
// Excludes: every relation between records (log/chain.ts). A fault here is malformed.
import { utf8 } from './bytes.ts';
import type { Value } from './cbor.ts';
import { Cursor, Refused, checkCbor, compareItems, decodeCbor } from './cbor.ts';
import { parseVkey } from './checkpoint.ts';
import { hasControl } from './controls.ts';
import { readAnswer } from './decision.ts';
import type { Answer } from './decision.ts';
import { label, readEvent } from './event.ts';
import type { Event } from './event.ts';
import type { Refusal } from './finding.ts';
import {
  BY_CHARACTERS_MAX,
  DECISION_BYTES_MAX,
  LAYERS_MAX,
  LOG_NUMBER_MAX,
  REQUEST_BYTES_MAX,
  SOURCES_MAX,
  VKEYS_MAX,
} from './limits.ts';
import type { Ms } from './ms.ts';
import { isLater } from './ms.ts';
import { COMMITMENT_BYTES, RequestReader, isCommitment, readEntity } from './request.ts';
import {
  ascending,
  between,
  bool,
  byteString,
  count,
  digest,
  exactly,
  fields,
  is,
  list,
  ms,
  orNull,
  text,
  textOf,
  tuple,
  type Shape,
} from './shape.ts';
import { state } from './state.ts';
import type { State } from './state.ts';

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
  state: State;
  vkeys: string[];
  layers: Uint8Array[];
  sources: Uint8Array[];
  logNumber: number;
  /** When it was written: the grants behind its layers are judged at this time. */
  timeMs: Ms;
  trustSet: Uint8Array | undefined;
  /** Of the key that the log is under. */
  keyId: Uint8Array;
}

/**
 * A decision record. Offsets are into the bytes that the record lies in, so that no decision is copied without need;
 * of a short one, into the bytes of its expansion.
 */
export interface Decided {
  type: 'decision';
  request: number;
  requestEnd: number;
  decision: number;
  decisionEnd: number;
  timeMs: Ms;
  stateDigest: number;
  /** Offset of the salted digest of the request, if the request is redacted (SPEC §9.6). */
  redacted: number | undefined;
  /** Indices into VERDICTS, one per request. */
  verdicts: number[];
  isArray: boolean;
  /** Whether its bytes were read as a request. */
  read: boolean;
  /** How many requests its bytes are, read or not; 0 if they are none. The authority and the time are theirs. */
  requests: number;
  authority: number;
  requestMs: Ms | undefined;
  /** Whether the request was judged under the layer set it names. */
  judged: boolean;
  /** Whether the state counts it; whether there was a program. */
  counted: boolean;
  programmed: boolean;
  /** Offsets of the digests of the program and of the loaded layers, and the state's version. */
  program: number;
  loaded: number;
  version: number;
  /** What no engine answers, if it is that. */
  wrong: [expected: string, found: string] | undefined;
  /** Attributes of contexts: sensitive ones that stand open, and commitments for other ones. */
  open: number;
  stray: number;
  /** Commitments in all; the whole is one if the bytes are no request. */
  commitments: number;
}

/** A decision recorded as the differences from an earlier one: SPEC §9.1.2. Offsets are as those of a decision. */
export interface Short {
  type: 'short decision';
  base: number;
  request: number;
  requestEnd: number;
  decision: number;
  decisionEnd: number;
  afterMs: number;
  stateDigest: number;
}

/** What the engine took into the state beside decisions. */
export interface Noted {
  type: 'event';
  timeMs: Ms;
  /** When the event took place; undefined of an event without time. */
  requestMs: Ms | undefined;
  event: Uint8Array;
  stateDigest: Uint8Array;
}

/** What came of a call that was decided. */
export interface Outcome {
  type: 'outcome';
  timeMs: Ms;
  /** Seq of the decision. */
  of: number;
  event: Uint8Array | undefined;
  /** Of the state after the event. */
  stateDigest: Uint8Array | undefined;
}

/** Calls that were refused before the core was asked. */
export interface Refusals {
  type: 'refusal';
  timeMs: Ms;
  count: number;
  authority: Uint8Array;
}

/** The adapter that carries decisions out from there on. */
export interface Adapter {
  type: 'adapter';
  timeMs: Ms;
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
  state: State;
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

export type Body =
  Header | Decided | Outcome | Noted | Granted | Snapshot | EpochEnd | Recovery | Close | Refusals | Adapter;

export interface Payload<Of = Body> {
  seq: number;
  epoch: number;
  body: Of;
}

const DECISION = 1;
const SHORT = 11;
const DECISION_KEY_MAX = 12;
const REQUEST_KEY_MAX = 7;
const TEXT = 3;
const TRUE = 0xf5;
const KEY_ID_BYTES = 8;
const VALUE_BYTES = 16;
const VALUES_MAX = 256;
const OBJECT_BYTES_MAX = 4096;
/** From the first call of a refusal to its record. */
const REFUSAL_SPAN_MAX_MS = 60_000;
const ADAPTER_CHARACTERS_MAX = 128;
const ADAPTER_NAME = '1 to 128 printable ASCII characters';

const origin = is(
  '1 to 128 printable ASCII characters without space and +',
  (value): value is string => typeof value === 'string' && /^[!-*,-~]{1,128}$/.test(value),
);
const previous = is(
  'no or 32 bytes',
  (value): value is Uint8Array => value instanceof Uint8Array && [0, 32].includes(value.length),
);
const vkey = is('a vkey', (value): value is string => typeof value === 'string' && parseVkey(value) !== undefined);
const durability = textOf('write, group or fsync', /^(?:write|group|fsync)$/);
const by = is(
  `text of at most ${BY_CHARACTERS_MAX} characters, none of them a control`,
  (value): value is string => typeof value === 'string' && [...value].length <= BY_CHARACTERS_MAX && !hasControl(value),
);
const layers = list(digest, 0, LAYERS_MAX);
const sources = list(digest, 0, SOURCES_MAX);
const word = textOf('1 to 64 characters of a-z 0-9 _ -', /^[a-z0-9_-]{1,64}$/);
const loss = textOf('1 to 64 characters of a-z 0-9 -', /^[a-z0-9-]{1,64}$/);
const adapterName = textOf(ADAPTER_NAME, /^[ -~]{1,128}$/);

const headerFields = fields({
  format: [0, exactly('plumbline/2')],
  origin: [1, origin],
  segment: [2, count],
  seq: [3, count],
  previous: [4, previous],
  tree: [5, tuple(count, digest)],
  engine: [6, digest],
  program: [7, digest],
  state: [8, state],
  vkeys: [9, list(vkey, 1, VKEYS_MAX)],
  timeMs: [10, ms],
  durability: [11, durability],
  layers: [12, layers],
  sources: [13, sources],
  logNumber: [14, between(0, LOG_NUMBER_MAX)],
  trustSet: [15, orNull(digest)],
  keyId: [16, byteString(KEY_ID_BYTES, KEY_ID_BYTES)],
});

const header: Shape<Header> = (value, path) => {
  const { tree, trustSet, ...rest } = headerFields(value, path);
  if (rest.layers.length === 0 && trustSet) throw new Refused(0, `${path}.15: null without layers`, 'a trust set');
  if (rest.layers.length > 0 && !trustSet) throw new Refused(0, `${path}.15: the trust set of the layers`, 'null');
  return { type: 'header', ...rest, tree: { size: tree[0], root: tree[1] }, trustSet: trustSet ?? undefined };
};

// An event of one of these types.
function eventOf(first: number, last: number): Shape<Event> {
  return (value, path) => {
    const event = readEvent(value, path);
    if (event && event.type >= first && event.type <= last) return event;
    throw new Refused(0, `${path}: an event of type ${first} to ${last}`, 'none');
  };
}

const notedFields = fields({ event: [0, eventOf(0, 4)], timeMs: [1, ms], stateDigest: [2, digest], by: [3, by] });

const noted: Shape<Noted> = (value, path) => {
  const { event, timeMs, stateDigest } = notedFields(value, path);
  return { type: 'event', timeMs, requestMs: event.timeMs, event: event.bytes, stateDigest };
};

const ending: Shape<unknown> = (value, path) => {
  const [kind, number] = tuple(between(0, 2), count)(value, path);
  if (kind === 2 && number !== 0) throw new Refused(0, `${path}: [2, 0]`, `[2, ${number}]`);
  return [kind, number];
};

const outcomeFields = fields({
  of: [0, count],
  timeMs: [1, ms],
  ending: [2, orNull(ending)],
  bytes: [3, orNull(tuple(count, count))],
  parts: [4, ascending(list(tuple(label, digest)), ([name]) => utf8(name))],
  event: [5, orNull(eventOf(2, 3))],
  stateDigest: [6, orNull(digest)],
  values: [7, ascending(list(byteString(VALUE_BYTES, VALUE_BYTES), 0, VALUES_MAX), (value) => value)],
  adapter: [8, adapterName],
});

const outcome: Shape<Outcome> = (value, path) => {
  const { of, timeMs, event, stateDigest } = outcomeFields(value, path);
  if ((event === null) !== (stateDigest === null)) {
    throw new Refused(0, `${path}: an event and a state, or neither`, 'one of the two');
  }
  return { type: 'outcome', timeMs, of, event: event?.bytes, stateDigest: stateDigest ?? undefined };
};

const object = is(
  `text of at most ${OBJECT_BYTES_MAX} bytes`,
  (value): value is string => typeof value === 'string' && utf8(value).length <= OBJECT_BYTES_MAX,
);
const refusalFields = fields({
  by: [0, textOf('guard or filter', /^(?:guard|filter)$/)],
  cause: [1, word],
  call: [2, word],
  object: [3, orNull(object)],
  count: [4, between(1, Number.MAX_SAFE_INTEGER)],
  authority: [5, digest],
  firstMs: [6, ms],
  timeMs: [7, ms],
  adapter: [8, adapterName],
});

const refusal: Shape<Refusals> = (value, path) => {
  const { firstMs, timeMs, count: calls, authority } = refusalFields(value, path);
  if (firstMs > timeMs || isLater(timeMs, firstMs, REFUSAL_SPAN_MAX_MS)) {
    throw new Refused(0, `${path}: a first call at most ${REFUSAL_SPAN_MAX_MS} ms before the record`, `${firstMs}`);
  }
  return { type: 'refusal', timeMs, count: calls, authority };
};

const adapterFields = fields({
  adapter: [0, adapterName],
  strength: [1, textOf('hook, proxy or kernel', /^(?:hook|proxy|kernel)$/)],
  losses: [2, ascending(list(loss), utf8)],
  timeMs: [3, ms],
});

function bodyOf<const Type extends string, T extends object>(type: Type, shape: Shape<T>): Shape<T & { type: Type }> {
  return (value, path) => ({ ...shape(value, path), type });
}

// By record type. Decisions are read apart.
const bodies = new Map<Value | undefined, Shape<Body>>([
  [0, header],
  [2, outcome],
  [3, noted],
  [4, bodyOf('grant', fields({ layers: [0, layers], sources: [1, sources], timeMs: [2, ms], current: [3, bool] }))],
  [5, bodyOf('snapshot', fields({ state: [0, state], timeMs: [1, ms] }))],
  [6, bodyOf('epoch end', fields({ stateDigest: [0, digest], timeMs: [1, ms] }))],
  [7, bodyOf('recovery', fields({ dropped: [0, count], droppedDigest: [1, digest], timeMs: [2, ms] }))],
  [8, bodyOf('close', fields({ cause: [0, text], records: [1, count], stateDigest: [2, digest], timeMs: [3, ms] }))],
  [9, refusal],
  [10, bodyOf('adapter', adapterFields)],
]);

const envelope = tuple(
  is('a record type 0 to 11', (value): value is number => bodies.has(value)),
  count,
  count,
  is('a map', (value) => value instanceof Map),
);

/** Reads the payloads of records that lie in `bytes`. */
export class PayloadReader {
  readonly #cursor: Cursor;
  readonly #decisions: DecisionReader;

  /** `sensitive`: names of the attributes that are redacted, in UTF-8. */
  constructor(bytes: Uint8Array, sensitive: readonly Uint8Array[] = []) {
    this.#cursor = new Cursor(bytes);
    this.#decisions = new DecisionReader(this.#cursor, sensitive);
  }

  /** The payload, or why it is refused (offset into `bytes`). */
  read(start: number, end: number): Payload | Payload<Short> | Refusal {
    const { bytes } = this.#cursor;
    // 84, then the type: decisions are the bulk of a log, so they alone are read without making values.
    const type = end - start >= 2 && bytes[start] === 0x84 ? bytes[start + 1] : undefined;
    const isBulk = type === DECISION || type === SHORT;
    try {
      if (!isBulk) return readRare(bytes.slice(start, end));
      const cursor = this.#cursor;
      cursor.over(start + 2, end);
      const seq = cursor.unsigned();
      const epoch = cursor.unsigned();
      if (type === SHORT) return { seq, epoch, body: readShort(cursor) };
      return { seq, epoch, body: this.#decided() };
    } catch (thrown) {
      if (!(thrown instanceof Refused)) throw thrown;
      const { offset, expected, found } = thrown.fault;
      return { offset: isBulk ? offset : start + offset, expected, found };
    }
  }

  #decided(): Decided {
    const cursor = this.#cursor;
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
    readAdapter(cursor);
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
    const body = this.#decisions.read({ request, requestEnd, decision, decisionEnd, timeMs, stateDigest, redacted });
    if (redacted !== undefined && body.commitments === 0) throw new Refused(request, 'a commitment', 'none');
    return body;
  }
}

type DecidedParts = Pick<
  Decided,
  'request' | 'requestEnd' | 'decision' | 'decisionEnd' | 'timeMs' | 'stateDigest' | 'redacted'
>;

/** Reads what a decision record holds. */
export class DecisionReader {
  readonly #cursor: Cursor;
  readonly #requests: RequestReader;
  readonly #answer: Answer = {
    verdicts: [],
    isArray: false,
    judged: false,
    read: false,
    counted: false,
    programmed: false,
    program: 0,
    loaded: 0,
    version: 0,
    wrong: undefined,
  };

  constructor(cursor: Cursor, sensitive: readonly Uint8Array[]) {
    this.#cursor = cursor;
    this.#requests = new RequestReader(sensitive);
  }

  /** Throws `Refused` if the decision is none. Offsets are into the cursor's bytes. */
  read({ request, requestEnd, decision, decisionEnd, timeMs, stateDigest, redacted }: DecidedParts): Decided {
    const cursor = this.#cursor;
    cursor.over(decision, decisionEnd);
    readAnswer(cursor, this.#answer);
    const {
      requests,
      authority,
      timeMs: requestMs,
      open,
      covered,
      stray,
    } = this.#requests.read(cursor, request, requestEnd);
    const { verdicts, isArray, judged, read, counted, programmed, program, loaded, version, wrong } = this.#answer;
    const isWhole = requestEnd - request === COMMITMENT_BYTES && isCommitment(cursor.bytes, request, requestEnd);
    return {
      type: 'decision',
      request,
      requestEnd,
      decision,
      decisionEnd,
      timeMs,
      stateDigest,
      redacted,
      verdicts,
      isArray,
      read,
      requests,
      authority,
      requestMs: read && requests > 0 ? requestMs : undefined,
      judged,
      counted,
      programmed,
      program,
      loaded,
      version,
      wrong,
      open,
      stray,
      commitments: requests > 0 ? covered + stray : isWhole ? 1 : 0,
    };
  }
}

function readShort(cursor: Cursor): Short {
  cursor.mapOf(5);
  cursor.key(0);
  const base = cursor.unsigned();
  cursor.key(1);
  const request = cursor.at;
  readRequestDifference(cursor);
  const requestEnd = cursor.at;
  cursor.key(2);
  const decision = cursor.at;
  for (let left = cursor.map(), last = -1; left > 0; left--) {
    last = cursor.between(last + 1, DECISION_KEY_MAX);
    cursor.skip(2);
  }
  const decisionEnd = cursor.at;
  cursor.key(3);
  const afterMs = cursor.unsigned();
  cursor.key(4);
  cursor.byteString('the digest of the state', DIGEST_BYTES, DIGEST_BYTES);
  const stateDigest = cursor.content;
  cursor.finish();
  return { type: 'short decision', base, request, requestEnd, decision, decisionEnd, afterMs, stateDigest };
}

function readRequestDifference(cursor: Cursor): void {
  const { bytes } = cursor;
  for (let left = cursor.map(), last = -1; left > 0; left--) {
    last = cursor.between(last + 1, REQUEST_KEY_MAX);
    const { at } = cursor;
    if (last <= 2 && bytes[at]! >> 5 === TEXT) cursor.textString();
    else if (last <= 2) readEntity(cursor);
    else if (last === 3) readContextDifference(cursor);
    else if (last === 4) cursor.byteString('the authority', DIGEST_BYTES, DIGEST_BYTES);
    else if (last === 5) cursor.ms();
    else if (!cursor.isNull()) {
      if (last === 6 && !cursor.isArray()) throw new Refused(at, 'entities or null', cursor.found());
      if (last === 7 && bytes[at] !== TRUE) throw new Refused(at, 'true or null', cursor.found());
      cursor.skip(2);
    }
  }
}

function readContextDifference(cursor: Cursor): void {
  const start = cursor.at;
  let names = cursor.map();
  if (names === 0) throw new Refused(start, 'attributes that differ', 'none');
  for (let name = 0, nameEnd = 0; names > 0; names--) {
    const { at } = cursor;
    cursor.textString();
    if (nameEnd > 0 && compareItems(cursor.bytes, name, nameEnd, at, cursor.at) >= 0) {
      throw new Refused(at, 'names ascending', 'another order');
    }
    [name, nameEnd] = [at, cursor.at];
    cursor.skip(3);
  }
}

// A name of an adapter, read without making a text.
function readAdapter(cursor: Cursor): void {
  const { at } = cursor;
  cursor.textString();
  const length = cursor.at - cursor.content;
  let printable = length >= 1 && length <= ADAPTER_CHARACTERS_MAX;
  for (let i = cursor.content; printable && i < cursor.at; i++) {
    printable = cursor.bytes[i]! >= 0x20 && cursor.bytes[i]! < 0x7f;
  }
  if (!printable) throw new Refused(at, ADAPTER_NAME, `text of ${length} bytes`);
}

// A payload of any type but a decision's. Throws `Refused`; offsets are into `payload`.
function readRare(payload: Uint8Array): Payload {
  const fault = checkCbor(payload);
  if (fault) throw new Refused(fault.offset, fault.expected, fault.found);
  const [type, seq, epoch, value] = envelope(decodeCbor(payload), 'payload');
  return { seq, epoch, body: bodies.get(type)!(value, 'body') };
}
