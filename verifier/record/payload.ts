// What the payload of one record says, taken alone: its exact shape. SPEC §9.1.
// Excludes every relation between records (chain.ts). What fails here is malformed.
import type { Value } from './cbor.ts';
import { Cursor, Refused, checkCbor, decodeCbor } from './cbor.ts';
import { parseVkey } from './checkpoint.ts';
import { readAnswer } from './decision.ts';
import type { Answer } from './decision.ts';
import { isEvent } from './event.ts';
import type { Refusal } from './finding.ts';
import { authorityAt } from './request.ts';
import { between, byteString, digest, integer, is, list, map, text, tuple } from './shape.ts';
import type { Misfit, Shape } from './shape.ts';

const REQUEST_BYTES_MAX = 49_152;
const DECISION_BYTES_MAX = 12_288;
const STATE_BYTES_MAX = 16_384;
const BY_CHARACTERS_MAX = 128;
// Bounds the walk from the seed to a log's key.
const LOG_NUMBER_MAX = 2 ** 20;
const LAYERS_MAX = 8;
const DIGEST_BYTES = 32;

export interface Header {
  type: 'header';
  origin: string;
  segment: number;
  seq: number;
  previous: Uint8Array;
  /** The tree of all records before. */
  tree: { size: number; root: Uint8Array };
  engine: Uint8Array;
  program: Uint8Array;
  state: Uint8Array;
  vkeys: string[];
  layers: Uint8Array[];
  sources: Uint8Array[];
  logNumber: number;
  /** When it was written: for the layer set it names. */
  timeMs: number;
  trustSet: Uint8Array | undefined;
}

/** Offsets are into the bytes the record lies in: a decision's bytes are copied only where somebody wants them. */
export interface Decided {
  type: 'decision';
  request: number;
  requestEnd: number;
  decision: number;
  decisionEnd: number;
  stateDigest: number;
  /** Of the salted digest of the request, if it is redacted (SPEC §9.6). */
  redacted: number | undefined;
  /** Index into VERDICTS, one per request. */
  verdicts: number[];
  /** Whether it was judged under the layer set it names, of which `authority` is the digest; -1 if it names none or was not. */
  judged: boolean;
  authority: number;
  /** Of the digest of the layers that were loaded. */
  loaded: number;
}

/** What was said while the session ran. */
export interface Approved {
  type: 'approval';
  event: Uint8Array;
  stateDigest: Uint8Array;
}

/** A layer set made known. */
export interface Granted {
  type: 'grant';
  layers: Uint8Array[];
  sources: Uint8Array[];
  timeMs: number;
  current: boolean;
}

export interface Snapshot {
  type: 'snapshot';
  state: Uint8Array;
}

export interface EpochEnd {
  type: 'epoch end';
  stateDigest: Uint8Array;
}

export interface Recovery {
  type: 'recovery';
  dropped: number;
}

export interface Close {
  type: 'close';
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

const origin = is(
  '1 to 128 printable ASCII characters without space and +',
  (value) => typeof value === 'string' && /^[!-*,-~]{1,128}$/.test(value),
);
// Beyond 2^53 a count loses digits below, and still is no count that a log can reach.
const count = is('a count', (value) =>
  typeof value === 'bigint' ? value >= 0n : Number.isSafeInteger(value) && (value as number) >= 0,
);
const previous = is('no or 32 bytes', (value) => value instanceof Uint8Array && [0, 32].includes(value.length));
const vkey = is('a vkey', (value) => typeof value === 'string' && parseVkey(value) !== undefined);
const state = byteString(STATE_BYTES_MAX);

const by = is(
  `text of at most ${BY_CHARACTERS_MAX} characters`,
  (value) => typeof value === 'string' && [...value].length <= BY_CHARACTERS_MAX,
);
const event = is('an event', (value) => value instanceof Uint8Array && isEvent(value));
const bool = is('false or true', (value) => typeof value === 'boolean');

const HEADER = 0;
const DECISION = 1;
const APPROVAL = 3;
const GRANT = 4;
const SNAPSHOT = 5;
const EPOCH_END = 6;
const RECOVERY = 7;
const CLOSE = 8;

const bodies = new Map<Value, Shape>([
  [
    HEADER,
    map(
      new Map([
        [0, is('"plumbline/1"', (value) => value === 'plumbline/1')],
        [1, origin],
        [2, count],
        [3, count],
        [4, previous],
        [5, tuple(count, digest)],
        [6, digest],
        [7, digest],
        [8, state],
        [9, list(vkey, 1)],
        [10, integer],
        [11, is('write, group or fsync', (value) => ['write', 'group', 'fsync'].includes(value as string))],
        [12, list(digest, 0, LAYERS_MAX)],
        [13, list(digest)],
        [14, between(0, LOG_NUMBER_MAX)],
        [15, is('32 bytes or null', (value) => value === null || !digest(value, ''))],
      ]),
    ),
  ],
  [
    APPROVAL,
    map(
      new Map([
        [0, event],
        [1, integer],
        [2, digest],
        [3, by],
      ]),
    ),
  ],
  [
    GRANT,
    map(
      new Map([
        [0, list(digest, 0, LAYERS_MAX)],
        [1, list(digest)],
        [2, integer],
        [3, bool],
      ]),
    ),
  ],
  [
    SNAPSHOT,
    map(
      new Map([
        [0, state],
        [1, integer],
      ]),
    ),
  ],
  [
    EPOCH_END,
    map(
      new Map([
        [0, digest],
        [1, integer],
      ]),
    ),
  ],
  [
    RECOVERY,
    map(
      new Map([
        [0, count],
        [1, digest],
        [2, integer],
      ]),
    ),
  ],
  [
    CLOSE,
    map(
      new Map([
        [0, text],
        [1, count],
        [2, digest],
        [3, integer],
      ]),
    ),
  ],
]);

const payloadShape = tuple(
  is('a record type 0, 1 or 3 to 8', (value) => bodies.has(value as Value)),
  count,
  count,
  is('a map', (value) => value instanceof Map),
);

/** Reads the payloads of records that lie in `bytes`. */
export class PayloadReader {
  readonly #cursor: Cursor;
  readonly #answer: Answer = { verdicts: [], judged: false, loaded: 0 };

