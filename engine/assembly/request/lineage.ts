// Owns: lineages: an entity with all its ancestors, derived from its id (SPEC §4), from the schema's actions, and from
// the store. Cycles in the store end the walk. Trusts: the parsed request. Excludes: reporting cycles (validate.ts).

import { hashBytes, mix } from '../value/bytes';
import { head, headArgument } from '../value/cbor';
import { resolve, resolvedId, resolvedIdEnd, resolvedText, resolvedType } from '../program/entity';
import {
  KIND_ACTION,
  KIND_DOMAIN,
  KIND_ENDPOINT,
  KIND_HOST,
  KIND_PATH,
  KIND_PLAIN,
  KIND_QUALIFIED,
  NONE,
} from '../numbers/format';
import { exhaust, spend } from '../value/fuel';
import { LINEAGE_MAX, LINEAGE_SIZE } from '../numbers/limits';
import { endpointHost, hasDomains, isCanonical, labelEnd } from '../value/names';
import { HASH_PATH, beginsPath, findSlash, isScannedName, scanSegment, scannedEnd } from '../value/path';
import { findAction } from '../program/find';
import {
  actionAncestor,
  actionAncestorCount,
  actionName,
  actionType,
  derivedParent,
  typeKind,
  typeText,
} from '../program/schema';
import { beginVisit, entryCount, entryParents, findEntry, visitOnce } from './store';
import {
  UID_BYTES,
  hashOfType,
  hashUid,
  setUidHash,
  storeUid,
  uidId,
  uidIdEnd,
  uidText,
  uidType,
} from '../program/uid';
import { endOf, startOf } from '../value/value';

const EXPANDED: u32 = UID_BYTES; // 1: its derived ancestors are in the list already; NOT_CANONICAL: it has none

const NOT_CANONICAL: u32 = 2;

// The list being built.
let base: u32 = 0;
let count: u32 = 0;

/** Whether the entity whose lineage it is has a canonical id (SPEC §4). */
export function isCanonicalLineage(lineage: u32): bool {
  return load<u32>(lineage, EXPANDED) !== NOT_CANONICAL;
}

// How many there are so far; none, once they no longer fit.
function length(): u32 {
  return count <= LINEAGE_MAX ? count : 0;
}

function append(type: u32, text: u32, id: u32, idEnd: u32, hash: u32, expanded: u32): void {
  if (count < LINEAGE_MAX) {
    const member = base + count * LINEAGE_SIZE;
    storeUid(member, type, text, id, idEnd, hash);
    store<u32>(member, expanded, EXPANDED);
  }
  count++;
}

// Walks a path once: appends its directories, finds whether it is canonical, and leaves its hash in the member.
function expandPath(member: u32, type: u32): void {
  const id = uidId(member);
  const idEnd = uidIdEnd(member);
  const parent = derivedParent(type);
  const text = typeText(parent);
  const countBefore = count;
  let hash = HASH_PATH;
  let p = id;
  let isSound = beginsPath(id, idEnd);
  const isRoot = idEnd - id === 1;
  if (isSound && !isRoot) append(parent, text, id, id + 1, rootHash(parent), 1);
  while (p < idEnd) {
    hash = scanSegment(hash, p + 1, idEnd);
    p = scannedEnd();
    if (!isScannedName() && !isRoot) isSound = false;
    if (isSound && p < idEnd) append(parent, text, id, p, hashOfType(parent, hash), 1);
  }
  setUidHash(member, hashOfType(type, hash));
  if (isSound) return;
  count = countBefore;
  store<u32>(member, NOT_CANONICAL, EXPANDED);
}

// The hash of `/`: of its one segment, which is empty.
function rootHash(type: u32): u32 {
  return hashOfType(type, mix(HASH_PATH, 0));
}

