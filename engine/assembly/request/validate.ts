// Owns: strict validation of a request against the schema (SPEC §5.1, codes 6–13 and 20): no missing fact may make a
// policy quietly not match. Finds the first fault in the order of the request's bytes. Trusts: well-formed bytes.
// Excludes: policies.

import { compare } from '../value/bytes';
import { head, headArgument, skip } from '../value/cbor';
import {
  DERIVED_PARENTS,
  ENTITY_ABSENT,
  ILL_TYPED_ATTRIBUTE,
  INVALID_HIERARCHY,
  MISSING_ATTRIBUTE,
  NON_CANONICAL_NAME,
  NOT_APPLICABLE,
  RESERVED_ATTRIBUTE,
  UNKNOWN_ATTRIBUTE,
} from '../numbers/codes';
import { resolve, resolvedId, resolvedIdEnd, resolvedText, resolvedType } from '../program/entity';
import { KIND_ACTION, NONE } from '../numbers/format';
import { FRAMES, FRAME_SIZE, LINEAGE_PRINCIPAL, LINEAGE_RESOURCE } from '../numbers/limits';
import { isCanonical } from '../value/names';
import { isCanonicalLineage } from './lineage';
import { uidId, uidIdEnd, uidText, uidType } from '../program/uid';
import { contextAt } from './request';
import { subjectAction } from './subject';
import { findAction } from '../program/find';
import {
  ATTRIBUTE_STEP,
  attributeName,
  attributeType,
  contextRecord,
  endAttribute,
  firstAttribute,
  hasParentType,
  isDerived,
  isIdAllowed,
  isOwed,
  needsStore,
  suppliedKind,
  takesPrincipal,
  takesResource,
  typeKind,
  typeRecord,
  typeTags,
  valueTypeKind,
  valueTypeOf,
} from '../program/schema';
import { entryAt, entryAttributes, entryCount, entryParents, entryTags, entryUid, findEntry, hasCycle } from './store';
import { ENTITY, RECORD, SET, kindOf } from '../value/value';

// An entity whose type is known: whether its id is one it may have, and whether it stands in the store if it must.
function checkEntity(type: u32, text: u32, id: u32, idEnd: u32, hasCanonicalId: bool, mustBeStored: bool): u32 {
  if (typeKind(type) === KIND_ACTION && findAction(type, id, idEnd) === NONE) return NOT_APPLICABLE;
  if (!isIdAllowed(type, id, idEnd)) return ILL_TYPED_ATTRIBUTE;
  if (!hasCanonicalId) return NON_CANONICAL_NAME;
  return mustBeStored && needsStore(type) && findEntry(text, id, idEnd) === 0 ? ENTITY_ABSENT : 0;
}

function checkResolved(mustBeStored: bool): u32 {
  const type = resolvedType();
  const id = resolvedId();
  const idEnd = resolvedIdEnd();
  return checkEntity(type, resolvedText(), id, idEnd, isCanonical(typeKind(type), id, idEnd), mustBeStored);
}

// The principal or the resource, which its lineage has looked up already.
function checkSubject(lineage: u32): u32 {
  const id = uidId(lineage);
  const hasCanonicalId = isCanonicalLineage(lineage);
  return checkEntity(uidType(lineage), uidText(lineage), id, uidIdEnd(lineage), hasCanonicalId, true);
}

const LEFT: u32 = 0; // items or entries still to come
const IS_RECORD: u32 = 4;
const CURSOR: u32 = 8; // of a record: the next attribute of the schema; of a set: the elements' type
const LAST: u32 = 12; // of a record: the place after its last attribute

function openRecord(frame: u32, p: u32, record: u32): u32 {
  const inside = head(p);
  store<u32>(frame, headArgument() as u32, LEFT);
  store<u32>(frame, 1, IS_RECORD);
  store<u32>(frame, firstAttribute(record), CURSOR);
  store<u32>(frame, endAttribute(record), LAST);
  return inside;
}

function openSet(frame: u32, p: u32, element: u32): u32 {
  const inside = head(p);
  store<u32>(frame, headArgument() as u32, LEFT);
  store<u32>(frame, 0, IS_RECORD);
  store<u32>(frame, element, CURSOR);
  return inside;
}

// Moves a record frame's cursor to the attribute with the key [key, keyEnd); 0 if it may be there. Attributes and keys
// both ascend.
function seek(frame: u32, key: u32, keyEnd: u32): u32 {
  const last = load<u32>(frame, LAST);
  for (let a = load<u32>(frame, CURSOR); a < last; a += ATTRIBUTE_STEP) {
    const name = attributeName(a);
    // Mostly the first byte, which says the length, tells the two apart.
    const sooner = (load<u8>(name) as i32) - (load<u8>(key) as i32);
    const order = sooner !== 0 ? sooner : compare(name, skip(name), key, keyEnd);
    if (order > 0) break;
    if (order === 0) {
      store<u32>(frame, a, CURSOR);
      return suppliedKind(a) === 0 ? 0 : RESERVED_ATTRIBUTE;
    }
    if (isOwed(a)) return MISSING_ATTRIBUTE;
  }
  return UNKNOWN_ATTRIBUTE;
}

