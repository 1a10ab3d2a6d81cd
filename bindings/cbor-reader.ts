// Owns: reading canonical CBOR (SPEC §1) item by item, as far as decisions and states need it.
// Trusts: nothing of its input: a longer head than needed, bad UTF-8 or a missing byte is an error.
// Excludes: the order of keys; its caller names each key it expects.

import { PlumblineError } from './error.ts';

// ignoreBOM: a byte order mark is text like any other; without it the decoder would drop it silently.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Every method reads one item at `position` and moves past it. @throws {PlumblineError} `malformed-cbor` if it is something else. */
export class CborReader {
  position = 0;
  readonly #source: Uint8Array;

  constructor(source: Uint8Array) {
    this.#source = source;
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
    if (this.#major() !== 0) this.#fail('a non-negative integer');
    return this.#size();
  }

  text(): string {
    if (this.#major() !== 3) this.#fail('text');
    const bytes = this.#take(this.#size());
    try {
      return utf8.decode(bytes);
    } catch {
      return this.#fail('UTF-8');
    }
  }

  /** A view of the string's bytes. */
  bytes(): Uint8Array {
    if (this.#major() !== 2) this.#fail('a byte string');
    return this.#take(this.#size());
  }

  bool(): boolean {
    const byte = this.#take(1)[0];
    if (byte !== 0xf4 && byte !== 0xf5) this.#fail('a boolean');
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
    if (this.#major() !== 4) this.#fail('an array');
    return this.#size();
  }

  /** The size of a map whose pairs follow. */
  map(): number {
    if (this.#major() !== 5) this.#fail('a map');
    return this.#size();
  }

  /** Whether an array is next; it has not been read. */
  atArray(): boolean {
    return this.#major() === 4;
  }

  end(): void {
    if (this.position !== this.#source.length) this.#fail('the end');
  }

  #major(): number {
    const lead = this.#source[this.position];
    return lead === undefined ? -1 : lead >> 5;
  }

  #size(): number {
    const argument = this.#argument();
    return typeof argument === 'number' ? argument : this.#fail('a size below 2^53');
  }

  #argument(): number | bigint {
    const info = this.#take(1)[0]! & 31;
    if (info < 24) return info;
    if (info > 27) return this.#fail('a definite length');
    const width = 1 << (info - 24);
    const bytes = this.#take(width);
    let value = 0;
    for (const byte of bytes) value = value * 256 + byte;
    // The least value that needs this width: 24, 2^8, 2^16, 2^32.
    if (value < (width === 1 ? 24 : 2 ** (width * 4))) this.#fail('the shortest head');
    if (Number.isSafeInteger(value)) return value;
    let exact = 0n;
    for (const byte of bytes) exact = (exact << 8n) | BigInt(byte);
    return exact;
  }

  #take(length: number): Uint8Array {
    const start = this.position;
    if (length > this.#source.length - start) this.#fail(`${length} more bytes`);
    this.position = start + length;
    return this.#source.subarray(start, this.position);
  }

  #fail(expected: string): never {
    throw new PlumblineError('malformed-cbor', `expected ${expected} at byte ${this.position}`);
  }
}
