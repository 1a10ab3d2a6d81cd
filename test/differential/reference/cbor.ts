// Owns: SPEC §1: reading and writing canonical CBOR, as far as requests, decisions and states need it.
// Trusts nothing when reading. Excludes: what an item means (request.ts, state.ts). Floats are never read: nothing here
// has any.

export type Item = bigint | string | boolean | null | Uint8Array | Item[] | MapItem;
/** A map as its pairs, in any order: a JavaScript Map would not know equal keys. */
export interface MapItem {
  pairs: [Item, Item][];
}

export class Malformed extends Error {}

const DEPTH_MAX = 64;

/** Lexicographic; a prefix comes first. */
export const compareBytes = (left: Uint8Array, right: Uint8Array): number => Buffer.compare(left, right);

/** The order in which SPEC puts what has no order of its own. */
export const compareEncoded = (left: Item, right: Item): number => compareBytes(encode(left), encode(right));

function head(major: number, argument: bigint): Uint8Array {
  const sizes = [
    [24, 0],
    [2 ** 8, 1],
    [2 ** 16, 2],
    [2 ** 32, 4],
    [2 ** 64, 8],
  ] as const;
  const size = sizes.find(([limit]) => argument < BigInt(limit))![1];
  const hex = argument.toString(16).padStart(size * 2, '0');
  if (size === 0) return Uint8Array.of((major << 5) | Number(argument));
  return Buffer.concat([Uint8Array.of((major << 5) | (24 + Math.log2(size))), Buffer.from(hex, 'hex')]);
}

export function encode(item: Item): Uint8Array {
  if (item === null) return Uint8Array.of(0xf6);
  if (typeof item === 'boolean') return Uint8Array.of(item ? 0xf5 : 0xf4);
  if (typeof item === 'bigint') return item < 0n ? head(1, -1n - item) : head(0, item);
  if (typeof item === 'string') {
    const bytes = Buffer.from(item, 'utf8');
    return Buffer.concat([head(3, BigInt(bytes.length)), bytes]);
  }
  if (item instanceof Uint8Array) return Buffer.concat([head(2, BigInt(item.length)), item]);
  if (Array.isArray(item)) return Buffer.concat([head(4, BigInt(item.length)), ...item.map(encode)]);
  const pairs = item.pairs.map(([key, value]) => [encode(key), encode(value)] as const);
  const sorted = pairs.toSorted(([left], [right]) => compareBytes(left, right));
  return Buffer.concat([head(5, BigInt(pairs.length)), ...sorted.flat()]);
}

/** A map with the integer keys 0, 1, …; `undefined` leaves its key out. */
export function numbered(...values: (Item | undefined)[]): MapItem {
  return { pairs: values.flatMap((value, key) => (value === undefined ? [] : [[BigInt(key), value]])) };
}

/** The one item that `bytes` are. Throws Malformed unless they are canonical. */
export function decode(bytes: Uint8Array): Item {
  let at = 0;
  const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

  function take(length: number): Uint8Array {
    if (length > bytes.length - at) throw new Malformed('truncated');
    return bytes.subarray(at, (at += length));
  }

  function argument(info: number): bigint {
    if (info < 24) return BigInt(info);
    if (info > 27) throw new Malformed('reserved or indefinite length');
    const value = BigInt(`0x${Buffer.from(take(2 ** (info - 24))).toString('hex')}`);
    if (value < [24n, 2n ** 8n, 2n ** 16n, 2n ** 32n][info - 24]!) throw new Malformed('head not in shortest form');
    return value;
  }

  /** A count that the remaining bytes can hold. */
  function count(info: number): number {
    const value = argument(info);
    if (value > BigInt(bytes.length - at)) throw new Malformed('truncated');
    return Number(value);
  }

  function item(depth: number): Item {
    const initial = take(1)[0]!;
    const [major, info] = [initial >> 5, initial & 31];
    if (major > 3 && major < 6 && depth >= DEPTH_MAX) throw new Malformed('nested too deep');
    switch (major) {
      case 0:
        return argument(info);
      case 1:
        return -1n - argument(info);
      case 2:
        return take(count(info));
      case 3:
        try {
          return utf8.decode(take(count(info)));
        } catch {
          throw new Malformed('not UTF-8');
        }
      case 4: {
        const items: Item[] = [];
        for (let left = count(info); left > 0; left -= 1) items.push(item(depth + 1));
        return items;
      }
      case 5: {
        const pairs: [Item, Item][] = [];
        let previous: Uint8Array | undefined;
        for (let left = count(info); left > 0; left -= 1) {
          const start = at;
          const key = item(depth + 1);
          const encoded = bytes.subarray(start, at);
          if (previous !== undefined && compareBytes(previous, encoded) >= 0) throw new Malformed('keys not ascending');
          previous = encoded;
          pairs.push([key, item(depth + 1)]);
        }
        return { pairs };
      }
      default:
        if (initial === 0xf4 || initial === 0xf5) return initial === 0xf5;
        if (initial === 0xf6) return null;
        throw new Malformed('tag, float or another simple value');
    }
  }

  const decoded = item(0);
  if (at !== bytes.length) throw new Malformed('bytes after the item');
  return decoded;
}
