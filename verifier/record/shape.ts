// Owns: exact shapes of decoded CBOR: every key is there and no other, and each value has its type. A shape gives the
// value, typed.
// Excludes: the meaning of what it reads.
import { Refused, type Value } from './cbor.ts';
import { toHex } from './bytes.ts';
import { MS_BELOW, toMs } from './ms.ts';

/** The typed value, or throws `Refused`. `path`: for messages, such as `body.12[0]`. An `undefined` value is absent. */
export type Shape<T> = (value: Value | undefined, path: string) => T;

/** The value that passes `test`. `expected`: its name in messages. */
export function is<T extends Value>(expected: string, test: (value: Value | undefined) => value is T): Shape<T> {
  return (value, path) => {
    if (!test(value)) throw misfit(path, expected, value);
    return value;
  };
}

/** Exactly this text or number. */
export function exactly<const T extends string | number>(wanted: T): Shape<T> {
  return is(JSON.stringify(wanted), (value): value is T => value === wanted);
}

export const text = is('text', (value) => typeof value === 'string');

/** Text that is all of one pattern. `expected`: its name in messages. */
export function textOf(expected: string, pattern: RegExp): Shape<string> {
  return is(expected, (value): value is string => typeof value === 'string' && pattern.test(value));
}

/** What has the shape, or null. */
export function orNull<T>(of: Shape<T>): Shape<T | null> {
  return (value, path) => (value === null ? null : of(value, path));
}

export const bool = is('false or true', (value) => typeof value === 'boolean');

export function isDigest(value: Value | undefined): value is Uint8Array {
  return value instanceof Uint8Array && value.length === 32;
}
export const digest = is('32 bytes', isDigest);

export function byteString(least: number, most: number): Shape<Uint8Array> {
  return is(
    least === most ? `${most} bytes` : `${least} to ${most} bytes`,
    (value): value is Uint8Array => value instanceof Uint8Array && value.length >= least && value.length <= most,
  );
}

export function between(least: number, most: number): Shape<number> {
  return whole(`an integer ${least} to ${most}`, (value) => value >= least && value <= most, Number);
}

export const count = between(0, Number.MAX_SAFE_INTEGER);

/** A time. */
export const ms = whole('a time of 64 bits', (value) => value >= -MS_BELOW && value < MS_BELOW, toMs);

function whole<T>(
  expected: string,
  test: (value: number | bigint) => boolean,
  typed: (value: number | bigint) => T,
): Shape<T> {
  const shape = is(expected, (value): value is number | bigint => isWhole(value) && test(value));
  return (value, path) => typed(shape(value, path));
}

// cbor-x gives a bigint for a number that is encoded in eight bytes.
function isWhole(value: Value | undefined): value is number | bigint {
  return typeof value === 'bigint' || (typeof value === 'number' && Number.isSafeInteger(value));
}

export function list<T>(of: Shape<T>, least = 0, most = Infinity): Shape<T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw misfit(path, 'an array', value);
    if (value.length < least || value.length > most) {
      throw new Refused(0, `${path}: ${least} to ${most} elements`, `${value.length}`);
    }
    return value.map((element, index) => of(element, `${path}[${index}]`));
  };
}

/** Ascending in the order of SPEC §1, and nothing twice. `bytesOf`: what an element is ordered by. */
export function ascending<T>(of: Shape<T[]>, bytesOf: (element: T) => Uint8Array): Shape<T[]> {
  return (value, path) => {
    const elements = of(value, path);
    const keys = elements.map(bytesOf);
    const wrong = keys.findIndex((key, index) => index > 0 && order(keys[index - 1]!, key) >= 0);
    if (wrong < 0) return elements;
    throw new Refused(0, `${path}[${wrong}]: more than the element before`, 'less, or the same');
  };
}

// As the encoded byte strings or texts compare: the shorter comes first.
function order(a: Uint8Array, b: Uint8Array): number {
  if (a.length !== b.length) return a.length - b.length;
  const at = a.findIndex((byte, index) => byte !== b[index]);
  return at < 0 ? 0 : a[at]! - b[at]!;
}

export function tuple<T extends unknown[]>(...shapes: { [Index in keyof T]: Shape<T[Index]> }): Shape<T> {
  return (value, path) => {
    if (!Array.isArray(value) || value.length !== shapes.length) {
      throw misfit(path, `an array of ${shapes.length}`, value);
    }
    return shapes.map((shape, index) => shape(value[index], `${path}[${index}]`)) as T;
  };
}

/** A map from small numbers: the name of each value, the key it stands under, and its shape. */
export function fields<T extends object>(named: { [Name in keyof T]: readonly [number, Shape<T[Name]>] }): Shape<T> {
  const entries = Object.entries(named) as [string, readonly [number, Shape<unknown>]][];
  const known = new Set<Value>(entries.map(([, [key]]) => key));
  return (value, path) => {
    if (!(value instanceof Map)) throw misfit(path, 'a map', value);
    for (const key of value.keys()) if (!known.has(key)) throw misfit(path, 'no other key', key);
    return Object.fromEntries(
      entries.map(([name, [key, shape]]) => [name, shape(value.get(key), `${path}.${key}`)]),
    ) as T;
  };
}

/** Whether a value has the shape. */
export function fits(shape: Shape<unknown>, value: Value): boolean {
  try {
    shape(value, '');
    return true;
  } catch (thrown) {
    if (thrown instanceof Refused) return false;
    throw thrown;
  }
}

function misfit(path: string, expected: string, found: Value | undefined): Refused {
  return new Refused(0, `${path}: ${expected}`, show(found));
}

// Enough to recognise a value by. Its length is bounded, since the value comes from an untrusted log.
function show(value: Value | undefined): string {
  if (value === undefined) return 'nothing';
  if (value instanceof Uint8Array) {
    return `${value.length} bytes ${toHex(value.subarray(0, 8))}${value.length > 8 ? '...' : ''}`;
  }
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (value instanceof Map) return `a map of ${value.size}`;
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : String(value);
}
