// Owns: SHA-256 (FIPS 180-4), for the digests of programs and layer sets. It runs at load, so it is written to be short
// rather than fast. Trusts: its ranges. Excludes: everything else.

const K: u32 = memory.data<u32>([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98,
  0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
  0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8,
  0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
  0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
  0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
  0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
  0xc67178f2,
]) as u32;
const INITIAL: u32 = memory.data<u32>([
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
]) as u32;
const WORDS: u32 = memory.data(256, 8) as u32;
const TAIL: u32 = memory.data(128, 8) as u32;

function block(digest: u32, p: u32): void {
  for (let i: u32 = 0; i < 64; i += 4) store<u32>(WORDS + i, bswap(load<u32>(p + i)));
  for (let i: u32 = 64; i < 256; i += 4) {
    const w = WORDS + i;
    const x = load<u32>(w - 60);
    const y = load<u32>(w - 8);
    const s0 = rotr(x, 7) ^ rotr(x, 18) ^ (x >> 3);
    const s1 = rotr(y, 17) ^ rotr(y, 19) ^ (y >> 10);
    store<u32>(w, load<u32>(w - 64) + s0 + load<u32>(w - 28) + s1);
  }
  let a = load<u32>(digest, 0);
  let b = load<u32>(digest, 4);
  let c = load<u32>(digest, 8);
  let d = load<u32>(digest, 12);
  let e = load<u32>(digest, 16);
  let f = load<u32>(digest, 20);
  let g = load<u32>(digest, 24);
  let h = load<u32>(digest, 28);
  for (let i: u32 = 0; i < 256; i += 4) {
    const s1 = rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25);
    const t1 = h + s1 + ((e & f) ^ (~e & g)) + load<u32>(K + i) + load<u32>(WORDS + i);
    const s0 = rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22);
    const t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = d + t1;
    d = c;
    c = b;
    b = a;
    a = t1 + t2;
  }
  store<u32>(digest, load<u32>(digest, 0) + a, 0);
  store<u32>(digest, load<u32>(digest, 4) + b, 4);
  store<u32>(digest, load<u32>(digest, 8) + c, 8);
  store<u32>(digest, load<u32>(digest, 12) + d, 12);
  store<u32>(digest, load<u32>(digest, 16) + e, 16);
  store<u32>(digest, load<u32>(digest, 20) + f, 20);
  store<u32>(digest, load<u32>(digest, 24) + g, 24);
  store<u32>(digest, load<u32>(digest, 28) + h, 28);
}

/** Writes the 32-byte digest of n bytes at p. */
export function sha256(p: u32, n: u32, digest: u32): void {
  memory.copy(digest, INITIAL, 32);
  const whole = n & ~63;
  for (let i: u32 = 0; i < whole; i += 64) block(digest, p + i);
  const rest = n - whole;
  const tail: u32 = rest < 56 ? 64 : 128;
  memory.fill(TAIL, 0, 128);
  memory.copy(TAIL, p + whole, rest);
  store<u8>(TAIL + rest, 0x80);
  store<u64>(TAIL + tail - 8, bswap((n as u64) << 3));
  for (let i: u32 = 0; i < tail; i += 64) block(digest, TAIL + i);
  for (let i: u32 = 0; i < 32; i += 4) store<u32>(digest + i, bswap(load<u32>(digest + i)));
}