// The domains of [id, idEnd): itself, unless proper, and every one above it.
function appendDomains(type: u32, id: u32, idEnd: u32, proper: bool): void {
  const text = typeText(type);
  if (proper) id = labelEnd(id, idEnd) + 1;
  while (id < idEnd) {
    append(type, text, id, idEnd, hashOfType(type, hashBytes(id, idEnd - id)), 1);
    id = labelEnd(id, idEnd) + 1;
  }
}

function appendDerived(type: u32, kind: u32, id: u32, idEnd: u32): void {
  const parent = derivedParent(type);
  if (kind === KIND_DOMAIN) {
    appendDomains(parent, id, idEnd, true);
  } else if (kind === KIND_HOST) {
    if (hasDomains(id, idEnd)) appendDomains(parent, id, idEnd, false);
  } else if (kind === KIND_ENDPOINT) {
    const host = endpointHost(id, idEnd);
    const from = startOf(host);
    const to = endOf(host);
    append(parent, typeText(parent), from, to, hashUid(parent, KIND_HOST, from, to), 1);
    if (hasDomains(from, to)) appendDomains(derivedParent(parent), from, to, false);
  } else if (kind === KIND_QUALIFIED) {
    const end = findSlash(id, idEnd);
    append(parent, typeText(parent), id, end, hashUid(parent, KIND_PLAIN, id, end), 1);
  }
}

function appendActions(type: u32, id: u32, idEnd: u32): void {
  const action = findAction(type, id, idEnd);
  if (action === NONE) return;
  for (let i: u32 = 0; i < actionAncestorCount(action); i++) {
    const above = actionAncestor(action, i);
    const name = head(actionName(above));
    const nameEnd = name + (headArgument() as u32);
    const aboveType = actionType(above);
    append(aboveType, typeText(aboveType), name, nameEnd, hashUid(aboveType, KIND_ACTION, name, nameEnd), 1);
  }
}

// The hash of a path is left for its expansion to find.
function appendResolved(): void {
  const type = resolvedType();
  const kind = typeKind(type);
  const hash = kind === KIND_PATH ? 0 : hashUid(type, kind, resolvedId(), resolvedIdEnd());
  append(type, resolvedText(), resolvedId(), resolvedIdEnd(), hash, 0);
}

function appendParents(entry: u32): void {
  let p = head(entryParents(entry));
  for (let left = headArgument() as u32; left > 0; left--) {
    resolve(p);
    p = resolvedIdEnd();
    appendResolved();
  }
}

// Appends what a member derives from its own id. An id that is not canonical derives nothing; strict validation refuses
// it.
function expand(member: u32, type: u32, kind: u32): void {
  const id = uidId(member);
  const idEnd = uidIdEnd(member);
  if (kind === KIND_PATH) expandPath(member, type);
  else if (kind === KIND_ACTION) appendActions(type, id, idEnd);
  else if (isCanonical(kind, id, idEnd)) appendDerived(type, kind, id, idEnd);
  else store<u32>(member, NOT_CANONICAL, EXPANDED);
}

/**
 * Builds the lineage of the entity at p in `list`, itself first; returns how many there are; or 0, and the fuel is
 * spent.
 */
export function buildLineage(list: u32, p: u32): u32 {
  base = list;
  count = 0;
  resolve(p);
  appendResolved();
  const stored = entryCount() > 0;
  if (stored) beginVisit();
  // The list grows while it is walked.
  for (let i: u32 = 0; i < length(); i++) {
    const member = list + i * LINEAGE_SIZE;
    const kind = typeKind(uidType(member));
    if (kind !== KIND_PLAIN && load<u32>(member, EXPANDED) === 0) expand(member, uidType(member), kind);
    // What an entity derives has nothing further to derive.
    if (!stored) break;
    const entry = findEntry(uidText(member), uidId(member), uidIdEnd(member));
    if (entry !== 0 && visitOnce(entry)) appendParents(entry);
  }
  // Finding one of the store's entities takes as long as some eight steps.
  spend(stored ? count << 3 : count);
  if (count > LINEAGE_MAX) exhaust();
  return length();
}
