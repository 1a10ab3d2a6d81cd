// Owns: reading records back (SPEC §9.1) for the log's own writer and for the verbs that show a log.
// Trusts: nothing of the bytes for their frame. Excludes: whether a record is authentic or in its place.

import { CborReader } from '../cbor-reader.ts';
import { PlumblineError } from '../error.ts';
import { FORMAT } from './header.ts';
import { protectedHeader, RECORD, RECORD_BYTES_MAX, TAG_BYTES } from './record.ts';

/** One record. All bytes are views. */
export interface Frame {
  type: number;
  seq: number;
  epoch: number;
  /** The body's values by key, each as one item of CBOR. */
  body: Map<number, Uint8Array>;
  /** The payload as a byte string, head included: what the tag is over. */
  payload: Uint8Array;
  tag: Uint8Array;
  bytes: Uint8Array;
}

/** The record that begins at `start`, or `undefined` if no whole one does. */
export function readFrame(segment: Uint8Array, start: number): Frame | undefined {
  const bytes = segment.subarray(start, start + RECORD_BYTES_MAX);
  try {
    const reader = new CborReader(bytes);
    if (reader.tag() !== 17 || reader.array() !== 4) return undefined;
    const head = reader.bytes();
    if (reader.map() !== 0) return undefined;
    const payload = reader.skip();
    const tag = reader.bytes();
    const inner = new CborReader(new CborReader(payload).bytes());
    if (tag.length !== TAG_BYTES || inner.array() !== 4) return undefined;
    const [type, seq, epoch] = [inner.uint(), inner.uint(), inner.uint()];
    const body = readFields(inner);
    inner.end();
    if (Buffer.compare(head, protectedHeader(epoch)) !== 0) return undefined;
    return { type, seq, epoch, body, payload, tag, bytes: bytes.subarray(0, reader.position) };
  } catch {
    return undefined;
  }
}

function readFields(reader: CborReader): Map<number, Uint8Array> {
  const fields = new Map<number, Uint8Array>();
  for (let left = reader.map(); left > 0; left--) fields.set(reader.uint(), reader.skip());
  return fields;
}

const field = ({ body }: Frame, key: number): CborReader => new CborReader(body.get(key) ?? new Uint8Array(0));

/** Values of a body. @throws {PlumblineError} `malformed-cbor` if there is none, or of another type */
export const bytesField = (frame: Frame, key: number): Uint8Array => field(frame, key).bytes();
export const textField = (frame: Frame, key: number): string => field(frame, key).text();
export const uintField = (frame: Frame, key: number): number => field(frame, key).uint();
export const intField = (frame: Frame, key: number): number => Number(field(frame, key).int());

export const boolField = (frame: Frame, key: number): boolean => field(frame, key).bool();

/**
 * Whether a header is of the format that is written here; key 0 has always named it.
 * @throws {PlumblineError} `log-format` if it is of another
 */
export function checkFormat(header: Frame): void {
  const format = textField(header, 0);
  if (format === FORMAT) return;
  throw new PlumblineError('log-format', `the log is of the format ${format}: this version reads ${FORMAT}`, {
    hint: 'use the version of Plumbline that wrote it',
  });
}

/** Null, or what `read` reads. */
export function nullableField<T>(frame: Frame, key: number, read: (reader: CborReader) => T): T | null {
  const reader = field(frame, key);
  return reader.null() ? null : read(reader);
}

/** The key of a record's time, by its type; a short decision has none of its own. */
const TIME_KEYS: Partial<Record<number, number>> = {
  [RECORD.header]: 10,
  [RECORD.decision]: 3,
  [RECORD.outcome]: 1,
  [RECORD.event]: 1,
  [RECORD.grant]: 2,
  [RECORD.snapshot]: 1,
  [RECORD.epochEnd]: 1,
  [RECORD.recovery]: 2,
  [RECORD.close]: 3,
  [RECORD.refusal]: 7,
  [RECORD.adapter]: 3,
};

/** SPEC §9.1.1; `undefined` of a short decision. */
export function timeOf(frame: Frame): number | undefined {
  const key = TIME_KEYS[frame.type];
  return key === undefined ? undefined : intField(frame, key);
}

/** Key 5 of a header. */
export function treeField(frame: Frame): { size: number; root: Uint8Array } {
  const reader = field(frame, 5);
  reader.array();
  return { size: reader.uint(), root: reader.bytes() };
}

/** An array of texts or of byte strings. */
export function listField<T>(frame: Frame, key: number, read: (reader: CborReader) => T): T[] {
  const reader = field(frame, key);
  const items: T[] = [];
  for (let left = reader.array(); left > 0; left--) items.push(read(reader));
  return items;
}
