// Owns: the expansion of short decisions: SPEC §9.1.2. It holds the decision records that one may be as, at most 1,024
// of 4,096 bytes, and no expansion is longer than a record's parts may be.
// Excludes: what is said of decisions, expanded or not (chain.ts).
import { Cursor, Refused } from '../record/cbor.ts';
import { BASE_BYTES_MAX, DECISION_BYTES_MAX, REQUEST_BYTES_MAX } from '../record/limits.ts';
import { msAfter } from '../record/ms.ts';
import type { Ms } from '../record/ms.ts';
import { DecisionReader } from '../record/payload.ts';
import type { Decided, Payload, Short } from '../record/payload.ts';
import type { Misplaced } from './chain.ts';

const DISTANCE_MAX = 1024;
const DIGEST_BYTES = 32;
const REQUEST_KEYS = 8;
const DECISION_KEYS = 13;
const UNSIGNED = 0;
const TEXT = 3;
const MAP = 5;
const NULL = 0xf6;

/** An item of bytes. */
interface Item {
  start: number;
  end: number;
}

/** An attribute of a context: its name as encoded, and its value. */
interface Attribute {
  name: Item;
  value: Item;
}

interface Base {
  seq: number;
  epoch: number;
  timeMs: Ms;
  /** The request, then the decision, each an item by key; undefined where the request lacks the key. */
  bytes: Uint8Array;
  requestEnd: number;
  request: (Item | undefined)[] | undefined;
  decision: Item[];
  context: Attribute[];
}

/** A short decision's full form. The body's offsets are into `bytes`, which the next one takes. */
export interface Expanded {
  payload: Payload<Decided>;
  bytes: Uint8Array;
}

export class ShortDecisions {
  readonly #bases: (Base | undefined)[] = [];
  readonly #window: Cursor;
  readonly #sensitive: readonly Uint8Array[];
  // Made for the first short decision: many segments have none.
  #made: { out: Writer; reader: DecisionReader } | undefined;

  /** `window`: what records lie in. `sensitive`: names of the attributes that are redacted, in UTF-8. */
  constructor(window: Uint8Array, sensitive: readonly Uint8Array[]) {
    this.#window = new Cursor(window);
    this.#sensitive = sensitive;
  }

