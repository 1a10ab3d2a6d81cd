// Owns: redacted requests and their disclosures: SPEC §9.6. The commitments in a record prove its disclosure.
import { concat, same, toHex } from '../record/bytes.ts';
import { Cursor, Refused } from '../record/cbor.ts';
import type { Finding } from '../record/finding.ts';
import { malformed, tampered } from '../record/finding.ts';
import { DISCLOSURE_BYTES_MAX, REQUEST_BYTES_MAX } from '../record/limits.ts';
import { sha256 } from '../sha256/native.ts';

const SALT_BYTES = 16;
const DIGEST_BYTES = 32;
const CONTEXT = 3;
// The first bytes of [salt, name, value].
const OPENING = Uint8Array.of(0x83, 0x40 + SALT_BYTES);
const NO_NAME = new Uint8Array();
// {6: h'32 bytes'}
const COMMITMENT = Uint8Array.of(0xa1, 0x06, 0x58, 0x20);
const COMMITMENT_BYTES = COMMITMENT.length + DIGEST_BYTES;

/** A commitment in recorded bytes. `name`: of its attribute, in UTF-8; undefined where the bytes are no request. */
interface Commitment {
  at: number;
  name: Uint8Array | undefined;
}

/** The commitments in a redacted request as recorded. Throws `Refused` if the bytes are not of that shape. */
function commitments(recorded: Uint8Array): Commitment[] {
  if (recorded.length === COMMITMENT_BYTES && isCommitment(recorded, 0)) return [{ at: 0, name: undefined }];
  const cursor = new Cursor(recorded);
  cursor.over(0, recorded.length);
  cursor.skip();
  cursor.finish();
  cursor.over(0, recorded.length);
  const found: Commitment[] = [];
  for (let requests = cursor.isArray() ? cursor.array() : 1; requests > 0; requests--) inRequest(cursor, found);
  if (found.length === 0) throw new Refused(0, 'a commitment', 'none');
  return found;
}

function inRequest(cursor: Cursor, found: Commitment[]): void {
  for (let pairs = cursor.map(); pairs > 0; pairs--) {
    const isContext = cursor.bytes[cursor.at] === CONTEXT;
    cursor.skip();
    if (!isContext) {
      cursor.skip();
      continue;
    }
    for (let attributes = cursor.map(); attributes > 0; attributes--) {
      cursor.textString();
      const name = cursor.bytes.slice(cursor.content, cursor.at);
      if (isCommitment(cursor.bytes, cursor.at)) found.push({ at: cursor.at, name });
      cursor.skip();
    }
  }
}

function isCommitment(bytes: Uint8Array, at: number): boolean {
  return COMMITMENT.every((byte, i) => bytes[at + i] === byte);
}

interface Disclosure {
  seq: number;
  /** Where the item starts in its file. */
  offset: number;
  salt: Uint8Array;
  values: { name: Uint8Array; salt: Uint8Array; nameItem: Uint8Array; value: Uint8Array }[];
}

/** The exact bytes of the request that was redacted to `recorded`, or the fault of its disclosure. */
function disclose(
  disclosure: Disclosure,
  recorded: Uint8Array,
  places: Commitment[],
  salted: Uint8Array,
): Uint8Array | Finding {
  const wrong = (expected: string, found: string) => tampered(disclosure.offset, expected, found);
  if (places.length !== disclosure.values.length)
    return wrong(`${places.length} values`, `${disclosure.values.length}`);
  const parts: Uint8Array[] = [];
  let done = 0;
  for (const [index, { at, name }] of places.entries()) {
    const given = disclosure.values[index]!;
    if (!same(given.name, name ?? NO_NAME))
      return wrong(`the name h'${toHex(name ?? NO_NAME)}'`, `h'${toHex(given.name)}'`);
    const committed = recorded.subarray(at + COMMITMENT.length, at + COMMITMENT_BYTES);
    const opened = sha256(OPENING, given.salt, given.nameItem, given.value);
    if (!same(opened, committed)) return wrong(`a value of commitment ${toHex(committed)}`, `of ${toHex(opened)}`);
    parts.push(recorded.subarray(done, at), name ? given.value : contentOf(given.value));
    done = at + COMMITMENT_BYTES;
  }
  const exact = concat(...parts, recorded.subarray(done));
  const digest = sha256(disclosure.salt, exact);
  if (!same(digest, salted)) return wrong(`a request of salted digest ${toHex(salted)}`, toHex(digest));
  return exact;
}

// The content of a byte string. Any other item stays as it is, and then the salted digest does not match.
function contentOf(item: Uint8Array): Uint8Array {
  const cursor = new Cursor(item);
  cursor.over(0, item.length);
  try {
    cursor.byteString('the bytes', 0, REQUEST_BYTES_MAX);
    return item.subarray(cursor.content, cursor.at);
  } catch {
    return item;
  }
}

