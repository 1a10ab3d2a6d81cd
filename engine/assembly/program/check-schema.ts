// Owns: checking the schema section (SPEC §8.1) at load: every index, order and kind that schema.ts then takes for
// granted. Trusts: nothing. Excludes: reading the schema (schema.ts).

import { BAD_INDEX, BAD_VALUE, LIMIT, OUT_OF_ORDER } from '../numbers/codes';
import { indexSchema } from './find';
import {
  ATTRIBUTE_REQUIRED,
  ATTRIBUTE_SENSITIVE,
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
} from '../numbers/format';
import { checkPool, poolCount, resolvePool } from './pool';
import {
  ATTRIBUTE_STEP,
  actionAt,
  actionCount,
  actionType,
  attributeAt,
  attributeCount,
  attributeType,
  contextRecord,
  derivedParent,
  endAttribute,
  entityTypeAt,
  entityTypeCount,
  firstAttribute,
  indexAt,
  indexCount,
  isListed,
  isOfContext,
  layOutSchema,
  namesPool,
  recordAt,
  recordCount,
  suppliedKind,
  typeKind,
  typeRecord,
  typeTags,
  valueTypeCount,
  valueTypeKind,
  valueTypeOf,
} from './schema';

// A list of indexes: inside `indexes`, ascending, each below `limit`.
function checkList(first: u32, count: u32, limit: u32): u32 {
  if (first > indexCount() || count > indexCount() - first) return BAD_INDEX;
  for (let i: u32 = 0; i < count; i++) {
    const item = indexAt(first + i);
    if (item >= limit) return BAD_INDEX;
    if (i > 0 && indexAt(first + i - 1) >= item) return OUT_OF_ORDER;
  }
  return 0;
}

function checkValueTypes(): u32 {
  for (let t: u32 = 0; t < valueTypeCount(); t++) {
    const kind = valueTypeKind(t);
    const inner = valueTypeOf(t);
    if (kind > TYPE_IPADDR) return BAD_VALUE;
    if (kind === TYPE_SET) {
      if (inner >= t) return BAD_INDEX;
    } else if (kind === TYPE_RECORD) {
      if (inner >= recordCount()) return BAD_INDEX;
      for (let a = firstAttribute(inner); a < endAttribute(inner); a += ATTRIBUTE_STEP) {
        if (attributeType(a) >= t) return BAD_INDEX;
        if (isOfContext(a)) return BAD_VALUE;
      }
    } else if (kind === TYPE_ENTITY) {
      if (inner >= entityTypeCount()) return BAD_INDEX;
    } else if (inner !== 0) {
      return BAD_VALUE;
    }
  }
  return 0;
}

function checkRecords(): u32 {
  let next: u32 = 0;
  for (let r: u32 = 0; r < recordCount(); r++) {
    const count = load<u32>(recordAt(r), 4);
    if (load<u32>(recordAt(r)) !== next || count > attributeCount() - next) return BAD_INDEX;
    for (let i: u32 = 0; i < count; i++) {
      const a = attributeAt(next + i);
      if (load<u32>(a) >= poolCount(namesPool()) || attributeType(a) >= valueTypeCount()) return BAD_INDEX;
      if (i > 0 && load<u32>(a - ATTRIBUTE_STEP) >= load<u32>(a)) return OUT_OF_ORDER;
      const supplied = suppliedKind(a);
      const flags = load<u32>(a, 8) & 0xff;
      if (flags > (ATTRIBUTE_REQUIRED | ATTRIBUTE_SENSITIVE) || supplied > SUPPLIED_PORT) return BAD_VALUE;
      if (supplied !== 0 && flags !== ATTRIBUTE_REQUIRED) return BAD_VALUE;
    }
    next += count;
  }
  return next === attributeCount() ? 0 : BAD_INDEX;
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
  for (let t: u32 = 0; t < entityTypeCount(); t++) {
    const p = entityTypeAt(t);
    if (load<u32>(p) >= poolCount(namesPool())) return BAD_INDEX;
    if (t > 0 && load<u32>(entityTypeAt(t - 1)) >= load<u32>(p)) return OUT_OF_ORDER;
    if (load<u32>(p, 4) > KIND_ACTION) return BAD_VALUE;
    if (typeRecord(t) >= recordCount() || (typeTags(t) !== NONE && typeTags(t) >= valueTypeCount())) return BAD_INDEX;
    for (let a = firstAttribute(typeRecord(t)); a < endAttribute(typeRecord(t)); a += ATTRIBUTE_STEP) {
      if (isOfContext(a)) return BAD_VALUE;
    }
    let fault = checkList(load<u32>(p, 8), load<u32>(p, 12), entityTypeCount());
    if (fault === 0) fault = checkList(load<u32>(p, 24), load<u32>(p, 28), poolCount(namesPool()));
    if (fault !== 0) return fault;
  }
  for (let t: u32 = 0; t < entityTypeCount(); t++) {
    const fault = checkDerivation(t);
    if (fault !== 0) return fault;
  }
  return 0;
}

