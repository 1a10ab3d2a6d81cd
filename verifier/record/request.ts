// Owns: the authority and the time that a request states, read from its bytes: SPEC §3. This is done for every decision,
// so the items before them are only stepped over.
// Excludes: the rest of the request, and whether it is canonical: the engine reads that. Bytes misread here are the
// digest of no known layer set.
import { MS_BELOW, toMs, type Ms } from './ms.ts';

const AUTHORITY = 4;
const TIME = 5;
const PAIRS_MIN = 6;
const PAIRS_MAX = 8;
const DIGEST_BYTES = 32;
const MAP = 5;
const ARRAY = 4;

/**
 * Offset of the digest that the request from `start` to `end`, or the transaction's first, names; -1 if none can be
 * read.
 */
export function authorityAt(bytes: Uint8Array, start: number, end: number): number {
  if (start >= end) return -1;
  // A transaction is an array of at most 16 requests; its head is one byte, and the first request follows.
  let at = bytes[start]! >> 5 === ARRAY ? start + 1 : start;
  const pairs = bytes[at]! - (MAP << 5);
  if (at >= end || pairs < PAIRS_MIN || pairs > PAIRS_MAX) return -1;
  at++;
  for (let key = 0; key < AUTHORITY; key++) {
    if (bytes[at] !== key) return -1;
    at = after(bytes, at + 1, end);
    if (at < 0) return -1;
  }
  const isDigest = bytes[at] === AUTHORITY && bytes[at + 1] === 0x58 && bytes[at + 2] === DIGEST_BYTES;
  return isDigest && at + 3 + DIGEST_BYTES <= end ? at + 3 : -1;
}

/** The time that stands after the authority, whose digest is at `authority`; undefined if none can be read. */
export function requestMs(bytes: Uint8Array, authority: number, end: number): Ms | undefined {
  const at = authority + DIGEST_BYTES;
  if (at + 1 >= end || bytes[at] !== TIME) return undefined;
  const initial = bytes[at + 1]!;
  const [major, info] = [initial >> 5, initial & 31];
  const size = info < 24 ? 0 : 1 << (info - 24);
  if (major > 1 || info > 27 || at + 2 + size > end) return undefined;
  let argument = size === 0 ? info : 0;
  for (let i = at + 2; i < at + 2 + size; i++) argument = argument * 256 + bytes[i]!;
  if (argument <= Number.MAX_SAFE_INTEGER) return major === 1 ? -1 - argument : argument;
  const exact = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(at + 2);
  if (exact >= MS_BELOW) return undefined;
  return toMs(major === 1 ? -1n - exact : exact);
}

// Where the item at `at` ends, with its content; -1 if that is not before `end`.
function after(bytes: Uint8Array, at: number, end: number): number {
  for (let left = 1; left > 0; left--) {
    if (at >= end) return -1;
    const initial = bytes[at++]!;
    const major = initial >> 5;
    let argument = initial & 31;
    if (argument >= 24) {
      if (argument > 27) return -1;
      const next = at + (1 << (argument - 24));
      for (argument = 0; at < next; at++) argument = argument * 256 + (bytes[at] ?? 0);
    }
    if (major === 2 || major === 3) at += argument;
    else if (major === ARRAY) left += argument;
    else if (major === MAP) left += 2 * argument;
  }
  return at < end ? at : -1;
}
