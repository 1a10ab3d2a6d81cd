// Owns: finding entity types and actions by name, what is derived of each action when the schema is loaded, and the
// hash tables for it; they and the schema live as long as level 0. Trusts: the checked schema. Excludes: the schema's
// own tables (schema.ts).

import { equal, mix } from '../value/bytes';
import { head, headArgument, skip } from '../value/cbor';
import { KIND_ACTION, NONE } from '../numbers/format';
import { allocateInLevel } from './level';
import {
  ATTRIBUTE_STEP,
  actionAncestor,
  actionAncestorCount,
  actionCount,
  actionName,
  actionType,
  contextRecord,
  endAttribute,
  entityTypeCount,
  firstAttribute,
  suppliedKind,
  typeText,
} from './schema';
import { hashUid } from './uid';

const TYPE_SLOT_BYTES: u32 = 16;
const ACTION_FACTS_BYTES: u32 = 8; // of an action: supplied mask, member mask

let typeSlots: u32 = 0; // u64 key of its name, u32: entity type + 1, or 0
let typeSlotMask: u32 = 0;
let actionSlots: u32 = 0; // u32: action + 1, or 0
let actionSlotMask: u32 = 0;
let actionFacts: u32 = 0;

/** Bit k: the action's context has supplied attribute k. */
export function suppliedMask(action: u32): u32 {
  return load<u32>(actionFacts + action * ACTION_FACTS_BYTES);
}

/** The bits (index modulo 32) of the action itself and of all actions below it. */
export function memberMask(action: u32): u32 {
  return load<u32>(actionFacts + action * ACTION_FACTS_BYTES, 4);
}

/** A power of two, at least twice n: open addressing then finds an empty slot soon. */
export function slotsFor(n: u32): u32 {
  let slots: u32 = 4;
  while (slots < n << 1) slots <<= 1;
  return slots;
}

// The first eight bytes of the text at p in CBOR, or all of it, shifted to the top: of a name up to seven bytes that is
// the whole.
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

// The masks of one action.
function deriveFacts(action: u32): void {
  let supplied: u32 = 0;
  const record = contextRecord(action);
  for (let a = firstAttribute(record); a < endAttribute(record); a += ATTRIBUTE_STEP) {
    if (suppliedKind(a) !== 0) supplied |= 1 << suppliedKind(a);
  }
  const bit: u32 = 1 << (action & 31);
  const facts = actionFacts + action * ACTION_FACTS_BYTES;
  store<u32>(facts, supplied);
  store<u32>(facts, load<u32>(facts, 4) | bit, 4);
  for (let i: u32 = 0; i < actionAncestorCount(action); i++) {
    const above = actionFacts + actionAncestor(action, i) * ACTION_FACTS_BYTES;
    store<u32>(above, load<u32>(above, 4) | bit, 4);
  }
}

function addType(type: u32): void {
  const text = typeText(type);
  const key = textKey(text, skip(text));
  let slot = typeSlot(key);
  while (load<u32>(typeSlots + slot * TYPE_SLOT_BYTES, 8) !== 0) slot = (slot + 1) & typeSlotMask;
  store<u64>(typeSlots + slot * TYPE_SLOT_BYTES, key);
  store<u32>(typeSlots + slot * TYPE_SLOT_BYTES, type + 1, 8);
}

function addAction(action: u32): void {
  const id = head(actionName(action));
  let slot = hashUid(actionType(action), KIND_ACTION, id, id + (headArgument() as u32)) & actionSlotMask;
  while (load<u32>(actionSlots + (slot << 2)) !== 0) slot = (slot + 1) & actionSlotMask;
  store<u32>(actionSlots + (slot << 2), action + 1);
}

/** Fills the tables from the schema, which is checked; false if there is no room. */
export function indexSchema(): bool {
  typeSlotMask = slotsFor(entityTypeCount()) - 1;
  actionSlotMask = slotsFor(actionCount()) - 1;
  typeSlots = allocateInLevel((typeSlotMask + 1) * TYPE_SLOT_BYTES);
  actionSlots = allocateInLevel((actionSlotMask + 1) << 2);
  actionFacts = allocateInLevel(actionCount() * ACTION_FACTS_BYTES);
  if (typeSlots === 0 || actionSlots === 0 || actionFacts === 0) return false;
  for (let t: u32 = 0; t < entityTypeCount(); t++) addType(t);
  for (let i: u32 = 0; i < actionCount(); i++) {
    addAction(i);
    deriveFacts(i);
  }
  return true;
}
