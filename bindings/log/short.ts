// Owns: which decisions are recorded short (SPEC §9.1.2), and how: as what differs from a decision recorded in full.
// Trusts: requests that the core found well formed, and its decisions, for their shape.
// Excludes: expanding them, which readers do (expand.ts).

import { CborReader } from '../cbor-reader.ts';
import { CborWriter } from '../cbor-writer.ts';

/** What is to be recorded. */
interface Decided {
  /** One request, with nothing to redact. */
  request: Uint8Array;
  /** One decision. */
  decision: Uint8Array;
  adapter: string;
  timeMs: number;
}

/** A decision by what it shares with another. Both differences are canonical CBOR, and views until the next one. */
export interface Short {
  /** The sequence number of the other. */
  base: number;
  request: Uint8Array;
  decision: Uint8Array;
  afterMs: number;
}

/** SPEC §9.1.2. */
const BACK_MAX = 1024;
/** Of request and decision of a base; its record, which may have 4,096, has less than 400 bytes besides. */
const BASE_BYTES_MAX = 3_600;
/** Kinds of decisions that are kept; with more, all are dropped. */
const BASES_MAX = 256;

const ACTION = 1;
const RESOURCE = 2;
const CONTEXT = 3;
const TIME = 5;
const REQUEST_KEYS = 8;
const DECISION_KEYS = 13;
const CODE = 1;
const DETERMINING = 4;
/** The constants of FNV-1a. */
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
/** A map of more has a longer head. */
const SHORT_MAP_MAX = 23;

/** A map with keys from a registry: where each value begins and ends; 0 where there is none. */
class Fields {
  bytes: Uint8Array = new Uint8Array(0);
  readonly #ends: Uint16Array;

  constructor(keys: number) {
    this.#ends = new Uint16Array(2 * keys);
  }

  read(bytes: Uint8Array): this {
    this.bytes = bytes;
    this.#ends.fill(0);
    let at = 1;
    for (let left = bytes[0]! & 31; left > 0; left--) {
      const key = bytes[at++]!;
      this.#ends[2 * key] = at;
      at = skip(bytes, at);
      this.#ends[2 * key + 1] = at;
    }
    return this;
  }

  start(key: number): number {
    return this.#ends[2 * key]!;
  }

  end(key: number): number {
    return this.#ends[2 * key + 1]!;
  }

  value(key: number): Uint8Array {
    return this.bytes.subarray(this.start(key), this.end(key));
  }

  has(key: number): boolean {
    return this.end(key) > 0;
  }

  isSame(other: Fields, key: number): boolean {
    return isSame(this.bytes, this.start(key), this.end(key), other.bytes, other.start(key), other.end(key));
  }
}

/** A decision that was recorded in full. */
interface Base {
  seq: number;
  adapter: string;
  timeMs: number;
  request: Fields;
  decision: Fields;
}

/** The decisions of one epoch and segment that others may be recorded by: the last of each kind. */
export class Bases {
  readonly #bases = new Map<number, Base>();
  readonly #asked = new Fields(REQUEST_KEYS);
  readonly #decided = new Fields(DECISION_KEYS);
  readonly #writer = new CborWriter(new Uint8Array(2 ** 17));

  /** Another epoch or segment begins. */
  clear(): void {
    this.#bases.clear();
  }

  /**
   * A decision as it differs from one before. `undefined`: it is to be recorded in full, as `seq`, and others may be
   * recorded by it.
   */
  shorten({ request, decision, adapter, timeMs }: Decided, seq: number): Short | undefined {
    const asked = this.#asked.read(request);
    const decided = this.#decided.read(decision);
    const kind = kindOf(asked, decided);
    const base = this.#bases.get(kind);
    if (base !== undefined && base.adapter === adapter && seq - base.seq <= BACK_MAX) {
      const short = this.#difference(base, asked, decided, timeMs);
      if (short !== undefined) return short;
    }
    if (request.length + decision.length > BASE_BYTES_MAX) return undefined;
    if (this.#bases.size >= BASES_MAX) this.clear();
    const fields = {
      request: new Fields(REQUEST_KEYS).read(request.slice()),
      decision: new Fields(DECISION_KEYS).read(decision.slice()),
    };
    this.#bases.set(kind, { seq, adapter, timeMs, ...fields });
    return undefined;
  }

  #difference(base: Base, asked: Fields, decided: Fields, timeMs: number): Short | undefined {
    const writer = this.#writer;
    writer.position = 0;
    if (!writeRequestDifference(writer, base.request, asked, timeMs)) return undefined;
    const middle = writer.position;
    writeFields(writer, (pair) => {
      for (let key = 0; key < DECISION_KEYS; key++) {
        if (!decided.isSame(base.decision, key)) pair(key).raw(decided.value(key));
      }
    });
    const written = writer.written();
    // Besides, it has no more than a full one.
    if (written.length >= asked.bytes.length + decided.bytes.length) return undefined;
    return {
      base: base.seq,
      request: written.subarray(0, middle),
      decision: written.subarray(middle),
      afterMs: timeMs - base.timeMs,
    };
  }
}

