// Owns: marks: which entity constants of a level the request touches, by the members of its lineages, and the list of
// those found. The marks decide scopes exactly (evaluate/scope.ts). Trusts: lineages. Excludes: the anchors themselves
// (program/anchors.ts).

import { anchorOf, findAnchor, markOf, setMark } from '../program/anchors';
import { HITS, LINEAGE_ACTION, LINEAGE_PRINCIPAL, LINEAGE_RESOURCE, LINEAGE_SIZE } from '../numbers/limits';
import { actionLineageCount, principalLineageCount, resourceLineageCount } from './subject';

export const MARK_PRINCIPAL: u32 = 1; // the constant is the principal itself
export const MARK_PRINCIPAL_IN: u32 = 2; // or one of its lineage
export const MARK_ACTION: u32 = 4;
export const MARK_ACTION_IN: u32 = 8;
export const MARK_RESOURCE: u32 = 16;
export const MARK_RESOURCE_IN: u32 = 32;

// A mark is the number of the request that left it (upper 56 bits) and how it touches the anchor (lower 8), so that
// marks of earlier requests need no clearing.
let requestNumber: u64 = 0;

let resourceHits: u32 = 0;
let principalHits: u32 = 0;
let isActionMarked: bool = false;

/** Makes all marks of earlier requests void. */
export function beginMarks(): void {
  requestNumber++;
}

function isAnchorMarked(anchor: u32, bits: u32): bool {
  const mark = markOf(anchor);
  return mark >> 8 === requestNumber && ((mark as u32) & bits) !== 0;
}

function addMark(anchor: u32, bits: u32): void {
  const before = markOf(anchor);
  const kept = before >> 8 === requestNumber ? before : requestNumber << 8;
  setMark(anchor, kept | (bits as u64));
}

/** Whether the entity constant of the level bears one of these marks for this request. */
export function isMarked(level: u32, entity: u32, bits: u32): bool {
  return isAnchorMarked(anchorOf(level, entity), bits);
}

// Marks every anchor that is a member of a lineage: the first member with `self`, all with `within`. Writes those found
// to `hits` unless that is 0; returns the place after them.
function markLineage(level: u32, lineage: u32, count: u32, self: u32, within: u32, hits: u32): u32 {
  for (let i: u32 = 0; i < count; i++) {
    const anchor = findAnchor(level, lineage + i * LINEAGE_SIZE);
    if (anchor === 0) continue;
    const seen = isAnchorMarked(anchor, within);
    addMark(anchor, i === 0 ? self | within : within);
    // A lineage may name an ancestor twice; its policies are candidates once.
    if (hits === 0 || seen) continue;
    store<u32>(hits, anchor);
    hits += 4;
  }
  return hits;
}

/** Marks principal and resource at a level, and lists the anchors found. */
export function markLevel(level: u32): void {
  const resources = resourceLineageCount();
  const principals = principalLineageCount();
  resourceHits = markLineage(level, LINEAGE_RESOURCE, resources, MARK_RESOURCE, MARK_RESOURCE_IN, HITS);
  principalHits = markLineage(level, LINEAGE_PRINCIPAL, principals, MARK_PRINCIPAL, MARK_PRINCIPAL_IN, resourceHits);
  isActionMarked = false;
}

/** Marks the action at the level last marked, when first asked about it: the index mostly answers for it. */
export function markAction(level: u32, request: u32): void {
  if (isActionMarked) return;
  isActionMarked = true;
  markLineage(level, LINEAGE_ACTION, actionLineageCount(request), MARK_ACTION, MARK_ACTION_IN, 0);
}

/**
 * The anchors in the resource's lineage are [HITS, resourceHitsEnd); those in the principal's follow up to
 * principalHitsEnd.
 */
export function resourceHitsEnd(): u32 {
  return resourceHits;
}

export function principalHitsEnd(): u32 {
  return principalHits;
}
