// Schema sections from SPEC §8.1, and programs with one, for vectors: of a section only the attributes' marks are read.
import { encode } from './write.ts';

const u32 = (...values: number[]) => {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) bytes.writeUInt32LE(value, 4 * i);
  return bytes;
};

/** A pool of texts. */
function pool(texts: string[]): Buffer {
  const items = texts.map((text) => encode(text));
  const offsets = [0];
  for (const item of items) offsets.push(offsets.at(-1)! + item.length);
  return Buffer.concat([u32(items.length, ...offsets), ...items]);
}

/** A section with one record of these attributes, texts by name; `marks`: those that are sensitive. */
export function schemaSection(names: string[], marks: string[]): Buffer<ArrayBuffer> {
  const sorted = names.toSorted((a, b) => Buffer.compare(encode(a), encode(b)));
  const attributes = sorted.map((name, index) => u32(index, 0, marks.includes(name) ? 3 : 1));
  const counts = u32(1, attributes.length, 1, 0, 0, 0);
  return Buffer.concat([counts, u32(2, 0), ...attributes, u32(0, attributes.length), pool(sorted)]);
}

/** A program that has nothing but this schema section. */
export function programWith(section: Uint8Array): Buffer {
  const empty = [u32(0, 0), u32(), section, u32(0, 0), u32(), u32()];
  const padded = empty.map((bytes) => Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]));
  const head = Buffer.concat([Buffer.from('PLMB'), Buffer.of(2, 0, 0, 0), u32(...empty.map(({ length }) => length))]);
  return Buffer.concat([head, Buffer.alloc(32), u32(0), ...padded]);
}

/** Nothing is redacted. */
export const UNMARKED = schemaSection(['command', 'host'], []);
/** Of the vectors' programs: `command` is redacted, `host` is not. */
export const MARKED = schemaSection(['command', 'host'], ['command']);
