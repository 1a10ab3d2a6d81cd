// Owns: loading a program or layer (SPEC §8): copying it out of the window, checking every byte that will be trusted,
// building the index. A load that fails leaves nothing loaded. Trusts: nothing in the window. Excludes: the digest of
// what is loaded (authority.ts).

import { buildIndex } from './build-index';
import { isConstantOf, isList, checkCode, setListWords } from './check-code';
import {
  BAD_INDEX,
  BAD_VALUE,
  LIMIT,
  NOT_A_LAYER,
  NOT_A_PROGRAM,
  NOT_CANONICAL,
  OUT_OF_ORDER,
  PUSH_WITHOUT_PROGRAM,
  SCHEMA_DIFFERS,
  SECTION_CODE,
  SECTION_CONSTANTS,
  SECTION_HEADER,
  SECTION_LABELS,
  SECTION_LISTS,
  SECTION_POLICIES,
  SECTION_SCHEMA,
  TRUNCATED,
} from '../numbers/codes';
import {
  ACTION_EXACT,
  ATTACHES_CLEARANCE,
  ATTACHES_COUNTED,
  ATTACHES_NOTHING,
  EFFECT_FORBID,
  FLAG_AUTHORITY_REQUIRED,
  FORMAT_VERSION,
  HEADER_BYTES,
  MAGIC,
  NONE,
  POLICY_BYTES,
  SCOPE_ANY,
  SCOPE_IS,
  SCOPE_IS_IN,
  SET_DECISION,
  SET_EXPECT,
  SET_LABEL,
  VERDICT_HARD,
} from '../numbers/format';
import { equal } from '../value/bytes';
import { updateAuthority } from './authority';
import {
  allocateInLevel,
  beginLevel,
  clearanceCount,
  codeAt,
  constant,
  digest,
  dropAllLevels,
  labelCount,
  labelText,
  levelCount,
  list,
  policyAt,
  policyCount,
  hasSubject,
  setHeader,
  setCounted,
  setFirstSetCount,
  setSections,
  setSupplied,
  subject,
  uses,
} from './level';
import { CONSTANTS_MAX, LABELS_MAX, LAYERS_MAX, POLICIES_MAX, PROGRAM, PROGRAM_CAP, SCRATCH } from '../numbers/limits';
import {
  actionScope,
  codeLength,
  codeStart,
  forbidVerdict,
  isCounted,
  policyArgument,
  policyAttaches,
  policyId,
  policyLabel,
  policySet,
  principalScope,
  resourceScope,
  scopeEntity,
  scopeKind,
  scopeType,
  setCountedAt,
  setScopeType,
  UNKNOWN_TYPE,
} from './policy';
import { checkPool, poolCount, resolvePool } from './pool';
import { loadSchema } from './check-schema';
import { findType } from './find';
import { sha256 } from '../value/sha256';
import { isSurprising, suppliedNamed } from './supplied-names';
import { ENTITY, STRING, kindOf } from '../value/value';

const SCHEMA: u32 = memory.data(32, 8) as u32; // digest of the program's schema section
const LAYER_SCHEMA: u32 = memory.data(32, 8) as u32;

const COUNTED_BYTES: u32 = 32 + 8;

function fault(section: u32, reason: u32): u32 {
  return reason === 0 ? 0 : (section << 8) | reason;
}

// The sections of the program being loaded: where each begins, and its length, by section number.
const STARTS: u32 = memory.data(32, 4) as u32;
const LENGTHS: u32 = memory.data(32, 4) as u32;

function sectionStart(section: u32): u32 {
  return load<u32>(STARTS + (section << 2));
}

function sectionLength(section: u32): u32 {
  return load<u32>(LENGTHS + (section << 2));
}

