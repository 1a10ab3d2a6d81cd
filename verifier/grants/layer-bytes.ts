// Owns: whether a layer's bytes are those that its grant makes: SPEC §11.4, in the form of §8. A layer whose grant
// lists `forbid` is checked but for what those policies say.
// Trusts: that the grant counts, and the schema section.
import { same, toHex } from '../record/bytes.ts';
import type { Refusal } from '../record/finding.ts';
import { ascending, forbidId, policiesOf } from './layer-policies.ts';
import type { Constant, Policy, Resource } from './layer-policies.ts';
import type { Grant } from './grant.ts';

/** What a layer has of its own besides its policies. */
export interface LayerParts {
  /** SHA-256 of the grant's token. */
  subject: Uint8Array;
  /** The program's schema section. */
  schema: Uint8Array;
}

const HEADER_BYTES = 68;
// "PLMB" and the format version.
const MAGIC = Uint8Array.of(0x50, 0x4c, 0x4d, 0x42, 1, 0);
const LENGTHS_AT = 8;
const SUBJECT_AT = 32;
const USES_AT = 64;
const RECORD_WORDS = 16;
const NONE = 0xffffffff;
const ACTION_EXACT = 0x80000000;
const EFFECTS = { permit: [0, 0], approve: [1, 4], forbid: [1, 6] } as const;
const FORBID_EFFECT = 1;

// The sections behind the header, by their place in its list of lengths.
const [CONSTANTS, LISTS, SCHEMA, LABELS, POLICIES, CODE] = [0, 1, 2, 3, 4, 5];

/** The layer of a grant without `forbid`. */
export function layerBytes(grant: Grant, parts: LayerParts): Uint8Array {
  const policies = policiesOf(grant);
  const constants = constantsOf(policies);
  const places = new Map(constants.map((constant, place) => [constant, place]));
  const { lists, records, code } = wordsOf(policies, (constant) => places.get(constant)!);
  const pool = poolOf(constants);
  return assemble(grant, parts, [pool, words(lists), parts.schema, words([0, 0]), words(records), words(code)]);
}

/** The first byte of a layer that its grant does not make; undefined if there is none among those that can be told. */
export function layerFault(layer: Uint8Array, grant: Grant, parts: LayerParts): Refusal | undefined {
  // A layer has more bytes than that, so no more is built than was read.
  const least = (policyCount(grant) + grant.scope.forbids) * RECORD_WORDS * 4;
  if (layer.length < least) return { offset: layer.length, expected: `at least ${least} bytes`, found: 'the end' };
  if (grant.scope.forbids > 0) return faultBesideForbids(layer, grant, parts);
  return difference(layer, layerBytes(grant, parts), 0);
}

/** The schema section of a program; undefined if its sections do not fill it. */
export function schemaOf(program: Uint8Array): Uint8Array | undefined {
  return same(program.subarray(0, MAGIC.length), MAGIC) ? sectionsOf(program)?.[SCHEMA!]?.bytes : undefined;
}

interface Section {
  at: number;
  bytes: Uint8Array;
}

/** The six sections, if they fill the program. */
function sectionsOf(program: Uint8Array): Section[] | undefined {
  if (program.length < HEADER_BYTES) return undefined;
  const view = viewOf(program);
  const sections: Section[] = [];
  let at = HEADER_BYTES;
  for (let i = 0; i < 6; i++) {
    const length = view.getUint32(LENGTHS_AT + i * 4, true);
    if (length > program.length - at) return undefined;
    sections.push({ at, bytes: program.subarray(at, at + length) });
    at += padded(length);
  }
  return at === program.length ? sections : undefined;
}

