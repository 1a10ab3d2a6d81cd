// Owns: the tables of the schema section (SPEC §8.1): what types, records and actions there are. Layers carry the same
// bytes, so there is one schema at a time. Trusts: the section, which check-schema.ts checked. Excludes: finding by
// name (find.ts).

import { compare } from '../value/bytes';
import { head, headArgument } from '../value/cbor';
import { ATTRIBUTE_REQUIRED, ATTRIBUTE_SENSITIVE, KIND_PLAIN, NONE } from '../numbers/format';
import { LIMIT, TRUNCATED } from '../numbers/codes';
import { ACTIONS_MAX, TABLE_MAX } from '../numbers/limits';
import { poolItem } from './pool';

const HEAD_BYTES: u32 = 24;
const VALUE_TYPE_BYTES: u32 = 8;
const RECORD_BYTES: u32 = 8;
export const ATTRIBUTE_STEP: u32 = 12;
const ENTITY_TYPE_BYTES: u32 = 32;
const ACTION_BYTES: u32 = 36;

let valueTypes: u32 = 0;
let valueTypeTotal: u32 = 0;
let attributes: u32 = 0;
let attributeTotal: u32 = 0;
let records: u32 = 0;
let recordTotal: u32 = 0;
let entityTypes: u32 = 0;
let entityTypeTotal: u32 = 0;
let actions: u32 = 0;
let actionTotal: u32 = 0;
let indexes: u32 = 0;
let indexTotal: u32 = 0;
let names: u32 = 0;

/** Lays the tables out over the section [p, p + length); returns 0 or a load reason. */
export function layOutSchema(p: u32, length: u32): u32 {
  if (length < HEAD_BYTES) return TRUNCATED;
  valueTypeTotal = load<u32>(p);
  attributeTotal = load<u32>(p, 4);
  recordTotal = load<u32>(p, 8);
  entityTypeTotal = load<u32>(p, 12);
  actionTotal = load<u32>(p, 16);
  indexTotal = load<u32>(p, 20);
  if (valueTypeTotal > TABLE_MAX || recordTotal > TABLE_MAX || entityTypeTotal > TABLE_MAX) return LIMIT;
  if (actionTotal > ACTIONS_MAX) return LIMIT;
  // Bounds the products below; no program is as long as that.
  if (attributeTotal > length || indexTotal > length) return TRUNCATED;
  valueTypes = p + HEAD_BYTES;
  attributes = valueTypes + valueTypeTotal * VALUE_TYPE_BYTES;
  records = attributes + attributeTotal * ATTRIBUTE_STEP;
  entityTypes = records + recordTotal * RECORD_BYTES;
  actions = entityTypes + entityTypeTotal * ENTITY_TYPE_BYTES;
  indexes = actions + actionTotal * ACTION_BYTES;
  names = indexes + (indexTotal << 2);
  return names - p > length ? TRUNCATED : 0;
}

export function valueTypeCount(): u32 {
  return valueTypeTotal;
}

export function attributeCount(): u32 {
  return attributeTotal;
}

export function recordCount(): u32 {
  return recordTotal;
}

export function entityTypeCount(): u32 {
  return entityTypeTotal;
}

export function actionCount(): u32 {
  return actionTotal;
}

export function indexCount(): u32 {
  return indexTotal;
}

/** The pool of names. */
export function namesPool(): u32 {
  return names;
}

export function indexAt(i: u32): u32 {
  return load<u32>(indexes + (i << 2));
}

export function nameText(i: u32): u32 {
  return poolItem(names, i);
}

export function valueTypeKind(t: u32): u32 {
  return load<u32>(valueTypes + t * VALUE_TYPE_BYTES);
}

/** The element type, record or entity type of value type t. */
export function valueTypeOf(t: u32): u32 {
  return load<u32>(valueTypes + t * VALUE_TYPE_BYTES, 4);
}

/** u32s: first attribute, count. */
export function recordAt(record: u32): u32 {
  return records + record * RECORD_BYTES;
}

/** The attribute with this index: u32s: name, value type, flags. */
export function attributeAt(i: u32): u32 {
  return attributes + i * ATTRIBUTE_STEP;
}

/**
 * The attributes of a record are the places [firstAttribute, endAttribute) in steps of ATTRIBUTE_STEP, ascending by
 * name.
 */
export function firstAttribute(record: u32): u32 {
  return attributes + load<u32>(recordAt(record)) * ATTRIBUTE_STEP;
}

export function endAttribute(record: u32): u32 {
  return firstAttribute(record) + load<u32>(recordAt(record), 4) * ATTRIBUTE_STEP;
}

export function attributeName(attribute: u32): u32 {
  return nameText(load<u32>(attribute));
}

