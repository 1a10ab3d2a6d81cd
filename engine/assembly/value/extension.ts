// Owns: the extension types: constructors from text, with exactly Cedar's syntax and limits, and their methods (SPEC
// §8.3). An operation answers with a value, or 0 for an error. Trusts: its values. Excludes: Longs (arithmetic.ts).

import { head, headArgument } from './cbor';
import { spend } from './fuel';
import { parseIpv4, parseIpv6 } from './ip';
import {
  DATETIME,
  DECIMAL,
  DURATION,
  IPADDR,
  STRING,
  allocateForPolicy,
  boolean,
  kindOf,
  makeLong,
  makeNumber,
  numberIn,
  range,
  startOf,
} from './value';

const HYPHEN: u32 = 0x2d;
const DOT: u32 = 0x2e;
const I64_MAX: u64 = 0x7fffffffffffffff;
const DAY_MS: i64 = 86400000;

// A run of digits: where it ended, and its value. None, or a value beyond 2^63, is an overflow.
let digitsEnd: u32 = 0;
let digitsValue: u64 = 0;

function readDigits(p: u32, end: u32): bool {
  digitsValue = 0;
  digitsEnd = p;
  let fits = true;
  while (digitsEnd < end) {
    const digit = (load<u8>(digitsEnd) as u64) - 0x30;
    if (digit > 9) break;
    if (digitsValue > (I64_MAX + 1 - digit) / 10) fits = false;
    else digitsValue = digitsValue * 10 + digit;
    digitsEnd++;
  }
  return fits && digitsEnd > p;
}

function signed(magnitude: u64, negative: bool): i64 {
  return negative ? ((0 - magnitude) as i64) : (magnitude as i64);
}

export function decimal(text: u64): u64 {
  let p = startOf(text);
  if (kindOf(p) !== STRING) return 0;
  p = head(p);
  const end = p + (headArgument() as u32);
  spend((end - p) >> 3);
  const negative = p < end && (load<u8>(p) as u32) === HYPHEN;
  if (!readDigits(negative ? p + 1 : p, end)) return 0;
  const whole = digitsValue;
  const point = digitsEnd;
  if (point === end || (load<u8>(point) as u32) !== DOT) return 0;
  if (!readDigits(point + 1, end) || digitsEnd !== end || end - point - 1 > 4) return 0;
  let fraction = digitsValue;
  for (let n = end - point - 1; n < 4; n++) fraction *= 10;
  const limit = I64_MAX + (negative ? 1 : 0);
  if (whole > (limit - fraction) / 10000) return 0;
  return makeNumber(DECIMAL, signed(whole * 10000 + fraction, negative));
}

// The units of a duration in their only order: d, h, m, s, ms; 0: none of them.
function unitRank(p: u32, end: u32): u32 {
  const c: u32 = p < end ? load<u8>(p) : 0;
  if (c === 0x64) return 1;
  if (c === 0x68) return 2;
  if (c === 0x73) return 4;
  if (c !== 0x6d) return 0;
  return p + 1 < end && load<u8>(p, 1) === 0x73 ? 5 : 3;
}

function unitMs(rank: u32): u64 {
  if (rank === 1) return 86400000;
  if (rank === 2) return 3600000;
  if (rank === 3) return 60000;
  return rank === 4 ? 1000 : 1;
}

export function duration(text: u64): u64 {
  let p = startOf(text);
  if (kindOf(p) !== STRING) return 0;
  p = head(p);
  const end = p + (headArgument() as u32);
  spend((end - p) >> 3);
  const negative = p < end && (load<u8>(p) as u32) === HYPHEN;
  if (negative) p++;
  if (p === end) return 0;
  const limit = I64_MAX + (negative ? 1 : 0);
  let total: u64 = 0;
  let rankBefore: u32 = 0;
  while (p < end) {
    if (!readDigits(p, end)) return 0;
    const rank = unitRank(digitsEnd, end);
    if (rank <= rankBefore) return 0;
    if (digitsValue > (limit - total) / unitMs(rank)) return 0;
    total += digitsValue * unitMs(rank);
    rankBefore = rank;
    p = digitsEnd + (rank === 5 ? 2 : 1);
  }
  return makeNumber(DURATION, signed(total, negative));
}

