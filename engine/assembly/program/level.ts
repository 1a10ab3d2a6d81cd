// Owns: the record of each level (the organisation's program is level 0, each layer the next, SPEC §6.2), and the arena
// in which their bytes and indexes lie. Trusts: addresses, of which load.ts checked what they point to. Excludes:
// checking.

import { HEADER_SUBJECT, HEADER_USES } from '../numbers/format';
import { LABELS_MAX, LEVELS, LEVEL_ARENA, LEVEL_ARENA_END, LEVEL_SIZE } from '../numbers/limits';
import { poolItem } from './pool';

const ARENA_START: u32 = 0;
const CONSTANTS: u32 = 4;
const LISTS: u32 = 8;
const LABELS: u32 = 12;
const POLICIES: u32 = 16;
const POLICY_COUNT: u32 = 20;
const FIRST_SET_COUNT: u32 = 24;
const CODE: u32 = 28;
const FLAGS: u32 = 32;
const FIRST_ENTITY: u32 = 36;
const ENTITY_COUNT: u32 = 40;
const ANCHORS: u32 = 44;
const SLOTS: u32 = 48;
const SLOT_MASK: u32 = 52;
const SUPPLIED: u32 = 56;
const HEADER: u32 = 60;
const DIGEST: u32 = 64;
const BUCKETS: u32 = 96; // 32 × BUCKET_BYTES: the postings of policies without an anchor, by action modulo 32
const BUCKET_BYTES: u32 = 12;
const COUNTED: u32 = 480; // 1: some permit is counted

let top: u32 = 0;
let count: u32 = 0;

/** n zero bytes, aligned to 8, that live as long as the newest level; 0 if there are no more. */
export function allocateInLevel(n: u32): u32 {
  const p = (top + 7) & ~7;
  if (p > LEVEL_ARENA_END || n > LEVEL_ARENA_END - p) return 0;
  top = p + n;
  memory.fill(p, 0, n);
  return p;
}

export function levelCount(): u32 {
  return count;
}

export function dropAllLevels(): void {
  count = 0;
  top = LEVEL_ARENA;
}

/** The record of level i, which every accessor below takes. */
export function levelAt(i: u32): u32 {
  return LEVELS + i * LEVEL_SIZE;
}

/** Begins a new level; returns its record. */
export function beginLevel(): u32 {
  const level = levelAt(count);
  count++;
  memory.fill(level, 0, LEVEL_SIZE);
  store<u32>(level, top, ARENA_START);
  return level;
}

export function dropNewestLevel(): void {
  count--;
  top = load<u32>(levelAt(count), ARENA_START);
}

export function setSections(
  level: u32,
  constants: u32,
  lists: u32,
  labels: u32,
  policies: u32,
  policyTotal: u32,
  code: u32,
  bits: u32,
): void {
  store<u32>(level, constants, CONSTANTS);
  store<u32>(level, lists, LISTS);
  store<u32>(level, labels, LABELS);
  store<u32>(level, policies, POLICIES);
  store<u32>(level, policyTotal, POLICY_COUNT);
  store<u32>(level, code, CODE);
  store<u32>(level, bits, FLAGS);
}

export function setFirstSetCount(level: u32, n: u32): void {
  store<u32>(level, n, FIRST_SET_COUNT);
}

export function setAnchors(level: u32, first: u32, n: u32, anchors: u32, slots: u32, mask: u32): void {
  store<u32>(level, first, FIRST_ENTITY);
  store<u32>(level, n, ENTITY_COUNT);
  store<u32>(level, anchors, ANCHORS);
  store<u32>(level, slots, SLOTS);
  store<u32>(level, mask, SLOT_MASK);
}

export function setSupplied(level: u32, table: u32): void {
  store<u32>(level, table, SUPPLIED);
}

export function constantsPool(level: u32): u32 {
  return load<u32>(level, CONSTANTS);
}

/** Where constant i begins; it ends where constant i + 1 begins. */
export function constant(level: u32, i: u32): u32 {
  return poolItem(load<u32>(level, CONSTANTS), i);
}

