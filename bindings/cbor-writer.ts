// Owns: the canonical encoding of SPEC §1, as far as requests and records need it: no floats, which neither holds.
// Trusts: its caller for shape (as many items as a head announces), never for size: what does not fit is noticed.

const utf8 = new TextEncoder();

// A loop beats TextEncoder.encodeInto and the view it needs up to about this many characters (measured in Node and Deno).
const LOOP_LENGTH_MAX = 24;

/** Writes canonical CBOR into `target`. What does not fit is dropped and leaves `overflowed` true. */
export class CborWriter {
  /** Where the next byte goes. */
  position = 0;
  readonly #target: Uint8Array;

  constructor(target: Uint8Array) {
    this.#target = target;
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

  /** @throws {RangeError} if `value` has a lone surrogate, which UTF-8 cannot carry. */
  text(value: string): void {
    const start = this.position;
    const length = value.length;
    this.#head(3, length);
    if (length <= LOOP_LENGTH_MAX && this.#asciiText(value, length)) return;
    const target = this.#target;
    if (this.position + length <= target.length) {
      const { read, written } = utf8.encodeInto(value, target.subarray(this.position));
      if (written === length && read === length) {
        this.position += length;
        return;
      }
    }
    // Not ASCII, or no room: the head above counted UTF-16 units, so begin again.
    if (!value.isWellFormed()) throw new RangeError('text has a lone surrogate');
    this.position = start;
    this.#stringOf(3, utf8.encode(value));
  }

  bytes(value: Uint8Array): void {
    this.#stringOf(2, value);
  }

  /** The head of a byte string; its bytes follow. */
  bytesHead(length: number): void {
    this.#head(2, length);
  }

  bool(value: boolean): void {
    this.#byte(value ? 0xf5 : 0xf4);
  }

  /** A map's integer key; its value follows. */
  key(value: number): this {
    this.#head(0, value);
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
   * Puts the items of the array or map whose head is at `head` and whose items begin at `starts` in ascending order of their
   * bytes from `skip` on, each item once. A map's items are its pairs: no encoded key is a prefix of another, so they order by key.
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

  #asciiText(value: string, length: number): boolean {
    const target = this.#target;
    let at = this.position;
    for (let index = 0; index < length; index++) {
      const unit = value.charCodeAt(index);
      if (unit > 0x7f) return false;
      target[at++] = unit;
    }
    this.position = at;
    return true;
  }

  #stringOf(major: number, value: Uint8Array): void {
    this.#head(major, value.length);
    this.raw(value);
  }

  #byte(value: number): void {
    this.#target[this.position++] = value;
  }

  #head(major: number, argument: number): void {
    const lead = major << 5;
    if (argument < 24) this.#byte(lead | argument);
    else if (argument < 0x100) {
      this.#byte(lead | 24);
      this.#byte(argument);
    } else if (argument < 0x1_0000) {
      this.#byte(lead | 25);
      this.#byte(argument >> 8);
      this.#byte(argument);
    } else if (argument <= 0xffff_ffff) {
      this.#byte(lead | 26);
      this.#uint32(argument);
    } else this.#head64(major, Math.floor(argument / 0x1_0000_0000), argument % 0x1_0000_0000);
  }

  #head64(major: number, high: number, low: number): void {
    this.#byte((major << 5) | 27);
    this.#uint32(high);
    this.#uint32(low);
  }

  #uint32(value: number): void {
    this.#byte(value >>> 24);
    this.#byte(value >>> 16);
    this.#byte(value >>> 8);
    this.#byte(value);
  }
}

function compareBytes(a: Uint8Array, b: Uint8Array, skip: number): number {
  const end = Math.min(a.length, b.length);
  for (let at = skip; at < end; at++) if (a[at] !== b[at]) return a[at]! - b[at]!;
  return a.length - b.length;
}
