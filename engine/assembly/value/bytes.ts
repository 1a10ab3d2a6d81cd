// Owns: comparing, copying and hashing byte ranges, 8 bytes at a time. Reads (and copyBytes writes) up to 7 bytes
// beyond a range, which the memory map allows. Trusts: its addresses. Excludes: CBOR.

/** Whether n bytes at a and b are the same. */
export function equal(a: u32, b: u32, n: u32): bool {
  while (n >= 8) {
    if (load<u64>(a) !== load<u64>(b)) return false;
    a += 8;
    b += 8;
    n -= 8;
  }
  return n === 0 || (load<u64>(a) ^ load<u64>(b)) << (64 - ((n as u64) << 3)) === 0;
}

/** Bytewise order of [a, aEnd) and [b, bEnd): negative, 0 or positive; a proper prefix comes first. */
export function compare(a: u32, aEnd: u32, b: u32, bEnd: u32): i32 {
  const aLength = aEnd - a;
  const bLength = bEnd - b;
  let n = min(aLength, bLength);
  while (n > 0) {
    const x = bswap(load<u64>(a));
    const y = bswap(load<u64>(b));
    if (x !== y) {
      if (n < 8) {
        const shift = 64 - ((n as u64) << 3);
        if (x >> shift === y >> shift) break;
      }
      return x < y ? -1 : 1;
    }
    if (n <= 8) break;
    a += 8;
    b += 8;
    n -= 8;
  }
  return aLength === bLength ? 0 : aLength < bLength ? -1 : 1;
}

/**
 * One round of the hash that the indexes use. It need not resist chosen input: chains are as long as the program's own
 * constants make them.
 */
export function mix(hash: u64, word: u64): u64 {
  const product = (hash ^ word) * 0x9e3779b97f4a7c15;
  return product ^ (product >> 29);
}

export const HASH_SEED: u64 = 0x243f6a8885a308d3;

/** The hash of n bytes at p. */
export function hashBytes(p: u32, n: u32): u64 {
  let hash = HASH_SEED ^ (n as u64);
  while (n >= 8) {
    hash = mix(hash, load<u64>(p));
    p += 8;
    n -= 8;
  }
  return n === 0 ? hash : mix(hash, load<u64>(p) << (64 - ((n as u64) << 3)));
}

/**
 * Copies n bytes forward; what stands in the 7 bytes after them may be overwritten. For writers that go on there.
 * (memory.copy is a call out of the module: some 20 ns even for a name, measured in Node.)
 */
export function copyBytes(to: u32, from: u32, n: u32): void {
  const end = to + n;
  while (to < end) {
    store<u64>(to, load<u64>(from));
    to += 8;
    from += 8;
  }
}
