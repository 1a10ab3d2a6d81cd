// Owns: the form of a state, which records of headers and snapshots hold: SPEC §6.5.
// Excludes: whether it is the right one: the digests in the records before it say so.
import type { Value } from './cbor.ts';
import { Refused, checkCbor, decodeCbor } from './cbor.ts';
import { STATE_BYTES_MAX } from './limits.ts';
import { between, byteString, count, digest, fields, list, text, tuple } from './shape.ts';
import type { Shape } from './shape.ts';
import { selector } from './event.ts';

const LEVELS_MAX = 9;
const USES_MAX = 64;
const APPROVALS_MAX = 32;
const REVOKED_MAX = 64;

const parts = fields({
  version: [0, count],
  requests: [1, count],
  blocked: [2, count],
  labels: [3, list(text)],
  refused: [4, list(count, 0, LEVELS_MAX)],
  recent: [5, between(0, 2 ** 32 - 1)],
  uses: [6, list(tuple(digest, count), 0, USES_MAX)],
  approvals: [7, list(tuple(digest, count), 0, APPROVALS_MAX)],
  revoked: [8, list(digest, 0, REVOKED_MAX)],
  counted: [9, tuple(count, count, count)],
  surprising: [10, count],
  selectors: [11, list(selector, 0, APPROVALS_MAX)],
});
const content = byteString(0, STATE_BYTES_MAX);

export interface State {
  bytes: Uint8Array;
  /** How many decisions and events came before. */
  version: number;
}

/** The bytes of a state. */
export const state: Shape<State> = (value: Value | undefined, path) => {
  const bytes = content(value, path);
  const fault = checkCbor(bytes);
  if (fault) throw new Refused(0, `${path}: ${fault.expected} at byte ${fault.offset}`, fault.found);
  return { bytes, version: parts(decodeCbor(bytes), path).version };
};
