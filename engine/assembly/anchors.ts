// The index of a level's policies. An *anchor* is an entity constant; a policy whose scope names one hangs on it (on the
// resource's or the principal's, whichever fewer policies share), all others stand in buckets by action. Of a request only
// the policies on anchors among its lineages, and one bucket, need evaluation.
// The index only leaves out policies that cannot match; scope.ts decides exactly, by the marks kept here.

import { LIMIT } from './codes';
import { resolve, resolvedId, resolvedIdEnd, resolvedText, resolvedType } from './entity';
import { ACTION_EXACT, NONE, SCOPE_ANY, SCOPE_IS, SET_LABEL } from './format';
import {
  allocateInLevel,
  anchorsTable,
  bucket,
  constant,
  constantsPool,
  entityCount,
  firstEntity,
  list,
  policyAt,
  policyCount,
  setAnchors,
  slotMask,
  slotsTable,
} from './level';
import { LINEAGE_SIZE, POLICY_ARENA } from './limits';
import { isMember, memberHash } from './lineage';
import { poolCount } from './pool';
import { findAction, memberMask, slotsFor, typeKind } from './schema';
import { hashUid } from './uid';
import { ENTITY, kindOf } from './value';

const ANCHOR_BYTES: u32 = 56;
const HASH: u32 = 0;
const TYPE: u32 = 4;
const ID: u32 = 8;
const ID_END: u32 = 12;
const RESOURCE: u32 = 16; // postings of policies hanging here by their resource: first, end of label policies, end
const PRINCIPAL: u32 = 28; // likewise by their principal
const TEXT: u32 = 40;
const MARK: u32 = 48; // u64: which request marked it last (upper 56 bits), and how (lower 8)

// Offsets from RESOURCE or PRINCIPAL, and in a bucket.
const FIRST: u32 = 0;
const LABEL_END: u32 = 4;
const END: u32 = 8;

const POSTING_BYTES: u32 = 8; // policy, action mask

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

