// Owns: the frame of one record: where its payload and its tag lie, and the epoch that its kid names. SPEC §9.1.
// Excludes: the payload's content (payload.ts), and whether the tag is right (log/segment.ts). A fault here is
// malformed.
import type { Refusal } from './finding.ts';
import { toHex } from './bytes.ts';
import { EPOCHS_MAX, RECORD_BYTES_MAX } from './limits.ts';

/** The shortest prefix, an empty payload and a tag: 45 bytes are never a whole record. */
export const RECORD_BYTES_MIN = 46;
/** A tag's bytes, and before them the head of their byte string. */
export const TAG_BYTES = 32;
export const TAG_HEAD_BYTES = 2;
const EPOCH_DIGITS_MAX = String(EPOCHS_MAX - 1).length;

// Tag 17, array of 4; a protected header {1: 5, 4: kid}; "e" and the epoch; no unprotected header.
const START = Uint8Array.of(0xd1, 0x84);
const PROTECTED = Uint8Array.of(0xa2, 0x01, 0x05, 0x04);
const UNPROTECTED = Uint8Array.of(0xa0);
const TAG_HEAD = Uint8Array.of(0x58, 0x20);
const BYTES = 0x40;
const ZERO = 0x30;
const LETTER_E = 0x65;

/** Offsets of a framed record. `payloadHead`: where the payload's byte string starts, head included. */
export interface Frame {
  start: number;
  epoch: number;
  payloadHead: number;
  payload: number;
  tag: number;
  end: number;
}

/** The frame of the record that starts at `start`, or `incomplete` if the bytes before `limit` end before it does. */
export function frameRecord(bytes: Uint8Array, start: number, limit: number): Frame | Refusal | 'incomplete' {
  const wrongStart = differs(bytes, start, limit, START);
  if (wrongStart) return wrongStart;
  const header = start + START.length;
  if (header >= limit) return 'incomplete';
  // The head of the byte string {1: 5, 4: h'65 and 1 to 10 digits'}.
  const digits = bytes[header]! - BYTES - PROTECTED.length - 2;
  if (digits < 1 || digits > EPOCH_DIGITS_MAX) return refused(bytes, header, 'the protected header {1: 5, 4: kid}');
  const wrongHeader = differs(bytes, header + 1, limit, PROTECTED);
  if (wrongHeader) return wrongHeader;
  const kid = header + 1 + PROTECTED.length;
  const first = kid + 2;
  const unprotected = first + digits;
  const payloadHead = unprotected + UNPROTECTED.length;
  if (payloadHead >= limit) return 'incomplete';
  if (bytes[kid] !== BYTES + 1 + digits) return refused(bytes, kid, `byte ${hex(BYTES + 1 + digits)}`);
  if (bytes[kid + 1] !== LETTER_E) return refused(bytes, kid + 1, 'an e and the epoch');
  let epoch = 0;
  for (let at = first; at < unprotected; at++) {
    const digit = bytes[at]! - ZERO;
    if (digit < 0 || digit > 9 || (digit === 0 && at === first && digits > 1)) {
      return refused(bytes, at, 'the epoch in decimal');
    }
    epoch = epoch * 10 + digit;
  }
  if (epoch >= EPOCHS_MAX) return { offset: first, expected: `an epoch below ${EPOCHS_MAX}`, found: `${epoch}` };
  const wrongUnprotected = differs(bytes, unprotected, limit, UNPROTECTED);
  if (wrongUnprotected) return wrongUnprotected;
  return framePayload(bytes, { start, epoch, payloadHead }, limit);
}

function framePayload(
  bytes: Uint8Array,
  { start, epoch, payloadHead }: { start: number; epoch: number; payloadHead: number },
  limit: number,
): Frame | Refusal | 'incomplete' {
  const head = bytes[payloadHead]!;
  const size = head === 0x58 ? 1 : head === 0x59 ? 2 : 0;
  if (size === 0 && (head < 0x40 || head > 0x57)) {
    return refused(bytes, payloadHead, 'a payload of at most 65,487 bytes');
  }
  const payload = payloadHead + 1 + size;
  if (payload > limit) return 'incomplete';
  const first = bytes[payloadHead + 1]!;
  const length = size === 0 ? head - 0x40 : size === 1 ? first : first * 256 + bytes[payloadHead + 2]!;
  if ((size === 1 && length < 24) || (size === 2 && length < 256)) {
    return { offset: payloadHead, expected: 'the shortest head', found: `a head of ${1 + size} bytes` };
  }
  const tag = payload + length + TAG_HEAD.length;
  const end = tag + TAG_BYTES;
  if (end - start > RECORD_BYTES_MAX) {
    return { offset: start, expected: `a record of at most ${RECORD_BYTES_MAX} bytes`, found: `${end - start} bytes` };
  }
  const wrongTag = differs(bytes, payload + length, limit, TAG_HEAD);
  if (wrongTag) return wrongTag;
  return end > limit ? 'incomplete' : { start, epoch, payloadHead, payload, tag, end };
}

function differs(bytes: Uint8Array, start: number, limit: number, wanted: Uint8Array): Refusal | undefined {
  for (let i = 0; i < wanted.length && start + i < limit; i++) {
    if (bytes[start + i] !== wanted[i]) return refused(bytes, start + i, `byte ${hex(wanted[i]!)}`);
  }
  return undefined;
}

function refused(bytes: Uint8Array, offset: number, expected: string): Refusal {
  return { offset, expected, found: `byte ${hex(bytes[offset]!)}` };
}

function hex(byte: number): string {
  return toHex(Uint8Array.of(byte));
}
