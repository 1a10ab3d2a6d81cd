// Anchors: a level's entity constants, found by the members of a lineage, and marked when one is. Policies hang on them, so that of
// a request only those on marked anchors, and one bucket, need evaluation. The marks decide scopes exactly (scope.ts).

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
import { LINEAGE_SIZE } from './limits';
import { isMember, memberHash } from './lineage';
import { poolCount } from './pool';
import { slotsFor } from './find';
import { typeKind } from './schema';
import { hashUid } from './uid';
import { ENTITY, kindOf } from './value';

const ANCHOR_BYTES: u32 = 56;
const HASH: u32 = 0;
const TYPE: u32 = 4;
const ID: u32 = 8;
const ID_END: u32 = 12;
const RESOURCE: u32 = 16; // postings of the policies hanging here by their resource
const PRINCIPAL: u32 = 28; // likewise by their principal
const TEXT: u32 = 40;
const MARK: u32 = 48; // u64: which request marked it last (upper 56 bits), and how (lower 8)

const SLOT_BYTES: u32 = 8; // hash, anchor

export const MARK_PRINCIPAL: u32 = 1; // the constant is the principal itself
export const MARK_PRINCIPAL_IN: u32 = 2; // or one of its lineage
export const MARK_ACTION: u32 = 4;
export const MARK_ACTION_IN: u32 = 8;
export const MARK_RESOURCE: u32 = 16;
export const MARK_RESOURCE_IN: u32 = 32;

// Counts requests, so that marks of earlier ones need no clearing.
let request: u64 = 0;

/** Makes all marks of earlier requests void. */
export function beginMarks(): void {
  request++;
}

/** The anchor of an entity constant. */
export function anchorOf(entity: u32): u32 {
  return anchorsTable() + (entity - firstEntity()) * ANCHOR_BYTES;
}

function isMarkedAt(anchor: u32, bits: u32): bool {
  const before = load<u64>(anchor, MARK);
  return before >> 8 === request && ((before as u32) & bits) !== 0;
}

function mark(anchor: u32, bits: u32): void {
  const before = load<u64>(anchor, MARK);
  const kept = before >> 8 === request ? before : request << 8;
  store<u64>(anchor, kept | (bits as u64), MARK);
}

/** Whether the entity constant bears one of these marks for this request. */
export function isMarked(entity: u32, bits: u32): bool {
  return isMarkedAt(anchorOf(entity), bits);
}

function findAnchor(member: u32, slots: u32, mask: u32): u32 {
  const hash = memberHash(member);
  let p = slots + (hash & mask) * SLOT_BYTES;
  while (true) {
    const anchor = load<u32>(p, 4);
    if (anchor === 0) return 0;
    if (load<u32>(p) === hash && isAnchorOf(anchor, member)) return anchor;
    p += SLOT_BYTES;
    if (p > slots + mask * SLOT_BYTES) p = slots;
  }
}

function isAnchorOf(anchor: u32, member: u32): bool {
  return isMember(
    member,
    load<u32>(anchor, TYPE),
    load<u32>(anchor, TEXT),
    load<u32>(anchor, ID),
    load<u32>(anchor, ID_END),
  );
}

/**
 * Marks every anchor that is a member of a lineage: the first member with `self`, all with `within`. Writes those found to
 * `hits` unless that is 0; returns the place after them.
 */
export function markLineage(lineage: u32, count: u32, self: u32, within: u32, hits: u32): u32 {
  const slots = slotsTable();
  const mask = slotMask();
  for (let i: u32 = 0; i < count; i++) {
    const anchor = findAnchor(lineage + i * LINEAGE_SIZE, slots, mask);
    if (anchor === 0) continue;
    const seen = isMarkedAt(anchor, within);
    mark(anchor, i === 0 ? self | within : within);
    // A lineage may name an ancestor twice; its policies are candidates once.
    if (hits === 0 || seen) continue;
    store<u32>(hits, anchor);
    hits += 4;
  }
  return hits;
}

export function resourcePostings(anchor: u32): u32 {
  return anchor + RESOURCE;
}

export function principalPostings(anchor: u32): u32 {
  return anchor + PRINCIPAL;
}

/** Fills the newest level's table of anchors and the slots to find them by; false if there is no room. */
export function buildAnchors(): bool {
  const constants = poolCount(constantsPool());
  // Entities are the maps that begin a2 00, so they stand together in the pool's order.
  let first: u32 = 0;
  while (first < constants && kindOf(constant(first)) !== ENTITY) first++;
  let count: u32 = 0;
  while (first + count < constants && kindOf(constant(first + count)) === ENTITY) count++;
  const slots = slotsFor(count);
  const table = allocateInLevel(count * ANCHOR_BYTES);
  const slotTable = allocateInLevel(slots * SLOT_BYTES);
  if (table === 0 || slotTable === 0) return false;
  setAnchors(first, count, table, slotTable, slots - 1);
  for (let i: u32 = 0; i < count; i++) {
    const anchor = table + i * ANCHOR_BYTES;
    resolve(constant(first + i));
    const hash = hashUid(resolvedType(), typeKind(resolvedType()), resolvedId(), resolvedIdEnd());
    store<u32>(anchor, hash, HASH);
    store<u32>(anchor, resolvedType(), TYPE);
    store<u32>(anchor, resolvedText(), TEXT);
    store<u32>(anchor, resolvedId(), ID);
    store<u32>(anchor, resolvedIdEnd(), ID_END);
    let slot = hash & (slots - 1);
    while (load<u32>(slotTable + slot * SLOT_BYTES, 4) !== 0) slot = (slot + 1) & (slots - 1);
    store<u32>(slotTable + slot * SLOT_BYTES, hash);
    store<u32>(slotTable + slot * SLOT_BYTES, anchor, 4);
  }
  return true;
}
