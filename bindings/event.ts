// Owns: the events of SPEC §6.6 as bytes: what people say of grants while a session runs, and the engine's `note`
// takes.
// Trusts: nothing; bytes that are no event throw. Excludes: checking the sender's right to it.

import { CborWriter } from './cbor-writer.ts';
import type { EntityUid } from './request.ts';

const DIGEST_BYTES = 32;
/** What a session's labels or a selector may take at most, with room. */
const EVENT_BYTES_MAX = 49_152;
const COUNT_MAX = Number.MAX_SAFE_INTEGER;

/** What a decision named as its `approval` may be done once, until it expires. `timeMs` is the mediator's time. */
interface Approval {
  /** 32 bytes. */
  approval: Uint8Array;
  expiresMs: number;
  timeMs: number;
}

/** @throws {TypeError} unless `approval` is 32 bytes; {RangeError} unless the times are whole and from 1970 on */
export function encodeApproval({ approval, expiresMs, timeMs }: Approval): Uint8Array {
  checkDigest(approval, 'approval');
  checkTime(expiresMs, 'expiresMs');
  checkTime(timeMs, 'timeMs');
  const writer = begin(4, 0);
  writer.bytes(approval);
  writer.int(expiresMs);
  writer.int(timeMs);
  return writer.written();
}

/** Takes back the grant with this token digest. @throws {TypeError} unless `subject` is 32 bytes */
export function encodeRevocation(subject: Uint8Array): Uint8Array {
  checkDigest(subject, 'subject');
  const writer = begin(2, 1);
  writer.bytes(subject);
  return writer.written();
}

/** What an adapter counted; whole numbers from 0 on. */
export interface Amounts {
  tokens: number;
  modelRequests: number;
  spend: number;
}

/** Labels that came back with a result. @throws {RangeError} unless there are some, and they fit */
export function encodeLabels(labels: readonly string[]): Uint8Array {
  if (labels.length === 0) throw new RangeError('labels must be one or more');
  const writer = begin(2, 2);
  const head = writer.position;
  writer.array(labels.length);
  const starts = labels.map((label) => {
    const start = writer.position;
    if (!writer.text(label)) throw new TypeError('a label must be Unicode text');
    return start;
  });
  writer.order(head, starts);
  return writer.written();
}

/** @throws {RangeError} unless the amounts are whole and from 0 on */
export function encodeAmounts({ tokens, modelRequests, spend }: Amounts): Uint8Array {
  const writer = begin(2, 3);
  writer.array(3);
  for (const [name, amount] of Object.entries({ tokens, modelRequests, spend })) {
    if (!Number.isInteger(amount) || amount < 0 || amount > COUNT_MAX)
      throw new RangeError(`${name} must be a whole number from 0 on`);
    writer.int(amount);
  }
  return writer.written();
}

/**
 * An approval of every request of this action on what is `within` or in it, at one level, so many times. `subject`: 32
 * bytes, those of a layer, or zeros for the organisation's policy. `content`: what the request states as such, or null.
 */
export interface Selector {
  action: EntityUid;
  within: EntityUid;
  subject: Uint8Array;
  content: string | null;
  uses: number;
  expiresMs: number;
  /** The mediator's time. */
  timeMs: number;
}

const USES_MAX = 2 ** 32 - 1;

/** @throws {TypeError | RangeError} on a part that is none */
export function encodeSelector(selector: Selector): Uint8Array {
  const { action, within, subject, content, uses, expiresMs, timeMs } = selector;
  checkDigest(subject, 'subject');
  if (!Number.isInteger(uses) || uses < 1 || uses > USES_MAX) throw new RangeError(`uses must be 1-${USES_MAX}`);
  checkTime(expiresMs, 'expiresMs');
  checkTime(timeMs, 'timeMs');
  const writer = begin(3, 4);
  writer.array(6);
  for (const { type, id } of [action, within]) {
    writer.map(2);
    writeText(writer.key(0), type);
    writeText(writer.key(1), id);
  }
  writer.bytes(subject);
  if (content === null) writer.null();
  else writeText(writer, content);
  writer.int(uses);
  writer.int(expiresMs);
  writer.int(timeMs);
  return writer.written();
}

function writeText(writer: CborWriter, text: string): void {
  if (!writer.text(text)) throw new TypeError('a selector must be of Unicode text');
}

function begin(length: number, kind: number): CborWriter {
  const writer = new CborWriter(new Uint8Array(EVENT_BYTES_MAX));
  writer.array(length);
  writer.int(kind);
  return writer;
}

function checkDigest(digest: Uint8Array, name: string): void {
  if (!(digest instanceof Uint8Array) || digest.length !== DIGEST_BYTES) {
    throw new TypeError(`${name} must be ${DIGEST_BYTES} bytes`);
  }
}

function checkTime(timeMs: number, name: string): void {
  if (!Number.isSafeInteger(timeMs) || timeMs < 0) throw new RangeError(`${name} must be a whole number from 0 on`);
}
