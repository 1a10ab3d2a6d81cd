// Owns: reading canonical CBOR (SPEC §1) item by item, as far as decisions, states and records need it.
// Trusts: nothing of its input: a longer head than needed, bad UTF-8 or a missing byte is an error.
// Excludes: the order of keys; its caller names each key it expects.

import { PlumblineError } from './error.ts';

// ignoreBOM: a byte order mark is text like any other; without it the decoder would drop it silently.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const KINDS = ['int', 'int', 'bytes', 'text', 'array', 'map', 'tag', 'bool'] as const;

/**
 * Every method reads one item at `position` and moves past it.
 * @throws {PlumblineError} `malformed-cbor` if it is something else.
 */
export class CborReader {
  position = 0;
  readonly #source: Buffer;

  constructor(source: Uint8Array) {
    this.#source = Buffer.from(source.buffer, source.byteOffset, source.length);
  }

  /** An integer; a number where it is safe, else a bigint. */
  int(): number | bigint {
    const major = this.#major();
    if (major > 1) this.#fail('an integer');
    const argument = this.#argument();
    if (major === 0) return argument;
    if (typeof argument === 'bigint' || argument === Number.MAX_SAFE_INTEGER) return -1n - BigInt(argument);
    return -1 - argument;
  }

  /** A non-negative integer up to 2^53−1. */
  uint(): number {
    return this.#headed(0, 'a non-negative integer');
  }

  text(): string {
    const end = this.#string(3, 'text');
    const source = this.#source;
    const start = this.position;
    this.position = end;
    for (let at = start; at < end; at++) if (source[at]! > 0x7f) return this.#unicode(start, end);
    return source.toString('latin1', start, end);
  }

  /** A byte string, in hex. */
  hex(): string {
    const end = this.#string(2, 'a byte string');
    const text = this.#source.toString('hex', this.position, end);
    this.position = end;
    return text;
  }

  /** A byte string, as a view. */
  bytes(): Uint8Array {
    const end = this.#string(2, 'a byte string');
    const view = this.#source.subarray(this.position, end);
    this.position = end;
    return view;
  }

  /** The head of a tag, whose item follows. */
  tag(): number {
    return this.#headed(6, 'a tag');
  }

  /** Passes over one item, whatever it is, and returns its bytes as a view. */
  skip(): Uint8Array {
    const start = this.position;
    for (let left = 1; left > 0; left--) {
      const major = this.#major();
      if (major < 2) this.int();
      else if (major === 4) left += this.array();
      else if (major === 5) left += 2 * this.map();
      else if (major === 2 || major === 3) this.position = this.#string(major, 'a string');
      else if (!this.null()) this.bool();
    }
    return this.#source.subarray(start, this.position);
  }

  bool(): boolean {
    const byte = this.#source[this.position];
    if (byte !== 0xf4 && byte !== 0xf5) this.#fail('a boolean');
    this.position++;
    return byte === 0xf5;
  }

  /** Whether `null` is next; if it is, it has been read. */
  null(): boolean {
    if (this.#source[this.position] !== 0xf6) return false;
    this.position++;
    return true;
  }

  /** The length of an array whose items follow. */
  array(): number {
    return this.#headed(4, 'an array');
  }

  /** The size of a map whose pairs follow. */
  map(): number {
    return this.#headed(5, 'a map');
  }

  /** Whether an array is next; it has not been read. */
  atArray(): boolean {
    return this.#major() === 4;
  }

  /** What is next; it has not been read. */
  kind(): (typeof KINDS)[number] | undefined {
    return KINDS[this.#major()];
  }

  /** Whether there is nothing more. */
  atEnd(): boolean {
    return this.position === this.#source.length;
  }

  end(): void {
    if (this.position !== this.#source.length) this.#fail('the end');
  }

  #major(): number {
    const lead = this.#source[this.position];
    return lead === undefined ? 8 : lead >> 5;
  }

  #headed(major: number, expected: string): number {
    if (this.#major() !== major) this.#fail(expected);
    const argument = this.#argument();
    return typeof argument === 'number' ? argument : this.#fail('a number below 2^53');
  }

  /** Reads a string's head; returns where its bytes, which begin at `position`, end. */
  #string(major: number, expected: string): number {
    const length = this.#headed(major, expected);
    if (length > this.#source.length - this.position) this.#fail(`${length} more bytes`);
    return this.position + length;
  }

  #unicode(start: number, end: number): string {
    try {
      return utf8.decode(this.#source.subarray(start, end));
    } catch {
      return this.#fail('UTF-8');
    }
  }

  #argument(): number | bigint {
    const source = this.#source;
    const info = source[this.position]! & 31;
    const start = ++this.position;
    if (info < 24) return info;
    if (info > 27) this.#fail('a definite length');
    const width = 1 << (info - 24);
    if (width > source.length - start) this.#fail(`${width} more bytes`);
    this.position = start + width;
    let value = 0;
    for (let at = start; at < this.position; at++) value = value * 256 + source[at]!;
    // The least value that needs this width: 24, 2^8, 2^16, 2^32.
    if (value < (width === 1 ? 24 : 2 ** (width * 4))) this.#fail('the shortest head');
    return Number.isSafeInteger(value) ? value : source.readBigUInt64BE(start);
  }

  #fail(expected: string): never {
    throw new PlumblineError('malformed-cbor', `expected ${expected} at byte ${this.position}`);
  }
}
