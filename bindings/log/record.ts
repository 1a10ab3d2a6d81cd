// Owns: the bytes of one record and the chain from each to the next (SPEC §9.1).
// Trusts: its caller for the bodies. Excludes: where records go.

import { createHmac, hash, type KeyObject } from 'node:crypto';
import { CborWriter } from '../cbor-writer.ts';
import { PlumblineError } from '../error.ts';

/** SPEC §9.1. */
export const RECORD_BYTES_MAX = 65_535;
export const RECORD = {
  header: 0,
  decision: 1,
  outcome: 2,
  event: 3,
  grant: 4,
  snapshot: 5,
  epochEnd: 6,
  recovery: 7,
  close: 8,
  refusal: 9,
  adapter: 10,
  short: 11,
} as const;

const HMAC_256_256 = 5;
export const TAG_BYTES = 32;
// Room before a payload for what a leaf hash begins with and the record's head: 00, d1, 84, the protected header with
// an epoch of at most 16 digits, a0, and the payload's own head.
const HEAD_BYTES_MAX = 1 + 2 + 23 + 1 + 3;

const cbor = (length: number, write: (writer: CborWriter) => void): Uint8Array => {
  const writer = new CborWriter(new Uint8Array(length));
  write(writer);
  return writer.written();
};

export const protectedHeader = (epoch: number): Uint8Array =>
  cbor(32, (writer) => {
    writer.map(2);
    writer.key(1).int(HMAC_256_256);
    writer.key(4).bytes(new TextEncoder().encode(`e${epoch}`));
  });

/** What stands before the payload in every record of an epoch, and what its MAC_structure begins with. */
const recordHead = (epoch: number): Uint8Array =>
  cbor(64, (writer) => {
    writer.tagMac0();
    writer.array(4);
    writer.bytes(protectedHeader(epoch));
    writer.map(0);
  });
const macHead = (epoch: number): Uint8Array =>
  cbor(64, (writer) => {
    writer.array(4);
    writer.text('MAC0');
    writer.bytes(protectedHeader(epoch));
  });

/** The byte string of a tag, as it stands in a record and in the next one's MAC_structure. */
const tagString = (tag: Uint8Array): Uint8Array => cbor(TAG_BYTES + 2, (writer) => writer.bytes(tag));

/** What the first record's MAC_structure has in place of a tag. */
export const NO_TAG = new Uint8Array(0);

/** The tag of a record: `payload` is its byte string, head included. */
export function macOf(key: KeyObject, epoch: number, previous: Uint8Array, payload: Uint8Array): Uint8Array {
  return createHmac('sha256', key).update(macHead(epoch)).update(tagString(previous)).update(payload).digest();
}

/** A record, as a view that is good until the next one, and its leaf in the tree (SPEC §9.5). */
interface Sealed {
  record: Uint8Array;
  leaf: Uint8Array;
}

/** The records of one log, in order, each bound to the one before. */
export class RecordChain {
  /** The next record's sequence number. */
  seq: number;
  epoch = 0;
  /** Of the record before; of the first, `NO_TAG`. */
  tag: Uint8Array;
  #key!: KeyObject;
  #recordHead!: Uint8Array;
  #macHead!: Uint8Array;
  /** `tag` as a byte string. */
  #previous: Uint8Array;
  readonly #bytes = new Uint8Array(1 + RECORD_BYTES_MAX);

  /** Begins a chain, or goes on after the record before `seq`, which has this tag. */
  constructor(macKey: KeyObject, epoch: number, seq: number, tag: Uint8Array) {
    this.enter(epoch, macKey);
    this.seq = seq;
    this.tag = tag;
    this.#previous = tagString(tag);
  }

  /** The records that follow are of this epoch. */
  enter(epoch: number, macKey: KeyObject): void {
    this.epoch = epoch;
    this.#key = macKey;
    this.#recordHead = recordHead(epoch);
    this.#macHead = macHead(epoch);
  }

  /**
   * The next record: type and body in canonical CBOR, authenticated.
   * @throws {PlumblineError} `record-too-large`
   */
  seal(type: number, body: (writer: CborWriter) => void): Sealed {
    const payload = new CborWriter(this.#bytes.subarray(HEAD_BYTES_MAX, this.#bytes.length - TAG_BYTES - 2));
    payload.array(4);
    payload.int(type);
    payload.int(this.seq);
    payload.int(this.epoch);
    body(payload);
    if (payload.overflowed)
      throw new PlumblineError('record-too-large', `a record has at most ${RECORD_BYTES_MAX} bytes`);

    // The payload's length is known now, and with it how long its head is: write what stands before it, ending where it
    // begins.
    const length = payload.position;
    const lengthBytes = length < 24 ? 1 : length < 0x100 ? 2 : 3;
    const payloadStart = HEAD_BYTES_MAX - lengthBytes;
    const start = payloadStart - this.#recordHead.length;
    const end = HEAD_BYTES_MAX + length;
    this.#bytes.set(this.#recordHead, start);
    new CborWriter(this.#bytes.subarray(payloadStart)).bytesHead(length);

    this.tag = createHmac('sha256', this.#key)
      .update(this.#macHead)
      .update(this.#previous)
      .update(this.#bytes.subarray(payloadStart, end))
      .digest();
    const tail = new CborWriter(this.#bytes.subarray(end));
    tail.bytes(this.tag);
    this.#previous = this.#bytes.slice(end, end + tail.position);
    this.seq++;
    this.#bytes[start - 1] = 0x00;
    return {
      record: this.#bytes.subarray(start, end + tail.position),
      leaf: hash('sha256', this.#bytes.subarray(start - 1, end + tail.position), 'buffer'),
    };
  }
}
