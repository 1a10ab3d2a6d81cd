// The compression function of SHA-256 (FIPS 180-4) on four messages at once, one in each lane.

const K: usize = memory.data<u32>([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98,
  0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
  0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8,
  0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
  0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
  0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
  0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
  0xc67178f2,
]);
const WORDS: usize = memory.data(64 * 16, 16);

/** Eight words of four lanes each. */
export const STATE: usize = memory.data(8 * 16, 16);
/** Where the next 64 bytes of each lane are. */
export const SOURCE: usize = memory.data(4 * 4, 4);

function add(a: v128, b: v128): v128 {
  return i32x4.add(a, b);
}

function xor3(a: v128, b: v128, c: v128): v128 {
  return v128.xor(v128.xor(a, b), c);
}

function rotate(a: v128, n: i32): v128 {
  return v128.or(i32x4.shr_u(a, n), i32x4.shl(a, 32 - n));
}

function mix1(e: v128, f: v128, g: v128, h: v128, i: usize): v128 {
  const sum = xor3(rotate(e, 6), rotate(e, 11), rotate(e, 25));
  const choice = v128.bitselect(f, g, e);
  const word = add(v128.load_splat<u32>(K + (i << 2)), v128.load(WORDS + (i << 4)));
  return add(add(h, sum), add(choice, word));
}

function mix2(a: v128, b: v128, c: v128): v128 {
  const majority = v128.bitselect(c, b, v128.xor(a, b));
  return add(xor3(rotate(a, 2), rotate(a, 13), rotate(a, 22)), majority);
}

function bigEndian(p: usize): v128 {
  const bytes = v128.load(p);
  return v128.shuffle<u8>(bytes, bytes, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
}

/** Takes one block of each lane into STATE. */
export function compress(): void {
  for (let i: usize = 0; i < 64; i += 16) {
    const a = bigEndian((load<u32>(SOURCE, 0) as usize) + i);
    const b = bigEndian((load<u32>(SOURCE, 4) as usize) + i);
    const c = bigEndian((load<u32>(SOURCE, 8) as usize) + i);
    const d = bigEndian((load<u32>(SOURCE, 12) as usize) + i);
    const ab01 = v128.shuffle<u32>(a, b, 0, 4, 1, 5);
    const cd01 = v128.shuffle<u32>(c, d, 0, 4, 1, 5);
    const ab23 = v128.shuffle<u32>(a, b, 2, 6, 3, 7);
    const cd23 = v128.shuffle<u32>(c, d, 2, 6, 3, 7);
    const words = WORDS + (i << 2);
    v128.store(words, v128.shuffle<u64>(ab01, cd01, 0, 2), 0);
    v128.store(words, v128.shuffle<u64>(ab01, cd01, 1, 3), 16);
    v128.store(words, v128.shuffle<u64>(ab23, cd23, 0, 2), 32);
    v128.store(words, v128.shuffle<u64>(ab23, cd23, 1, 3), 48);
  }
  for (let w = WORDS; w < WORDS + 48 * 16; w += 16) {
    const x = v128.load(w, 16);
    const y = v128.load(w, 224);
    const s0 = xor3(rotate(x, 7), rotate(x, 18), i32x4.shr_u(x, 3));
    const s1 = xor3(rotate(y, 17), rotate(y, 19), i32x4.shr_u(y, 10));
    v128.store(w, add(add(v128.load(w), s0), add(v128.load(w, 144), s1)), 256);
  }
  let a = v128.load(STATE, 0);
  let b = v128.load(STATE, 16);
  let c = v128.load(STATE, 32);
  let d = v128.load(STATE, 48);
  let e = v128.load(STATE, 64);
  let f = v128.load(STATE, 80);
  let g = v128.load(STATE, 96);
  let h = v128.load(STATE, 112);
  // Eight rounds bring every variable back to its own name, so nothing is moved around.
  for (let i: usize = 0; i < 64; i += 8) {
    let t = mix1(e, f, g, h, i);
    d = add(d, t);
    h = add(t, mix2(a, b, c));
    t = mix1(d, e, f, g, i + 1);
    c = add(c, t);
    g = add(t, mix2(h, a, b));
    t = mix1(c, d, e, f, i + 2);
    b = add(b, t);
    f = add(t, mix2(g, h, a));
    t = mix1(b, c, d, e, i + 3);
    a = add(a, t);
    e = add(t, mix2(f, g, h));
    t = mix1(a, b, c, d, i + 4);
    h = add(h, t);
    d = add(t, mix2(e, f, g));
    t = mix1(h, a, b, c, i + 5);
    g = add(g, t);
    c = add(t, mix2(d, e, f));
    t = mix1(g, h, a, b, i + 6);
    f = add(f, t);
    b = add(t, mix2(c, d, e));
    t = mix1(f, g, h, a, i + 7);
    e = add(e, t);
    a = add(t, mix2(b, c, d));
  }
  v128.store(STATE, add(a, v128.load(STATE, 0)), 0);
  v128.store(STATE, add(b, v128.load(STATE, 16)), 16);
  v128.store(STATE, add(c, v128.load(STATE, 32)), 32);
  v128.store(STATE, add(d, v128.load(STATE, 48)), 48);
  v128.store(STATE, add(e, v128.load(STATE, 64)), 64);
  v128.store(STATE, add(f, v128.load(STATE, 80)), 80);
  v128.store(STATE, add(g, v128.load(STATE, 96)), 96);
  v128.store(STATE, add(h, v128.load(STATE, 112)), 112);
}
