// Owns: the names that the engine gives meaning: of the attributes that it supplies (SPEC §4), and of the label that it
// attaches itself (SPEC §6.7). Trusts: checked texts. Excludes: their values (evaluate/supplied.ts).

import { compare } from '../value/bytes';
import { isSameText, skip } from '../value/cbor';
import {
  SUPPLIED_CLEARANCES,
  SUPPLIED_LABELS,
  SUPPLIED_NAME,
  SUPPLIED_PORT,
  SUPPLIED_SEGMENTS,
  SUPPLIED_SESSION,
  SUPPLIED_TIME,
} from '../numbers/format';

export const SUPPLIED_COUNT: u32 = 7;

/** The names, encoded, one after the other in the order of a record's keys. */
export const SUPPLIED_NAMES: u32 = memory.data<u8>([
  0x64,
  0x6e,
  0x61,
  0x6d,
  0x65, // name
  0x64,
  0x70,
  0x6f,
  0x72,
  0x74, // port
  0x64,
  0x74,
  0x69,
  0x6d,
  0x65, // time
  0x66,
  0x6c,
  0x61,
  0x62,
  0x65,
  0x6c,
  0x73, // labels
  0x67,
  0x73,
  0x65,
  0x73,
  0x73,
  0x69,
  0x6f,
  0x6e, // session
  0x68,
  0x73,
  0x65,
  0x67,
  0x6d,
  0x65,
  0x6e,
  0x74,
  0x73, // segments
  0x6a,
  0x63,
  0x6c,
  0x65,
  0x61,
  0x72,
  0x61,
  0x6e,
  0x63,
  0x65,
  0x73, // clearances
]) as u32;

const KINDS: u32 = memory.data<u32>([
  SUPPLIED_NAME,
  SUPPLIED_PORT,
  SUPPLIED_TIME,
  SUPPLIED_LABELS,
  SUPPLIED_SESSION,
  SUPPLIED_SEGMENTS,
  SUPPLIED_CLEARANCES,
]) as u32;

/** The number of the supplied attribute that the i-th name names. */
export function suppliedKindAt(i: u32): u32 {
  return load<u32>(KINDS + (i << 2));
}

/** The number of the supplied attribute that the text at p names, or 0. */
export function suppliedNamed(p: u32): u32 {
  const end = skip(p);
  let name = SUPPLIED_NAMES;
  for (let i: u32 = 0; i < SUPPLIED_COUNT; i++) {
    const next = skip(name);
    if (compare(p, end, name, next) === 0) return suppliedKindAt(i);
    name = next;
  }
  return 0;
}

/** The label `surprising`, encoded. */
export const SURPRISING: u32 = memory.data<u8>([
  0x6a, 0x73, 0x75, 0x72, 0x70, 0x72, 0x69, 0x73, 0x69, 0x6e, 0x67,
]) as u32;

export const SURPRISING_BYTES: u32 = 11;

/** Whether a label comes after it in the order of encoded texts. */
export function standsAfterSurprising(text: u32): bool {
  return compare(text, skip(text), SURPRISING, SURPRISING + SURPRISING_BYTES) > 0;
}

/** Whether the text at p is that label. */
export function isSurprising(p: u32): bool {
  return isSameText(p, SURPRISING);
}
