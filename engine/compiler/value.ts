// Constants as canonical CBOR (SPEC §§1, 2): the only forms a program holds. Equal values have equal bytes.

import type { EntityUid } from './expression.ts';

/** A constant of a program; extension values already in the engine's numbers. */
export type Value =
  | boolean
  | bigint
  | string
  | { entity: EntityUid }
  | { decimal: bigint }
  | { datetime: bigint }
  | { duration: bigint }
  | { ipaddr: Uint8Array }
  | { set: Value[] }
  | { record: [name: string, value: Value][] };

const NEGATIVE = 1;
const BYTES = 2;
const TEXT = 3;
const ARRAY = 4;
const MAP = 5;
const EXTENSION_KEYS = { decimal: 2, datetime: 3, duration: 4 } as const;

const utf8 = new TextEncoder();

export function encodeValue(value: Value): Uint8Array {
  if (typeof value === 'boolean') return Uint8Array.of(value ? 0xf5 : 0xf4);
  if (typeof value === 'bigint') return value < 0n ? head(NEGATIVE, -1n - value) : head(0, value);
  if (typeof value === 'string') return text(value);
  if ('entity' in value)
    return join([head(MAP, 2n), Uint8Array.of(0), text(value.entity.type), Uint8Array.of(1), text(value.entity.id)]);
  if ('ipaddr' in value)
    return join([head(MAP, 1n), Uint8Array.of(5), head(BYTES, BigInt(value.ipaddr.length)), value.ipaddr]);
  if ('set' in value) {
    const elements = value.set.map(encodeValue).toSorted(compareBytes);
    const distinct = elements.filter((element, i) => i === 0 || compareBytes(element, elements[i - 1]!) !== 0);
    return join([head(ARRAY, BigInt(distinct.length)), ...distinct]);
  }
  if ('record' in value) {
    const fields = value.record.map(([name, field]) => [text(name), encodeValue(field)] as const);
    const ordered = fields.toSorted(([a], [b]) => compareBytes(a, b));
    return join([head(MAP, BigInt(ordered.length)), ...ordered.flat()]);
  }
  const [[kind, number]] = Object.entries(value) as [[keyof typeof EXTENSION_KEYS, bigint]];
  return join([head(MAP, 1n), Uint8Array.of(EXTENSION_KEYS[kind]), encodeValue(number)]);
}

/** The order of encoded bytes, which every list of a program is in. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    if (a[i] !== b[i]) return a[i]! - b[i]!;
  }
  return a.length - b.length;
}

function text(value: string): Uint8Array {
  const bytes = utf8.encode(value);
  return join([head(TEXT, BigInt(bytes.length)), bytes]);
}

/** A CBOR head in its shortest form. */
function head(major: number, argument: bigint): Uint8Array {
  const type = major << 5;
  if (argument < 24n) return Uint8Array.of(type | Number(argument));
  const size = argument < 0x100n ? 1 : argument < 0x1_0000n ? 2 : argument < 0x1_0000_0000n ? 4 : 8;
  const bytes = new Uint8Array(1 + size);
  bytes[0] = type | (24 + Math.log2(size));
  for (let i = size; i > 0; i--) {
    bytes[i] = Number(argument & 0xffn);
    argument >>= 8n;
  }
  return bytes;
}

function join(parts: Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}
