// Hashes of entity ids, such that a path's directories are hashed on the way to the path's own hash.

import { HASH_SEED, hashBytes, mix } from './bytes';
import { KIND_PATH } from './format';
import { findSlash } from './names';

/** The hash of a path up to and including the segment [start, end), from the hash of what precedes its `/`. */
export function hashSegment(hash: u64, start: u32, end: u32): u64 {
  return mix(hash, hashBytes(start, end - start));
}

/** The hash of the path with no segment; `/` itself is its one empty segment. */
export const HASH_PATH: u64 = HASH_SEED;

/** Joins the hash of an id with its type's index. */
export function hashOfType(type: u32, hash: u64): u32 {
  return (mix(hash, type as u64) >> 32) as u32;
}

/** The hash of the entity with this id, of a type of this kind. Any bytes have one, canonical or not. */
export function hashUid(type: u32, kind: u32, id: u32, idEnd: u32): u32 {
  if (kind !== KIND_PATH) return hashOfType(type, hashBytes(id, idEnd - id));
  let hash = HASH_PATH;
  let p = id;
  while (p < idEnd) {
    const start = p + 1;
    p = findSlash(start, idEnd);
    hash = hashSegment(hash, start, p);
  }
  return hashOfType(type, hash);
}
