// Owns: arithmetic on Longs and the order of numbers, as Cedar has them. An operation answers with a value, or 0: an
// error of Cedar's. Trusts: its values. Excludes: decimals (extension.ts).

import { BOOL, DATETIME, DURATION, LONG, boolean, isTrue, kindOf, longAt, makeLong, numberIn, startOf } from './value';

export function negate(value: u64): u64 {
  if (kindOf(startOf(value)) !== LONG) return 0;
  const x = longAt(startOf(value));
  return x === i64.MIN_VALUE ? 0 : makeLong(-x);
}

export function not(value: u64): u64 {
  return kindOf(startOf(value)) === BOOL ? boolean(!isTrue(startOf(value))) : 0;
}

/** `<`, or with `orEqual` `<=`, on two Longs, datetimes or durations. */
export function less(a: u64, b: u64, orEqual: bool): u64 {
  const kind = kindOf(startOf(a));
  if (kindOf(startOf(b)) !== kind) return 0;
  let x: i64 = 0;
  let y: i64 = 0;
  if (kind === LONG) {
    x = longAt(startOf(a));
    y = longAt(startOf(b));
  } else if (kind === DATETIME || kind === DURATION) {
    x = numberIn(startOf(a));
    y = numberIn(startOf(b));
  } else {
    return 0;
  }
  return boolean(orEqual ? x <= y : x < y);
}

function areLongs(a: u64, b: u64): bool {
  return kindOf(startOf(a)) === LONG && kindOf(startOf(b)) === LONG;
}

export function add(a: u64, b: u64): u64 {
  if (!areLongs(a, b)) return 0;
  const x = longAt(startOf(a));
  const y = longAt(startOf(b));
  const sum = x + y;
  return ((x ^ sum) & (y ^ sum)) < 0 ? 0 : makeLong(sum);
}

export function subtract(a: u64, b: u64): u64 {
  if (!areLongs(a, b)) return 0;
  const x = longAt(startOf(a));
  const y = longAt(startOf(b));
  const difference = x - y;
  return ((x ^ y) & (x ^ difference)) < 0 ? 0 : makeLong(difference);
}

export function multiply(a: u64, b: u64): u64 {
  if (!areLongs(a, b)) return 0;
  const x = longAt(startOf(a));
  const y = longAt(startOf(b));
  if (x === 0 || y === 0) return makeLong(0);
  if ((x === -1 && y === i64.MIN_VALUE) || (y === -1 && x === i64.MIN_VALUE)) return 0;
  // A product that leaves i64 does not give x back when it is divided by y.
  const product = x * y;
  return product / y === x ? makeLong(product) : 0;
}
