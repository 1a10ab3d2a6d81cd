// Owns: whether the tag of one record is right (SPEC §9.1), for records that are read alone. Those of a segment are
// checked in bulk (sha256/hasher.ts).
import { concat, same } from '../record/bytes.ts';
import { TAG_HEAD_BYTES } from '../record/frame.ts';
import type { Frame } from '../record/frame.ts';
import { macUnder } from '../sha256/native.ts';
import { macKey } from './keys.ts';

// The array ["MAC0", protected, previous, payload], of which all but the start and the tag before lie in the record.
const MAC0 = Uint8Array.of(0x84, 0x64, 0x4d, 0x41, 0x43, 0x30);
const START_BYTES = 2;
const UNPROTECTED_BYTES = 1;

/** `previous`: the tag before; no bytes if there is none. `epochKey`: K of the record's epoch. */
export function isTagged(record: Uint8Array, frame: Frame, previous: Uint8Array, epochKey: Uint8Array): boolean {
  const before = previous.length === 0 ? Uint8Array.of(0x40) : concat(Uint8Array.of(0x58, previous.length), previous);
  const right = macUnder(macKey(epochKey))([
    MAC0,
    record.subarray(frame.start + START_BYTES, frame.payloadHead - UNPROTECTED_BYTES),
    before,
    record.subarray(frame.payloadHead, frame.tag - TAG_HEAD_BYTES),
  ]);
  return same(right, record.subarray(frame.tag, frame.end));
}