// Checks all that the frame at FRAMES, just opened with its contents at p, holds.
function checkContents(p: u32): u32 {
  let frame: u32 = FRAMES;
  while (true) {
    const left = load<u32>(frame, LEFT);
    const isRecord = load<u32>(frame, IS_RECORD) !== 0;
    if (left === 0) {
      if (isRecord) {
        for (let a = load<u32>(frame, CURSOR); a < load<u32>(frame, LAST); a += ATTRIBUTE_STEP)
          if (isOwed(a)) return MISSING_ATTRIBUTE;
      }
      if (frame === FRAMES) return 0;
      frame -= FRAME_SIZE;
      continue;
    }
    store<u32>(frame, left - 1, LEFT);
    let type = load<u32>(frame, CURSOR);
    if (isRecord) {
      const keyEnd = skip(p);
      const fault = seek(frame, p, keyEnd);
      if (fault !== 0) return fault;
      const attribute = load<u32>(frame, CURSOR);
      store<u32>(frame, attribute + ATTRIBUTE_STEP, CURSOR);
      type = attributeType(attribute);
      p = keyEnd;
    }
    const kind = valueTypeKind(type);
    if (kindOf(p) !== kind) return ILL_TYPED_ATTRIBUTE;
    if (kind === SET) {
      frame += FRAME_SIZE;
      p = openSet(frame, p, valueTypeOf(type));
    } else if (kind === RECORD) {
      frame += FRAME_SIZE;
      p = openRecord(frame, p, valueTypeOf(type));
    } else {
      if (kind === ENTITY) {
        resolve(p);
        if (resolvedType() !== valueTypeOf(type)) return ILL_TYPED_ATTRIBUTE;
        const fault = checkResolved(true);
        if (fault !== 0) return fault;
      }
      p = skip(p);
    }
  }
}

function checkRecord(p: u32, record: u32): u32 {
  return checkContents(openRecord(FRAMES, p, record));
}

function checkTags(p: u32, type: u32): u32 {
  if (type === NONE) return UNKNOWN_ATTRIBUTE;
  p = head(p);
  for (let left = headArgument() as u32; left > 0; left--) {
    const value = skip(p);
    // As a set with this one element.
    store<u32>(FRAMES, 1, LEFT);
    store<u32>(FRAMES, 0, IS_RECORD);
    store<u32>(FRAMES, type, CURSOR);
    const fault = checkContents(value);
    if (fault !== 0) return fault;
    p = skip(value);
  }
  return 0;
}

function checkParents(p: u32, type: u32): u32 {
  p = head(p);
  const count = headArgument() as u32;
  if (count > 0 && isDerived(type)) return DERIVED_PARENTS;
  for (let i: u32 = 0; i < count; i++) {
    resolve(p);
    if (resolvedType() === NONE) return NOT_APPLICABLE;
    if (!hasParentType(type, resolvedType())) return INVALID_HIERARCHY;
    const fault = checkResolved(true);
    if (fault !== 0) return fault;
    p = resolvedIdEnd();
  }
  return 0;
}

function checkEntry(entry: u32): u32 {
  resolve(entryUid(entry));
  const type = resolvedType();
  if (type === NONE) return NOT_APPLICABLE;
  let fault = checkResolved(false);
  if (fault === 0) fault = checkParents(entryParents(entry), type);
  if (fault === 0) fault = checkRecord(entryAttributes(entry), typeRecord(type));
  if (fault === 0 && entryTags(entry) !== 0) fault = checkTags(entryTags(entry), typeTags(type));
  return fault;
}

/** The code of the request's first fault, or 0. Its subjects are looked up already. */
export function validate(request: u32): u32 {
  const principal = uidType(LINEAGE_PRINCIPAL);
  if (principal === NONE) return NOT_APPLICABLE;
  let fault = checkSubject(LINEAGE_PRINCIPAL);
  if (fault !== 0) return fault;
  const action = subjectAction();
  if (action === NONE || !takesPrincipal(action, principal)) return NOT_APPLICABLE;
  const resource = uidType(LINEAGE_RESOURCE);
  if (resource === NONE || !takesResource(action, resource)) return NOT_APPLICABLE;
  fault = checkSubject(LINEAGE_RESOURCE);
  if (fault === 0) fault = checkRecord(contextAt(request), contextRecord(action));
  const count = entryCount();
  for (let i: u32 = 0; i < count && fault === 0; i++) fault = checkEntry(entryAt(i));
  return fault === 0 && count > 0 && hasCycle() ? INVALID_HIERARCHY : fault;
}
