// Owns: uid records (an entity reference taken apart: type, id and hash), and the hash of an entity. Trusts: the
// addresses that a record was given. Excludes: finding a type by its name (find.ts), and the hashes of a path's
// directories, which are found on the way to the path's own (value/path.ts).

import { equal, hashBytes } from '../value/bytes';
import { isSameText } from '../value/cbor';
import { KIND_PATH, NONE } from '../numbers/format';
import { hashPath } from '../value/path';

const TYPE: u32 = 0; // the type's index in the schema, or NONE
const TEXT: u32 = 4; // where the type's text begins
const ID: u32 = 8;
const ID_END: u32 = 12;
const HASH: u32 = 16;

export const UID_BYTES: u32 = 20;

export function storeUid(uid: u32, type: u32, text: u32, id: u32, idEnd: u32, hash: u32): void {
  store<u32>(uid, type, TYPE);
  store<u32>(uid, text, TEXT);
  store<u32>(uid, id, ID);
  store<u32>(uid, idEnd, ID_END);
  store<u32>(uid, hash, HASH);
}

export function uidType(uid: u32): u32 {
  return load<u32>(uid, TYPE);
}

export function uidText(uid: u32): u32 {
  return load<u32>(uid, TEXT);
}

export function uidId(uid: u32): u32 {
  return load<u32>(uid, ID);
}

export function uidIdEnd(uid: u32): u32 {
  return load<u32>(uid, ID_END);
}

export function uidHash(uid: u32): u32 {
  return load<u32>(uid, HASH);
}

export function setUidHash(uid: u32, hash: u32): void {
  store<u32>(uid, hash, HASH);
}

/** Whether the record is of the entity with this type (index, and text if NONE) and id. */
export function isUid(uid: u32, type: u32, text: u32, id: u32, idEnd: u32): bool {
  if (uidType(uid) !== type || uidIdEnd(uid) - uidId(uid) !== idEnd - id) return false;
  if (!equal(uidId(uid), id, idEnd - id)) return false;
  return type !== NONE || isSameText(uidText(uid), text);
}

/** Joins the hash of an id with its type's index. */
export function hashOfType(type: u32, hash: u64): u32 {
  return ((hash >> 32) as u32) ^ (type * 0x9e3779b1);
}

/** The hash of the entity with this id, of a type of this kind. Any bytes have one, canonical or not. */
export function hashUid(type: u32, kind: u32, id: u32, idEnd: u32): u32 {
  return hashOfType(type, kind === KIND_PATH ? hashPath(id, idEnd) : hashBytes(id, idEnd - id));
}
