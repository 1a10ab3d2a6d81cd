// Owns: times of a log, and how far apart they are: SPEC §9.1.1.

/** Milliseconds since 1970, an i64: a number where that is exact, else a bigint. The two compare exactly. */
export type Ms = number | bigint;

/** One beyond the greatest i64. */
export const MS_BELOW = 2n ** 63n;

export function toMs(value: Ms): Ms {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Whether `later` is more than `byMs` after `earlier`. */
export function isLater(later: Ms, earlier: Ms, byMs: number): boolean {
  if (typeof later === 'number' && typeof earlier === 'number') return later - earlier > byMs;
  return BigInt(later) - BigInt(earlier) > byMs;
}

/** The time so much later; undefined if there is none. */
export function msAfter(earlier: Ms, byMs: number): Ms | undefined {
  const sum = BigInt(earlier) + BigInt(byMs);
  return sum < MS_BELOW ? toMs(sum) : undefined;
}