function readHeader(level: u32, program: u32, length: u32, isLayer: bool): u32 {
  if (length < HEADER_BYTES) return TRUNCATED;
  const flags: u32 = load<u16>(program, 6);
  if (load<u32>(program) !== MAGIC || (load<u16>(program, 4) as u32) !== FORMAT_VERSION) return NOT_A_PROGRAM;
  if (flags > (isLayer ? 0 : FLAG_AUTHORITY_REQUIRED)) return NOT_A_PROGRAM;
  setHeader(level, program);
  if (!(isLayer ? hasSubject(level) || uses(level) === 0 : !hasSubject(level) && uses(level) === 0)) return BAD_VALUE;
  let p = program + HEADER_BYTES;
  for (let section = SECTION_CONSTANTS; section <= SECTION_CODE; section++) {
    const bytes = load<u32>(program + (section << 2));
    const left = program + length - p;
    if (bytes > left || ((bytes + 3) & ~3) > left) return TRUNCATED;
    store<u32>(STARTS + (section << 2), p);
    store<u32>(LENGTHS + (section << 2), bytes);
    for (let fill = bytes; (fill & 3) !== 0; fill++) if (load<u8>(p + fill) !== 0) return NOT_CANONICAL;
    p += (bytes + 3) & ~3;
  }
  return p === program + length ? 0 : NOT_CANONICAL;
}

function checkConstants(level: u32): u32 {
  const pool = sectionStart(SECTION_CONSTANTS);
  const reason = checkPool(pool, sectionLength(SECTION_CONSTANTS), false);
  if (reason !== 0) return reason;
  if (poolCount(pool) > CONSTANTS_MAX) return LIMIT;
  resolvePool(pool);
  const table = allocateInLevel(poolCount(pool));
  if (table === 0) return LIMIT;
  setSupplied(level, table);
  for (let i: u32 = 0; i < poolCount(pool); i++)
    if (kindOf(constant(level, i)) === STRING) store<u8>(table + i, suppliedNamed(constant(level, i)));
  return 0;
}

function checkSchema(isLayer: bool): u32 {
  const start = sectionStart(SECTION_SCHEMA);
  const length = sectionLength(SECTION_SCHEMA);
  sha256(start, length, isLayer ? LAYER_SCHEMA : SCHEMA);
  if (!isLayer) return loadSchema(start, length);
  return equal(LAYER_SCHEMA, SCHEMA, 32) ? 0 : SCHEMA_DIFFERS;
}

function checkNames(level: u32, first: u32, count: u32): u32 {
  for (let i: u32 = 0; i < count; i++) {
    if (!isConstantOf(level, load<u32>(first + (i << 2)), STRING)) return BAD_INDEX;
    if (i > 0 && load<u32>(first + (i << 2) - 4) >= load<u32>(first + (i << 2))) return OUT_OF_ORDER;
  }
  return 0;
}

function checkLabels(level: u32, isLayer: bool): u32 {
  const length = sectionLength(SECTION_LABELS);
  if (length < 8) return TRUNCATED;
  if (labelCount(level) > LABELS_MAX || clearanceCount(level) > LABELS_MAX) return LIMIT;
  if (length !== 8 + ((labelCount(level) + clearanceCount(level)) << 2)) return TRUNCATED;
  if (isLayer && labelCount(level) + clearanceCount(level) > 0) return NOT_A_LAYER;
  const names = sectionStart(SECTION_LABELS) + 8;
  const reason = checkNames(level, names, labelCount(level));
  if (reason !== 0) return reason;
  for (let i: u32 = 0; i < labelCount(level); i++) if (isSurprising(labelText(level, i))) return BAD_VALUE;
  return checkNames(level, names + (labelCount(level) << 2), clearanceCount(level));
}

function checkScope(level: u32, scope: u32): u32 {
  const kind = scopeKind(scope);
  const type = scopeType(scope);
  const entity = scopeEntity(scope);
  if (kind > SCOPE_IS_IN) return BAD_VALUE;
  if (kind === SCOPE_IS || kind === SCOPE_IS_IN) {
    if (!isConstantOf(level, type, STRING)) return BAD_INDEX;
  } else if (type !== NONE) {
    return BAD_VALUE;
  }
  if (kind === SCOPE_ANY || kind === SCOPE_IS) return entity === NONE ? 0 : BAD_VALUE;
  return isConstantOf(level, entity, ENTITY) ? 0 : BAD_INDEX;
}

