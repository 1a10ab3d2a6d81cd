// Section 4 of a program (SPEC §8.1): the schema as tables. The order of everything follows from the model alone.

import {
  ACTIONS_MAX,
  ATTRIBUTE_REQUIRED,
  ATTRIBUTE_SENSITIVE,
  ENTITY_KIND,
  NONE,
  SUPPLIED,
  SUPPLIED_SHIFT,
  TYPES_MAX,
  VALUE_KIND,
} from './format.ts';
import type { EntityUid } from './expression.ts';
import type { SuppliedName } from './domain.ts';
import { derivedKind, isSensitive, isSupplied } from './domain.ts';
import type { Constant } from './pool.ts';
import { Pool, poolBytes, wordBytes } from './pool.ts';
import type { Action, Attribute, EntityType, SchemaModel, Type } from './schema.ts';
import { uidKey } from './schema.ts';

/** The section's bytes, or what the engine cannot hold of this schema. */
export function schemaSection(schema: SchemaModel): Uint8Array | { tooMany: string; max: number } {
  const builder = new SectionBuilder(schema);
  if (schema.actions.length > ACTIONS_MAX) return { tooMany: 'actions', max: ACTIONS_MAX };
  if (builder.typesMax > TYPES_MAX) return { tooMany: 'types', max: TYPES_MAX };
  return builder.bytes();
}

// Six counts; then, of each array, elements of so many words.
const COUNTS = 6;
const VALUE_TYPE_WORDS = 2;
const ATTRIBUTE_WORDS = 3;
const ELEMENT_WORDS = [VALUE_TYPE_WORDS, ATTRIBUTE_WORDS, 2, 8, 9, 1];

/**
 * The names of the context attributes that a schema section marks as sensitive: their values are redacted when they are
 * recorded (SPEC §9.6). Trusts that it is one.
 */
export function sensitiveIn(section: Uint8Array): string[] {
  const view = new DataView(section.buffer, section.byteOffset, section.length);
  const word = (index: number): number => view.getUint32(4 * index, true);
  const attributes = COUNTS + word(0) * VALUE_TYPE_WORDS;
  const pool = ELEMENT_WORDS.reduce((sum, words, array) => sum + word(array) * words, COUNTS);
  const marked = Array.from({ length: word(1) }, (_, index) => attributes + index * ATTRIBUTE_WORDS)
    .filter((at) => (word(at + 2) & ATTRIBUTE_SENSITIVE) !== 0)
    .map((at) => word(at));
  const items = 4 * (pool + 1 + word(pool) + 1);
  return [...new Set(marked)]
    .toSorted((a, b) => a - b)
    .map((name) => textOf(section.subarray(items + word(pool + 1 + name), items + word(pool + 2 + name))));
}

/** The text in an item of CBOR. */
function textOf(item: Uint8Array): string {
  const length = item[0]! & 31;
  return new TextDecoder().decode(item.subarray(length < 24 ? 1 : 1 + 2 ** (length - 24)));
}

class SectionBuilder {
  readonly #names = new Pool();
  readonly #valueTypes: number[][] = [];
  readonly #attributes: number[][] = [];
  readonly #records: number[][] = [];
  readonly #entityTypes: number[][] = [];
  readonly #actions: number[][] = [];
  readonly #indexes: number[] = [];
  readonly #known = new Map<string, number>();
  readonly #sortedNames: Constant[];
  readonly #typeIndex: Map<string, number>;
  readonly #actionIndex: Map<string, number>;

