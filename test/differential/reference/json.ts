// Owns: reading JSON without losing integers. Trusts nothing. Excludes: what the values mean (values-from-json.ts).

/** JSON as Cedar writes it: every number is an i64 integer, kept as a bigint. */
export type Json = null | boolean | bigint | string | Json[] | { [key: string]: Json };

function exactIntegers(_key: string, value: unknown, { source }: { source: string }): unknown {
  if (typeof value !== 'number') return value;
  if (!/^-?\d+$/.test(source)) throw new SyntaxError(`not an integer: ${source}`);
  return BigInt(source);
}

/** Parses JSON; integers become bigints. Any other number is a SyntaxError: Cedar has none. */
export function parseJson(text: string): Json {
  // The library types do not know the reviver's third argument yet.
  return JSON.parse(text, exactIntegers as (key: string, value: unknown) => unknown) as Json;
}

/** The inverse: bigints are written as integers. */
export function stringifyJson(value: unknown): string {
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return `[${value.map(stringifyJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${stringifyJson(member)}`).join(',')}}`;
}

/** True if some integer cannot pass through a JavaScript number (which the oracle's interface uses). */
export function hasUnsafeInteger(value: Json): boolean {
  if (typeof value === 'bigint') return !Number.isSafeInteger(Number(value));
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some(hasUnsafeInteger);
}
