// Owns: whether a layer's bytes are those that its grant makes: SPEC §11.4, in the form of §8. A layer whose grant
// lists `forbid` is checked but for what those policies say.
// Trusts: that the grant counts, and the schema section.
import { same, toHex } from '../record/bytes.ts';
import type { Refusal } from '../record/finding.ts';
import { ascending, decisionsOf, expectationsOf, forbidId } from './layer-policies.ts';
import type { Constant, Policy, Resource } from './layer-policies.ts';
import type { Grant } from './grant.ts';
import type { Scope } from './scope.ts';

/** What a layer has of its own besides its policies. */
export interface LayerParts {
  /** SHA-256 of the grant's token. */
  subject: Uint8Array;
  /** The program's schema section. */
  schema: Uint8Array;
}

const HEADER_BYTES = 68;
// "PLMB" and the format version.
const MAGIC = Uint8Array.of(0x50, 0x4c, 0x4d, 0x42, 2, 0);
const LENGTHS_AT = 8;
const SUBJECT_AT = 32;
const USES_AT = 64;
const RECORD_WORDS = 16;
const NONE = 0xffffffff;
const ACTION_EXACT = 0x80000000;
const EFFECTS = { permit: [0, 0], approve: [1, 4], forbid: [1, 6] } as const;
const FORBID_EFFECT = 1;
const SETS = { decision: 0, expect: 2 } as const;
const COUNTED = 4;

// The sections behind the header, by their place in its list of lengths.
const [CONSTANTS, LISTS, SCHEMA, LABELS, POLICIES, CODE] = [0, 1, 2, 3, 4, 5];

/** The layer of a grant without `forbid`. */
export function layerBytes(grant: Grant, parts: LayerParts): Uint8Array {
  const policies = [...decisionsOf(grant), ...expectationsOf(grant)];
  const constants = constantsOf(policies);
  const places = new Map(constants.map((constant, place) => [constant, place]));
  const lists = new Lists();
  const { records, code } = wordsOf(policies, (constant) => places.get(constant)!, lists);
  const pool = poolOf(constants);
  return assemble(grant, parts, [pool, words(lists.words), parts.schema, words([0, 0]), words(records), words(code)]);
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
  const [decisions, expectations] = [decisionsOf(grant), expectationsOf(grant)];
  const missing = constantsOf([...decisions, ...expectations]).find((constant) => pool.find(constant) === undefined);
  if (missing !== undefined) {
    const expected = `the constant ${toHex(bytesOf(missing))}`;
    return { offset: sections[CONSTANTS!]!.at, expected, found: 'none such' };
  }
  const indexOf = (constant: Constant) => pool.find(constant)!;
  const lists = new Lists();
  const { records, code } = wordsOf(decisions, indexOf, lists);
  const whole = assemble(
    grant,
    parts,
    sections.map(({ bytes }) => bytes),
  );
  const fault =
    difference(layer, whole, 0) ??
    sectionFault(sections[SCHEMA!]!, parts.schema) ??
    sectionFault(sections[LABELS!]!, words([0, 0])) ??
    startFault(sections[LISTS!]!, words(lists.words)) ??
    startFault(sections[POLICIES!]!, words(records)) ??
    startFault(sections[CODE!]!, words(code));
  if (fault) return fault;
  const end = forbidsEnd(sections[POLICIES!]!, grant, { known: decisions.length, code: code.length }, pool);
  if ('expected' in end) return end;
  return expectationsFault(sections, expectations, indexOf, end);
}

/** Where something of a layer ends: how many policies, and instructions. */
interface Place {
  known: number;
  code: number;
}

/** Behind the policies that are known: for each text of `forbid` one forbid of its name, and its code. */
function forbidsEnd({ at, bytes }: Section, grant: Grant, start: Place, pool: Pool): Place | Refusal {
  let { known, code } = start;
  const view = viewOf(bytes);
  for (let place = 0; place < grant.scope.forbids; place++, known++) {
    const record = known * RECORD_WORDS * 4;
    const name = `${grant.level}.forbid.${place}`;
    const expected = `a forbid named ${name}, and its code at ${code}`;
    if (record + RECORD_WORDS * 4 > bytes.length) return { offset: at + record, expected, found: 'the end' };
    const [id, set, effect, first, length] = [0, 1, 2, 14, 15].map((field) => view.getUint32(record + field * 4, true));
    if (
      id !== pool.find(forbidId(grant, place)) ||
      set !== SETS.decision ||
      effect !== FORBID_EFFECT ||
      first !== code
    ) {
      return { offset: at + record, expected, found: 'another policy' };
    }
    code += length!;
  }
  return { known, code };
}