// The constants of the texts of `forbid` are among the others, so what the layer says is compared through its own
// constants.
function faultBesideForbids(layer: Uint8Array, grant: Grant, parts: LayerParts): Refusal | undefined {
  const sections = sectionsOf(layer);
  if (!sections) return { offset: LENGTHS_AT, expected: 'six sections that fill the layer', found: 'other lengths' };
  const pool = Pool.of(sections[CONSTANTS!]!.bytes);
  if (!pool) return { offset: sections[CONSTANTS!]!.at, expected: 'a pool of constants', found: 'no such pool' };
  const policies = policiesOf(grant);
  const missing = constantsOf(policies).find((constant) => pool.find(constant) === undefined);
  if (missing !== undefined) {
    const expected = `the constant ${toHex(bytesOf(missing))}`;
    return { offset: sections[CONSTANTS!]!.at, expected, found: 'none such' };
  }
  const { lists, records, code } = wordsOf(policies, (constant) => pool.find(constant)!);
  const whole = assemble(
    grant,
    parts,
    sections.map(({ bytes }) => bytes),
  );
  return (
    difference(layer, whole, 0) ??
    sectionFault(sections[SCHEMA!]!, parts.schema) ??
    sectionFault(sections[LABELS!]!, words([0, 0])) ??
    startFault(sections[LISTS!]!, words(lists)) ??
    startFault(sections[POLICIES!]!, words(records)) ??
    startFault(sections[CODE!]!, words(code)) ??
    forbidsFault(sections[POLICIES!]!, grant, policies.length, pool)
  );
}

/** Behind the policies that are known: for each text of `forbid` one forbid of its name, and nothing else. */
function forbidsFault({ at, bytes }: Section, grant: Grant, known: number, pool: Pool): Refusal | undefined {
  const { forbids } = grant.scope;
  const expected = `${known + forbids} policies`;
  const found = bytes.length / (RECORD_WORDS * 4);
  if (found !== known + forbids) return { offset: at, expected, found: String(found) };
  const view = viewOf(bytes);
  for (let place = 0; place < forbids; place++) {
    const start = (known + place) * RECORD_WORDS * 4;
    const [id, set, effect] = [0, 4, 8].map((field) => view.getUint32(start + field, true));
    if (id === pool.find(forbidId(grant, place)) && set === 0 && effect === FORBID_EFFECT) continue;
    return { offset: at + start, expected: `a forbid named ${grant.level}.forbid.${place}`, found: 'another policy' };
  }
  return undefined;
}

function sectionFault({ at, bytes }: Section, expected: Uint8Array): Refusal | undefined {
  return difference(bytes, expected, at);
}

function startFault({ at, bytes }: Section, expected: Uint8Array): Refusal | undefined {
  return difference(bytes.subarray(0, expected.length), expected, at);
}

const SHOWN_BYTES = 16;

function difference(found: Uint8Array, expected: Uint8Array, at: number): Refusal | undefined {
  if (same(found, expected)) return undefined;
  let alike = 0;
  while (alike < found.length && alike < expected.length && found[alike] === expected[alike]) alike++;
  const shown = (bytes: Uint8Array) => toHex(bytes.subarray(alike, alike + SHOWN_BYTES)) || 'the end';
  return { offset: at + alike, expected: shown(expected), found: shown(found) };
}

/** How many policies `policiesOf` gives, without making them. */
function policyCount({ scope: { names, endpoints, dynamic } }: Grant): number {
  const { read, write, exec, tools, models } = names;
  const single = [exec, tools, models, endpoints.connect, endpoints.listen];
  const entries = single.reduce((count, list) => count + list.length, 2 * (read.length + write.length));
  return entries + (dynamic ? 1 : 2);
}

function constantsOf(policies: readonly Policy[]): Constant[] {
  const constants = new Set<Constant>();
  wordsOf(policies, (constant) => {
    constants.add(constant);
    return 0;
  });
  return [...constants].toSorted(ascending);
}

