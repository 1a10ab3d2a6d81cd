// Owns: JSON text with the integers it states. JSON.parse alone rounds those beyond 2^53; Cedar's Long has 64 bits.

// No 64-bit integer has more digits; longer ones are not worth converting.
const INTEGER = /^-?\d{1,20}$/;

/**
 * The value of a JSON text: integers as numbers where safe, else as bigints; other numbers are NaN.
 * @throws {SyntaxError}
 */
export function parseExactJson(text: string): unknown {
  return JSON.parse(text, (_name, value: unknown, context?: { source: string }) =>
    typeof value === 'number' ? exactInteger(context!.source) : value,
  );
}

/** The integer a JSON number states; NaN, which no request may hold, if it states a fraction or an exponent. */
export function exactInteger(source: string): number | bigint {
  if (!INTEGER.test(source)) return Number.NaN;
  const value = Number(source);
  return Number.isSafeInteger(value) ? value : BigInt(source);
}