/**
 * Behind the forbids, the policies of the set `expect` and nothing else. Lists of theirs may be those of the forbids.
 */
function expectationsFault(
  sections: Section[],
  policies: Policy[],
  indexOf: (constant: Constant) => number,
  start: Place,
): Refusal | undefined {
  const [lists, records, code] = [LISTS, POLICIES, CODE].map((section) => sections[section!]!) as [
    Section,
    Section,
    Section,
  ];
  const present = Lists.of(lists.bytes);
  if (!present) return { offset: lists.at, expected: 'lists, each with its count', found: 'others' };
  const expected = wordsOf(policies, indexOf, present, start.code);
  if (present.words.length * 4 !== lists.bytes.length) {
    return { offset: lists.at + lists.bytes.length, expected: 'all lists that policies name', found: 'the end' };
  }
  return restFault(records, start.known * RECORD_WORDS, expected.records) ?? restFault(code, start.code, expected.code);
}

/** Whether a section has these words from one of its words on, and no others. */
function restFault({ at, bytes }: Section, from: number, expected: number[]): Refusal | undefined {
  const wanted = `${from + expected.length} words`;
  if (from * 4 > bytes.length) return { offset: at + bytes.length, expected: wanted, found: 'the end' };
  return difference(bytes.subarray(from * 4), words(expected), at + from * 4);
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

/** How many policies a grant has but for those of `forbid`, without making them. */
function policyCount({ scope, expect }: Grant): number {
  const asks = scope.tools.filter(({ orAsk }) => orAsk).length;
  return permitCount(scope) + asks + (scope.dynamic ? 1 : 2) + (expect ? permitCount(expect) : 0);
}

function permitCount({ names: { read, write, exec, models }, endpoints: { connect, listen }, tools }: Scope): number {
  const single = [exec, connect, listen, tools, models];
  return single.reduce((count, list) => count + list.length, 2 * (read.length + write.length));
}

function constantsOf(policies: readonly Policy[]): Constant[] {
  const constants = new Set<Constant>();
  const add = (constant: Constant) => {
    constants.add(constant);
    return 0;
  };
  wordsOf(policies, add, new Lists());
  return [...constants].toSorted(ascending);
}

/** Lists in order of their first use. */
class Lists {
  readonly words: number[] = [];
  readonly #places = new Map<string, number>();

  /** Those of a layer that was read; undefined if they do not fill the section. */
  static of(section: Uint8Array): Lists | undefined {
    const view = viewOf(section);
    const lists = new Lists();
    const word = (place: number) => view.getUint32(place * 4, true);
    const end = Math.floor(section.length / 4);
    while (lists.words.length < end) {
      const count = word(lists.words.length);
      const first = lists.words.length + 1;
      if (count > end - first) return undefined;
      lists.#add(Array.from({ length: count }, (_, i) => word(first + i)));
    }
    return lists;
  }

  /** The index of a list, which is added if it is a new one. */
  indexOf(items: readonly number[]): number {
    return this.#places.get(items.join()) ?? this.#add(items);
  }

  #add(items: readonly number[]): number {
    const place = this.words.length;
    const key = items.join();
    if (!this.#places.has(key)) this.#places.set(key, place);
    this.words.push(items.length);
    for (const item of items) this.words.push(item);
    return place;
  }
}

/**
 * The words of the sections of policies and code, with each constant's and list's index. `from`: instructions before.
 */
function wordsOf(policies: readonly Policy[], indexOf: (constant: Constant) => number, lists: Lists, from = 0) {
  const records: number[] = [];
  const code: number[] = [];
  for (const { id, set, effect, count, actions, resource, code: instructions } of policies) {
    const list = lists.indexOf(actions.map(indexOf));
    const action = actions.length === 1 ? (list | ACTION_EXACT) >>> 0 : list;
    const attached = count === undefined ? [0, NONE] : [COUNTED, count];
    records.push(indexOf(id), SETS[set], ...EFFECTS[effect], NONE, ...attached, 0, NONE, NONE);
    records.push(...fieldsOf(resource, indexOf), action, from + code.length, instructions.length);
    for (const [opcode, operand] of instructions) {
      const index =
        typeof operand === 'number'
          ? operand
          : typeof operand === 'string'
            ? indexOf(operand)
            : lists.indexOf(operand.map((item) => (item === null ? NONE : indexOf(item))));
      code.push((opcode | (index << 8)) >>> 0);
    }
  }
  return { records, code };
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
