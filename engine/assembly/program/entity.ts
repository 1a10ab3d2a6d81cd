// Owns: one entity reference taken apart: its type in the schema, its type's text and its id. There is one at a time,
// the one last resolved. Trusts: checked bytes. Excludes: records that last longer (uid.ts).

import { head, headArgument } from '../value/cbor';
import { findType } from './find';
import { entityType } from '../value/value';

let type: u32 = 0;
let text: u32 = 0;
let id: u32 = 0;
let idEnd: u32 = 0;

/** Takes the entity at p apart. */
export function resolve(p: u32): void {
  text = entityType(p);
  type = findType(text);
  const typeEnd = head(text) + (headArgument() as u32);
  id = head(typeEnd + 1);
  idEnd = id + (headArgument() as u32);
}

/** The type's index in the schema, or NONE. */
export function resolvedType(): u32 {
  return type;
}

export function resolvedText(): u32 {
  return text;
}

export function resolvedId(): u32 {
  return id;
}

export function resolvedIdEnd(): u32 {
  return idEnd;
}
