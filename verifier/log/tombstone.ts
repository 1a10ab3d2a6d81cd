// Owns: tombstones, each of which stands for a log that was pruned: SPEC §9.9.
// Trusts: the seed alone.
import { same, toHex } from '../record/bytes.ts';
import { readCbor } from '../record/cbor.ts';
import type { Finding } from '../record/finding.ts';
import { malformed, tampered } from '../record/finding.ts';
import { TAG_BYTES, TAG_HEAD_BYTES, frameRecord } from '../record/frame.ts';
import type { Frame } from '../record/frame.ts';
import { RECORD_BYTES_MAX, TOMBSTONE_EPOCHS_MAX } from '../record/limits.ts';
import { PayloadReader } from '../record/payload.ts';
import type { Close, Header } from '../record/payload.ts';
import { Chain } from './chain.ts';
import type { Misplaced } from './chain.ts';
import { firstEpochKey, keyId, logKey, nextEpochKey } from './keys.ts';
import { isTagged } from './tag.ts';

/** Two records, a tag, and the heads of their byte strings. */
export const TOMBSTONE_BYTES_MAX = 2 * (RECORD_BYTES_MAX + 3) + TAG_HEAD_BYTES + TAG_BYTES + 1;

/** The records of a tombstone, as bytes, and where they start in the file. */
export interface Tombstone {
  header: Placed;
  previous: Uint8Array;
  close: Placed;
}

interface Placed {
  bytes: Uint8Array;
  at: number;
}

/** What a tombstone says of its log, as far as it could be read, and its first fault. */
export interface Grave {
  header?: Header;
  close?: Close;
  finding?: Finding;
}

/** The parts of a tombstone, or undefined if the bytes are not of that form. */
export function parseTombstone(bytes: Uint8Array): Tombstone | undefined {
  const read = bytes.length > TOMBSTONE_BYTES_MAX ? undefined : readCbor(bytes);
  const parts = read && 'value' in read && Array.isArray(read.value) ? read.value : [];
  if (parts.length !== 3 || !parts.every((part) => part instanceof Uint8Array)) return undefined;
  const [header, previous, close] = parts as [Uint8Array, Uint8Array, Uint8Array];
  if (previous.length !== TAG_BYTES) return undefined;
  const closeAt = bytes.length - close.length;
  const headerAt = closeAt - headBytes(close.length) - TAG_BYTES - TAG_HEAD_BYTES - header.length;
  return { header: { bytes: header, at: headerAt }, previous, close: { bytes: close, at: closeAt } };
}

/** The first record of a tombstone's log, whatever else is wrong. */
export function headerOf({ header }: Tombstone): Header | undefined {
  const read = readRecord(header);
  return 'frame' in read && read.body.type === 'header' ? read.body : undefined;
}

/** Whether the records can be the first and the last of a log, and are authentic under the seed. */
export function checkTombstone({ header, previous, close }: Tombstone, seed: Uint8Array): Grave {
  const first = readRecord(header);
  if (!('frame' in first)) return { finding: first };
  const { seq, epoch, body } = first;
  const misplaced: Misplaced | undefined =
    body.type === 'header'
      ? new Chain(0, new Uint8Array()).place(first.frame.epoch, { seq, epoch, body }, header.bytes)
      : ['a header', `a ${body.type} record`];
  if (misplaced) return { finding: tampered(header.at, ...misplaced) };
  const last = readRecord(close);
  const head = first.body as Header;
  if (!('frame' in last)) return { header: head, finding: last };
  const end = last.body.type === 'close' ? last.body : undefined;
  const wrong = end ? closeFault(end, last, head) : misplacedClose(last);
  if (wrong) return { header: head, finding: tampered(close.at, ...wrong) };
  const grave = { header: head, close: end! };
  if (last.epoch > TOMBSTONE_EPOCHS_MAX) {
    const expected = `at most ${TOMBSTONE_EPOCHS_MAX} epochs`;
    return { ...grave, finding: malformed({ offset: close.at, expected, found: `epoch ${last.epoch}` }) };
  }
  const finding = tagFault({ header, previous, close }, first, last, seed);
  return finding ? { ...grave, finding } : grave;
}

type ReadRecord = { frame: Frame } & Exclude<ReturnType<PayloadReader['read']>, { expected: string }>;

function readRecord({ bytes, at }: Placed): ReadRecord | Finding {
  const frame = frameRecord(bytes, 0, bytes.length);
  if (frame === 'incomplete' || ('end' in frame && frame.end !== bytes.length)) {
    return malformed({ offset: at, expected: 'one record', found: `${bytes.length} bytes` });
  }
  if ('expected' in frame) return malformed({ ...frame, offset: at + frame.offset });
  const read = new PayloadReader(bytes).read(frame.payload, frame.tag - TAG_HEAD_BYTES);
  return 'expected' in read ? malformed({ ...read, offset: at + read.offset }) : { frame, ...read };
}

function misplacedClose({ body }: ReadRecord): Misplaced {
  return ['the close record', `a ${body.type} record`];
}

function closeFault(close: Close, { seq, epoch, frame }: ReadRecord, header: Header): Misplaced | undefined {
  if (seq !== close.records) return [`${seq} records before`, `${close.records}`];
  if (seq === 0) return ['a header before the close', 'none'];
  if (epoch !== frame.epoch) return [`epoch ${epoch}`, `epoch ${frame.epoch}`];
  if (close.timeMs < header.timeMs) return [`a time not before ${header.timeMs}`, `${close.timeMs}`];
  return undefined;
}

function tagFault(
  { header, previous, close }: Tombstone,
  first: ReadRecord,
  last: ReadRecord,
  seed: Uint8Array,
): Finding | undefined {
  const { logNumber, origin, keyId: found } = first.body as Header;
  const hostKey = logKey(seed, logNumber);
  const wanted = keyId(hostKey);
  if (!same(wanted, found)) {
    const expected = `key id ${toHex(wanted)}, of the seed given`;
    return { status: 'other-key', offset: header.at, expected, found: toHex(found) };
  }
  let key = firstEpochKey(hostKey, origin);
  const wrong = (at: number, { frame }: ReadRecord) =>
    tampered(at + frame.tag, 'a tag that is right under the key', 'another');
  if (!isTagged(header.bytes, first.frame, new Uint8Array(), key)) return wrong(header.at, first);
  for (let epoch = 0; epoch < last.epoch; epoch++) key = nextEpochKey(key);
  return isTagged(close.bytes, last.frame, previous, key) ? undefined : wrong(close.at, last);
}

function headBytes(length: number): number {
  return length < 24 ? 1 : length < 0x100 ? 2 : length < 0x1_0000 ? 3 : 5;
}