function checkActionScope(level: u32, actions: u32): u32 {
  if (actions === NONE) return 0;
  if (!isList(level, actions & ~ACTION_EXACT)) return BAD_INDEX;
  const items = list(level, actions & ~ACTION_EXACT);
  if ((actions & ACTION_EXACT) !== 0 && load<u32>(items) !== 1) return BAD_VALUE;
  for (let i: u32 = 1; i <= load<u32>(items); i++)
    if (!isConstantOf(level, load<u32>(items + (i << 2)), ENTITY)) return BAD_INDEX;
  return 0;
}

function checkEffect(level: u32, policy: u32, isLayer: bool): u32 {
  const set = policySet(policy);
  const effect = load<u32>(policy, 8);
  const verdict = forbidVerdict(policy);
  const argument = policyArgument(policy);
  const attaches = policyAttaches(policy);
  const label = policyLabel(policy);
  if (set > SET_EXPECT || effect > EFFECT_FORBID || attaches > ATTACHES_COUNTED) return BAD_VALUE;
  if (effect === EFFECT_FORBID ? verdict === 0 || verdict > VERDICT_HARD : verdict !== 0) return BAD_VALUE;
  if (argument !== NONE) {
    if (effect !== EFFECT_FORBID || verdict === VERDICT_HARD) return BAD_VALUE;
    if (!isConstantOf(level, argument, STRING)) return BAD_INDEX;
  }
  if (set === SET_EXPECT && (!isLayer || effect === EFFECT_FORBID)) return BAD_VALUE;
  if (set === SET_DECISION && attaches === ATTACHES_COUNTED)
    return isLayer && hasSubject(level) && effect !== EFFECT_FORBID && label !== 0 ? 0 : BAD_VALUE;
  if (set !== SET_LABEL) return attaches === ATTACHES_NOTHING && label === NONE ? 0 : BAD_VALUE;
  if (effect === EFFECT_FORBID || attaches === ATTACHES_NOTHING || attaches === ATTACHES_COUNTED) return BAD_VALUE;
  return label < (attaches === ATTACHES_CLEARANCE ? clearanceCount(level) : labelCount(level)) ? 0 : BAD_INDEX;
}

function checkPolicies(level: u32, isLayer: bool): u32 {
  const firstSet = isLayer ? SET_DECISION : SET_LABEL;
  let firstPolicies: u32 = 0;
  let code: u32 = 0;
  for (let i: u32 = 0; i < policyCount(level); i++) {
    const policy = policyAt(level, i);
    if (!isConstantOf(level, policyId(policy), STRING)) return BAD_INDEX;
    let reason = checkEffect(level, policy, isLayer);
    if (reason === 0) reason = checkScope(level, principalScope(policy));
    if (reason === 0) reason = checkScope(level, resourceScope(policy));
    if (reason === 0) reason = checkActionScope(level, actionScope(policy));
    if (reason !== 0) return reason;
    resolveScope(level, principalScope(policy));
    resolveScope(level, resourceScope(policy));
    if (isCounted(policy) && !resolveCount(level, policy, i)) return LIMIT;
    if (policySet(policy) === firstSet) {
      if (firstPolicies !== i) return OUT_OF_ORDER;
      firstPolicies++;
    }
    if (codeStart(policy) !== code) return BAD_INDEX;
    // A count that wraps would have to be larger than the code section.
    if (codeLength(policy) > sectionLength(SECTION_CODE) >> 2) return BAD_INDEX;
    code += codeLength(policy);
  }
  setFirstSetCount(level, firstPolicies);
  return code << 2 === sectionLength(SECTION_CODE) ? 0 : BAD_INDEX;
}

// Computes the digest by which a permit's uses are counted; false if there is no room.
function resolveCount(level: u32, policy: u32, index: u32): bool {
  const record = allocateInLevel(COUNTED_BYTES);
  if (record === 0) return false;
  memory.copy(SCRATCH, subject(level), 32);
  store<u32>(SCRATCH + 32, index);
  sha256(SCRATCH, 36, record);
  setCountedAt(policy, record);
  setCounted(level);
  return true;
}

