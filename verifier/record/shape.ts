// Exact shapes of decoded CBOR: every key there, no other, each of its type. Knows nothing of what the shapes are for.
import type { Value } from './cbor.ts';
import { toHex } from './bytes.ts';

/** What does not fit, `path` in words such as `body.12[0]`. */
export interface Misfit {
  path: string;
  expected: string;
  found: string;
}

/** `undefined` stands for what is not there, and fits nothing. */
export type Shape = (value: Value | undefined, path: string) => Misfit | undefined;

/** A value passing `test`, called `expected` in messages. */
export function is(expected: string, test: (value: Value | undefined) => boolean): Shape {
  return (value, path) => (test(value) ? undefined : { path, expected, found: show(value) });
}

export const text = is('text', (value) => typeof value === 'string');
// cbor-x gives a bigint beyond 2^53; a number beyond it would be a float.
export const integer = is('an integer', (value) => typeof value === 'bigint' || Number.isSafeInteger(value));
export const digest = is('32 bytes', (value) => value instanceof Uint8Array && value.length === 32);

export function between(least: number, most: number): Shape {
  return is(
    `an integer ${least} to ${most}`,
    (value) => Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most,
  );
}

export function byteString(most: number): Shape {
  return is(`at most ${most} bytes`, (value) => value instanceof Uint8Array && value.length <= most);
}

export function list(of: Shape, least = 0, most = Infinity): Shape {
  return (value, path) => {
    if (!Array.isArray(value)) return { path, expected: 'an array', found: show(value) };
    if (value.length < least || value.length > most) {
      return { path, expected: `${least} to ${most} elements`, found: `${value.length}` };
    }
    return firstMisfit(value, (element, index) => of(element, `${path}[${index}]`));
  };
}

export function tuple(...shapes: Shape[]): Shape {
  return (value, path) => {
    if (!Array.isArray(value) || value.length !== shapes.length) {
      return { path, expected: `an array of ${shapes.length}`, found: show(value) };
    }
    return firstMisfit(shapes, (shape, index) => shape(value[index], `${path}[${index}]`));
  };
}

export function map(shapes: ReadonlyMap<number, Shape>): Shape {
  return (value, path) => {
    if (!(value instanceof Map)) return { path, expected: 'a map', found: show(value) };
    for (const key of value.keys()) {
      if (!shapes.has(key as number)) return { path, expected: 'no other key', found: show(key) };
    }
    return firstMisfit([...shapes], ([key, shape]) => shape(value.get(key), `${path}.${key}`));
  };
}

function firstMisfit<T>(items: readonly T[], check: (item: T, index: number) => Misfit | undefined) {
  for (const [index, item] of items.entries()) {
    const misfit = check(item, index);
    if (misfit) return misfit;
  }
  return undefined;
}

// Enough to recognise a value by; what a log holds is untrusted, so its length is bounded.
function show(value: Value | undefined): string {
  if (value === undefined) return 'nothing';
  if (value instanceof Uint8Array) {
    return `${value.length} bytes ${toHex(value.subarray(0, 8))}${value.length > 8 ? '...' : ''}`;
  }
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (value instanceof Map) return `a map of ${value.size}`;
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : String(value);
}