  /** A decision record of this length that later ones may be as. */
  keep({ seq, epoch, body }: Payload<Decided>, recordBytes: number): void {
    const { request, requestEnd, decision, decisionEnd, timeMs } = body;
    const fits = recordBytes <= BASE_BYTES_MAX && body.redacted === undefined && body.requests === 1 && !body.isArray;
    if (!fits) return;
    const bytes = new Uint8Array(requestEnd - request + decisionEnd - decision);
    bytes.set(this.#window.bytes.subarray(request, requestEnd));
    bytes.set(this.#window.bytes.subarray(decision, decisionEnd), requestEnd - request);
    this.#bases[seq % DISTANCE_MAX] = {
      seq,
      epoch,
      timeMs,
      bytes,
      requestEnd: requestEnd - request,
      request: undefined,
      decision: [],
      context: [],
    };
  }

  /** The decision record that it stands for, or why it stands for none. */
  expand({ seq, epoch, body }: Payload<Short>): Expanded | Misplaced {
    const base = this.#bases[body.base % DISTANCE_MAX];
    if (base?.seq !== body.base || base.epoch !== epoch || body.base >= seq || seq - body.base > DISTANCE_MAX) {
      return ['a base in this epoch and segment, not redacted, not far and not long', `record ${body.base}`];
    }
    if (!base.request) readParts(base);
    const timeMs = msAfter(base.timeMs, body.afterMs);
    if (timeMs === undefined) return ['a time of 64 bits', `${body.afterMs} ms after ${base.timeMs}`];
    const { out, reader } = this.#parts();
    out.at = 0;
    try {
      this.#request(out, base, body, timeMs);
      const requestEnd = out.within(REQUEST_BYTES_MAX, 0);
      this.#decision(out, base, body);
      const decisionEnd = out.within(DECISION_BYTES_MAX, requestEnd);
      const { bytes } = this.#window;
      out.copy(bytes, { start: body.stateDigest, end: body.stateDigest + DIGEST_BYTES });
      const parts = { request: 0, requestEnd, decision: requestEnd, decisionEnd, stateDigest: decisionEnd };
      const decided = reader.read({ ...parts, timeMs, redacted: undefined });
      return { payload: { seq, epoch, body: decided }, bytes: out.bytes };
    } catch (thrown) {
      if (!(thrown instanceof Refused)) throw thrown;
      return [`what a short decision stands for: ${thrown.fault.expected}`, thrown.fault.found];
    }
  }

  #parts(): { out: Writer; reader: DecisionReader } {
    if (this.#made) return this.#made;
    const out = new Writer(REQUEST_BYTES_MAX + DECISION_BYTES_MAX + DIGEST_BYTES);
    return (this.#made = { out, reader: new DecisionReader(new Cursor(out.bytes), this.#sensitive) });
  }

  // The keys of a difference, each with its item in the window.
  #difference(start: number, end: number, keys: number): (Item | undefined)[] {
    const cursor = this.#window;
    const items: (Item | undefined)[] = Array.from({ length: keys });
    cursor.over(start, end);
    for (let left = cursor.map(); left > 0; left--) {
      const key = cursor.unsigned();
      items[key] = next(cursor);
    }
    return items;
  }

  #request(out: Writer, base: Base, short: Short, timeMs: Ms): void {
    const { bytes } = this.#window;
    const [old, given] = [base.request!, this.#difference(short.request, short.requestEnd, REQUEST_KEYS)];
    // Of the optional keys, null takes one away.
    const has = [6, 7].map((key) => (given[key] ? bytes[given[key].start] !== NULL : old[key] !== undefined));
    for (const [i, key] of [6, 7].entries()) {
      if (given[key] && !has[i] && !old[key]) throw redundant(key);
    }
    out.head(MAP, REQUEST_KEYS - 2 + Number(has[0]) + Number(has[1]));
    for (let key = 0; key < REQUEST_KEYS; key++) {
      const [was, item] = [old[key], given[key]];
      if (key >= 6 && !has[key - 6]) continue;
      out.head(UNSIGNED, key);
      const from = out.at;
      if (key <= 2 && item && bytes[item.start]! >> 5 === TEXT) this.#entity(out, base, was!, item);
      else if (key === 3 && item) this.#context(out, base, item);
      else if (key === 5 && !item) out.integer(timeMs);
      else if (item) out.copy(bytes, item);
      else out.copy(base.bytes, was!);
      if (!item) continue;
      const isSame = was !== undefined && out.same(from, base.bytes, was);
      // The time is told from the record; what else is the base's is left out.
      if (key === 5 ? out.isInteger(from, timeMs) : isSame) throw redundant(key);
      if (key <= 2 && bytes[item.start]! >> 5 !== TEXT && sameType(bytes, item, base.bytes, was!)) throw redundant(key);
    }
  }

  // The base's type with this id.
  #entity(out: Writer, base: Base, was: Item, id: Item): void {
    const cursor = new Cursor(base.bytes);
    cursor.over(was.start, was.end);
    cursor.mapOf(2);
    cursor.key(0);
    cursor.textString();
    out.copy(base.bytes, { start: was.start, end: cursor.at });
    out.head(UNSIGNED, 1);
    out.copy(this.#window.bytes, id);
  }

  // The base's attributes, but for those given.
  #context(out: Writer, base: Base, item: Item): void {
    const { bytes } = this.#window;
    const given = attributes(this.#window, item);
    const merged: { from: Uint8Array; attribute: Attribute }[] = [];
    let at = 0;
    for (const attribute of given) {
      let order = -1;
      for (; at < base.context.length; at++) {
        const old = base.context[at]!;
        order = compareTwo(base.bytes, old.name, bytes, attribute.name);
        if (order >= 0) break;
        merged.push({ from: base.bytes, attribute: old });
      }
      const old = order === 0 ? base.context[at++] : undefined;
      const isNull = bytes[attribute.value.start] === NULL;
      if (isNull && !old) throw redundant(3);
      if (old && !isNull && compareTwo(base.bytes, old.value, bytes, attribute.value) === 0) throw redundant(3);
      if (!isNull) merged.push({ from: bytes, attribute });
    }
    for (const attribute of base.context.slice(at)) merged.push({ from: base.bytes, attribute });
    out.head(MAP, merged.length);
    for (const { from, attribute } of merged) {
      out.copy(from, { start: attribute.name.start, end: attribute.value.end });
    }
  }

  #decision(out: Writer, base: Base, short: Short): void {
    const { bytes } = this.#window;
    const given = this.#difference(short.decision, short.decisionEnd, DECISION_KEYS);
    out.head(MAP, DECISION_KEYS);
    for (let key = 0; key < DECISION_KEYS; key++) {
      const [was, item] = [base.decision[key]!, given[key]];
      if (item && compareTwo(bytes, item, base.bytes, was) === 0) throw redundant(key);
      out.head(UNSIGNED, key);
      if (item) out.copy(bytes, item);
      else out.copy(base.bytes, was);
    }
  }
}