// Exactly n digits at p, or -1.
function fixedDigits(p: u32, end: u32, n: u32): i32 {
  if (end - p < n) return -1;
  let value: i32 = 0;
  for (let i: u32 = 0; i < n; i++) {
    const digit = (load<u8>(p + i) as u32) - 0x30;
    if (digit > 9) return -1;
    value = value * 10 + (digit as i32);
  }
  return value;
}

function isByte(p: u32, end: u32, byte: u32): bool {
  return p < end && (load<u8>(p) as u32) === byte;
}

function daysInMonth(year: i32, month: i32): i32 {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

// Days from 1970-01-01 in the proleptic Gregorian calendar: years are counted from March, so that the leap day is the
// last.
function daysFromCivil(year: i32, month: i32, day: i32): i64 {
  const y = month <= 2 ? year - 1 : year;
  const era = (y >= 0 ? y : y - 399) / 400;
  const yearOfEra = y - era * 400;
  const dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
  const dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear;
  return (era as i64) * 146097 + (dayOfEra as i64) - 719468;
}

// What follows the date: `Thh:mm:ss`, perhaps `.mmm`, then `Z` or an offset. Milliseconds, or -1 when malformed (offset
// goes to offsetMs).
let offsetMs: i64 = 0;

function timeOfDay(p: u32, end: u32): i64 {
  const hour = fixedDigits(p + 1, end, 2);
  const minute = fixedDigits(p + 4, end, 2);
  const second = fixedDigits(p + 7, end, 2);
  if (!isByte(p, end, 0x54) || !isByte(p + 3, end, 0x3a) || !isByte(p + 6, end, 0x3a)) return -1;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return -1;
  p += 9;
  let ms: i32 = 0;
  if (isByte(p, end, DOT)) {
    ms = fixedDigits(p + 1, end, 3);
    if (ms < 0) return -1;
    p += 4;
  }
  offsetMs = 0;
  if (isByte(p, end, 0x5a)) {
    if (p + 1 !== end) return -1;
  } else {
    const east = isByte(p, end, 0x2b);
    const hours = fixedDigits(p + 1, end, 2);
    const minutes = fixedDigits(p + 3, end, 2);
    if (!east && !isByte(p, end, HYPHEN)) return -1;
    if (p + 5 !== end || hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return -1;
    offsetMs = ((hours * 60 + minutes) * 60000) as i64;
    if (!east) offsetMs = -offsetMs;
  }
  return (((hour * 60 + minute) * 60 + second) * 1000 + ms) as i64;
}

export function datetime(text: u64): u64 {
  let p = startOf(text);
  if (kindOf(p) !== STRING) return 0;
  p = head(p);
  const end = p + (headArgument() as u32);
  spend((end - p) >> 3);
  if (end - p < 10) return 0;
  const year = fixedDigits(p, end, 4);
  const month = fixedDigits(p + 5, end, 2);
  const day = fixedDigits(p + 8, end, 2);
  if (!isByte(p + 4, end, HYPHEN) || !isByte(p + 7, end, HYPHEN) || year < 0) return 0;
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return 0;
  let ms = daysFromCivil(year, month, day) * DAY_MS;
  if (end - p > 10) {
    const time = timeOfDay(p + 10, end);
    if (time < 0) return 0;
    ms += time - offsetMs;
  }
  return makeNumber(DATETIME, ms);
}

function prefixLength(p: u32, end: u32, max: u32): i32 {
  const n = end - p;
  if (n === 0 || n > 3 || (n > 1 && load<u8>(p) === 0x30)) return -1;
  const value = fixedDigits(p, end, n);
  return value > (max as i32) ? -1 : value;
}

export function ip(text: u64): u64 {
  let p = startOf(text);
  if (kindOf(p) !== STRING) return 0;
  p = head(p);
  const end = p + (headArgument() as u32);
  spend((end - p) >> 3);
  let slash = p;
  while (slash < end && load<u8>(slash) !== 0x2f) slash++;
  const start = allocateForPolicy(20);
  if (start === 0) return 0;
  const address = start + 3;
  let n: u32 = 4;
  if (!parseIpv4(p, slash, address)) {
    if (!parseIpv6(p, slash, address)) return 0;
    n = 16;
  }
  const prefix = slash === end ? ((n << 3) as i32) : prefixLength(slash + 1, end, n << 3);
  if (prefix < 0) return 0;
  store<u16>(start, 0x05a1);
  store<u8>(start, 0x41 + n, 2);
  store<u8>(address + n, prefix);
  return range(start, address + n + 1);
}

// Of an ipaddr value at p: its bytes stand after the head, the prefix length after them.
function addressBytes(p: u32): u32 {
  return (load<u8>(p, 2) as u32) - 0x41;
}

function prefixOf(p: u32): u32 {
  return load<u8>(p + 3 + addressBytes(p));
}

export function isIpVersion(value: u64, bytes: u32): u64 {
  const p = startOf(value);
  return kindOf(p) === IPADDR ? boolean(addressBytes(p) === bytes) : 0;
}

// Whether the first `bits` bits of two addresses are the same.
function isSamePrefix(a: u32, b: u32, bits: u32): bool {
  for (; bits >= 8; bits -= 8, a++, b++) if (load<u8>(a) !== load<u8>(b)) return false;
  return bits === 0 || ((load<u8>(a) as u32) ^ (load<u8>(b) as u32)) >> (8 - bits) === 0;
}

export function isInRange(value: u64, network: u64): u64 {
  const p = startOf(value);
  const q = startOf(network);
  if (kindOf(p) !== IPADDR || kindOf(q) !== IPADDR) return 0;
  const within =
    addressBytes(p) === addressBytes(q) && prefixOf(p) >= prefixOf(q) && isSamePrefix(p + 3, q + 3, prefixOf(q));
  return boolean(within);
}

export function isLoopback(value: u64): u64 {
  const p = startOf(value);
  if (kindOf(p) !== IPADDR) return 0;
  if (addressBytes(p) === 4) return boolean(load<u8>(p, 3) === 127 && prefixOf(p) >= 8);
  return boolean(load<u64>(p, 3) === 0 && load<u64>(p, 11) === 0x0100000000000000 && prefixOf(p) === 128);
}

export function isMulticast(value: u64): u64 {
  const p = startOf(value);
  if (kindOf(p) !== IPADDR) return 0;
  const first: u32 = load<u8>(p, 3);
  return boolean(addressBytes(p) === 4 ? first >> 4 === 14 && prefixOf(p) >= 4 : first === 0xff && prefixOf(p) >= 8);
}

export function decimalLess(a: u64, b: u64, orEqual: bool): u64 {
  if (kindOf(startOf(a)) !== DECIMAL || kindOf(startOf(b)) !== DECIMAL) return 0;
  const x = numberIn(startOf(a));
  const y = numberIn(startOf(b));
  return boolean(orEqual ? x <= y : x < y);
}

export function offset(time: u64, by: u64): u64 {
  if (kindOf(startOf(time)) !== DATETIME || kindOf(startOf(by)) !== DURATION) return 0;
  const a = numberIn(startOf(time));
  const b = numberIn(startOf(by));
  const sum = a + b;
  return ((a ^ sum) & (b ^ sum)) < 0 ? 0 : makeNumber(DATETIME, sum);
}

export function durationSince(time: u64, before: u64): u64 {
  if (kindOf(startOf(time)) !== DATETIME || kindOf(startOf(before)) !== DATETIME) return 0;
  const a = numberIn(startOf(time));
  const b = numberIn(startOf(before));
  const difference = a - b;
  return ((a ^ b) & (a ^ difference)) < 0 ? 0 : makeNumber(DURATION, difference);
}

// The time of day: milliseconds since the last midnight, also before 1970.
function sinceMidnight(ms: i64): i64 {
  const rest = ms % DAY_MS;
  return rest < 0 ? rest + DAY_MS : rest;
}

export function toDate(time: u64): u64 {
  if (kindOf(startOf(time)) !== DATETIME) return 0;
  const ms = numberIn(startOf(time));
  const date = ms - sinceMidnight(ms);
  return date > ms ? 0 : makeNumber(DATETIME, date);
}

export function toTime(time: u64): u64 {
  return kindOf(startOf(time)) === DATETIME ? makeNumber(DURATION, sinceMidnight(numberIn(startOf(time)))) : 0;
}

/** A duration in whole units of `unit` milliseconds, towards zero. */
export function durationIn(value: u64, unit: i64): u64 {
  return kindOf(startOf(value)) === DURATION ? makeLong(numberIn(startOf(value)) / unit) : 0;
}
