// Exact integers. Cedar's JSON form of a policy carries numbers as doubles and so rounds integers beyond 2^53; a pool
// puts a small stand-in for every long literal before the text is parsed and gives the exact value back afterwards.
// Trusts that where a literal is beyond i64, Cedar is asked about the text as it is too.

import type { Token } from './tokens.ts';

/** Literals shorter than this are below 10^15 and exact in a double. */
const POOLED_DIGITS_MIN = 16;

/** Sixteen digits, so no literal that stays in the text can equal a stand-in. */
const FIRST_STAND_IN = 1_000_000_000_000_000;

export interface PooledText {
  text: string;
  /** The exact value of a number found in the parsed text. */
  exact(number: number): bigint;
}

const LONG_MAX = 2n ** 63n - 1n;

/** Whether Cedar may refuse a literal that its stand-in hides: 2^63 is one behind a minus only. */
export function isBeyondLong({ kind, text }: Token): boolean {
  return kind === 'integer' && text.length >= POOLED_DIGITS_MIN && BigInt(text) > LONG_MAX;
}

/**
 * Replaces long integer literals by stand-ins of at most 16 digits.
 * @param words the words of the text, whose offsets count from `base` before it
 */
export function poolIntegers(text: string, words: Token[], base: number): PooledText {
  const values: bigint[] = [];
  let pooled = '';
  let copied = 0;
  for (const { kind, text: digits, start } of words) {
    if (kind !== 'integer' || digits.length < POOLED_DIGITS_MIN) continue;
    pooled += text.slice(copied, start - base) + String(FIRST_STAND_IN + values.length);
    copied = start - base + digits.length;
    values.push(BigInt(digits));
  }
  return {
    text: pooled + text.slice(copied),
    exact(number) {
      const value = values[Math.abs(number) - FIRST_STAND_IN];
      if (value === undefined) return BigInt(number);
      return number < 0 ? -value : value;
    },
  };
}