/**
 * Reads the disclosures of one segment beside its records. It holds one chunk, and the bytes of the longest disclosure.
 */
export class Disclosures {
  readonly #file: string;
  readonly #chunks: AsyncIterator<Uint8Array> | undefined;
  #bytes = new Uint8Array();
  // Offset of the next item, in #bytes and in the file.
  #at = 0;
  #offset = 0;
  #ended: boolean;
  #next: Disclosure | Finding | 'end' | undefined;
  #last = -1;

  /** `chunks`: of `file`, if the log has it. */
  constructor(file: string, chunks: AsyncIterable<Uint8Array> | undefined) {
    this.#file = file;
    this.#chunks = chunks?.[Symbol.asyncIterator]();
    this.#ended = chunks === undefined;
  }

  /**
   * The exact request of record `seq`, undefined if its disclosure was erased, or a finding; one without a file is in
   * `recorded`.
   */
  async take(seq: number, recorded: Uint8Array, salted: Uint8Array): Promise<Uint8Array | Finding | undefined> {
    let places;
    try {
      places = commitments(recorded);
    } catch (thrown) {
      if (thrown instanceof Refused) return malformed(thrown.fault);
      throw thrown;
    }
    const next = (this.#next ??= await this.#read());
    // A disclosure that cannot be read is left to `rest`: the end of a log that is not closed may be torn.
    if (next === 'end' || 'expected' in next || next.seq > seq) return undefined;
    if (next.seq < seq) return this.#stray(next);
    this.#next = undefined;
    const exact = disclose(next, recorded, places, salted);
    return 'expected' in exact ? { ...exact, file: this.#file } : exact;
  }

  /** The fault of the first disclosure after the last record's, if there is one. */
  async rest(): Promise<Finding | undefined> {
    const next = (this.#next ??= await this.#read());
    if (next === 'end') return undefined;
    return 'expected' in next ? next : this.#stray(next);
  }

  /** Ends the reading of the file, wherever it is. */
  async close(): Promise<void> {
    await this.#chunks?.return?.();
  }

  #stray({ seq, offset }: Disclosure): Finding {
    return { ...tampered(offset, 'a disclosure of a redacted record', `one of record ${seq}`), file: this.#file };
  }

  async #read(): Promise<Disclosure | Finding | 'end'> {
    while (!this.#ended && this.#bytes.length - this.#at < DISCLOSURE_BYTES_MAX) {
      const { done, value } = await this.#chunks!.next();
      if (done) this.#ended = true;
      else this.#bytes = concat(this.#bytes.subarray(this.#at), value);
      if (!done) this.#at = 0;
    }
    if (this.#at === this.#bytes.length) return 'end';
    try {
      const { disclosure, end } = parse(this.#bytes, this.#at, this.#offset);
      if (disclosure.seq <= this.#last) throw new Refused(this.#at, `a seq above ${this.#last}`, `${disclosure.seq}`);
      this.#last = disclosure.seq;
      this.#offset += end - this.#at;
      this.#at = end;
      return disclosure;
    } catch (thrown) {
      if (!(thrown instanceof Refused)) throw thrown;
      const { offset, expected, found } = thrown.fault;
      return { ...malformed({ offset: this.#offset + offset - this.#at, expected, found }), file: this.#file };
    }
  }
}

function parse(bytes: Uint8Array, start: number, offset: number): { disclosure: Disclosure; end: number } {
  const cursor = new Cursor(bytes);
  cursor.over(start, Math.min(bytes.length, start + DISCLOSURE_BYTES_MAX));
  cursor.arrayOf(3);
  const seq = cursor.unsigned();
  const salt = readSalt(cursor);
  const values: Disclosure['values'] = [];
  for (let left = cursor.array(); left > 0; left--) {
    cursor.arrayOf(3);
    const nameStart = cursor.at;
    cursor.textString();
    const [name, nameItem] = [bytes.slice(cursor.content, cursor.at), bytes.slice(nameStart, cursor.at)];
    const valueSalt = readSalt(cursor);
    const valueStart = cursor.at;
    cursor.skip();
    values.push({ name, nameItem, salt: valueSalt, value: bytes.slice(valueStart, cursor.at) });
  }
  return { disclosure: { seq, offset, salt, values }, end: cursor.at };
}

function readSalt(cursor: Cursor): Uint8Array {
  cursor.byteString('a salt', SALT_BYTES, SALT_BYTES);
  return cursor.bytes.slice(cursor.content, cursor.at);
}
