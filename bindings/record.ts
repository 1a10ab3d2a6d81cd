// Owns: the bytes of one record and the chain from each to the next (SPEC §9.1).
// Trusts: its caller for the bodies. Excludes: where records go.

import { createHmac, type KeyObject } from 'node:crypto';
import { CborWriter } from './cbor-writer.ts';
import { PlumblineError } from './error.ts';

/** SPEC §9.1. */
export const RECORD_BYTES_MAX = 65_535;
export const RECORD = { header: 0, decision: 1, close: 8 } as const;

const EPOCH = 0;
const HMAC_256_256 = 5;
const TAG_BYTES = 32;
// Room before a payload for the record's head: at most d1, 84, 47 and 7 bytes, a0, 59 and 2 bytes.
const HEAD_BYTES_MAX = 14;

const cbor = (length: number, write: (writer: CborWriter) => void): Uint8Array => {
  const writer = new CborWriter(new Uint8Array(length));
  write(writer);
  return writer.written();
};

const PROTECTED = cbor(16, (writer) => {
  writer.map(2);
  writer.key(1).int(HMAC_256_256);
  writer.key(4).bytes(new TextEncoder().encode(`e${EPOCH}`));
});
const RECORD_HEAD = cbor(16, (writer) => {
  writer.tagMac0();
  writer.array(4);
  writer.bytes(PROTECTED);
  writer.map(0);
});
const MAC_HEAD = cbor(16, (writer) => {
  writer.array(4);
  writer.text('MAC0');
  writer.bytes(PROTECTED);
});

/** The records of one log, in order, each bound to the one before. */
export class RecordChain {
  /** The next record's sequence number. */
  seq = 0;
  readonly #key: KeyObject;
  readonly #bytes = new Uint8Array(RECORD_BYTES_MAX);
  /** The byte string of the previous tag, as it stands in the MAC_structure. */
  #previous = Uint8Array.of(0x40);

  constructor(macKey: KeyObject) {
    this.#key = macKey;
  }

  /**
   * The next record: type and body in canonical CBOR, authenticated. A view, good until the next call.
   * @throws {PlumblineError} `record-too-large`
   */
  seal(type: number, body: (writer: CborWriter) => void): Uint8Array {
    const payload = new CborWriter(this.#bytes.subarray(HEAD_BYTES_MAX, RECORD_BYTES_MAX - TAG_BYTES - 2));
    payload.array(4);
    payload.int(type);
    payload.int(this.seq);
    payload.int(EPOCH);
    body(payload);
    if (payload.overflowed)
      throw new PlumblineError('record-too-large', `a record has at most ${RECORD_BYTES_MAX} bytes`);

    // The payload's length is known now, and with it how long its head is: write what stands before it, ending where it begins.
    const length = payload.position;
    const lengthBytes = length < 24 ? 1 : length < 0x100 ? 2 : 3;
    const payloadStart = HEAD_BYTES_MAX - lengthBytes;
    const start = payloadStart - RECORD_HEAD.length;
    const end = HEAD_BYTES_MAX + length;
    this.#bytes.set(RECORD_HEAD, start);
    new CborWriter(this.#bytes.subarray(payloadStart)).bytesHead(length);

    const tag = createHmac('sha256', this.#key)
      .update(MAC_HEAD)
      .update(this.#previous)
      .update(this.#bytes.subarray(payloadStart, end))
      .digest();
    const tail = new CborWriter(this.#bytes.subarray(end));
    tail.bytes(tag);
    this.#previous = this.#bytes.slice(end, end + tail.position);
    this.seq++;
    return this.#bytes.subarray(start, end + tail.position);
  }
}
