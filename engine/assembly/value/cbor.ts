// Owns: canonical CBOR (SPEC §1): the strict checker of values (SPEC §2), skipping over checked bytes, and heads.
// Trusts: nothing; every function but `skip` and `head` takes the end it must not pass. Excludes: making values
// (value.ts).

import { compare, equal } from './bytes';
import { COUNTER_MAX, DEPTH_MAX, FRAMES, FRAME_SIZE } from '../numbers/limits';

export const MAJOR_NEGATIVE: u32 = 1;
const MAJOR_BYTES: u32 = 2;
export const MAJOR_TEXT: u32 = 3;
export const MAJOR_ARRAY: u32 = 4;
const MAJOR_MAP: u32 = 5;
export const FALSE_BYTE: u32 = 0xf4;
export const TRUE_BYTE: u32 = 0xf5;

// One head at a time: its argument, as found by the last call of readHead or head.
let argument: u64 = 0;

/** The argument of the head last read. */
export function headArgument(): u64 {
  return argument;
}

/** Reads a head that must be the shortest for its argument and lie before end; returns the place after it, or 0. */
export function readHead(p: u32, end: u32): u32 {
  if (p >= end) return 0;
  const info: u32 = load<u8>(p) & 31;
  if (info >= 24) return readLongHead(p, end, info);
  argument = info;
  return p + 1;
}

function readLongHead(p: u32, end: u32, info: u32): u32 {
  if (info > 27) return 0;
  const next = p + 1 + (1 << (info - 24));
  if (next > end) return 0;
  if (info === 24) {
    argument = load<u8>(p, 1);
    return argument < 24 ? 0 : next;
  }
  if (info === 25) {
    argument = bswap(load<u16>(p, 1));
    return argument < 0x100 ? 0 : next;
  }
  if (info === 26) {
    argument = bswap(load<u32>(p, 1));
    return argument < 0x10000 ? 0 : next;
  }
  argument = bswap(load<u64>(p, 1));
  return argument < 0x100000000 ? 0 : next;
}

/** Reads a head of checked bytes; returns the place after it. */
export function head(p: u32): u32 {
  const info: u32 = load<u8>(p) & 31;
  if (info >= 24) return longHead(p, info);
  argument = info;
  return p + 1;
}

function longHead(p: u32, info: u32): u32 {
  if (info === 24) {
    argument = load<u8>(p, 1);
    return p + 2;
  }
  if (info === 25) {
    argument = bswap(load<u16>(p, 1));
    return p + 3;
  }
  if (info === 26) {
    argument = bswap(load<u32>(p, 1));
    return p + 5;
  }
  argument = bswap(load<u64>(p, 1));
  return p + 9;
}

/** The place after the checked item at p. */
export function skip(p: u32): u32 {
  const short = (load<u8>(p) as u32) - 0x60;
  return short < 24 ? p + 1 + short : skipAny(p);
}

function skipAny(p: u32): u32 {
  let left: u32 = 1;
  while (left > 0) {
    left--;
    const first: u32 = load<u8>(p);
    const major = first >> 5;
    p = head(p);
    if (major === MAJOR_TEXT || major === MAJOR_BYTES) p += argument as u32;
    else if (major === MAJOR_ARRAY) left += argument as u32;
    else if (major === MAJOR_MAP) left += (argument as u32) << 1;
  }
  return p;
}

function isUtf8(p: u32, end: u32): bool {
  while (p < end) {
    // Eight bytes at once, or the last few shifted to the top: most text is ASCII.
    const n = min(end - p, 8);
    if (((load<u64>(p) << (64 - ((n as u64) << 3))) & 0x8080808080808080) === 0) {
      p += n;
      continue;
    }
    const first: u32 = load<u8>(p);
    if (first < 0x80) {
      p++;
      continue;
    }
    // RFC 3629 §4: the lead byte fixes the length and the range of the second byte (no overlong forms, no surrogates).
    let length: u32 = 0;
    let low: u32 = 0x80;
    let high: u32 = 0xbf;
    if (first >= 0xc2 && first <= 0xdf) {
      length = 2;
    } else if (first >= 0xe0 && first <= 0xef) {
      length = 3;
      if (first === 0xe0) low = 0xa0;
      if (first === 0xed) high = 0x9f;
    } else if (first >= 0xf0 && first <= 0xf4) {
      length = 4;
      if (first === 0xf0) low = 0x90;
      if (first === 0xf4) high = 0x8f;
    } else {
      return false;
    }
    if (end - p < length) return false;
    const second: u32 = load<u8>(p, 1);
    if (second < low || second > high) return false;
    for (let i: u32 = 2; i < length; i++) if ((load<u8>(p + i) & 0xc0) !== 0x80) return false;
    p += length;
  }
  return true;
}

/** The place after the text at p, or 0. */
export function checkText(p: u32, end: u32): u32 {
  if (p >= end) return 0;
  const short = (load<u8>(p) as u32) - 0x60;
  if (short >= 24) return checkLongText(p, end);
  const next = p + 1 + short;
  return next <= end && isUtf8(p + 1, next) ? next : 0;
}

function checkLongText(p: u32, end: u32): u32 {
  if (((load<u8>(p) >> 5) as u32) !== MAJOR_TEXT) return 0;
  p = readHead(p, end);
  if (p === 0 || argument > ((end - p) as u64)) return 0;
  const next = p + (argument as u32);
  return isUtf8(p, next) ? next : 0;
}

