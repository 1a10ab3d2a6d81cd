// The frame of one record: where its payload and its tag lie. SPEC §9.1.
// Excludes what the payload says (payload.ts) and whether the tag is right (chain.ts). What fails here is malformed.
import { toHex } from './keys.ts';

const RECORD_BYTES_MAX = 65_535;

// Up to the payload every record begins alike while there is one epoch: tag 17, array of 4, h'{1: 5, 4: "e0"}', {}.
const START = Uint8Array.of(0xd1, 0x84, 0x47, 0xa2, 0x01, 0x05, 0x04, 0x42, 0x65, 0x30, 0xa0);
/** The protected header with its byte string head, as it stands in the record and in the MAC's input. */
export const PROTECTED = START.subarray(2, 10);
const TAG_HEAD = Uint8Array.of(0x58, 0x20);
const TAG_BYTES = 32;

/** Offsets of a framed record. `payloadHead`: where the payload's byte string starts, head included. */
export interface Frame {
  payloadHead: number;
  payload: number;
  tag: number;
  end: number;
}

/** Why a record is refused. `offset`: bytes into what was given. */
export interface Refusal {
  offset: number;
  expected: string;
  found: string;
}

/** The frame of the record that starts at `start`, or `incomplete` if `bytes` end before it does. */
export function frameRecord(bytes: Uint8Array, start: number): Frame | Refusal | 'incomplete' {
  const wrongStart = startsWith(bytes, start, START, 'the start of a record');
  if (wrongStart) return wrongStart;
  const payloadHead = start + START.length;
  const head = bytes[payloadHead];
  if (head === undefined) return 'incomplete';
  const size = head === 0x58 ? 1 : head === 0x59 ? 2 : 0;
  if (size === 0 && (head < 0x40 || head > 0x57)) {
    return { offset: payloadHead, expected: 'a payload of at most 65,487 bytes', found: `byte ${hex(head)}` };
  }
  const payload = payloadHead + 1 + size;
  if (payload > bytes.length) return 'incomplete';
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
  const wrongTag = startsWith(bytes, payload + length, TAG_HEAD, 'the head of a tag');
  if (wrongTag) return wrongTag;
  return end > bytes.length ? 'incomplete' : { payloadHead, payload, tag, end };
}

function startsWith(bytes: Uint8Array, start: number, wanted: Uint8Array, what: string): Refusal | undefined {
  for (let i = 0; i < wanted.length && start + i < bytes.length; i++) {
    const found = bytes[start + i]!;
    if (found !== wanted[i]) {
      return { offset: start + i, expected: `byte ${hex(wanted[i]!)} of ${what}`, found: `byte ${hex(found)}` };
    }
  }
  return undefined;
}

function hex(byte: number): string {
  return toHex(Uint8Array.of(byte));
}
