// The schema section (SPEC §8.1): checks it at load, and answers what types, records and actions there are.
// Owns the tables by which names of a request become indexes. Layers carry the same bytes, so there is one schema at a time.

import { equal, mix } from './bytes';
import { head, headArgument, skip } from './cbor';
import { BAD_INDEX, BAD_VALUE, LIMIT, OUT_OF_ORDER, TRUNCATED } from './codes';
import {
  KIND_ACTION,
  KIND_DOMAIN,
  KIND_ENDPOINT,
  KIND_HOST,
  KIND_PATH,
  KIND_PLAIN,
  KIND_QUALIFIED,
  NONE,
  SUPPLIED_NAME,
  SUPPLIED_PORT,
  SUPPLIED_SEGMENTS,
  TYPE_ENTITY,
  TYPE_IPADDR,
  TYPE_RECORD,
  TYPE_SET,
} from './format';
import { ACTIONS_MAX, TABLE_MAX } from './limits';
import { allocateInLevel } from './level';
import { checkPool, poolCount, poolItem, resolvePool } from './pool';
import { hashUid } from './uid';

const HEAD_BYTES: u32 = 24;
const VALUE_TYPE_BYTES: u32 = 8;
const ATTRIBUTE_BYTES: u32 = 12;
const RECORD_BYTES: u32 = 8;
const ENTITY_TYPE_BYTES: u32 = 32;
const ACTION_BYTES: u32 = 36;
const ACTION_FACTS_BYTES: u32 = 8; // what is derived from an action at load: supplied mask, member mask

let valueTypes: u32 = 0;
let valueTypeCount: u32 = 0;
let attributes: u32 = 0;
let attributeCount: u32 = 0;
let records: u32 = 0;
let recordCount: u32 = 0;
let entityTypes: u32 = 0;
let entityTypeCount: u32 = 0;
let actions: u32 = 0;
let actionTotal: u32 = 0;
let indexes: u32 = 0;
let indexCount: u32 = 0;
let names: u32 = 0;

const TYPE_SLOT_BYTES: u32 = 16;

let typeSlots: u32 = 0; // u64 key of its name, u32: entity type + 1, or 0
let typeSlotMask: u32 = 0;
let actionSlots: u32 = 0;
let actionSlotMask: u32 = 0;
let actionFacts: u32 = 0;

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

/** The attributes of a record are the places [firstAttribute, endAttribute) in steps of ATTRIBUTE_STEP, ascending by name. */
export const ATTRIBUTE_STEP: u32 = ATTRIBUTE_BYTES;

export function firstAttribute(record: u32): u32 {
  return attributes + load<u32>(records + record * RECORD_BYTES) * ATTRIBUTE_BYTES;
}

export function endAttribute(record: u32): u32 {
  return firstAttribute(record) + load<u32>(records + record * RECORD_BYTES, 4) * ATTRIBUTE_BYTES;
}

export function attributeName(attribute: u32): u32 {
  return nameText(load<u32>(attribute));
}

export function attributeType(attribute: u32): u32 {
  return load<u32>(attribute, 4);
}

function isRequired(attribute: u32): bool {
  return (load<u32>(attribute, 8) & 1) !== 0;
}

/** Whether a caller must give it: it is required, and not supplied. */
export function isOwed(attribute: u32): bool {
  return load<u32>(attribute, 8) === 1;
}

/** Which supplied attribute it is, or 0 (SPEC §8.1). */
export function suppliedKind(attribute: u32): u32 {
  return load<u32>(attribute, 8) >> 8;
}

