// Owns: the authority that a request names, read from its bytes: SPEC §3. This is done for every decision, so the items
// before it are only stepped over.
// Excludes: the rest of the request, and whether it is canonical: the engine reads that. Bytes misread here are the
// digest of no known layer set.

const AUTHORITY = 4;
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