function anchorOf(entity: u32): u32 {
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

/** Ranges of postings, for walking: of label policies [first, labelEnd), of decision policies [labelEnd, end). */
export function resourcePostings(anchor: u32): u32 {
  return anchor + RESOURCE;
}

export function principalPostings(anchor: u32): u32 {
  return anchor + PRINCIPAL;
}

/** The bucket of an action: the policies without an anchor. */
export function bucketPostings(action: u32): u32 {
  return bucket(action & 31);
}

export function postingsStart(postings: u32, labels: bool): u32 {
  return load<u32>(postings + (labels ? FIRST : LABEL_END));
}

export function postingsEnd(postings: u32, labels: bool): u32 {
  return load<u32>(postings + (labels ? LABEL_END : END));
}

export const POSTING_STEP: u32 = POSTING_BYTES;

export function postingPolicy(posting: u32): u32 {
  return load<u32>(posting);
}

/** The actions (bits, index modulo 32) that the policy of this posting can apply to. */
export function postingActions(posting: u32): u32 {
  return load<u32>(posting, 4);
}

// The scope entity of a policy's field (7 principal, 10 resource), or NONE.
function scopeEntity(policy: u32, field: u32): u32 {
  const kind = load<u32>(policy + (field << 2));
  return kind === SCOPE_ANY || kind === SCOPE_IS ? NONE : load<u32>(policy + (field << 2), 8);
}

function actionMask(policy: u32): u32 {
  const actions = load<u32>(policy, 52);
  if (actions === NONE) return 0xffffffff;
  const items = list(actions & ~ACTION_EXACT);
  let mask: u32 = 0;
  for (let i: u32 = 1; i <= load<u32>(items); i++) {
    resolve(constant(load<u32>(items + (i << 2))));
    if (resolvedType() === NONE) continue;
    const action = findAction(resolvedType(), resolvedId(), resolvedIdEnd());
    if (action === NONE) continue;
    mask |= (actions & ACTION_EXACT) !== 0 ? 1 << (action & 31) : memberMask(action);
  }
  return mask;
}

function buildAnchors(): u32 {
  const constants = poolCount(constantsPool());
  // Entities are the maps that begin a2 00, so they stand together in the pool's order.
  let first: u32 = 0;
  while (first < constants && kindOf(constant(first)) !== ENTITY) first++;
  let count: u32 = 0;
  while (first + count < constants && kindOf(constant(first + count)) === ENTITY) count++;
  const slots = slotsFor(count);
  const table = allocateInLevel(count * ANCHOR_BYTES);
  const slotTable = allocateInLevel(slots * SLOT_BYTES);
  if (table === 0 || slotTable === 0) return LIMIT;
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
  return 0;
}

// Where each policy's posting goes, found once and kept at POLICY_ARENA: postings field of an anchor, or 0 for the buckets.
function chooseAnchors(): void {
  const count = policyCount();
  for (let i: u32 = 0; i < count; i++) {
    const resource = scopeEntity(policyAt(i), 10);
    const principal = scopeEntity(policyAt(i), 7);
    if (resource !== NONE) increment(anchorOf(resource) + RESOURCE + LABEL_END, 1);
    if (principal !== NONE) increment(anchorOf(principal) + PRINCIPAL + LABEL_END, 1);
  }
  for (let i: u32 = 0; i < count; i++) {
    const resource = scopeEntity(policyAt(i), 10);
    const principal = scopeEntity(policyAt(i), 7);
    let postings: u32 = 0;
    if (resource !== NONE) postings = anchorOf(resource) + RESOURCE;
    if (principal !== NONE) {
      const other = anchorOf(principal) + PRINCIPAL;
      if (postings === 0 || load<u32>(other, LABEL_END) < load<u32>(postings, LABEL_END)) postings = other;
    }
    store<u32>(POLICY_ARENA + (i << 2), postings);
    if (postings !== 0) increment(postings + END, POSTING_BYTES);
  }
}

function increment(p: u32, by: u32): void {
  store<u32>(p, load<u32>(p) + by);
}

// Turns byte counts in END into empty ranges of that room.
function reserve(postings: u32): bool {
  const bytes = load<u32>(postings, END);
  const p = allocateInLevel(bytes);
  store<u32>(postings, p, FIRST);
  store<u32>(postings, p, LABEL_END);
  store<u32>(postings, p, END);
  return p !== 0;
}

function append(postings: u32, policy: u32, mask: u32): void {
  const p = load<u32>(postings, END);
  store<u32>(p, policy);
  store<u32>(p, mask, 4);
  store<u32>(postings, p + POSTING_BYTES, END);
  // Label policies come first in a program.
  if (load<u32>(policyAt(policy), 4) === SET_LABEL) store<u32>(postings, p + POSTING_BYTES, LABEL_END);
}

/** Builds the index of the newest level, whose sections are checked; returns 0 or a load reason. */
export function buildIndex(): u32 {
  const fault = buildAnchors();
  if (fault !== 0) return fault;
  chooseAnchors();
  const count = policyCount();
  for (let i: u32 = 0; i < count; i++) {
    if (load<u32>(POLICY_ARENA + (i << 2)) !== 0) continue;
    const mask = actionMask(policyAt(i));
    for (let b: u32 = 0; b < 32; b++) if (((mask >> b) & 1) !== 0) increment(bucket(b) + END, POSTING_BYTES);
  }
  for (let b: u32 = 0; b < 32; b++) if (!reserve(bucket(b))) return LIMIT;
  // Every anchor's ranges, whether used or not, so that none is left with the counts of chooseAnchors.
  for (let i: u32 = 0; i < entityCount(); i++) {
    const anchor = anchorsTable() + i * ANCHOR_BYTES;
    if (!reserve(anchor + RESOURCE) || !reserve(anchor + PRINCIPAL)) return LIMIT;
  }
  for (let i: u32 = 0; i < count; i++) {
    const mask = actionMask(policyAt(i));
    const postings = load<u32>(POLICY_ARENA + (i << 2));
    if (postings !== 0) {
      append(postings, i, mask);
      continue;
    }
    for (let b: u32 = 0; b < 32; b++) if (((mask >> b) & 1) !== 0) append(bucket(b), i, mask);
  }
  return 0;
}
