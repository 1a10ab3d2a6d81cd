// Owns: decision records as they say it, short ones expanded to what they would say in full (SPEC §9.1.2).
// Trusts: nothing of the bytes for their shape; that a base is one that may be is the verifier's to check.

import { CborReader } from '../cbor-reader.ts';
import { CborWriter } from '../cbor-writer.ts';
import { bytesField, intField, textField, uintField, type Frame } from './read-record.ts';
import { RECORD, RECORD_BYTES_MAX } from './record.ts';

/** The body of a decision record. */
export interface DecisionBody {
  request: Uint8Array;
  decision: Uint8Array;
  adapter: string;
  timeMs: number;
  /** SHA-256 of the state after it. */
  state: Uint8Array;
  isRedacted: boolean;
  /** The record that it is short by. */
  base?: number;
}

/** SPEC §9.1.2. */
const BACK_MAX = 1024;
const CONTEXT = 3;
const TIME = 5;
const REQUEST_KEYS_MAX = 8;
const DECISION_KEYS_MAX = 13;

/** Reads the decisions of a log, whose records it is given in their order. */
export class Expander {
  /** Those that others may be short by. */
  readonly #bases = new Map<number, DecisionBody>();

  /**
   * What a decision record says; `undefined` of another record.
   * @throws {Error} if it does not, or is short by a record that is no base
   */
  next(frame: Frame): DecisionBody | undefined {
    const { seq, type } = frame;
    if (type === RECORD.header || type === RECORD.epochEnd) this.#bases.clear();
    if (type === RECORD.short) return this.#expand(frame);
    if (type !== RECORD.decision) return undefined;
    const body = {
      request: bytesField(frame, 0).slice(),
      decision: bytesField(frame, 1).slice(),
      adapter: textField(frame, 2),
      timeMs: intField(frame, 3),
      state: bytesField(frame, 4),
      isRedacted: frame.body.has(5),
    };
    if (!body.isRedacted) this.#bases.set(seq, body);
    for (const [first] of this.#bases) {
      if (first >= seq - BACK_MAX) break;
      this.#bases.delete(first);
    }
    return body;
  }

  #expand(frame: Frame): DecisionBody {
    const seq = uintField(frame, 0);
    const base = this.#bases.get(seq);
    if (base === undefined) throw new RangeError(`record ${seq} is not there to be short by`);
    const timeMs = base.timeMs + uintField(frame, 3);
    return {
      request: expandRequest(base.request, frame.body.get(1)!, timeMs),
      decision: writeFields(new Map([...fieldsOf(base.decision), ...fieldsOf(frame.body.get(2)!)]), DECISION_KEYS_MAX),
      adapter: base.adapter,
      timeMs,
      state: bytesField(frame, 4),
      isRedacted: false,
      base: seq,
    };
  }
}

function expandRequest(base: Uint8Array, difference: Uint8Array, timeMs: number): Uint8Array {
  const fields = fieldsOf(base);
  fields.set(
    TIME,
    cbor((writer) => writer.int(timeMs)),
  );
  for (const [key, value] of fieldsOf(difference)) {
    const before = fields.get(key);
    if (isNull(value)) fields.delete(key);
    else if (key < CONTEXT && new CborReader(value).kind() === 'text') fields.set(key, withId(before!, value));
    else if (key === CONTEXT) fields.set(key, mergeContexts(before!, value));
    else fields.set(key, value);
  }
  return writeFields(fields, REQUEST_KEYS_MAX);
}

function fieldsOf(map: Uint8Array): Map<number, Uint8Array> {
  const reader = new CborReader(map);
  const fields = new Map<number, Uint8Array>();
  for (let left = reader.map(); left > 0; left--) fields.set(reader.uint(), reader.skip());
  reader.end();
  return fields;
}

function writeFields(fields: ReadonlyMap<number, Uint8Array>, keysMax: number): Uint8Array {
  const keys = [...fields.keys()].toSorted((a, b) => a - b);
  if (keys.some((key) => key >= keysMax)) throw new RangeError('a key that there is none of');
  return cbor((writer) => {
    writer.map(keys.length);
    for (const key of keys) writer.key(key).raw(fields.get(key)!);
  });
}

/** The entity of another id, in CBOR. */
function withId(entity: Uint8Array, id: Uint8Array): Uint8Array {
  const reader = new CborReader(entity);
  reader.map();
  reader.uint();
  const type = reader.skip();
  return cbor((writer) => {
    writer.map(2);
    writer.key(0).raw(type);
    writer.key(1).raw(id);
  });
}

function mergeContexts(base: Uint8Array, difference: Uint8Array): Uint8Array {
  const attributes = attributesOf(base);
  for (const [name, value] of attributesOf(difference)) {
    if (isNull(value)) attributes.delete(name);
    else attributes.set(name, value);
  }
  return cbor((writer) => {
    const head = writer.position;
    writer.map(attributes.size);
    const starts = [...attributes].map(([name, value]) => {
      const start = writer.position;
      writer.text(name);
      writer.raw(value);
      return start;
    });
    writer.order(head, starts);
  });
}

function attributesOf(context: Uint8Array): Map<string, Uint8Array> {
  const reader = new CborReader(context);
  const attributes = new Map<string, Uint8Array>();
  for (let left = reader.map(); left > 0; left--) attributes.set(reader.text(), reader.skip());
  return attributes;
}

const isNull = (value: Uint8Array): boolean => value[0] === 0xf6;

function cbor(write: (writer: CborWriter) => void): Uint8Array {
  const writer = new CborWriter(new Uint8Array(RECORD_BYTES_MAX));
  write(writer);
  return writer.written().slice();
}
