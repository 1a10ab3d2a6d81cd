// Owns: the events that people make while a session runs, as the bytes `note` takes (SPEC §6.6).

import { CborWriter } from './cbor-writer.ts';

/** An approval of what a digest names, or the revocation of a grant by the digest of its token. */
export type Event = { approve: Uint8Array; expiresMs: number; timeMs: number } | { revoke: Uint8Array };

const EVENT_BYTES_MAX = 64;

export function encodeEvent(event: Event): Uint8Array {
  const writer = new CborWriter(new Uint8Array(EVENT_BYTES_MAX));
  if ('approve' in event) {
    writer.array(4);
    writer.int(0);
    writer.bytes(event.approve);
    writer.int(event.expiresMs);
    writer.int(event.timeMs);
  } else {
    writer.array(2);
    writer.int(1);
    writer.bytes(event.revoke);
  }
  return writer.written();
}
