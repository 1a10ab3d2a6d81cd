// Owns: taking sensitive values out of a request before it is recorded, and the disclosure that gives them back (SPEC
// §9.6).
// Trusts: the engine, which found a request well formed, for the shape of its bytes; a request of another shape is an
// error.

import { createHash } from 'node:crypto';
import { CborReader } from '../cbor-reader.ts';
import { CborWriter } from '../cbor-writer.ts';

const SALT_BYTES = 16;
/** A commitment is at most this much longer than the value it stands for. */
const COMMITMENT_BYTES = 36;
/** SPEC §3. */
const REQUESTS_MAX = 16;
const CONTEXT = 3;

/** What is recorded in place of a request, and what is kept beside the log. */
export interface Redacted {
  stored: Uint8Array;
  /** Key 5 of the record's body. */
  digest: Uint8Array;
  /** The disclosure of the record with this sequence number. */
  disclosure(seq: number): Uint8Array;
}

interface Opening {
  name: string;
  salt: Uint8Array;
  /** Canonical CBOR. */
  value: Uint8Array;
}

type Random = (length: number) => Uint8Array;

/** Replaces the values of sensitive context attributes; `undefined` if the request has none. */
export function redactRequest(
  request: Uint8Array,
  sensitive: ReadonlySet<string>,
  random: Random,
): Redacted | undefined {
  const openings: Opening[] = [];
  // Made when it is needed: most requests have nothing to redact, and zeroing its bytes was a twelfth of recording one.
  let writer: CborWriter | undefined;
  // Of the bytes before this everything is written.
  let done = 0;
  eachContext(request, (context) => {
    for (let left = context.map(); left > 0; left--) {
      const name = context.text();
      const start = context.position;
      const value = context.skip();
      if (!sensitive.has(name)) continue;
      const opening = { name, salt: random(SALT_BYTES), value };
      writer ??= new CborWriter(new Uint8Array(request.length + COMMITMENT_BYTES * REQUESTS_MAX * sensitive.size));
      writer.raw(request.subarray(done, start));
      writeCommitment(writer, opening);
      done = context.position;
      openings.push(opening);
    }
  });
  if (writer === undefined) return undefined;
  writer.raw(request.subarray(done));
  return redacted(request, writer.written(), openings, random);
}

/** Replaces the whole of bytes that are no request. */
export function redactBytes(bytes: Uint8Array, random: Random): Redacted {
  const value = new CborWriter(new Uint8Array(bytes.length + 9));
  value.bytes(bytes);
  const opening = { name: '', salt: random(SALT_BYTES), value: value.written() };
  const writer = new CborWriter(new Uint8Array(COMMITMENT_BYTES));
  writeCommitment(writer, opening);
  return redacted(bytes, writer.written(), [opening], random);
}

function redacted(exact: Uint8Array, stored: Uint8Array, openings: readonly Opening[], random: Random): Redacted {
  const salt = random(SALT_BYTES);
  return {
    stored,
    digest: createHash('sha256').update(salt).update(exact).digest(),
    disclosure(seq) {
      const size = openings.reduce((sum, { name, value }) => sum + 3 * name.length + value.length + 64, 64);
      const writer = new CborWriter(new Uint8Array(size));
      writer.array(3);
      writer.int(seq);
      writer.bytes(salt);
      writer.array(openings.length);
      for (const opening of openings) writeOpening(writer, opening);
      return writer.written();
    },
  };
}

function writeOpening(writer: CborWriter, { name, salt, value }: Opening): void {
  writer.array(3);
  writer.text(name);
  writer.bytes(salt);
  writer.raw(value);
}

function writeCommitment(writer: CborWriter, { name, salt, value }: Opening): void {
  const committed = new CborWriter(new Uint8Array(3 * name.length + value.length + 64));
  committed.array(3);
  committed.bytes(salt);
  committed.text(name);
  committed.raw(value);
  writer.map(1);
  writer.key(6).bytes(createHash('sha256').update(committed.written()).digest());
}

/** Calls `visit` at the context of each request in `bytes`; it must pass over it. */
function eachContext(bytes: Uint8Array, visit: (reader: CborReader) => void): void {
  const reader = new CborReader(bytes);
  for (let requests = reader.atArray() ? reader.array() : 1; requests > 0; requests--) {
    for (let left = reader.map(); left > 0; left--) {
      if (reader.uint() === CONTEXT) visit(reader);
      else reader.skip();
    }
  }
  reader.end();
}

/** The names and values of a disclosure, the values in canonical CBOR. @throws {PlumblineError} `malformed-cbor` */
export function readDisclosure(reader: CborReader): { seq: number; openings: { name: string; value: Uint8Array }[] } {
  reader.array();
  const seq = reader.uint();
  reader.bytes();
  const openings = [];
  for (let left = reader.array(); left > 0; left--) {
    reader.array();
    const name = reader.text();
    reader.bytes();
    openings.push({ name, value: reader.skip() });
  }
  return { seq, openings };
}
