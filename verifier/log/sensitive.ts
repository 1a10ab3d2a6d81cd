// Owns: the names of the attributes that a program marks as sensitive: SPEC §8.1, §9.6.
// Trusts: nothing about the program. Excludes: whether it is one that the engine takes.
import { Cursor, Refused } from '../record/cbor.ts';

const MAGIC = [0x50, 0x4c, 0x4d, 0x42, 2, 0];
const HEADER_BYTES = 68;
const LENGTHS_AT = 8;
const SECTIONS = 6;
const SCHEMA = 2;
// Of section 4: the counts of its arrays, and the bytes of their elements.
const COUNTS_BYTES = 24;
const ELEMENT_BYTES = [8, 12, 8, 32, 36, 4];
const VALUE_TYPES = 0;
const ATTRIBUTES = 1;
const SENSITIVE = 2;

/** The names, in UTF-8, each once; undefined if the program's schema section cannot be read. */
export function sensitiveNames(program: Uint8Array): Uint8Array[] | undefined {
  const schema = schemaSection(program);
  if (!schema || schema.length < COUNTS_BYTES) return undefined;
  const view = new DataView(schema.buffer, schema.byteOffset, schema.length);
  const sizes = ELEMENT_BYTES.map((bytes, i) => bytes * view.getUint32(4 * i, true));
  const pool = COUNTS_BYTES + sizes.reduce((sum, size) => sum + size, 0);
  const names = pool + 4 <= schema.length ? readPool(schema, view, pool) : undefined;
  if (!names) return undefined;
  const first = COUNTS_BYTES + sizes[VALUE_TYPES]!;
  const marked = new Set<number>();
  for (let at = first; at < first + sizes[ATTRIBUTES]!; at += ELEMENT_BYTES[ATTRIBUTES]!) {
    if (view.getUint32(at + 8, true) & SENSITIVE) marked.add(view.getUint32(at, true));
  }
  const found = [...marked].map((index) => names(index));
  return found.every((name) => name !== undefined) ? found : undefined;
}

function schemaSection(program: Uint8Array): Uint8Array | undefined {
  if (program.length < HEADER_BYTES || MAGIC.some((byte, i) => program[i] !== byte)) return undefined;
  const view = new DataView(program.buffer, program.byteOffset, program.length);
  let at = HEADER_BYTES;
  let schema: Uint8Array | undefined;
  for (let i = 0; i < SECTIONS; i++) {
    const length = view.getUint32(LENGTHS_AT + 4 * i, true);
    if (length > program.length - at) return undefined;
    if (i === SCHEMA) schema = program.subarray(at, at + length);
    at += length + (-length & 3);
  }
  return schema;
}

// The texts of the pool at `at`, by index.
function readPool(
  schema: Uint8Array,
  view: DataView,
  at: number,
): ((index: number) => Uint8Array | undefined) | undefined {
  const count = view.getUint32(at, true);
  const items = at + 4 + 4 * (count + 1);
  if (items > schema.length) return undefined;
  const cursor = new Cursor(schema);
  return (index) => {
    if (index >= count) return undefined;
    const [start, end] = [index, index + 1].map((i) => items + view.getUint32(at + 4 + 4 * i, true)) as [
      number,
      number,
    ];
    if (start > end || end > schema.length) return undefined;
    cursor.over(start, end);
    try {
      cursor.textString();
      cursor.finish();
    } catch (thrown) {
      if (thrown instanceof Refused) return undefined;
      throw thrown;
    }
    return schema.slice(cursor.content, end);
  };
}
