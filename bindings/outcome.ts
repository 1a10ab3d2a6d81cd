// Owns: what an adapter may say of a call that was decided (SPEC §9.1), and its checks.
// Excludes: recording it, and whether its labels are the policy's.

import type { Amounts } from './event.ts';
import type { Ending } from './log/bodies.ts';
import { valueDigest } from './origins.ts';

/** What came of a call: what of it the adapter knows. No text of a result is recorded. */
export interface Outcome {
  ending?: Ending;
  bytes?: { in: number; out: number };
  /** SHA-256 of parts of the result, by their names: 1–64 characters of `a-z 0-9 : . _ -`. */
  parts?: Readonly<Record<string, Uint8Array>>;
  /** Labels that came back with the result and become the session's, or what the adapter counted. */
  event?: { labels: readonly string[] } | { counted: Amounts };
  /** Texts that the result held as values, so that a later call can be told to aim at one; the first 256 count. */
  values?: readonly string[];
}

const NAME = /^[a-z0-9:._-]{1,64}$/;
const ENDINGS = ['status', 'signal'];
const DIGEST_BYTES = 32;
const VALUES_MAX = 256;

/** @throws {TypeError | RangeError} on what an outcome cannot say */
export function checkOutcome({ ending, bytes, parts = {} }: Outcome): void {
  if (ending !== undefined && ending !== 'failed' && !ENDINGS.includes(Object.keys(ending).join(' '))) {
    throw new TypeError("an ending is 'failed', or has a status, or a signal");
  }
  const numbers = [
    ...(ending === undefined || ending === 'failed' ? [] : Object.values(ending)),
    ...(bytes === undefined ? [] : [bytes.in, bytes.out]),
  ];
  if (!numbers.every((number) => Number.isSafeInteger(number) && number >= 0)) {
    throw new RangeError('a status, a signal and a number of bytes are whole numbers from 0 on');
  }
  for (const [name, digest] of Object.entries(parts)) {
    if (!NAME.test(name)) throw new RangeError('a part has a name as labels have');
    if (!(digest instanceof Uint8Array)) throw new TypeError(`the digest of ${name} must be bytes`);
    if (digest.length !== DIGEST_BYTES) throw new RangeError(`the digest of ${name} is not of ${DIGEST_BYTES} bytes`);
  }
}

/** As they stand in an outcome. */
export function digestsOf(values: readonly string[]): Uint8Array[] {
  const digests = values.slice(0, VALUES_MAX).map(valueDigest);
  return digests.toSorted(Buffer.compare).filter((one, index, all) => index === 0 || !one.equals(all[index - 1]!));
}
