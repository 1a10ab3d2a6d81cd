// Owns: IP addresses in text: reading both families, and writing IPv6 as RFC 5952 has it, for names (§4) and for the ip
// extension. Trusts: its ranges. Excludes: prefixes (extension.ts).

const DOT: u32 = 0x2e;
const COLON: u32 = 0x3a;
const NO_GAP: u32 = 9;

/** Reads dotted decimal without leading zeros, all of [p, end), into 4 bytes at `out`. */
export function parseIpv4(p: u32, end: u32, out: u32): bool {
  for (let i: u32 = 0; i < 4; i++) {
    let value: u32 = 0;
    let digits: u32 = 0;
    while (p < end) {
      const digit = (load<u8>(p) as u32) - 0x30;
      if (digit > 9) break;
      if (digits > 0 && value === 0) return false;
      value = value * 10 + digit;
      if (value > 255) return false;
      digits++;
      p++;
    }
    if (digits === 0) return false;
    store<u8>(out + i, value);
    if (i < 3) {
      if (p >= end || (load<u8>(p) as u32) !== DOT) return false;
      p++;
    }
  }
  return p === end;
}

function hexDigit(c: u32): u32 {
  if (c - 0x30 <= 9) return c - 0x30;
  const letter = (c | 0x20) - 0x61;
  return letter < 6 ? letter + 10 : 16;
}

/** Reads IPv6 in hexadecimal groups (no dotted tail), all of [p, end), into 16 bytes at `out`. */
export function parseIpv6(p: u32, end: u32, out: u32): bool {
  let groups: u32 = 0;
  let gap: u32 = NO_GAP; // groups before `::`
  if (end - p >= 2 && load<u16>(p) === 0x3a3a) {
    gap = 0;
    p += 2;
  }
  while (p < end) {
    if (groups === 8) return false;
    let value: u32 = 0;
    let digits: u32 = 0;
    while (p < end && digits < 4) {
      const digit = hexDigit(load<u8>(p));
      if (digit > 15) break;
      value = (value << 4) | digit;
      digits++;
      p++;
    }
    if (digits === 0) return false;
    store<u16>(out + (groups << 1), bswap(value as u16));
    groups++;
    if (p === end) break;
    if ((load<u8>(p) as u32) !== COLON) return false;
    p++;
    if (p === end) return false;
    if ((load<u8>(p) as u32) === COLON) {
      if (gap !== NO_GAP) return false;
      gap = groups;
      p++;
    }
  }
  if (gap === NO_GAP) return groups === 8;
  // `::` stands for at least one group.
  if (groups === 8) return false;
  const tail = (groups - gap) << 1;
  memory.copy(out + 16 - tail, out + (gap << 1), tail);
  memory.fill(out + (gap << 1), 0, 16 - tail - (gap << 1));
  return true;
}

/** Whether the 16 bytes at p are an IPv4 address mapped into IPv6. */
export function isIpv4Mapped(p: u32): bool {
  return load<u64>(p) === 0 && load<u32>(p, 8) === 0xffff0000;
}

/** Writes the 16 bytes at p as RFC 5952 text (at most 39 bytes) at `out`; returns the place after it. */
export function writeIpv6(p: u32, out: u32): u32 {
  let longest: u32 = 0;
  let longestLength: u32 = 1; // RFC 5952 §4.2.2: a single zero group is not shortened
  let run: u32 = 0;
  for (let i: u32 = 0; i < 8; i++) {
    run = load<u16>(p + (i << 1)) === 0 ? run + 1 : 0;
    if (run > longestLength) {
      longestLength = run;
      longest = i + 1 - run;
    }
  }
  const shortened = longestLength > 1;
  for (let i: u32 = 0; i < 8; i++) {
    if (shortened && i === longest) {
      store<u16>(out, 0x3a3a);
      out += 2;
      i += longestLength - 1;
      continue;
    }
    if (i > 0 && !(shortened && i === longest + longestLength)) {
      store<u8>(out, COLON);
      out++;
    }
    const value: u32 = bswap(load<u16>(p + (i << 1)));
    for (let shift: i32 = 12; shift >= 0; shift -= 4) {
      if (shift > 0 && value >> shift === 0) continue;
      const digit = (value >> shift) & 15;
      store<u8>(out, digit + (digit < 10 ? 0x30 : 0x57));
      out++;
    }
  }
  return out;
}
