// Owns: the operators that need entities or the level's constants: attributes, tags, membership, `like`, making
// records. An operation answers with a value, or 0: an error of Cedar's, or out of fuel (value/fuel.ts tells which).
// Trusts: its values. Excludes: sets and records by themselves (value/collections.ts).

import { equal } from '../value/bytes';
import { head, headArgument, skip } from '../value/cbor';
import { resolve, resolvedId, resolvedIdEnd, resolvedText, resolvedType } from '../program/entity';
import { NONE } from '../numbers/format';
import { isSpent, spend } from '../value/fuel';
import { constant } from '../program/level';
import { LINEAGE_ACTION, LINEAGE_OTHER, LINEAGE_PRINCIPAL, LINEAGE_RESOURCE, LINEAGE_SIZE } from '../numbers/limits';
import { buildLineage } from '../request/lineage';
import { isUid } from '../program/uid';
import { copyValue, findKey } from '../value/collections';
import { actionAt, principalAt, resourceAt } from '../request/request';
import { needsStore } from '../program/schema';
import { actionLineageCount, principalLineageCount, resourceLineageCount } from '../request/subject';
import { MARK_ACTION_IN, MARK_PRINCIPAL_IN, MARK_RESOURCE_IN, isMarked, markAction } from '../request/marks';
import { entryAttributes, entryTags, findEntry } from '../request/store';
import {
  ENTITY,
  RECORD,
  SET,
  STRING,
  allocateForPolicy,
  boolean,
  endOf,
  kindOf,
  range,
  startOf,
  writeHead,
} from '../value/value';

let absent: bool = false;
export function forgetAbsent(): void {
  absent = false;
}

/**
 * Whether a policy asked something of an entity that should be in the store and is not, and Cedar quietly says false
 * (SPEC §6.1).
 */
export function wasAbsent(): bool {
  return absent;
}

// The store's entry of the entity at p, or 0. Resolves it.
function entryOf(p: u32): u32 {
  resolve(p);
  return findEntry(resolvedText(), resolvedId(), resolvedIdEnd());
}

// Finding an entity among many takes as long as some eight steps.
function find(entity: u64): u32 {
  spend(8);
  return entryOf(startOf(entity));
}

function isAbsent(entry: u32): bool {
  if (entry !== 0) return false;
  if (needsStore(resolvedType())) absent = true;
  return true;
}

export function attribute(value: u64, name: u32): u64 {
  const p = startOf(value);
  const kind = kindOf(p);
  if (kind === RECORD) return findKey(p, name);
  if (kind !== ENTITY) return 0;
  const entry = find(value);
  return entry === 0 ? 0 : findKey(entryAttributes(entry), name);
}

export function has(value: u64, name: u32): u64 {
  const p = startOf(value);
  const kind = kindOf(p);
  if (kind === RECORD) return boolean(findKey(p, name) !== 0);
  if (kind !== ENTITY) return 0;
  const entry = find(value);
  return boolean(!isAbsent(entry) && findKey(entryAttributes(entry), name) !== 0);
}

export function hasTag(entity: u64, name: u64): u64 {
  if (kindOf(startOf(entity)) !== ENTITY || kindOf(startOf(name)) !== STRING) return 0;
  const entry = find(entity);
  return boolean(!isAbsent(entry) && entryTags(entry) !== 0 && findKey(entryTags(entry), startOf(name)) !== 0);
}

export function getTag(entity: u64, name: u64): u64 {
  if (kindOf(startOf(entity)) !== ENTITY || kindOf(startOf(name)) !== STRING) return 0;
  const entry = find(entity);
  return entry === 0 || entryTags(entry) === 0 ? 0 : findKey(entryTags(entry), startOf(name));
}

/** `entity is T`, T the text at `type`. */
export function isOfType(entity: u64, type: u32): u64 {
  const p = startOf(entity);
  if (kindOf(p) !== ENTITY) return 0;
  const n = head(type) - type + (headArgument() as u32);
  return boolean(equal(p + 2, type, n));
}

// Whether the entity at `target` is among the members of a lineage.
function isAmong(lineage: u32, count: u32, target: u32): bool {
  resolve(target);
  spend(count);
  for (let i: u32 = 0; i < count; i++) {
    if (isUid(lineage + i * LINEAGE_SIZE, resolvedType(), resolvedText(), resolvedId(), resolvedIdEnd())) return true;
  }
  return false;
}

// The lineage of the entity at p: the request's own, or one built now; count 0: it does not fit.
let foundLineage: u32 = 0;

