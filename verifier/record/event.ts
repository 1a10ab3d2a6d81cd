// Owns: the form of an event, which is something that a person says while a session runs: SPEC §6.6.
// Excludes: the event's effect, which the engine's `note` computes.
import { decodeCbor, readCbor, type Value } from './cbor.ts';
import { digest, exactly, fits, is, tuple } from './shape.ts';

// cbor-x gives a bigint for a number that is encoded in eight bytes.
const time = is(
  'a time from 0 to 2^53 - 1',
  (value): value is number | bigint =>
    (typeof value === 'number' || typeof value === 'bigint') && value >= 0 && value <= Number.MAX_SAFE_INTEGER,
);
const APPROVAL = tuple(exactly(0), digest, time, time);
const REVOCATION = tuple(exactly(1), digest);

/** When an approval was given, in milliseconds since 1970; undefined of a revocation. */
export function eventMs(event: Uint8Array): number | undefined {
  const [, , , timeMs] = decodeCbor(event) as Value[];
  return timeMs === undefined ? undefined : Number(timeMs);
}

/** Whether the value is the bytes of an event. */
export function isEvent(value: Value | undefined): value is Uint8Array {
  if (!(value instanceof Uint8Array)) return false;
  const read = readCbor(value);
  return 'value' in read && (fits(APPROVAL, read.value) || fits(REVOCATION, read.value));
}
