// Pools of constants (SPEC §8): each value once, in the order of its bytes. An index is known once all are in, so what
// names a constant holds the constant until then.

import type { Value } from './value.ts';
import { compareBytes, encodeValue } from './value.ts';

/** A constant; `index` counts once the pool has been put in order. */
export interface Constant {
  readonly bytes: Uint8Array;
  index: number;
}

const latin1 = new TextDecoder('latin1');

export class Pool {
  readonly #constants = new Map<string, Constant>();

  intern(value: Value): Constant {
    const bytes = encodeValue(value);
    const key = latin1.decode(bytes);
    const known = this.#constants.get(key);
    if (known) return known;
    const constant = { bytes, index: -1 };
    this.#constants.set(key, constant);
    return constant;
  }

  /** Gives every constant its index. Nothing is added afterwards. */
  inOrder(): Constant[] {
    const sorted = [...this.#constants.values()].toSorted((a, b) => compareBytes(a.bytes, b.bytes));
    for (const [index, constant] of sorted.entries()) constant.index = index;
    return sorted;
  }
}

/** The bytes of a pool: count, offsets, items. */
export function poolBytes(constants: Constant[]): Uint8Array {
  const words = [constants.length, 0];
  for (const { bytes } of constants) words.push(words.at(-1)! + bytes.length);
  const offsets = wordBytes(words);
  const section = new Uint8Array(offsets.length + words.at(-1)!);
  section.set(offsets);
  for (const [i, { bytes }] of constants.entries()) section.set(bytes, offsets.length + words[i + 1]!);
  return section;
}

/** Little-endian on every machine. */
export function wordBytes(words: number[]): Uint8Array {
  const bytes = new Uint8Array(words.length * 4);
  const view = new DataView(bytes.buffer);
  for (const [i, word] of words.entries()) view.setUint32(i * 4, word, true);
  return bytes;
}
