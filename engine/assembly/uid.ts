// Hashes of entities. A path's directories are hashed on the way to the path's own hash (path.ts).

import { hashBytes } from './bytes';
import { KIND_PATH } from './format';
import { hashPath } from './path';

/** Joins the hash of an id with its type's index. */
export function hashOfType(type: u32, hash: u64): u32 {
  return ((hash >> 32) as u32) ^ (type * 0x9e3779b1);
}

/** The hash of the entity with this id, of a type of this kind. Any bytes have one, canonical or not. */
export function hashUid(type: u32, kind: u32, id: u32, idEnd: u32): u32 {
  return hashOfType(type, kind === KIND_PATH ? hashPath(id, idEnd) : hashBytes(id, idEnd - id));
}
