// What people say while a session runs, as the engine's `note` takes it: SPEC §6.6.
import { readCbor } from './cbor.ts';
import { between, digest, integer, is, tuple } from './shape.ts';

const APPROVAL = tuple(
  is('0', (value) => value === 0),
  digest,
  between(0, Number.MAX_SAFE_INTEGER),
  integer,
);
const REVOCATION = tuple(
  is('1', (value) => value === 1),
  digest,
);

/** Whether the bytes are an event. */
export function isEvent(bytes: Uint8Array): boolean {
  const read = readCbor(bytes);
  return 'value' in read && (!APPROVAL(read.value, '') || !REVOCATION(read.value, ''));
}
