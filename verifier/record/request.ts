// Owns: the form of a recorded request or transaction (SPEC §3), and what the checks of a record take from it. This is
// done for every decision, so no values are made.
// Excludes: the content of contexts and entities, which the engine reads.
import { compareItems, Refused } from './cbor.ts';
import type { Cursor } from './cbor.ts';
import type { Ms } from './ms.ts';

const PAIRS_MIN = 6;
const PAIRS_MAX = 8;
const TRANSACTION_MIN = 2;
const TRANSACTION_MAX = 16;
const DIGEST_BYTES = 32;
const TRUE = 0xf5;
// {6: h'32 bytes'}
const COMMITMENT = Uint8Array.of(0xa1, 0x06, 0x58, 0x20);
export const COMMITMENT_BYTES = COMMITMENT.length + DIGEST_BYTES;

/** What stands in place of a value that was redacted: SPEC §9.6. */
export function isCommitment(bytes: Uint8Array, at: number, end: number): boolean {
  if (at + COMMITMENT_BYTES > end) return false;
  for (let i = 0; i < COMMITMENT.length; i++) if (bytes[at + i] !== COMMITMENT[i]) return false;
  return true;
}

/** What was asked, as recorded. Offsets are into the cursor's bytes. */
export interface Asked {
  /** How many requests; 0 if the bytes are neither a request nor a transaction, and then nothing else is known. */
  requests: number;
  /** Of the digest of the layer set that is named. */
  authority: number;
  timeMs: Ms;
  /** Attributes of contexts: sensitive ones that stand open, and commitments for sensitive and for other ones. */
  open: number;
  covered: number;
  stray: number;
}

export class RequestReader {
  readonly #sensitive: readonly Uint8Array[];
  // Of the request read last: its principal, and what follows its context, which all of a transaction have in common.
  #principal = 0;
  #principalEnd = 0;
  #rest = 0;
  readonly #asked: Asked = { requests: 0, authority: 0, timeMs: 0, open: 0, covered: 0, stray: 0 };

  /** `sensitive`: names of attributes, in UTF-8. */
  constructor(sensitive: readonly Uint8Array[]) {
    this.#sensitive = sensitive;
  }

  /** One object, used for many. */
  read(cursor: Cursor, start: number, end: number): Asked {
    const asked = this.#asked;
    asked.open = asked.covered = asked.stray = asked.requests = 0;
    cursor.over(start, end);
    try {
      const requests = cursor.isArray() ? this.#transaction(cursor) : this.#request(cursor, 1);
      cursor.finish();
      asked.requests = requests;
    } catch (thrown) {
      if (!(thrown instanceof Refused)) throw thrown;
    }
    return asked;
  }

  #transaction(cursor: Cursor): number {
    const { at, bytes } = cursor;
    const requests = cursor.array();
    if (requests < TRANSACTION_MIN || requests > TRANSACTION_MAX) throw new Refused(at, 'a transaction', 'an array');
    for (let i = 0, principal = 0, principalEnd = 0, rest = 0, restEnd = 0; i < requests; i++) {
      this.#request(cursor, 2);
      const isSame =
        compareItems(bytes, principal, principalEnd, this.#principal, this.#principalEnd) === 0 &&
        compareItems(bytes, rest, restEnd, this.#rest, cursor.at) === 0;
      if (i > 0 && !isSame) throw new Refused(at, 'requests of one transaction', 'others');
      [principal, principalEnd, rest, restEnd] = [this.#principal, this.#principalEnd, this.#rest, cursor.at];
    }
    return requests;
  }

  #request(cursor: Cursor, depth: number): 1 {
    const { at } = cursor;
    let pairs = cursor.map();
    if (pairs < PAIRS_MIN || pairs > PAIRS_MAX) throw new Refused(at, 'a request', `a map of ${pairs}`);
    cursor.key(0);
    this.#principal = cursor.at;
    readEntity(cursor);
    this.#principalEnd = cursor.at;
    cursor.key(1);
    readEntity(cursor);
    cursor.key(2);
    readEntity(cursor);
    cursor.key(3);
    this.#context(cursor, depth + 1);
    this.#rest = cursor.at;
    cursor.key(4);
    cursor.byteString('the authority', DIGEST_BYTES, DIGEST_BYTES);
    this.#asked.authority = cursor.content;
    cursor.key(5);
    this.#asked.timeMs = cursor.ms();
    pairs -= PAIRS_MIN;
    if (pairs > 0 && cursor.bytes[cursor.at] === 6) {
      cursor.key(6);
      if (!cursor.isArray()) throw new Refused(cursor.at, 'entities', 'none');
      cursor.skip(depth);
      pairs--;
    }
    if (pairs > 0) {
      cursor.key(7);
      if (cursor.bytes[cursor.at] !== TRUE) throw new Refused(cursor.at, 'true', cursor.found());
      cursor.bool();
      pairs--;
    }
    if (pairs > 0) throw new Refused(cursor.at, 'the end', 'another key');
    return 1;
  }

  #context(cursor: Cursor, depth: number): void {
    const { bytes } = cursor;
    let [name, nameEnd] = [0, 0];
    for (let left = cursor.map(); left > 0; left--) {
      const at = cursor.at;
      cursor.textString();
      if (nameEnd > 0 && compareItems(bytes, name, nameEnd, at, cursor.at) >= 0) {
        throw new Refused(at, 'names ascending', 'another order');
      }
      [name, nameEnd] = [at, cursor.at];
      this.#mark(bytes, cursor.content, cursor.at, isCommitment(bytes, cursor.at, cursor.end));
      cursor.skip(depth);
    }
  }

  #mark(bytes: Uint8Array, name: number, end: number, committed: boolean): void {
    let isSensitive = false;
    for (const wanted of this.#sensitive) {
      if (wanted.length !== end - name) continue;
      let at = 0;
      while (at < wanted.length && bytes[name + at] === wanted[at]) at++;
      if (at === wanted.length) isSensitive = true;
    }
    if (isSensitive && committed) this.#asked.covered++;
    else if (isSensitive) this.#asked.open++;
    else if (committed) this.#asked.stray++;
  }
}

export function readEntity(cursor: Cursor): void {
  cursor.mapOf(2);
  cursor.key(0);
  cursor.textString();
  cursor.key(1);
  cursor.textString();
}