  constructor(bytes: Uint8Array) {
    this.#cursor = new Cursor(bytes);
  }

  /** What the payload says, or why it is refused (offset into `bytes`). */
  read(start: number, end: number): Payload | Refusal {
    const { bytes } = this.#cursor;
    // 84 01: an array of four, the first a decision's type. Only these are many, so only these are read without making values.
    if (end - start < 2 || bytes[start] !== 0x84 || bytes[start + 1] !== DECISION) {
      return within(readRare(bytes.slice(start, end)), start);
    }
    try {
      return this.#decided(start, end);
    } catch (thrown) {
      if (thrown instanceof Refused) return thrown.fault;
      throw thrown;
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
    cursor.integer();
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
    const { verdicts, judged, loaded } = this.#answer;
    const authority = judged ? authorityAt(cursor.bytes, request, requestEnd) : -1;
    const body = {
      type: 'decision',
      request,
      requestEnd,
      decision,
      decisionEnd,
      stateDigest,
      redacted,
      verdicts,
      judged,
      authority,
      loaded,
    } as const;
    return { seq, epoch, body };
  }
}

/** A payload of any type but a decision's. */
function readRare(payload: Uint8Array): Payload | Refusal {
  const fault = checkCbor(payload);
  if (fault) return fault;
  const value = decodeCbor(payload);
  const misfit = payloadShape(value, 'payload');
  if (misfit) return unfit(misfit);
  const [type, seq, epoch, fields] = value as [number, number | bigint, number | bigint, Map<number, Value>];
  const bodyMisfit = bodies.get(type)!(fields, 'body') ?? (type === HEADER ? trustMisfit(fields) : undefined);
  if (bodyMisfit) return unfit(bodyMisfit);
  return { seq: Number(seq), epoch: Number(epoch), body: bodyOf(type, fields) };
}

function bodyOf(type: number, fields: Map<number, Value>): Body {
  if (type === HEADER) return header(fields);
  if (type === APPROVAL) {
    return { type: 'approval', event: fields.get(0) as Uint8Array, stateDigest: fields.get(2) as Uint8Array };
  }
  if (type === GRANT) {
    return {
      type: 'grant',
      layers: fields.get(0) as Uint8Array[],
      sources: fields.get(1) as Uint8Array[],
      timeMs: Number(fields.get(2)),
      current: fields.get(3) as boolean,
    };
  }
  if (type === SNAPSHOT) return { type: 'snapshot', state: fields.get(0) as Uint8Array };
  if (type === EPOCH_END) return { type: 'epoch end', stateDigest: fields.get(0) as Uint8Array };
  if (type === RECOVERY) return { type: 'recovery', dropped: Number(fields.get(0)) };
  return { type: 'close', records: Number(fields.get(1)), stateDigest: fields.get(2) as Uint8Array };
}

function header(fields: Map<number, Value>): Header {
  const [size, root] = fields.get(5) as [number | bigint, Uint8Array];
  return {
    type: 'header',
    origin: fields.get(1) as string,
    segment: Number(fields.get(2)),
    seq: Number(fields.get(3)),
    previous: fields.get(4) as Uint8Array,
    tree: { size: Number(size), root },
    engine: fields.get(6) as Uint8Array,
    program: fields.get(7) as Uint8Array,
    state: fields.get(8) as Uint8Array,
    vkeys: fields.get(9) as string[],
    layers: fields.get(12) as Uint8Array[],
    sources: fields.get(13) as Uint8Array[],
    logNumber: fields.get(14) as number,
    timeMs: Number(fields.get(10)),
    trustSet: (fields.get(15) as Uint8Array | null) ?? undefined,
  };
}

function trustMisfit(fields: Map<number, Value>): Misfit | undefined {
  const [layers, trustSet] = [fields.get(12) as Uint8Array[], fields.get(15)];
  if ((layers.length === 0) === (trustSet === null)) return undefined;
  return layers.length === 0
    ? { path: 'body.15', expected: 'null without layers', found: 'a trust set' }
    : { path: 'body.15', expected: 'the trust set of the layers', found: 'null' };
}

function unfit({ path, expected, found }: Misfit): Refusal {
  return { offset: 0, expected: `${path}: ${expected}`, found };
}

function within(read: Payload | Refusal, start: number): Payload | Refusal {
  return 'expected' in read ? { ...read, offset: start + read.offset } : read;
}
