// Owns: the events of SPEC §6.6 as bytes: what people say of grants while a session runs, and the engine's `note`
// takes.
// Trusts: nothing; bytes that are no event throw. Excludes: checking the sender's right to it.

import { CborWriter } from './cbor-writer.ts';

const DIGEST_BYTES = 32;
/** An array's head, a number, a digest with its head, two times of at most 9 bytes. */
const EVENT_BYTES_MAX = 1 + 1 + 2 + DIGEST_BYTES + 2 * 9;

/** What a decision named as its `approval` may be done once, until it expires. `timeMs` is the mediator's time. */
interface Approval {
  /** 32 bytes. */
  approval: Uint8Array;
  expiresMs: number;
  timeMs: number;
}

/** @throws {TypeError} unless `approval` is 32 bytes; {RangeError} unless the times are whole and from 1970 on */
export function encodeApproval({ approval, expiresMs, timeMs }: Approval): Uint8Array {
  checkDigest(approval, 'approval');
  checkTime(expiresMs, 'expiresMs');
  checkTime(timeMs, 'timeMs');
  const writer = begin(4, 0);
  writer.bytes(approval);
  writer.int(expiresMs);
  writer.int(timeMs);
  return writer.written();
}

/** Takes back the grant with this token digest. @throws {TypeError} unless `subject` is 32 bytes */
export function encodeRevocation(subject: Uint8Array): Uint8Array {
  checkDigest(subject, 'subject');
  const writer = begin(2, 1);
  writer.bytes(subject);
  return writer.written();
}

function begin(length: number, kind: number): CborWriter {
  const writer = new CborWriter(new Uint8Array(EVENT_BYTES_MAX));
  writer.array(length);
  writer.int(kind);
  return writer;
}

function checkDigest(digest: Uint8Array, name: string): void {
  if (!(digest instanceof Uint8Array) || digest.length !== DIGEST_BYTES) {
    throw new TypeError(`${name} must be ${DIGEST_BYTES} bytes`);
  }
}

function checkTime(timeMs: number, name: string): void {
  if (!Number.isSafeInteger(timeMs) || timeMs < 0) throw new RangeError(`${name} must be a whole number from 0 on`);
}
