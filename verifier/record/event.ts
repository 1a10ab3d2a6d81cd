// What people say while a session runs, as the engine's `note` takes it: SPEC §6.6.
import { readCbor } from './cbor.ts';
import { digest, integer, is, tuple } from './shape.ts';

// cbor-x gives a bigint for whatever is encoded in eight bytes.
const expiry = is(
  'an expiry',
  (value) => (typeof value === 'number' || typeof value === 'bigint') && value >= 0 && value <= Number.MAX_SAFE_INTEGER,
);
const APPROVAL = tuple(
  is('0', (value) => value === 0),
  digest,
  expiry,
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
