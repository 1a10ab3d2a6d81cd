// What the payload of one record says, taken alone: its exact shape. SPEC §9.1.
// Excludes every relation between records (chain.ts). What fails here is malformed.
import type { Value } from './cbor.ts';
import { checkCbor, decodeCbor } from './cbor.ts';
import { readVerdicts } from './decision.ts';
import type { Refusal } from './frame.ts';
import type { Verdict } from './report.ts';
import { byteString, digest, integer, is, list, map, text, tuple } from './shape.ts';
import type { Misfit, Shape } from './shape.ts';

const REQUEST_BYTES_MAX = 49_152;
const DECISION_BYTES_MAX = 12_288;
const STATE_BYTES_MAX = 8_192;
const LAYERS_MAX = 8;

export interface Header {
  type: 'header';
  origin: string;
  segment: number;
  seq: number;
  previous: Uint8Array;
  engine: Uint8Array;
  program: Uint8Array;
  state: Uint8Array;
  layers: Uint8Array[];
  sources: Uint8Array[];
}

export interface Decided {
  type: 'decision';
  request: Uint8Array;
  decision: Uint8Array;
  /** One per request. */
  verdicts: Verdict[];
  stateDigest: Uint8Array;
}

export interface Close {
  type: 'close';
  /** Records before this one. */
  records: number;
  stateDigest: Uint8Array;
}

export type Body = Header | Decided | Close;

const origin = is(
  '1 to 128 printable ASCII characters without space and +',
  (value) => typeof value === 'string' && /^[!-*,-~]{1,128}$/.test(value),
);
// Beyond 2^53 a count loses digits below, and still is no count that a log can reach.
const count = is('a count', (value) =>
  typeof value === 'bigint' ? value >= 0n : Number.isSafeInteger(value) && (value as number) >= 0,
);
const previous = is('no or 32 bytes', (value) => value instanceof Uint8Array && [0, 32].includes(value.length));

const HEADER = 0;
const DECISION = 1;
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
        [6, digest],
        [7, digest],
        [8, byteString(STATE_BYTES_MAX)],
        [10, integer],
        [11, text],
        [12, list(digest, 0, LAYERS_MAX)],
        [13, list(digest)],
      ]),
    ),
  ],
  [
    DECISION,
    map(
      new Map([
        [0, byteString(REQUEST_BYTES_MAX)],
        [1, byteString(DECISION_BYTES_MAX)],
        [2, text],
        [3, integer],
        [4, digest],
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
  is('a record type 0, 1 or 8', (value) => bodies.has(value as Value)),
  count,
  is('epoch 0', (value) => value === 0),
  is('a map', (value) => value instanceof Map),
);

/** What a payload says, or why it is refused (offset into the payload). */
export function readPayload(payload: Uint8Array): { seq: number; body: Body } | Refusal {
  const fault = checkCbor(payload);
  if (fault) return fault;
  const value = decodeCbor(payload);
  const misfit = payloadShape(value, 'payload');
  if (misfit) return unfit(misfit);
  const [type, place, , fields] = value as [number, number | bigint, number, Map<number, Value>];
  const seq = Number(place);
  const bodyMisfit = bodies.get(type)!(fields, 'body');
  if (bodyMisfit) return unfit(bodyMisfit);
  if (type === HEADER) return { seq, body: header(fields) };
  if (type === CLOSE) return { seq, body: close(fields) };
  const body = decided(fields);
  return 'expected' in body ? body : { seq, body };
}

function decided(fields: Map<number, Value>): Decided | Refusal {
  const decision = fields.get(1) as Uint8Array;
  const read = readVerdicts(decision);
  if ('misfit' in read) return unfit(read.misfit);
  if ('fault' in read) {
    const { offset, expected, found } = read.fault;
    return { offset: 0, expected: `${expected} at byte ${offset} of the decision`, found };
  }
  return {
    type: 'decision',
    request: fields.get(0) as Uint8Array,
    decision,
    verdicts: read.verdicts,
    stateDigest: fields.get(4) as Uint8Array,
  };
}

function close(fields: Map<number, Value>): Close {
  return { type: 'close', records: Number(fields.get(1)), stateDigest: fields.get(2) as Uint8Array };
}

function header(fields: Map<number, Value>): Header {
  return {
    type: 'header',
    origin: fields.get(1) as string,
    segment: Number(fields.get(2)),
    seq: Number(fields.get(3)),
    previous: fields.get(4) as Uint8Array,
    engine: fields.get(6) as Uint8Array,
    program: fields.get(7) as Uint8Array,
    state: fields.get(8) as Uint8Array,
    layers: fields.get(12) as Uint8Array[],
    sources: fields.get(13) as Uint8Array[],
  };
}

function unfit({ path, expected, found }: Misfit): Refusal {
  return { offset: 0, expected: `${path}: ${expected}`, found };
}
