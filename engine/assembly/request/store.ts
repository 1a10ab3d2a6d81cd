// Owns: the request's entity store (SPEC §3): checking its shape, the table of its entries, and finding an entity's
// parents, attributes and tags. Trusts: nothing in `parseStore`. Excludes: the schema (validate.ts).

import { compare } from '../value/bytes';
import { MAJOR_ARRAY, checkEntity, checkValue, head, headArgument, readHead, skip } from '../value/cbor';
import { LINEAGE_OTHER, STORE, STORE_MAX, STORE_SIZE } from '../numbers/limits';
import { RECORD, kindOf } from '../value/value';

const UID: u32 = 0;
const UID_END: u32 = 4;
const PARENTS: u32 = 8;
const ATTRIBUTES: u32 = 12;
const TAGS: u32 = 16;
const VISITED: u32 = 20;

let entries: u32 = 0;
let visit: u32 = 0;

export function clearStore(): void {
  entries = 0;
  visit = 0;
}

export function entryCount(): u32 {
  return entries;
}

export function entryAt(i: u32): u32 {
  return STORE + i * STORE_SIZE;
}

export function entryUid(entry: u32): u32 {
  return load<u32>(entry, UID);
}

/** Where the array of parents begins. */
export function entryParents(entry: u32): u32 {
  return load<u32>(entry, PARENTS);
}

export function entryAttributes(entry: u32): u32 {
  return load<u32>(entry, ATTRIBUTES);
}

/** Where the record of tags begins, or 0. */
export function entryTags(entry: u32): u32 {
  return load<u32>(entry, TAGS);
}

/** Starts a walk: no entry is visited. */
export function beginVisit(): void {
  visit++;
}

/** Marks an entry as visited in this walk; false if it was already. */
export function visitOnce(entry: u32): bool {
  if (load<u32>(entry, VISITED) === visit) return false;
  store<u32>(entry, visit, VISITED);
  return true;
}

function checkParents(p: u32, end: u32): u32 {
  if (p >= end || ((load<u8>(p) >> 5) as u32) !== MAJOR_ARRAY) return 0;
  p = readHead(p, end);
  let left = headArgument();
  let before: u32 = 0;
  for (; left > 0 && p !== 0; left--) {
    const next = checkEntity(p, end);
    if (next === 0 || (before !== 0 && compare(before, p, p, next) >= 0)) return 0;
    before = p;
    p = next;
  }
  return p;
}

function checkRecord(p: u32, end: u32, depth: u32): u32 {
  const next = checkValue(p, end, depth);
  return next !== 0 && kindOf(p) === RECORD ? next : 0;
}

/**
 * Checks the array of entries at p, inside `depth` containers, and fills the table; returns the place after it, or 0.
 */
export function parseStore(p: u32, end: u32, depth: u32): u32 {
  clearStore();
  if (p >= end || ((load<u8>(p) >> 5) as u32) !== MAJOR_ARRAY) return 0;
  p = readHead(p, end);
  if (p === 0 || headArgument() > (STORE_MAX as u64)) return 0;
  const count = headArgument() as u32;
  for (let i: u32 = 0; i < count; i++) {
    const entry = entryAt(i);
    const first: u32 = p < end ? load<u8>(p) : 0;
    if (first !== 0x83 && first !== 0x84) return 0;
    const uid = p + 1;
    const parents = checkEntity(uid, end);
    if (parents === 0) return 0;
    if (i > 0 && compare(load<u32>(entry - STORE_SIZE, UID), load<u32>(entry - STORE_SIZE, UID_END), uid, parents) >= 0)
      return 0;
    const attributes = checkParents(parents, end);
    if (attributes === 0) return 0;
    const attributesEnd = checkRecord(attributes, end, depth + 2);
    if (attributesEnd === 0) return 0;
    p = attributesEnd;
    store<u32>(entry, 0, TAGS);
    if (first === 0x84) {
      const tagsEnd = checkRecord(attributesEnd, end, depth + 2);
      if (tagsEnd === 0 || tagsEnd === attributesEnd + 1) return 0;
      store<u32>(entry, attributesEnd, TAGS);
      p = tagsEnd;
    }
    store<u32>(entry, uid, UID);
    store<u32>(entry, parents, UID_END);
    store<u32>(entry, parents, PARENTS);
    store<u32>(entry, attributes, ATTRIBUTES);
    store<u32>(entry, 0, VISITED);
  }
  entries = count;
  return p;
}

// The order of (type text, id) against an entry's uid: that of the uids' bytes, where the shorter text comes first.
function compareUid(text: u32, textEnd: u32, id: u32, idEnd: u32, uid: u32): i32 {
  const type = uid + 2;
  const typeEnd = head(type) + (headArgument() as u32);
  const byType = compare(text, textEnd, type, typeEnd);
  if (byType !== 0) return byType;
  const other = head(typeEnd + 1);
  const n = headArgument() as u32;
  if (idEnd - id !== n) return idEnd - id < n ? -1 : 1;
  return compare(id, idEnd, other, other + n);
}

/** The entry of the entity whose type is the text at `text` and whose id is [id, idEnd), or 0. */
export function findEntry(text: u32, id: u32, idEnd: u32): u32 {
  if (entries === 0) return 0;
  const textEnd = head(text) + (headArgument() as u32);
  let low: u32 = 0;
  let high = entries;
  while (low < high) {
    const middle = (low + high) >> 1;
    const order = compareUid(text, textEnd, id, idEnd, entryUid(entryAt(middle)));
    if (order === 0) return entryAt(middle);
    if (order < 0) high = middle;
    else low = middle + 1;
  }
  return 0;
}

const WALK: u32 = LINEAGE_OTHER; // the entries on the way from a root: entry, next parent, parents left
const WALK_BYTES: u32 = 12;

function open(walk: u32, entry: u32): void {
  store<u32>(entry, visit, VISITED);
  store<u32>(walk, entry);
  store<u32>(walk, head(entryParents(entry)), 4);
  store<u32>(walk, headArgument() as u32, 8);
}

/** Whether some entity of the store is its own ancestor. */
export function hasCycle(): bool {
  // Two marks: `visit` while an entry is on the way, `visit + 1` once all above it is known to end.
  visit += 2;
  for (let i: u32 = 0; i < entries; i++) {
    if (load<u32>(entryAt(i), VISITED) > visit) continue;
    let walk: u32 = WALK;
    open(walk, entryAt(i));
    while (true) {
      const left = load<u32>(walk, 8);
      if (left === 0) {
        store<u32>(load<u32>(walk), visit + 1, VISITED);
        if (walk === WALK) break;
        walk -= WALK_BYTES;
        continue;
      }
      const uid = load<u32>(walk, 4);
      const text = uid + 2;
      const typeEnd = skip(text);
      const id = head(typeEnd + 1);
      const idEnd = id + (headArgument() as u32);
      store<u32>(walk, idEnd, 4);
      store<u32>(walk, left - 1, 8);
      const parent = findEntry(text, id, idEnd);
      if (parent === 0 || load<u32>(parent, VISITED) > visit) continue;
      if (load<u32>(parent, VISITED) === visit) return true;
      walk += WALK_BYTES;
      open(walk, parent);
    }
  }
  visit += 1;
  return false;
}
