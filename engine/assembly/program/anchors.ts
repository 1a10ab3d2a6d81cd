// Owns: a level's anchors, one for each entity constant: their table, and finding the one that a uid record names.
// Policies hang on them, so that of a request only the policies on marked anchors and in one bucket need evaluation.
// Trusts: the checked constants. Excludes: which anchors a request touches (request/marks.ts).

import { resolve, resolvedId, resolvedIdEnd, resolvedText, resolvedType } from './entity';
import {
  allocateInLevel,
  anchorsTable,
  constant,
  constantsPool,
  firstEntity,
  setAnchors,
  slotMask,
  slotsTable,
} from './level';
import { poolCount } from './pool';
import { slotsFor } from './find';
import { typeKind } from './schema';
import { UID_BYTES, hashUid, isUid, storeUid, uidHash, uidId, uidIdEnd, uidText, uidType } from './uid';
import { POSTINGS_BYTES } from './postings';
import { ENTITY, kindOf } from '../value/value';

// A uid record, then:
const RESOURCE: u32 = UID_BYTES; // postings of the policies that hang here by their resource
const PRINCIPAL: u32 = RESOURCE + POSTINGS_BYTES; // likewise by their principal
const MARK: u32 = 48; // u64, aligned to 8
const ANCHOR_BYTES: u32 = 56;

const SLOT_BYTES: u32 = 8; // hash, anchor

/** The anchor of an entity constant. */
export function anchorOf(level: u32, entity: u32): u32 {
  return anchorsTable(level) + (entity - firstEntity(level)) * ANCHOR_BYTES;
}

/** What the last request that touched the anchor left there; 0 at first. */
export function markOf(anchor: u32): u64 {
  return load<u64>(anchor, MARK);
}

export function setMark(anchor: u32, mark: u64): void {
  store<u64>(anchor, mark, MARK);
}

export function resourcePostings(anchor: u32): u32 {
  return anchor + RESOURCE;
}

export function principalPostings(anchor: u32): u32 {
  return anchor + PRINCIPAL;
}

/** The anchor of the entity that a uid record names, or 0. */
export function findAnchor(level: u32, uid: u32): u32 {
  const slots = slotsTable(level);
  const mask = slotMask(level);
  const hash = uidHash(uid);
  let p = slots + (hash & mask) * SLOT_BYTES;
  while (true) {
    const anchor = load<u32>(p, 4);
    if (anchor === 0) return 0;
    if (load<u32>(p) === hash && isUid(anchor, uidType(uid), uidText(uid), uidId(uid), uidIdEnd(uid))) return anchor;
    p += SLOT_BYTES;
    if (p > slots + mask * SLOT_BYTES) p = slots;
  }
}

/** Fills the level's table of anchors and the slots to find them by; false if there is no room. */
export function buildAnchors(level: u32): bool {
  const constants = poolCount(constantsPool(level));
  // Entities are the maps that begin a2 00, so they stand together in the pool's order.
  let first: u32 = 0;
  while (first < constants && kindOf(constant(level, first)) !== ENTITY) first++;
  let count: u32 = 0;
  while (first + count < constants && kindOf(constant(level, first + count)) === ENTITY) count++;
  const slots = slotsFor(count);
  const table = allocateInLevel(count * ANCHOR_BYTES);
  const slotTable = allocateInLevel(slots * SLOT_BYTES);
  if (table === 0 || slotTable === 0) return false;
  setAnchors(level, first, count, table, slotTable, slots - 1);
  for (let i: u32 = 0; i < count; i++) {
    const anchor = table + i * ANCHOR_BYTES;
    resolve(constant(level, first + i));
    const hash = hashUid(resolvedType(), typeKind(resolvedType()), resolvedId(), resolvedIdEnd());
    storeUid(anchor, resolvedType(), resolvedText(), resolvedId(), resolvedIdEnd(), hash);
    let slot = hash & (slots - 1);
    while (load<u32>(slotTable + slot * SLOT_BYTES, 4) !== 0) slot = (slot + 1) & (slots - 1);
    store<u32>(slotTable + slot * SLOT_BYTES, hash);
    store<u32>(slotTable + slot * SLOT_BYTES, anchor, 4);
  }
  return true;
}
