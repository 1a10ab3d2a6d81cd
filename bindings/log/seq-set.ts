// Owns: a set of sequence numbers of one log, in a bit for each record.

const BYTES_FIRST = 512;

export class SeqSet {
  #bits = new Uint8Array(BYTES_FIRST);

  add(seq: number): void {
    const at = Math.floor(seq / 8);
    if (at >= this.#bits.length) {
      const bits = new Uint8Array(2 * at);
      bits.set(this.#bits);
      this.#bits = bits;
    }
    this.#bits[at]! |= 1 << (seq % 8);
  }

  has(seq: number): boolean {
    return Number.isSafeInteger(seq) && (((this.#bits[Math.floor(seq / 8)] ?? 0) >> (seq % 8)) & 1) === 1;
  }
}