/** Bytes that are written one after the other. */
class Writer {
  readonly bytes: Uint8Array;
  at = 0;

  constructor(length: number) {
    this.bytes = new Uint8Array(length);
  }

  /** A head of a type with a small argument. */
  head(major: number, argument: number): void {
    if (argument > 0xff) this.#put([(major << 5) | 25, argument >> 8, argument & 0xff]);
    else if (argument >= 24) this.#put([(major << 5) | 24, argument]);
    else this.#put([(major << 5) | argument]);
  }

  integer(value: Ms): void {
    this.#put(integerBytes(value));
  }

  copy(from: Uint8Array, { start, end }: Item): void {
    this.#room(end - start);
    this.bytes.set(from.subarray(start, end), this.at);
    this.at += end - start;
  }

  /** Where it is, if no more than so many bytes were written since. */
  within(bytesMax: number, start: number): number {
    if (this.at - start > bytesMax) throw tooLong();
    return this.at;
  }

  /** Whether what was written since is the item. */
  same(since: number, of: Uint8Array, item: Item): boolean {
    return compareTwo(this.bytes, { start: since, end: this.at }, of, item) === 0;
  }

  isInteger(since: number, value: Ms): boolean {
    const bytes = integerBytes(value);
    return this.at - since === bytes.length && bytes.every((byte, i) => this.bytes[since + i] === byte);
  }

  #put(bytes: number[]): void {
    this.#room(bytes.length);
    for (const byte of bytes) this.bytes[this.at++] = byte;
  }

  #room(bytes: number): void {
    if (this.at + bytes > this.bytes.length) throw tooLong();
  }
}

function integerBytes(value: Ms): number[] {
  const exact = BigInt(value);
  const major = exact < 0n ? 0x20 : 0;
  const argument = exact < 0n ? -1n - exact : exact;
  if (argument < 24n) return [major | Number(argument)];
  const power = argument < 0x100n ? 0 : argument < 0x10000n ? 1 : argument < 0x100000000n ? 2 : 3;
  const bytes = Array.from({ length: 2 ** power }, (_, i) => Number((argument >> BigInt(8 * i)) & 0xffn));
  return [major | (24 + power), ...bytes.toReversed()];
}

function readParts(base: Base): void {
  const cursor = new Cursor(base.bytes);
  base.request = [];
  cursor.over(0, base.requestEnd);
  for (let left = cursor.map(); left > 0; left--) {
    const key = cursor.unsigned();
    base.request[key] = next(cursor);
  }
  base.context = attributes(cursor, base.request[3]!);
  cursor.over(base.requestEnd, base.bytes.length);
  for (let left = cursor.map(); left > 0; left--) {
    cursor.unsigned();
    base.decision.push(next(cursor));
  }
}

function attributes(cursor: Cursor, context: Item): Attribute[] {
  cursor.over(context.start, context.end);
  return Array.from({ length: cursor.map() }, () => ({ name: next(cursor), value: next(cursor) }));
}

function next(cursor: Cursor): Item {
  const start = cursor.at;
  cursor.skip();
  return { start, end: cursor.at };
}

// Whether two entities are of one type. Both are {0: type, 1: id}.
function sameType(a: Uint8Array, one: Item, b: Uint8Array, other: Item): boolean {
  const [first, second] = [typeOf(a, one), typeOf(b, other)];
  return compareTwo(a, first, b, second) === 0;
}

function typeOf(bytes: Uint8Array, entity: Item): Item {
  const cursor = new Cursor(bytes);
  cursor.over(entity.start, entity.end);
  cursor.mapOf(2);
  cursor.key(0);
  return next(cursor);
}

function compareTwo(a: Uint8Array, one: Item, b: Uint8Array, other: Item): number {
  const length = Math.min(one.end - one.start, other.end - other.start);
  for (let i = 0; i < length; i++) {
    const order = a[one.start + i]! - b[other.start + i]!;
    if (order !== 0) return order;
  }
  return one.end - one.start - (other.end - other.start);
}

function redundant(key: number): Refused {
  return new Refused(0, 'only what cannot be told otherwise', `key ${key}`);
}

function tooLong(): Refused {
  return new Refused(0, `at most ${REQUEST_BYTES_MAX} and ${DECISION_BYTES_MAX} bytes`, 'more');
}
