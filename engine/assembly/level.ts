// Levels: the organisation's program is level 0, each layer the next (SPEC §6.2). Owns the arena their bytes and indexes lie in,
// and which level is being looked at. Holds addresses only; what they point to was checked by load.ts.

import { HEADER_SUBJECT, HEADER_USES } from './format';
import { LABELS_MAX, LEVELS, LEVEL_ARENA, LEVEL_ARENA_END, LEVEL_SIZE } from './limits';
import { poolItem } from './pool';

const ARENA_START: u32 = 0;
const CONSTANTS: u32 = 4;
const LISTS: u32 = 8;
const LABELS: u32 = 12;
const POLICIES: u32 = 16;
const POLICY_COUNT: u32 = 20;
const LABEL_POLICY_COUNT: u32 = 24;
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

let top: u32 = 0;
let count: u32 = 0;
let current: u32 = 0;

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

/** Begins a new level and looks at it. */
export function beginLevel(): void {
  current = LEVELS + count * LEVEL_SIZE;
  count++;
  memory.fill(current, 0, LEVEL_SIZE);
  store<u32>(current, top, ARENA_START);
}

export function dropNewestLevel(): void {
  count--;
  top = load<u32>(LEVELS + count * LEVEL_SIZE, ARENA_START);
}

/** All accessors below speak of the level selected here. */
export function selectLevel(level: u32): void {
  current = LEVELS + level * LEVEL_SIZE;
}

export function selectedLevel(): u32 {
  return (current - LEVELS) / LEVEL_SIZE;
}

export function setSections(
  constants: u32,
  lists: u32,
  labels: u32,
  policies: u32,
  policyTotal: u32,
  code: u32,
  bits: u32,
): void {
  store<u32>(current, constants, CONSTANTS);
  store<u32>(current, lists, LISTS);
  store<u32>(current, labels, LABELS);
  store<u32>(current, policies, POLICIES);
  store<u32>(current, policyTotal, POLICY_COUNT);
  store<u32>(current, code, CODE);
  store<u32>(current, bits, FLAGS);
}

export function setLabelPolicyCount(n: u32): void {
  store<u32>(current, n, LABEL_POLICY_COUNT);
}

export function setAnchors(first: u32, n: u32, anchors: u32, slots: u32, mask: u32): void {
  store<u32>(current, first, FIRST_ENTITY);
  store<u32>(current, n, ENTITY_COUNT);
  store<u32>(current, anchors, ANCHORS);
  store<u32>(current, slots, SLOTS);
  store<u32>(current, mask, SLOT_MASK);
}

export function setSupplied(table: u32): void {
  store<u32>(current, table, SUPPLIED);
}

export function constantsPool(): u32 {
  return load<u32>(current, CONSTANTS);
}

/** Where constant i begins; it ends where constant i + 1 begins. */
export function constant(i: u32): u32 {
  return poolItem(load<u32>(current, CONSTANTS), i);
}

/** The list whose count stands at index i of the lists section; its items follow. */
export function list(i: u32): u32 {
  return load<u32>(current, LISTS) + (i << 2);
}

export function policyAt(i: u32): u32 {
  return load<u32>(current, POLICIES) + (i << 6);
}

export function policyCount(): u32 {
  return load<u32>(current, POLICY_COUNT);
}

/** Policies below this index are label policies. */
export function labelPolicyCount(): u32 {
  return load<u32>(current, LABEL_POLICY_COUNT);
}

export function codeAt(i: u32): u32 {
  return load<u32>(current, CODE) + (i << 2);
}

export function flags(): u32 {
  return load<u32>(current, FLAGS);
}

export function labelCount(): u32 {
  return load<u32>(load<u32>(current, LABELS));
}

export function clearanceCount(): u32 {
  return load<u32>(load<u32>(current, LABELS), 4);
}

// The place of a constant among `count` ascending ones from `first` in the section's table, or LABELS_MAX.
function findName(first: u32, n: u32, item: u32): u32 {
  const table = load<u32>(current, LABELS) + 8 + (first << 2);
  for (let i: u32 = 0; i < n; i++) if (load<u32>(table + (i << 2)) === item) return i;
  return LABELS_MAX;
}

/** The label that a constant names, or LABELS_MAX. */
export function findLabelConstant(item: u32): u32 {
  return findName(0, labelCount(), item);
}

/** The clearance that a constant names, or LABELS_MAX. */
export function findClearanceConstant(item: u32): u32 {
  return findName(labelCount(), clearanceCount(), item);
}

/** The text of label i. */
export function labelText(i: u32): u32 {
  return constant(load<u32>(load<u32>(current, LABELS) + 8 + (i << 2)));
}

export function clearanceText(i: u32): u32 {
  return labelText(labelCount() + i);
}

export function firstEntity(): u32 {
  return load<u32>(current, FIRST_ENTITY);
}

export function entityCount(): u32 {
  return load<u32>(current, ENTITY_COUNT);
}

export function anchorsTable(): u32 {
  return load<u32>(current, ANCHORS);
}

export function slotsTable(): u32 {
  return load<u32>(current, SLOTS);
}

export function slotMask(): u32 {
  return load<u32>(current, SLOT_MASK);
}

/** The u8 table that says of each constant which supplied attribute it names, or 0. */
export function suppliedTable(): u32 {
  return load<u32>(current, SUPPLIED);
}

export function setHeader(program: u32): void {
  store<u32>(current, program, HEADER);
}

/** The subject of a layer: 32 bytes, zeros if it has none. */
export function subject(): u32 {
  return load<u32>(current, HEADER) + HEADER_SUBJECT;
}

export function hasSubject(): bool {
  const p = subject();
  return (load<u64>(p) | load<u64>(p, 8) | load<u64>(p, 16) | load<u64>(p, 24)) !== 0;
}

/** How many uses a layer has; 0: any number. */
export function uses(): u32 {
  return load<u32>(load<u32>(current, HEADER), HEADER_USES);
}

export function digest(): u32 {
  return current + DIGEST;
}

/** The postings of the policies without an anchor that can apply to actions with this index modulo 32. */
export function bucket(i: u32): u32 {
  return current + BUCKETS + i * BUCKET_BYTES;
}
