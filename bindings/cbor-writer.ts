// Owns: the canonical encoding of SPEC §1, as far as requests and records need it: no floats, which neither holds.
// Trusts: its caller for shape (as many items as a head announces), never for size: what does not fit is noticed.

const utf8 = new TextEncoder();

/** Writes canonical CBOR into `target`. What does not fit is dropped and leaves `overflowed` true. */
export class CborWriter {
  /** Where the next byte goes. */
  position = 0;
  readonly #target: Uint8Array;
  /** The same bytes: a Buffer writes text fastest (measured in Node and Bun), but its `slice` does not copy. */
  readonly #buffer: Buffer;

  constructor(target: Uint8Array) {
    this.#target = target;
    this.#buffer = Buffer.from(target.buffer, target.byteOffset, target.length);
  }

  get overflowed(): boolean {
    return this.position > this.#target.length;
  }

  /** The bytes written, as a view. @throws {RangeError} if they did not fit. */
  written(): Uint8Array {
    if (this.overflowed) throw new RangeError(`what was written does not fit into ${this.#target.length} bytes`);
    return this.#target.subarray(0, this.position);
  }

  /** An integer of −2^64 … 2^64−1; a number must be a safe integer. */
  int(value: number | bigint): void {
    if (typeof value === 'number') {
      if (value >= 0) this.#head(0, value);
      else this.#head(1, -1 - value);
      return;
    }
    const argument = value < 0n ? -1n - value : value;
    const major = value < 0n ? 1 : 0;
    if (argument <= Number.MAX_SAFE_INTEGER) this.#head(major, Number(argument));
    else this.#head64(major, Number(argument >> 32n), Number(argument & 0xffff_ffffn));
  }

  /** Writes text; false, and nothing written, if it has a lone surrogate, which UTF-8 cannot carry. */
  text(value: string): boolean {
    const length = value.length;
    const target = this.#target;
    if (length < 24) {
      // A head of one byte and a loop: for short text faster than any call (measured in Node, Deno and Bun).
      let at = this.position;
      target[at++] = 0x60 | length;
      for (let index = 0; index < length; index++) {
        const unit = value.charCodeAt(index);
        if (unit > 0x7f) return this.#unicode(value);
        target[at++] = unit;
      }
      this.position = at;
      return true;
    }
    const start = this.position;
    this.#head(3, length);
    // As many bytes as UTF-16 units: all of it is ASCII.
    if (this.position + length <= target.length && this.#buffer.write(value, this.position) === length) {
      this.position += length;
      return true;
    }
    this.position = start;
    return this.#unicode(value);
  }

  bytes(value: Uint8Array): void {
    this.#stringOf(2, value);
  }

  /** The head of a byte string; its bytes follow. */
  bytesHead(length: number): void {
    this.#head(2, length);
  }

  bool(value: boolean): void {
    this.#target[this.position++] = value ? 0xf5 : 0xf4;
  }

  null(): void {
    this.#head(7, 22);
  }

  /** A map's key from a registry, which all stay below 24; its value follows. */
  key(value: number): this {
    this.#target[this.position++] = value;
    return this;
  }

  /** The head of an array; its items follow. */
  array(length: number): void {
    this.#head(4, length);
  }

  /** The head of a map; its keys and values follow, keys ascending. */
  map(size: number): void {
    this.#head(5, size);
  }

  /** The head of the one tag there is: 17, COSE_Mac0. */
  tagMac0(): void {
    this.#head(6, 17);
  }

  /** Bytes that are CBOR already. */
  raw(value: Uint8Array): void {
    // Beyond the end `set` would throw; past it the position alone tells.
    if (this.position + value.length <= this.#target.length) this.#target.set(value, this.position);
    this.position += value.length;
  }

  /**
   * Puts the items of the array or map whose head is at `head` and whose items begin at `starts` in ascending order of
   * their bytes from `skip` on, each item once. A map's items are its pairs: no encoded key is a prefix of another, so
   * they order by key.
   */
  order(head: number, starts: readonly number[], skip = 0): void {
    if (this.overflowed || this.#ascends(starts, skip)) return;
    const items = starts.map((start, index) => this.#target.slice(start, starts[index + 1] ?? this.position));
    items.sort((a, b) => compareBytes(a, b, skip));
    const distinct = items.filter((item, index) => index === 0 || compareBytes(items[index - 1]!, item, skip) !== 0);
    this.position = head;
    this.#head(this.#target[head]! >> 5, distinct.length);
    for (const item of distinct) this.raw(item);
  }

  #ascends(starts: readonly number[], skip: number): boolean {
    const target = this.#target;
    for (let index = 1; index < starts.length; index++) {
      let left = starts[index - 1]! + skip;
      const leftEnd = starts[index]!;
      const rightEnd = starts[index + 1] ?? this.position;
      let right = leftEnd + skip;
      while (left < leftEnd && right < rightEnd && target[left] === target[right]) {
        left++;
        right++;
      }
      if (left === leftEnd || right === rightEnd || target[left]! > target[right]!) return false;
    }
    return true;
  }

  #unicode(value: string): boolean {
    if (!value.isWellFormed()) return false;
    this.#stringOf(3, utf8.encode(value));
    return true;
  }

  #stringOf(major: number, value: Uint8Array): void {
    this.#head(major, value.length);
    this.raw(value);
  }

  #head(major: number, argument: number): void {
    const lead = major << 5;
    if (argument < 24) this.#target[this.position++] = lead | argument;
    else if (argument < 0x100) {
      this.#target[this.position++] = lead | 24;
      this.#target[this.position++] = argument;
    } else if (argument < 0x1_0000) {
      this.#target[this.position++] = lead | 25;
      this.#target[this.position++] = argument >> 8;
      this.#target[this.position++] = argument;
    } else if (argument <= 0xffff_ffff) {
      this.#target[this.position++] = lead | 26;
      this.#uint32(argument);
    }
    // `>>> 0` is the remainder by 2^32, 8 ns faster than `%`.
    else this.#head64(major, Math.floor(argument / 0x1_0000_0000), argument >>> 0);
  }

  #head64(major: number, high: number, low: number): void {
    this.#target[this.position++] = (major << 5) | 27;
    this.#uint32(high);
    this.#uint32(low);
  }

  #uint32(value: number): void {
    this.#target[this.position++] = value >>> 24;
    this.#target[this.position++] = value >>> 16;
    this.#target[this.position++] = value >>> 8;
    this.#target[this.position++] = value;
  }
}

function compareBytes(a: Uint8Array, b: Uint8Array, skip: number): number {
  const end = Math.min(a.length, b.length);
  for (let at = skip; at < end; at++) if (a[at] !== b[at]) return a[at]! - b[at]!;
  return a.length - b.length;
}
