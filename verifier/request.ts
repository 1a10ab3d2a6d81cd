// What a request is judged under, from its bytes: SPEC §3. The rest of a request is the engine's to read.
import { Refused } from './cbor.ts';
import type { Cursor } from './cbor.ts';

const AUTHORITY = 4;
const PAIRS_MIN = 6;
const PAIRS_MAX = 8;
const DIGEST_BYTES = 32;

/** Where in the cursor's bytes the digest stands that the request, or each of the transaction, that it is over names; -1 if none can be read. */
export function authorityAt(cursor: Cursor): number {
  try {
    if (!cursor.isArray()) return readAuthority(cursor, false);
    let first = -1;
    for (let left = cursor.array(); left > 0; left--) {
      const at = readAuthority(cursor, true);
      if (at < 0 || (first >= 0 && !equal(cursor.bytes, first, at))) return -1;
      if (first < 0) first = at;
    }
    return first;
  } catch (thrown) {
    if (thrown instanceof Refused) return -1;
    throw thrown;
  }
}

// `whole`: to the end of the request.
function readAuthority(cursor: Cursor, whole: boolean): number {
  const pairs = cursor.map();
  if (pairs < PAIRS_MIN || pairs > PAIRS_MAX) return -1;
  for (let key = 0; key < AUTHORITY; key++) {
    cursor.key(key);
    cursor.skip();
  }
  cursor.key(AUTHORITY);
  cursor.byteString('the authority', DIGEST_BYTES, DIGEST_BYTES);
  const at = cursor.content;
  for (let left = whole ? 2 * (pairs - AUTHORITY - 1) : 0; left > 0; left--) cursor.skip();
  return at;
}

function equal(bytes: Uint8Array, a: number, b: number): boolean {
  for (let i = 0; i < DIGEST_BYTES; i++) if (bytes[a + i] !== bytes[b + i]) return false;
  return true;
}