export function attributeType(attribute: u32): u32 {
  return load<u32>(attribute, 4);
}

/** Whether a caller must give it: it is required, and not supplied. */
export function isOwed(attribute: u32): bool {
  return (load<u32>(attribute, 8) & ~ATTRIBUTE_SENSITIVE) === ATTRIBUTE_REQUIRED;
}

/** Which supplied attribute it is, or 0 (SPEC §8.1). */
export function suppliedKind(attribute: u32): u32 {
  return load<u32>(attribute, 8) >> 8;
}

/** Whether it may only stand in a context: it is supplied or sensitive. */
export function isOfContext(attribute: u32): bool {
  return (load<u32>(attribute, 8) & ~ATTRIBUTE_REQUIRED) !== 0;
}

/** u32s: name, kind, parents (first, count), record, tags, ids (first, count). */
export function entityTypeAt(type: u32): u32 {
  return entityTypes + type * ENTITY_TYPE_BYTES;
}

export function typeText(type: u32): u32 {
  return nameText(load<u32>(entityTypeAt(type)));
}

/** The kind of a type; of an unknown one (NONE): plain. */
export function typeKind(type: u32): u32 {
  return type === NONE ? KIND_PLAIN : load<u32>(entityTypeAt(type), 4);
}

export function isDerived(type: u32): bool {
  return typeKind(type) !== KIND_PLAIN;
}

/** The one parent type of a derived type. */
export function derivedParent(type: u32): u32 {
  return indexAt(load<u32>(entityTypeAt(type), 8));
}

export function hasParentType(type: u32, parent: u32): bool {
  return isListed(load<u32>(entityTypeAt(type), 8), load<u32>(entityTypeAt(type), 12), parent);
}

export function typeRecord(type: u32): u32 {
  return load<u32>(entityTypeAt(type), 16);
}

/** The value type of a type's tags, or NONE. */
export function typeTags(type: u32): u32 {
  return load<u32>(entityTypeAt(type), 20);
}

/**
 * Whether an entity of this type must stand in the store: it has attributes, tags or declared parents (SPEC §5.1, code
 * 10).
 */
export function needsStore(type: u32): bool {
  if (type === NONE) return false;
  const p = entityTypeAt(type);
  if (load<u32>(p, 20) !== NONE || load<u32>(recordAt(load<u32>(p, 16)), 4) !== 0) return true;
  return load<u32>(p, 4) === KIND_PLAIN && load<u32>(p, 12) !== 0;
}

/** Whether an entity of this type may have the id [id, idEnd): any, unless the type is enumerated. */
export function isIdAllowed(type: u32, id: u32, idEnd: u32): bool {
  let high = load<u32>(entityTypeAt(type), 28);
  if (high === 0) return true;
  const first = load<u32>(entityTypeAt(type), 24);
  // By bisection, as names ascend: shorter ones first, then by their bytes.
  let low: u32 = 0;
  while (low < high) {
    const middle = (low + high) >> 1;
    const name = head(nameText(indexAt(first + middle)));
    const n = headArgument() as u32;
    const longer = (n as i32) - ((idEnd - id) as i32);
    const order = longer !== 0 ? longer : compare(name, name + n, id, idEnd);
    if (order === 0) return true;
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return false;
}

/** Whether an item is in the list of `count` ascending indexes from `first`. */
export function isListed(first: u32, count: u32, item: u32): bool {
  let low = first;
  let high = first + count;
  while (low < high) {
    const middle = (low + high) >> 1;
    const there = indexAt(middle);
    if (there === item) return true;
    if (there < item) low = middle + 1;
    else high = middle;
  }
  return false;
}

/** u32s: entity type, name, ancestors, principals, resources (each first, count), record. */
export function actionAt(action: u32): u32 {
  return actions + action * ACTION_BYTES;
}

export function actionType(action: u32): u32 {
  return load<u32>(actionAt(action));
}

export function actionName(action: u32): u32 {
  return nameText(load<u32>(actionAt(action), 4));
}

export function actionAncestorCount(action: u32): u32 {
  return load<u32>(actionAt(action), 12);
}

export function actionAncestor(action: u32, i: u32): u32 {
  return indexAt(load<u32>(actionAt(action), 8) + i);
}

export function takesPrincipal(action: u32, type: u32): bool {
  return isListed(load<u32>(actionAt(action), 16), load<u32>(actionAt(action), 20), type);
}

export function takesResource(action: u32, type: u32): bool {
  return isListed(load<u32>(actionAt(action), 24), load<u32>(actionAt(action), 28), type);
}

export function contextRecord(action: u32): u32 {
  return load<u32>(actionAt(action), 32);
}
