// Owns: the digest of a layer set, and the sets that decisions may name: SPEC §7, §9.1. A segment knows the set of its
// header and of the grant records before the decision. If a decision names another set, the segment's check assumes
// that an earlier segment made it known, and verify.ts compares that with the earlier segments.
import { concat, same, toHex } from './bytes.ts';
import { sha256 } from '../sha256/native.ts';

const DIGEST_BYTES = 32;

/** SHA-256 of the canonical CBOR array of at most 8 digests. */
export function layerSetDigest(layers: readonly Uint8Array[]): Uint8Array {
  const items = layers.map((digest) => concat(Uint8Array.of(0x58, DIGEST_BYTES), digest));
  return sha256(concat(Uint8Array.of(0x80 + layers.length), ...items));
}

export class KnownSets {
  readonly #known = new Set<string>();
  // Most decisions name the same set as the decision before them.
  readonly #last = new Uint8Array(DIGEST_BYTES);
  #hasLast = false;

  add(digest: Uint8Array): void {
    this.#known.add(toHex(digest));
  }

  /** Whether the digest at `at` in `bytes` is that of a known set. */
  has(bytes: Uint8Array, at: number): boolean {
    const last = this.#last;
    let alike = 0;
    while (alike < DIGEST_BYTES && bytes[at + alike] === last[alike]) alike++;
    if (alike === DIGEST_BYTES && this.#hasLast) return true;
    const digest = bytes.subarray(at, at + DIGEST_BYTES);
    if (!this.#known.has(toHex(digest))) return false;
    last.set(digest);
    this.#hasLast = true;
    return true;
  }
}

/** Whether the first layers of a set are these. */
export function begins(layers: readonly Uint8Array[], first: readonly Uint8Array[]): boolean {
  return layers.length >= first.length && first.every((digest, i) => same(digest, layers[i]!));
}