  constructor({ entityTypes, actions }: SchemaModel) {
    const actionTypes = [...new Set(actions.map(({ uid }) => uid.type))].map((name): EntityType => {
      return { name, annotations: new Map(), parents: [], attributes: [] };
    });
    const actionTypeNames = new Set(actionTypes.map(({ name }) => name));
    const types = [...entityTypes, ...actionTypes];
    for (const { name, attributes, tags, ids = [] } of types) {
      for (const text of [name, ...ids]) this.#names.intern(text);
      this.#internAttributes(attributes);
      if (tags) this.#internType(tags);
    }
    for (const { uid, context } of actions) {
      this.#names.intern(uid.id);
      this.#internAttributes(context);
    }
    this.#sortedNames = this.#names.inOrder();
    const sortedTypes = types.toSorted((a, b) => this.#name(a.name) - this.#name(b.name));
    this.#typeIndex = new Map(sortedTypes.map(({ name }, index) => [name, index]));
    const sortedActions = actions.toSorted(
      (a, b) => this.#type(a.uid.type) - this.#type(b.uid.type) || this.#name(a.uid.id) - this.#name(b.uid.id),
    );
    this.#actionIndex = new Map(sortedActions.map(({ uid }, index) => [uidKey(uid), index]));
    for (const type of sortedTypes) {
      const kind = actionTypeNames.has(type.name) ? 'action' : (derivedKind(type) ?? 'plain');
      this.#entityTypes.push(this.#entityType(type, ENTITY_KIND[kind]));
    }
    for (const action of sortedActions) this.#actions.push(this.#action(action));
  }

  /** The longest of the tables that hold types. */
  get typesMax(): number {
    return Math.max(this.#valueTypes.length, this.#records.length, this.#entityTypes.length);
  }

  bytes(): Uint8Array {
    const tables = [this.#valueTypes, this.#attributes, this.#records, this.#entityTypes, this.#actions];
    const counts = [...tables.map(({ length }) => length), this.#indexes.length];
    const words = wordBytes([...counts, ...tables.flat(2), ...this.#indexes]);
    const names = poolBytes(this.#sortedNames);
    const section = new Uint8Array(words.length + names.length);
    section.set(words);
    section.set(names, words.length);
    return section;
  }

  #internAttributes(attributes: Attribute[]): void {
    for (const { name, type } of attributes) {
      this.#names.intern(name);
      this.#internType(type);
    }
  }

  #internType(type: Type): void {
    if (type.kind === 'set') this.#internType(type.element);
    if (type.kind === 'record') this.#internAttributes(type.attributes);
  }

  #entityType({ name, parents, attributes, tags, ids = [] }: EntityType, kind: number): number[] {
    const parentRange = this.#range(parents.map((parent) => this.#type(parent)));
    const record = this.#record(attributes, false);
    const tagType = tags ? this.#valueType(tags) : NONE;
    const idRange = this.#range(ids.map((id) => this.#name(id)));
    return [this.#name(name), kind, ...parentRange, record, tagType, ...idRange];
  }

  #action({ uid, ancestors, principals, resources, context }: Action): number[] {
    const groups = this.#range(ancestors.map((ancestor: EntityUid) => this.#actionIndex.get(uidKey(ancestor))!));
    const principalRange = this.#range(principals.map((type) => this.#type(type)));
    const resourceRange = this.#range(resources.map((type) => this.#type(type)));
    const record = this.#record(context, true);
    return [this.#type(uid.type), this.#name(uid.id), ...groups, ...principalRange, ...resourceRange, record];
  }

  #valueType(type: Type): number {
    const of = this.#of(type);
    return this.#once(`type ${type.kind} ${of}`, this.#valueTypes, () => [VALUE_KIND[type.kind], of]);
  }

  #of(type: Type): number {
    if (type.kind === 'set') return this.#valueType(type.element);
    if (type.kind === 'record') return this.#record(type.attributes, false);
    return type.kind === 'entity' ? this.#type(type.name) : 0;
  }

  #record(attributes: Attribute[], isContext: boolean): number {
    const rows = attributes
      .map((attribute) => {
        const supplied = isContext && isSupplied(attribute) ? SUPPLIED[attribute.name as SuppliedName] : 0;
        const required = attribute.required ? ATTRIBUTE_REQUIRED : 0;
        const sensitive = isContext && isSensitive(attribute) ? ATTRIBUTE_SENSITIVE : 0;
        const flags = required | sensitive | (supplied << SUPPLIED_SHIFT);
        return [this.#name(attribute.name), this.#valueType(attribute.type), flags];
      })
      .toSorted(([a], [b]) => a! - b!);
    return this.#once(`record ${rows.join(' ')}`, this.#records, () => {
      const first = this.#attributes.length;
      this.#attributes.push(...rows);
      return [first, rows.length];
    });
  }

  #once(key: string, table: number[][], row: () => number[]): number {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    table.push(row());
    this.#known.set(key, table.length - 1);
    return table.length - 1;
  }

  /** An ascending list in `indexes`: where it starts, how many. */
  #range(items: number[]): [first: number, count: number] {
    const ascending = [...new Set(items)].toSorted((a, b) => a - b);
    const first = this.#indexes.length;
    this.#indexes.push(...ascending);
    return [first, ascending.length];
  }

  #name(text: string): number {
    return this.#names.intern(text).index;
  }

  #type(name: string): number {
    return this.#typeIndex.get(name)!;
  }
}
