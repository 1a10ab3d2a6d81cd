// What a request is judged under, from its bytes: SPEC §3. The rest of a request is the engine's to read, and whether it is canonical: here items
// are only stepped over, since this is done for every decision. What is read wrongly for that is no layer set that is known.

const AUTHORITY = 4;
const PAIRS_MIN = 6;
const PAIRS_MAX = 8;
const DIGEST_BYTES = 32;
const MAP = 5;
const ARRAY = 4;

/** Where the digest stands that the request, or the first of the transaction, from `start` to `end` names; -1 if none can be read. */
export function authorityAt(bytes: Uint8Array, start: number, end: number): number {
  if (start >= end) return -1;
  // The head of an array of at most 16, the first of which comes next.
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

// Where the item at `at` ends, all that it holds included; -1 if that is not before `end`.
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
