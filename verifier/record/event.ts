// Owns: the form of an event, which the engine takes into a session's state: SPEC §6.6.
// Excludes: the event's effect, which the engine's `note` computes.
import { utf8 } from './bytes.ts';
import { readCbor, type Value } from './cbor.ts';
import { ascending, between, count, digest, exactly, fields, list, orNull, text, textOf, tuple } from './shape.ts';
import type { Shape } from './shape.ts';

const USES_MAX = 2 ** 32 - 1;

export const label = textOf('a label of 1 to 64 characters', /^[a-z0-9:._-]{1,64}$/);
const entity = fields({ type: [0, text], id: [1, text] });
export const selector = tuple(entity, entity, digest, orNull(text), between(1, USES_MAX), count);

// By the number that an event begins with.
const EVENTS: Shape<unknown[]>[] = [
  tuple(exactly(0), digest, count, count),
  tuple(exactly(1), digest),
  tuple(exactly(2), ascending(list(label, 1), utf8)),
  tuple(exactly(3), tuple(count, count, count)),
  tuple(exactly(4), selector, count),
];
// Where the time of an event stands that has one.
const TIMES = new Map([
  [0, 3],
  [4, 2],
]);

export interface Event {
  type: number;
  bytes: Uint8Array;
  /** When it took place, in milliseconds since 1970; undefined of an event without time. */
  timeMs: number | undefined;
}

/** The event in the bytes, or undefined if they are none. Throws `Refused` where only its form is wrong. */
export function readEvent(bytes: Value | undefined, path: string): Event | undefined {
  const read = bytes instanceof Uint8Array ? readCbor(bytes) : undefined;
  if (!read || !('value' in read) || !Array.isArray(read.value)) return undefined;
  const type = Number(read.value[0]);
  const shape = EVENTS[type];
  if (!shape) return undefined;
  const at = TIMES.get(type);
  const parts = shape(read.value, path);
  return { type, bytes: bytes as Uint8Array, timeMs: at === undefined ? undefined : Number(parts[at]) };
}