function entityTypeAt(type: u32): u32 {
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
  return load<u32>(indexes + (load<u32>(entityTypeAt(type), 8) << 2));
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

/** Whether an entity of this type must stand in the store: it has attributes, tags or declared parents (SPEC §5.1, code 10). */
export function needsStore(type: u32): bool {
  if (type === NONE) return false;
  const p = entityTypeAt(type);
  if (load<u32>(p, 20) !== NONE || load<u32>(records + load<u32>(p, 16) * RECORD_BYTES, 4) !== 0) return true;
  return load<u32>(p, 4) === KIND_PLAIN && load<u32>(p, 12) !== 0;
}

/** Whether the id whose text is at `id` is one an entity of this type may have: any, unless the type is enumerated. */
export function isIdAllowed(type: u32, id: u32, idEnd: u32): bool {
  const count = load<u32>(entityTypeAt(type), 28);
  if (count === 0) return true;
  const first = load<u32>(entityTypeAt(type), 24);
  for (let i: u32 = 0; i < count; i++) {
    const text = nameText(load<u32>(indexes + ((first + i) << 2)));
    const p = head(text);
    const n = headArgument() as u32;
    if (n === idEnd - id && equal(p, id, n)) return true;
  }
  return false;
}

function isListed(first: u32, count: u32, item: u32): bool {
  for (let i: u32 = 0; i < count; i++) if (load<u32>(indexes + ((first + i) << 2)) === item) return true;
  return false;
}

function actionAt(action: u32): u32 {
  return actions + action * ACTION_BYTES;
}

export function actionCount(): u32 {
  return actionTotal;
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
  return load<u32>(indexes + ((load<u32>(actionAt(action), 8) + i) << 2));
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

/** Bit k: the action's context has supplied attribute k. */
export function suppliedMask(action: u32): u32 {
  return load<u32>(actionFacts + action * ACTION_FACTS_BYTES);
}

/** The bits (index modulo 32) of the action itself and of all actions below it. */
export function memberMask(action: u32): u32 {
  return load<u32>(actionFacts + action * ACTION_FACTS_BYTES, 4);
}

// The first eight bytes of the text at p in CBOR, or all of it, shifted to the top: of a name up to seven bytes that is the whole.
function textKey(p: u32, end: u32): u64 {
  return end - p >= 8 ? load<u64>(p) : load<u64>(p) << (64 - (((end - p) as u64) << 3));
}

function typeSlot(key: u64): u32 {
  return ((mix(key, 0) >> 32) as u32) & typeSlotMask;
}

/** The entity type whose name is the text at p, or NONE. */
export function findType(p: u32): u32 {
  const end = head(p) + (headArgument() as u32);
  const key = textKey(p, end);
  let slot = typeSlot(key);
  while (true) {
    const entry = typeSlots + slot * TYPE_SLOT_BYTES;
    const found = load<u32>(entry, 8);
    if (found === 0) return NONE;
    if (load<u64>(entry) === key && (end - p <= 8 || equal(typeText(found - 1), p, end - p))) return found - 1;
    slot = (slot + 1) & typeSlotMask;
  }
}

/** The action of this type with the id [id, idEnd), or NONE. */
export function findAction(type: u32, id: u32, idEnd: u32): u32 {
  let slot = hashUid(type, KIND_ACTION, id, idEnd) & actionSlotMask;
  while (true) {
    const found = load<u32>(actionSlots + (slot << 2));
    if (found === 0) return NONE;
    if (actionType(found - 1) === type) {
      const name = head(actionName(found - 1));
      const n = headArgument() as u32;
      if (n === idEnd - id && equal(name, id, n)) return found - 1;
    }
    slot = (slot + 1) & actionSlotMask;
  }
}

// A list of indexes: inside `indexes`, ascending, each below `limit`.
function checkList(first: u32, count: u32, limit: u32): u32 {
  if (first > indexCount || count > indexCount - first) return BAD_INDEX;
  for (let i: u32 = 0; i < count; i++) {
    const item = load<u32>(indexes + ((first + i) << 2));
    if (item >= limit) return BAD_INDEX;
    if (i > 0 && load<u32>(indexes + ((first + i - 1) << 2)) >= item) return OUT_OF_ORDER;
  }
  return 0;
}

function checkValueTypes(): u32 {
  for (let t: u32 = 0; t < valueTypeCount; t++) {
    const kind = valueTypeKind(t);
    const inner = valueTypeOf(t);
    if (kind > TYPE_IPADDR) return BAD_VALUE;
    if (kind === TYPE_SET) {
      if (inner >= t) return BAD_INDEX;
    } else if (kind === TYPE_RECORD) {
      if (inner >= recordCount) return BAD_INDEX;
      for (let a = firstAttribute(inner); a < endAttribute(inner); a += ATTRIBUTE_BYTES) {
        if (attributeType(a) >= t) return BAD_INDEX;
        if (suppliedKind(a) !== 0) return BAD_VALUE;
      }
    } else if (kind === TYPE_ENTITY) {
      if (inner >= entityTypeCount) return BAD_INDEX;
    } else if (inner !== 0) {
      return BAD_VALUE;
    }
  }
  return 0;
}

function checkRecords(): u32 {
  let next: u32 = 0;
  for (let r: u32 = 0; r < recordCount; r++) {
    const count = load<u32>(records + r * RECORD_BYTES, 4);
    if (load<u32>(records + r * RECORD_BYTES) !== next || count > attributeCount - next) return BAD_INDEX;
    for (let i: u32 = 0; i < count; i++) {
      const a = attributes + (next + i) * ATTRIBUTE_BYTES;
      if (load<u32>(a) >= poolCount(names) || attributeType(a) >= valueTypeCount) return BAD_INDEX;
      if (i > 0 && load<u32>(a - ATTRIBUTE_BYTES) >= load<u32>(a)) return OUT_OF_ORDER;
      const supplied = suppliedKind(a);
      if ((load<u32>(a, 8) & 0xfe) !== 0 || supplied > SUPPLIED_PORT) return BAD_VALUE;
      if (supplied !== 0 && !isRequired(a)) return BAD_VALUE;
    }
    next += count;
  }
  return next === attributeCount ? 0 : BAD_INDEX;
}

function checkDerivation(type: u32): u32 {
  const kind = typeKind(type);
  const parents = load<u32>(entityTypeAt(type), 12);
  if (kind === KIND_PLAIN) return 0;
  if (kind === KIND_ACTION) {
    return parents === 0 &&
      typeTags(type) === NONE &&
      firstAttribute(typeRecord(type)) === endAttribute(typeRecord(type))
      ? 0
      : BAD_VALUE;
  }
  if (parents !== 1) return BAD_VALUE;
  const parent = derivedParent(type);
  const parentKind = typeKind(parent);
  if (kind === KIND_QUALIFIED) return parentKind === KIND_PLAIN ? 0 : BAD_VALUE;
  if (kind === KIND_ENDPOINT) return parentKind === KIND_HOST ? 0 : BAD_VALUE;
  if (parentKind !== (kind === KIND_PATH ? KIND_PATH : KIND_DOMAIN)) return BAD_VALUE;
  return load<u32>(entityTypeAt(parent), 12) === 1 && derivedParent(parent) === parent ? 0 : BAD_VALUE;
}

function checkEntityTypes(): u32 {
  for (let t: u32 = 0; t < entityTypeCount; t++) {
    const p = entityTypeAt(t);
    if (load<u32>(p) >= poolCount(names)) return BAD_INDEX;
    if (t > 0 && load<u32>(p - ENTITY_TYPE_BYTES) >= load<u32>(p)) return OUT_OF_ORDER;
    if (load<u32>(p, 4) > KIND_ACTION) return BAD_VALUE;
    if (typeRecord(t) >= recordCount || (typeTags(t) !== NONE && typeTags(t) >= valueTypeCount)) return BAD_INDEX;
    for (let a = firstAttribute(typeRecord(t)); a < endAttribute(typeRecord(t)); a += ATTRIBUTE_BYTES) {
      if (suppliedKind(a) !== 0) return BAD_VALUE;
    }
    let fault = checkList(load<u32>(p, 8), load<u32>(p, 12), entityTypeCount);
    if (fault === 0) fault = checkList(load<u32>(p, 24), load<u32>(p, 28), poolCount(names));
    if (fault !== 0) return fault;
  }
  for (let t: u32 = 0; t < entityTypeCount; t++) {
    const fault = checkDerivation(t);
    if (fault !== 0) return fault;
  }
  return 0;
}

function checkActions(): u32 {
  for (let i: u32 = 0; i < actionTotal; i++) {
    const p = actionAt(i);
    if (actionType(i) >= entityTypeCount || load<u32>(p, 4) >= poolCount(names)) return BAD_INDEX;
    if (typeKind(actionType(i)) !== KIND_ACTION) return BAD_VALUE;
    if (i > 0) {
      const before = actionType(i - 1);
      if (before > actionType(i) || (before === actionType(i) && load<u32>(p - ACTION_BYTES, 4) >= load<u32>(p, 4)))
        return OUT_OF_ORDER;
    }
    if (contextRecord(i) >= recordCount) return BAD_INDEX;
    let fault = checkList(load<u32>(p, 8), load<u32>(p, 12), actionTotal);
    if (fault === 0) fault = checkList(load<u32>(p, 16), load<u32>(p, 20), entityTypeCount);
    if (fault === 0) fault = checkList(load<u32>(p, 24), load<u32>(p, 28), entityTypeCount);
    if (fault !== 0) return fault;
    if (isListed(load<u32>(p, 8), load<u32>(p, 12), i)) return BAD_VALUE;
  }
  return 0;
}

// The masks of one action; a supplied `name` or `segments` needs a path to be taken from, a `port` an endpoint.
function deriveActionFacts(action: u32): u32 {
  let supplied: u32 = 0;
  const record = contextRecord(action);
  for (let a = firstAttribute(record); a < endAttribute(record); a += ATTRIBUTE_BYTES) {
    const kind = suppliedKind(a);
    if (kind === 0) continue;
    supplied |= 1 << kind;
    const isOfPath = kind === SUPPLIED_NAME || kind === SUPPLIED_SEGMENTS;
    if (!isOfPath && kind !== SUPPLIED_PORT) continue;
    const needed = isOfPath ? KIND_PATH : KIND_ENDPOINT;
    const first = load<u32>(actionAt(action), 24);
    const count = load<u32>(actionAt(action), 28);
    for (let i: u32 = 0; i < count; i++) {
      if (typeKind(load<u32>(indexes + ((first + i) << 2))) !== needed) return BAD_VALUE;
    }
  }
  const bit: u32 = 1 << (action & 31);
  const facts = actionFacts + action * ACTION_FACTS_BYTES;
  store<u32>(facts, supplied);
  store<u32>(facts, load<u32>(facts, 4) | bit, 4);
  for (let i: u32 = 0; i < actionAncestorCount(action); i++) {
    const above = actionFacts + actionAncestor(action, i) * ACTION_FACTS_BYTES;
    store<u32>(above, load<u32>(above, 4) | bit, 4);
  }
  return 0;
}

function fillSlots(): u32 {
  typeSlotMask = slotsFor(entityTypeCount) - 1;
  actionSlotMask = slotsFor(actionTotal) - 1;
  typeSlots = allocateInLevel((typeSlotMask + 1) * TYPE_SLOT_BYTES);
  actionSlots = allocateInLevel((actionSlotMask + 1) << 2);
  actionFacts = allocateInLevel(actionTotal * ACTION_FACTS_BYTES);
  if (typeSlots === 0 || actionSlots === 0 || actionFacts === 0) return LIMIT;
  for (let t: u32 = 0; t < entityTypeCount; t++) {
    const text = typeText(t);
    const key = textKey(text, skip(text));
    let slot = typeSlot(key);
    while (load<u32>(typeSlots + slot * TYPE_SLOT_BYTES, 8) !== 0) slot = (slot + 1) & typeSlotMask;
    store<u64>(typeSlots + slot * TYPE_SLOT_BYTES, key);
    store<u32>(typeSlots + slot * TYPE_SLOT_BYTES, t + 1, 8);
  }
  for (let i: u32 = 0; i < actionTotal; i++) {
    const id = head(actionName(i));
    let slot = hashUid(actionType(i), KIND_ACTION, id, id + (headArgument() as u32)) & actionSlotMask;
    while (load<u32>(actionSlots + (slot << 2)) !== 0) slot = (slot + 1) & actionSlotMask;
    store<u32>(actionSlots + (slot << 2), i + 1);
    const fault = deriveActionFacts(i);
    if (fault !== 0) return fault;
  }
  return 0;
}

/** A power of two, at least twice n: open addressing then finds an empty slot soon. */
export function slotsFor(n: u32): u32 {
  let slots: u32 = 4;
  while (slots < n << 1) slots <<= 1;
  return slots;
}

/** Checks the schema section [p, p + length) and makes it the schema; returns 0 or a load reason. */
export function loadSchema(p: u32, length: u32): u32 {
  if (length < HEAD_BYTES) return TRUNCATED;
  valueTypeCount = load<u32>(p);
  attributeCount = load<u32>(p, 4);
  recordCount = load<u32>(p, 8);
  entityTypeCount = load<u32>(p, 12);
  actionTotal = load<u32>(p, 16);
  indexCount = load<u32>(p, 20);
  if (valueTypeCount > TABLE_MAX || recordCount > TABLE_MAX || entityTypeCount > TABLE_MAX || actionTotal > ACTIONS_MAX)
    return LIMIT;
  // Bounds what is multiplied below; no program is as long as that.
  if (attributeCount > length || indexCount > length) return TRUNCATED;
  valueTypes = p + HEAD_BYTES;
  attributes = valueTypes + valueTypeCount * VALUE_TYPE_BYTES;
  records = attributes + attributeCount * ATTRIBUTE_BYTES;
  entityTypes = records + recordCount * RECORD_BYTES;
  actions = entityTypes + entityTypeCount * ENTITY_TYPE_BYTES;
  indexes = actions + actionTotal * ACTION_BYTES;
  names = indexes + (indexCount << 2);
  if (names - p > length) return TRUNCATED;
  let fault = checkPool(names, length - (names - p), true);
  if (fault === 0) resolvePool(names);
  if (fault === 0) fault = checkRecords();
  if (fault === 0) fault = checkValueTypes();
  if (fault === 0) fault = checkEntityTypes();
  if (fault === 0) fault = checkActions();
  return fault === 0 ? fillSlots() : fault;
}