// Replaces the name of a scope's type by the type's index. A type the schema lacks keeps its name: only one that is
// unknown too matches it.
function resolveScope(level: u32, scope: u32): void {
  const name = scopeType(scope);
  if (name === NONE) return;
  const type = findType(constant(level, name));
  setScopeType(scope, type === NONE ? name | UNKNOWN_TYPE : type);
}

function checkAllCode(level: u32): u32 {
  for (let i: u32 = 0; i < policyCount(level); i++) {
    const reason = checkCode(level, codeAt(level, codeStart(policyAt(level, i))), codeLength(policyAt(level, i)));
    if (reason !== 0) return reason;
  }
  return 0;
}

// Checks the program in the newest level and makes it ready; returns 0 or the fault.
function check(level: u32, program: u32, length: u32, isLayer: bool): u32 {
  let reason = readHeader(level, program, length, isLayer);
  if (reason !== 0) return fault(SECTION_HEADER, reason);
  const policies = sectionLength(SECTION_POLICIES) / POLICY_BYTES;
  setSections(
    level,
    sectionStart(SECTION_CONSTANTS),
    sectionStart(SECTION_LISTS),
    sectionStart(SECTION_LABELS),
    sectionStart(SECTION_POLICIES),
    policies,
    sectionStart(SECTION_CODE),
    load<u16>(program, 6),
  );
  setListWords(sectionLength(SECTION_LISTS) >> 2);
  reason = checkConstants(level);
  if (reason !== 0) return fault(SECTION_CONSTANTS, reason);
  if ((sectionLength(SECTION_LISTS) & 3) !== 0) return fault(SECTION_LISTS, NOT_CANONICAL);
  reason = checkSchema(isLayer);
  if (reason !== 0) return fault(SECTION_SCHEMA, reason);
  reason = checkLabels(level, isLayer);
  if (reason !== 0) return fault(SECTION_LABELS, reason);
  if (policies * POLICY_BYTES !== sectionLength(SECTION_POLICIES)) return fault(SECTION_POLICIES, NOT_CANONICAL);
  if (policies > POLICIES_MAX) return fault(SECTION_POLICIES, LIMIT);
  reason = checkPolicies(level, isLayer);
  if (reason !== 0) return fault(SECTION_POLICIES, reason);
  reason = (sectionLength(SECTION_CODE) & 3) === 0 ? checkAllCode(level) : NOT_CANONICAL;
  if (reason !== 0) return fault(SECTION_CODE, reason);
  reason = buildIndex(level);
  return fault(SECTION_POLICIES, reason);
}

function loadLevel(length: u32, isLayer: bool): u32 {
  if (length > PROGRAM_CAP) return fault(SECTION_HEADER, LIMIT);
  const level = beginLevel();
  // Wide loads may look at 7 bytes beyond the program.
  const program = allocateInLevel(length + 8);
  if (program === 0) return fault(SECTION_HEADER, LIMIT);
  memory.copy(program, PROGRAM, length);
  // Before anything: loading resolves offsets in this copy.
  sha256(program, length, digest(level));
  return check(level, program, length, isLayer);
}

/** Loads the window's first `length` bytes as the program; returns 0 or the fault (SPEC §7). */
export function loadProgram(length: u32): u32 {
  dropAllLevels();
  const found = loadLevel(length, false);
  if (found !== 0) dropAllLevels();
  updateAuthority();
  return found;
}

/** Loads the window's first `length` bytes as the next layer; returns 0 or the fault. */
export function pushLayer(length: u32): u32 {
  let found = fault(SECTION_HEADER, PUSH_WITHOUT_PROGRAM);
  if (levelCount() > LAYERS_MAX) found = fault(SECTION_HEADER, LIMIT);
  else if (levelCount() > 0) found = loadLevel(length, true);
  if (found !== 0) dropAllLevels();
  updateAuthority();
  return found;
}