// A supplied `name` or `segments` needs a path to be taken from, a `port` an endpoint; no resource is both.
function hasNamesFor(action: u32): bool {
  let path = false;
  let endpoint = false;
  const record = contextRecord(action);
  for (let a = firstAttribute(record); a < endAttribute(record); a += ATTRIBUTE_STEP) {
    if (suppliedKind(a) === SUPPLIED_NAME || suppliedKind(a) === SUPPLIED_SEGMENTS) path = true;
    if (suppliedKind(a) === SUPPLIED_PORT) endpoint = true;
  }
  const first = load<u32>(actionAt(action), 24);
  const count: u32 = path || endpoint ? load<u32>(actionAt(action), 28) : 0;
  for (let i: u32 = 0; i < count; i++) {
    const kind = typeKind(indexAt(first + i));
    if ((path && kind !== KIND_PATH) || (endpoint && kind !== KIND_ENDPOINT)) return false;
  }
  return true;
}

function checkActions(): u32 {
  for (let i: u32 = 0; i < actionCount(); i++) {
    const p = actionAt(i);
    if (actionType(i) >= entityTypeCount() || load<u32>(p, 4) >= poolCount(namesPool())) return BAD_INDEX;
    if (typeKind(actionType(i)) !== KIND_ACTION) return BAD_VALUE;
    if (i > 0) {
      const before = actionType(i - 1);
      if (before > actionType(i) || (before === actionType(i) && load<u32>(actionAt(i - 1), 4) >= load<u32>(p, 4)))
        return OUT_OF_ORDER;
    }
    if (contextRecord(i) >= recordCount()) return BAD_INDEX;
    let fault = checkList(load<u32>(p, 8), load<u32>(p, 12), actionCount());
    if (fault === 0) fault = checkList(load<u32>(p, 16), load<u32>(p, 20), entityTypeCount());
    if (fault === 0) fault = checkList(load<u32>(p, 24), load<u32>(p, 28), entityTypeCount());
    if (fault !== 0) return fault;
    if (isListed(load<u32>(p, 8), load<u32>(p, 12), i) || !hasNamesFor(i)) return BAD_VALUE;
  }
  return 0;
}

/** Checks the schema section [p, p + length) and makes it the schema; returns 0 or a load reason. */
export function loadSchema(p: u32, length: u32): u32 {
  let fault = layOutSchema(p, length);
  if (fault === 0) fault = checkPool(namesPool(), length - (namesPool() - p), true);
  if (fault !== 0) return fault;
  resolvePool(namesPool());
  fault = checkRecords();
  if (fault === 0) fault = checkValueTypes();
  if (fault === 0) fault = checkEntityTypes();
  if (fault === 0) fault = checkActions();
  return fault !== 0 || indexSchema() ? fault : LIMIT;
}
