// Owns: a set of records of one segment, as one bit each.

export class SeqSet {
  /** The least seq that may be in it. */
  first = 0;
  #bits: Uint8Array = new Uint8Array(64);

  add(seq: number): void {
    const at = (seq - this.first) >>> 3;
    if (at >= this.#bits.length) {
      const more = new Uint8Array(2 * at);
      more.set(this.#bits);
      this.#bits = more;
    }
    this.#bits[at]! |= 1 << ((seq - this.first) & 7);
  }

  has(seq: number): boolean {
    const at = seq - this.first;
    return at >= 0 && ((this.#bits[Math.floor(at / 8)] ?? 0) & (1 << (at % 8))) !== 0;
  }

  /** Its bits; another set takes them. */
  get bits(): Uint8Array {
    return this.#bits;
  }

  static of(first: number, bits: Uint8Array): SeqSet {
    const set = new SeqSet();
    set.first = first;
    set.#bits = bits;
    return set;
  }
}
