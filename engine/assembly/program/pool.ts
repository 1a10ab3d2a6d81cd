// Owns: pools (SPEC §8), which are sorted canonical items named by index. Trusts: nothing in `checkPool`, which earns
// the trust that the accessors have. Excludes: what the items are for.

import { compare } from '../value/bytes';
import { MAJOR_TEXT, checkValue } from '../value/cbor';
import { NOT_CANONICAL, OUT_OF_ORDER, TRUNCATED } from '../numbers/codes';

/** Checks the pool that is all of [pool, pool + length); returns 0 or a load reason. */
export function checkPool(pool: u32, length: u32, textsOnly: bool): u32 {
  if (length < 8) return TRUNCATED;
  const count = load<u32>(pool);
  if (count > (length - 8) >> 2) return TRUNCATED;
  const bytes = pool + 8 + (count << 2);
  const end = pool + length;
  let before: u32 = 0;
  let p = bytes;
  for (let i: u32 = 0; i < count; i++) {
    if (bytes + load<u32>(pool + 4 + (i << 2)) !== p) return NOT_CANONICAL;
    const next = checkValue(p, end, 0);
    if (next === 0 || (textsOnly && ((load<u8>(p) >> 5) as u32) !== MAJOR_TEXT)) return NOT_CANONICAL;
    if (before !== 0 && compare(before, p, p, next) >= 0) return OUT_OF_ORDER;
    before = p;
    p = next;
  }
  return bytes + load<u32>(pool + 4 + (count << 2)) === p && p === end ? 0 : NOT_CANONICAL;
}

export function poolCount(pool: u32): u32 {
  return load<u32>(pool);
}

/** Turns a checked pool's offsets into addresses, since every access would add the same to them. */
export function resolvePool(pool: u32): void {
  const count = load<u32>(pool);
  const bytes = pool + 8 + (count << 2);
  for (let i: u32 = 0; i <= count; i++) {
    const p = pool + 4 + (i << 2);
    store<u32>(p, bytes + load<u32>(p));
  }
}

/** Where item i of a resolved pool begins; item i ends where item i + 1 begins. */
export function poolItem(pool: u32, i: u32): u32 {
  return load<u32>(pool + 4 + (i << 2));
}
