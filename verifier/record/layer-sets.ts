// Owns: the digest of a layer set, and the sets that decisions may name: SPEC §7, §9.1. A segment knows the set of its
// header and of the grant records before the decision. If a decision names another set, the segment's check assumes
// that an earlier segment made it known, and verify.ts compares that with the earlier segments.
import { concat, same, toHex } from './bytes.ts';
import type { Ms } from './ms.ts';
import { sha256 } from '../sha256/native.ts';

const DIGEST_BYTES = 32;

/** SHA-256 of the canonical CBOR array of at most 8 digests. */
export function layerSetDigest(layers: readonly Uint8Array[]): Uint8Array {
  const items = layers.map((digest) => concat(Uint8Array.of(0x58, DIGEST_BYTES), digest));
  return sha256(concat(Uint8Array.of(0x80 + layers.length), ...items));
}

/** A layer set, and the last decision under it that did not block. */
export interface KnownSet {
  digest: Uint8Array;
  /** Undefined if there is none. */
  lastMs: Ms | undefined;
  seq: number;
  /** Offset of that decision's payload in its segment. */
  payload: number;
}

export class KnownSets {
  readonly #known = new Map<string, KnownSet>();
  // Most decisions name the same set as the decision before them.
  #last: KnownSet | undefined;

  add(digest: Uint8Array): KnownSet {
    const hex = toHex(digest);
    const known = this.#known.get(hex) ?? { digest, lastMs: undefined, seq: 0, payload: 0 };
    this.#known.set(hex, known);
    return known;
  }

  /** The known set whose digest is at `at` in `bytes`. */
  find(bytes: Uint8Array, at: number): KnownSet | undefined {
    const last = this.#last?.digest;
    if (last) {
      let alike = 0;
      while (alike < DIGEST_BYTES && bytes[at + alike] === last[alike]) alike++;
      if (alike === DIGEST_BYTES) return this.#last;
    }
    const found = this.#known.get(toHex(bytes.subarray(at, at + DIGEST_BYTES)));
    if (found) this.#last = found;
    return found;
  }

  all(): KnownSet[] {
    return [...this.#known.values()];
  }
}

/** Whether the first layers of a set are these. */
export function begins(layers: readonly Uint8Array[], first: readonly Uint8Array[]): boolean {
  return layers.length >= first.length && first.every((digest, i) => same(digest, layers[i]!));
}