/**
 * Decisions of one kind differ in little: same action, type of resource, code and determining policies. Two kinds may
 * have one number: then they differ in more.
 */
function kindOf(asked: Fields, decided: Fields): number {
  let kind = FNV_OFFSET;
  const add = (bytes: Uint8Array, start: number, end: number): void => {
    for (let at = start; at < end; at++) kind = Math.imul(kind ^ bytes[at]!, FNV_PRIME);
  };
  add(asked.bytes, asked.start(ACTION), asked.end(ACTION));
  add(asked.bytes, asked.start(RESOURCE), idOf(asked, RESOURCE));
  add(decided.bytes, decided.start(CODE), decided.end(CODE));
  add(decided.bytes, decided.start(DETERMINING), decided.end(DETERMINING));
  return kind;
}

/** Where the id of an entity begins: `{0: type, 1: id}`. */
const idOf = (fields: Fields, key: number): number => skip(fields.bytes, fields.start(key) + 2) + 1;

/** False if it cannot be written here. */
function writeRequestDifference(writer: CborWriter, base: Fields, asked: Fields, timeMs: number): boolean {
  let whole = true;
  writeFields(writer, (pair) => {
    for (let key = 0; key < REQUEST_KEYS; key++) {
      if (key === TIME) {
        if (!isInteger(asked, TIME, timeMs)) pair(key).raw(asked.value(key));
      } else if (!asked.isSame(base, key)) {
        if (key <= RESOURCE) writeEntity(pair(key), base, asked, key);
        else if (key === CONTEXT) whole = writeContext(pair(key), base.value(key), asked.value(key));
        else if (asked.has(key)) pair(key).raw(asked.value(key));
        else pair(key).null();
      }
    }
  });
  return whole;
}

/** A map of the pairs that `write` writes: at most 23. */
function writeFields(writer: CborWriter, write: (pair: (key: number) => CborWriter) => void): void {
  const head = writer.position;
  let size = 0;
  writer.map(0);
  write((key) => {
    size++;
    return writer.key(key);
  });
  const end = writer.position;
  writer.position = head;
  writer.map(size);
  writer.position = end;
}

/** The id alone, if the type is the base's. */
function writeEntity(writer: CborWriter, base: Fields, asked: Fields, key: number): void {
  const id = idOf(asked, key);
  const isOfType = isSame(asked.bytes, asked.start(key), id, base.bytes, base.start(key), idOf(base, key));
  writer.raw(isOfType ? asked.bytes.subarray(id, asked.end(key)) : asked.value(key));
}

/** The attributes that differ, in the order of both; null for one that the base alone has. */
function writeContext(writer: CborWriter, base: Uint8Array, asked: Uint8Array): boolean {
  const [before, now] = [attributesOf(base), attributesOf(asked)];
  const names = [...new Set([...before.keys(), ...now.keys()])];
  const differing = names.filter((name) => !isEqual(before.get(name), now.get(name)));
  if (differing.length > SHORT_MAP_MAX) return false;
  const head = writer.position;
  writer.map(differing.length);
  const starts = differing.map((name) => {
    const start = writer.position;
    writer.text(name);
    const value = now.get(name);
    if (value === undefined) writer.null();
    else writer.raw(value);
    return start;
  });
  writer.order(head, starts);
  return true;
}

function attributesOf(context: Uint8Array): Map<string, Uint8Array> {
  const reader = new CborReader(context);
  const attributes = new Map<string, Uint8Array>();
  for (let left = reader.map(); left > 0; left--) attributes.set(reader.text(), reader.skip());
  return attributes;
}

const isEqual = (a: Uint8Array | undefined, b: Uint8Array | undefined): boolean =>
  a !== undefined && b !== undefined && isSame(a, 0, a.length, b, 0, b.length);

function isSame(
  a: Uint8Array,
  start: number,
  end: number,
  b: Uint8Array,
  otherStart: number,
  otherEnd: number,
): boolean {
  if (end - start !== otherEnd - otherStart) return false;
  for (let at = start, other = otherStart; at < end; at++, other++) if (a[at] !== b[other]) return false;
  return true;
}

/** Whether a field is this integer, from 0 on. */
function isInteger(fields: Fields, key: number, value: number): boolean {
  const at = fields.start(key);
  const lead = fields.bytes[at]!;
  if (lead >> 5 !== 0) return false;
  let stated = lead & 31;
  if (stated >= 24) {
    stated = 0;
    for (let digit = at + 1; digit < fields.end(key); digit++) stated = stated * 256 + fields.bytes[digit]!;
  }
  return stated === value;
}

/** Where the item that begins at `at` ends. */
function skip(bytes: Uint8Array, at: number): number {
  let position = at;
  for (let left = 1; left > 0; left--) {
    const lead = bytes[position++]!;
    let argument = lead & 31;
    if (argument >= 24) {
      const end = position + (1 << (argument - 24));
      argument = 0;
      while (position < end) argument = argument * 256 + bytes[position++]!;
    }
    const major = lead >> 5;
    if (major === 2 || major === 3) position += argument;
    else if (major === 4) left += argument;
    else if (major === 5) left += 2 * argument;
  }
  return position;
}