/** The list whose count stands at index i of the lists section; its items follow. */
export function list(level: u32, i: u32): u32 {
  return load<u32>(level, LISTS) + (i << 2);
}

export function policyAt(level: u32, i: u32): u32 {
  return load<u32>(level, POLICIES) + (i << 6);
}

export function policyCount(level: u32): u32 {
  return load<u32>(level, POLICY_COUNT);
}

/**
 * A level's policies are of two sets. Below this index they are of the first: the label policies of the program, the
 * decision policies of a layer. Then come the decision policies of the program, the policies of `expect` of a layer.
 */
export function firstSetCount(level: u32): u32 {
  return load<u32>(level, FIRST_SET_COUNT);
}

export function codeAt(level: u32, i: u32): u32 {
  return load<u32>(level, CODE) + (i << 2);
}

export function flags(level: u32): u32 {
  return load<u32>(level, FLAGS);
}

export function labelCount(level: u32): u32 {
  return load<u32>(load<u32>(level, LABELS));
}

export function clearanceCount(level: u32): u32 {
  return load<u32>(load<u32>(level, LABELS), 4);
}

// The place of a constant among `count` ascending ones from `first` in the section's table, or LABELS_MAX.
function findName(level: u32, first: u32, n: u32, item: u32): u32 {
  const table = load<u32>(level, LABELS) + 8 + (first << 2);
  for (let i: u32 = 0; i < n; i++) if (load<u32>(table + (i << 2)) === item) return i;
  return LABELS_MAX;
}

/** The label that a constant names, or LABELS_MAX. */
export function findLabelConstant(level: u32, item: u32): u32 {
  return findName(level, 0, labelCount(level), item);
}

/** The clearance that a constant names, or LABELS_MAX. */
export function findClearanceConstant(level: u32, item: u32): u32 {
  return findName(level, labelCount(level), clearanceCount(level), item);
}

/** The text of label i. */
export function labelText(level: u32, i: u32): u32 {
  return constant(level, load<u32>(load<u32>(level, LABELS) + 8 + (i << 2)));
}

export function clearanceText(level: u32, i: u32): u32 {
  return labelText(level, labelCount(level) + i);
}

export function firstEntity(level: u32): u32 {
  return load<u32>(level, FIRST_ENTITY);
}

export function entityCount(level: u32): u32 {
  return load<u32>(level, ENTITY_COUNT);
}

export function anchorsTable(level: u32): u32 {
  return load<u32>(level, ANCHORS);
}

export function slotsTable(level: u32): u32 {
  return load<u32>(level, SLOTS);
}

export function slotMask(level: u32): u32 {
  return load<u32>(level, SLOT_MASK);
}

/** The u8 table that says of each constant which supplied attribute it names, or 0. */
export function suppliedTable(level: u32): u32 {
  return load<u32>(level, SUPPLIED);
}

export function setHeader(level: u32, program: u32): void {
  store<u32>(level, program, HEADER);
}

/** The subject of a layer: 32 bytes, zeros if it has none. */
export function subject(level: u32): u32 {
  return load<u32>(level, HEADER) + HEADER_SUBJECT;
}

export function hasSubject(level: u32): bool {
  const p = subject(level);
  return (load<u64>(p) | load<u64>(p, 8) | load<u64>(p, 16) | load<u64>(p, 24)) !== 0;
}

/** How many uses a layer has; 0: any number. */
export function uses(level: u32): u32 {
  return load<u32>(load<u32>(level, HEADER), HEADER_USES);
}

/** Whether some of a layer's permits are counted. */
export function hasCounted(level: u32): bool {
  return load<u32>(level, COUNTED) !== 0;
}

export function setCounted(level: u32): void {
  store<u32>(level, 1, COUNTED);
}

export function digest(level: u32): u32 {
  return level + DIGEST;
}

/** The postings of the policies without an anchor that can apply to actions with this index modulo 32. */
export function bucket(level: u32, i: u32): u32 {
  return level + BUCKETS + i * BUCKET_BYTES;
}