/** The place after the integer (i64) at p, or 0. */
export function checkInteger(p: u32, end: u32): u32 {
  if (p >= end || ((load<u8>(p) >> 5) as u32) > MAJOR_NEGATIVE) return 0;
  const next = readHead(p, end);
  return next === 0 || argument > 0x7fffffffffffffff ? 0 : next;
}

/** The place after the number at p, which is 0 … 2^53 − 1 and then the head's argument, or 0. */
export function checkCount(p: u32, end: u32): u32 {
  if (p >= end || load<u8>(p) >= 0x20) return 0;
  p = readHead(p, end);
  return argument > COUNTER_MAX ? 0 : p;
}

/** The place after the entity `{0: text, 1: text}` at p, or 0. */
export function checkEntity(p: u32, end: u32): u32 {
  if (p + 2 > end || load<u16>(p) !== 0x00a2) return 0;
  p = checkText(p + 2, end);
  if (p === 0 || p >= end || load<u8>(p) !== 1) return 0;
  return checkText(p + 1, end);
}

// A map whose first key is an integer: an entity or an extension value.
function checkTagged(p: u32, end: u32): u32 {
  if (load<u8>(p) === 0xa2) return checkEntity(p, end);
  if (load<u8>(p) !== 0xa1) return 0;
  const key: u32 = load<u8>(p, 1);
  if (key >= 2 && key <= 4) return checkInteger(p + 2, end);
  if (key !== 5 || p + 3 > end) return 0;
  const first: u32 = load<u8>(p, 2);
  const length: u32 = first === 0x45 ? 5 : first === 0x51 ? 17 : 0;
  const next = p + 3 + length;
  if (length === 0 || next > end) return 0;
  return (load<u8>(next - 1) as u32) <= (length === 5 ? 32 : 128) ? next : 0;
}

const FRAME_LEFT: u32 = 0; // items still to come in this container, the current one included
const FRAME_RECORD: u32 = 4; // 1: a record, 0: a set
const FRAME_START: u32 = 8; // the current element, or key
const FRAME_BEFORE: u32 = 12; // the one before: start, or 0
const FRAME_BEFORE_END: u32 = 16;

/** The place after the one canonical value at p, which stands inside `depth` containers, or 0. */
export function checkValue(p: u32, end: u32, depth: u32): u32 {
  let frame: u32 = FRAMES;
  while (true) {
    if (p >= end) return 0;
    const first: u32 = load<u8>(p);
    const major = first >> 5;
    if (major <= MAJOR_NEGATIVE) {
      p = checkInteger(p, end);
    } else if (major === MAJOR_TEXT) {
      p = checkText(p, end);
    } else if (first === FALSE_BYTE || first === TRUE_BYTE) {
      p++;
    } else if (major === MAJOR_ARRAY || major === MAJOR_MAP) {
      if (depth + (frame - FRAMES) / FRAME_SIZE >= DEPTH_MAX) return 0;
      const inside = readHead(p, end);
      if (inside === 0) return 0;
      const count = argument;
      // Every item takes a byte, so a larger count cannot be filled.
      if (count > ((end - inside) as u64)) return 0;
      if (major === MAJOR_MAP && count > 0 && (load<u8>(inside) as u32) < 0x60) {
        p = checkTagged(p, end);
      } else if (count === 0) {
        p = inside;
      } else {
        frame += FRAME_SIZE;
        store<u32>(frame, count as u32, FRAME_LEFT);
        store<u32>(frame, major === MAJOR_MAP ? 1 : 0, FRAME_RECORD);
        store<u32>(frame, inside, FRAME_START);
        store<u32>(frame, 0, FRAME_BEFORE);
        p = major === MAJOR_MAP ? checkText(inside, end) : inside;
        if (p === 0) return 0;
        store<u32>(frame, p, FRAME_BEFORE_END); // of a record: the end of the current key
        continue;
      }
    } else {
      return 0;
    }
    if (p === 0) return 0;
    // A value ends at p: go up through every container it completes.
    while (true) {
      if (frame === FRAMES) return p;
      const start = load<u32>(frame, FRAME_START);
      const left = load<u32>(frame, FRAME_LEFT) - 1;
      if (load<u32>(frame, FRAME_RECORD) === 0) {
        const before = load<u32>(frame, FRAME_BEFORE);
        if (before !== 0 && compare(before, load<u32>(frame, FRAME_BEFORE_END), start, p) >= 0) return 0;
        if (left > 0) {
          store<u32>(frame, left, FRAME_LEFT);
          store<u32>(frame, start, FRAME_BEFORE);
          store<u32>(frame, p, FRAME_BEFORE_END);
          store<u32>(frame, p, FRAME_START);
          break;
        }
      } else if (left > 0) {
        const key = p;
        p = checkText(key, end);
        if (p === 0 || compare(start, load<u32>(frame, FRAME_BEFORE_END), key, p) >= 0) return 0;
        store<u32>(frame, left, FRAME_LEFT);
        store<u32>(frame, key, FRAME_START);
        store<u32>(frame, p, FRAME_BEFORE_END);
        break;
      }
      frame -= FRAME_SIZE;
    }
  }
}

/** Whether two checked texts are the same. */
export function isSameText(a: u32, b: u32): bool {
  if (load<u8>(a) !== load<u8>(b)) return false;
  const payload = head(a);
  const n = headArgument() as u32;
  return equal(a, b, payload - a + n);
}