/** The words of the sections of lists, policies and code, with each constant's index. */
function wordsOf(policies: readonly Policy[], indexOf: (constant: Constant) => number) {
  const lists: number[] = [];
  // By its actions: where a list stands. The actions of one list of a scope are one array.
  const listAt = new Map<readonly Constant[], number>();
  const records: number[] = [];
  const code: number[] = [];
  const listOf = (actions: readonly Constant[]): number => {
    let at = listAt.get(actions);
    if (at === undefined) {
      listAt.set(actions, (at = lists.length));
      lists.push(actions.length, ...actions.map(indexOf));
    }
    return actions.length === 1 ? (at | ACTION_EXACT) >>> 0 : at;
  };
  for (const { id, effect, actions, resource, code: instructions } of policies) {
    const action = listOf(actions);
    const end = [action, code.length, instructions.length];
    records.push(
      indexOf(id),
      0,
      ...EFFECTS[effect],
      NONE,
      0,
      NONE,
      0,
      NONE,
      NONE,
      ...fieldsOf(resource, indexOf),
      ...end,
    );
    for (const [opcode, operand] of instructions) {
      code.push((opcode | ((typeof operand === 'number' ? operand : indexOf(operand)) << 8)) >>> 0);
    }
  }
  return { lists, records, code };
}

function fieldsOf({ kind, type, entity }: Resource, indexOf: (constant: Constant) => number): number[] {
  return [kind, type === undefined ? NONE : indexOf(type), entity === undefined ? NONE : indexOf(entity)];
}

function assemble({ uses }: Grant, { subject }: LayerParts, sections: readonly Uint8Array[]): Uint8Array {
  const length = sections.reduce((sum, section) => sum + padded(section.length), HEADER_BYTES);
  const layer = new Uint8Array(length);
  const view = viewOf(layer);
  layer.set(MAGIC);
  layer.set(subject, SUBJECT_AT);
  view.setUint32(USES_AT, uses ?? 0, true);
  let at = HEADER_BYTES;
  for (const [i, section] of sections.entries()) {
    view.setUint32(LENGTHS_AT + i * 4, section.length, true);
    layer.set(section, at);
    at += padded(section.length);
  }
  return layer;
}

function poolOf(constants: readonly Constant[]): Uint8Array {
  let end = 0;
  const offsets = constants.map(({ length }) => (end += length));
  const start = words([constants.length, 0, ...offsets]);
  const pool = new Uint8Array(start.length + end);
  pool.set(start);
  pool.set(bytesOf(constants.join('')), start.length);
  return pool;
}

/** The constants of a layer that was read. */
class Pool {
  readonly #view: DataView;
  readonly #count: number;
  readonly #items: Uint8Array;

  private constructor(view: DataView, count: number, items: Uint8Array) {
    this.#view = view;
    this.#count = count;
    this.#items = items;
  }

  /** Undefined if the offsets do not fit. */
  static of(section: Uint8Array): Pool | undefined {
    const view = viewOf(section);
    const count = section.length < 8 ? Infinity : view.getUint32(0, true);
    const start = 4 * (count + 2);
    return start > section.length ? undefined : new Pool(view, count, section.subarray(start));
  }

  /** The index of a constant. Where constants do not ascend, it may not be found; what is found is that constant. */
  find(constant: Constant): number | undefined {
    const wanted = bytesOf(constant);
    let [low, high] = [0, this.#count];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const order = compare(this.#at(middle), wanted);
      if (order === 0) return middle;
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return undefined;
  }

  #at(index: number): Uint8Array {
    const offset = (place: number) => this.#view.getUint32(4 * (place + 1), true);
    return this.#items.subarray(offset(index), offset(index + 1));
  }
}

function compare(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}

function bytesOf(characters: string): Uint8Array {
  const bytes = new Uint8Array(characters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = characters.charCodeAt(i);
  return bytes;
}

function words(numbers: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(numbers.length * 4);
  const view = viewOf(bytes);
  for (let i = 0; i < numbers.length; i++) view.setUint32(i * 4, numbers[i]!, true);
  return bytes;
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

function padded(length: number): number {
  return Math.ceil(length / 4) * 4;
}