function lineageOf(request: u32, p: u32): u32 {
  if (p === principalAt(request)) {
    foundLineage = LINEAGE_PRINCIPAL;
    return principalLineageCount();
  }
  if (p === resourceAt(request)) {
    foundLineage = LINEAGE_RESOURCE;
    return resourceLineageCount();
  }
  if (p === actionAt(request)) {
    foundLineage = LINEAGE_ACTION;
    return actionLineageCount(request);
  }
  isAbsent(entryOf(p));
  foundLineage = LINEAGE_OTHER;
  return buildLineage(LINEAGE_OTHER, p);
}

/** `entity in target`, target an entity or a set of entities. */
export function isIn(request: u32, entity: u64, target: u64): u64 {
  const p = startOf(entity);
  let q = startOf(target);
  const kind = kindOf(q);
  if (kindOf(p) !== ENTITY || (kind !== ENTITY && kind !== SET)) return 0;
  let targets: u32 = 1;
  if (kind === SET) {
    q = head(q);
    targets = headArgument() as u32;
    // One element that is no entity makes the whole an error, wherever it stands.
    spend(targets);
    for (let i: u32 = 0, item = q; i < targets; i++, item = skip(item)) if (kindOf(item) !== ENTITY) return 0;
  }
  const count = lineageOf(request, p);
  for (let i: u32 = 0; i < targets && !isSpent(); i++, q = skip(q)) {
    if (isAmong(foundLineage, count, q)) return boolean(true);
  }
  return isSpent() ? 0 : boolean(false);
}

/** `entity in target`, target an entity constant: for the request's own entities its mark answers. */
export function isInConstant(level: u32, request: u32, entity: u64, target: u32): u64 {
  const p = startOf(entity);
  if (p === resourceAt(request)) return boolean(isMarked(level, target, MARK_RESOURCE_IN));
  if (p === principalAt(request)) return boolean(isMarked(level, target, MARK_PRINCIPAL_IN));
  if (p === actionAt(request)) {
    markAction(level, request);
    return boolean(isMarked(level, target, MARK_ACTION_IN));
  }
  const q = constant(level, target);
  return isIn(request, entity, range(q, skip(q)));
}

/** A record of the values at `values`, their keys the constants of the list at `keys`, in order. */
export function makeRecord(level: u32, keys: u32, values: u32): u64 {
  const n = load<u32>(keys);
  let bytes: u32 = 9;
  for (let i: u32 = 0; i < n; i++) {
    const key = constant(level, load<u32>(keys + 4 + (i << 2)));
    const item = load<u64>(values + (i << 3));
    bytes += skip(key) - key + endOf(item) - startOf(item);
  }
  spend(bytes >> 5);
  const start = allocateForPolicy(bytes);
  if (start === 0) return 0;
  let p = writeHead(start, 5, n as u64);
  for (let i: u32 = 0; i < n; i++) {
    const key = constant(level, load<u32>(keys + 4 + (i << 2)));
    p = copyValue(p, range(key, skip(key)));
    p = copyValue(p, load<u64>(values + (i << 3)));
  }
  return range(start, p);
}

// The first place at or after p where the n bytes at `part` stand before end, or 0.
function search(p: u32, end: u32, part: u32, n: u32): u32 {
  const first = load<u8>(part);
  for (; end - p >= n; p++) {
    if (load<u8>(p) !== first) continue;
    spend(1 + (n >> 5));
    if (isSpent()) return 0;
    if (equal(p, part, n)) return p;
  }
  return 0;
}

/**
 * `text like pattern`, the pattern a list of texts and NONE (`*`). Bytes serve for characters: valid UTF-8 is found
 * in valid UTF-8 at character boundaries only. Taking each text between stars at its first place is enough, as a star
 * takes anything.
 */
export function like(level: u32, text: u64, pattern: u32): u64 {
  let p = startOf(text);
  if (kindOf(p) !== STRING) return 0;
  p = head(p);
  const end = endOf(text);
  spend((end - p) >> 5);
  const items = load<u32>(pattern);
  let star = false;
  for (let i: u32 = 1; i <= items; i++) {
    const item = load<u32>(pattern + (i << 2));
    if (item === NONE) {
      star = true;
      continue;
    }
    const part = head(constant(level, item));
    const n = headArgument() as u32;
    if (end - p < n) return boolean(false);
    if (i === items && star) {
      p = equal(end - n, part, n) ? end : 0;
    } else if (star) {
      const at = search(p, end, part, n);
      p = at === 0 ? 0 : at + n;
    } else {
      p = equal(p, part, n) ? p + n : 0;
    }
    if (p === 0) return isSpent() ? 0 : boolean(false);
    star = false;
  }
  return boolean(star || p === end);
}
