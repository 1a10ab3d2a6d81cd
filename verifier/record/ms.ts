// Owns: times of a log, and how far apart they are: SPEC §9.1.1.

/** Milliseconds since 1970, an i64: a number where that is exact, else a bigint. The two compare exactly. */
export type Ms = number | bigint;

/** One beyond the greatest i64. */
export const MS_BELOW = 2n ** 63n;

/** How long before its record a request may have been made. */
const REQUEST_AGE_MAX_MS = 60_000;

export function toMs(value: Ms): Ms {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Whether a request of this time is too old for a record of this time. */
export function isTooOld(requestMs: Ms, recordMs: Ms): boolean {
  if (typeof requestMs === 'number' && typeof recordMs === 'number') return recordMs - requestMs > REQUEST_AGE_MAX_MS;
  return BigInt(recordMs) - BigInt(requestMs) > REQUEST_AGE_MAX_MS;
}
