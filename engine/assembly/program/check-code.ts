// Owns: checking one policy's instructions (SPEC §8.3) in one pass: operands, forward jumps, and that every path leaves
// one value. Trusts: nothing; what passes here, evaluate/evaluate.ts runs without a check. Excludes: running it.

import { BAD_INDEX, BAD_JUMP, BAD_STACK, BAD_VALUE, OUT_OF_ORDER } from '../numbers/codes';
import {
  NONE,
  OP_AND,
  OP_ATTR,
  OP_BRANCH,
  OP_CONSTANT,
  OP_CONTEXT_ATTR,
  OP_CONTEXT_HAS,
  OP_ERROR,
  OP_HAS,
  OP_IN_ENTITY,
  OP_IS,
  OP_JUMP,
  OP_LIKE,
  OP_OR,
  OP_RECORD,
  OP_SET,
  OP_TO_DAYS,
} from '../numbers/format';
import { constant, constantsPool, list } from './level';
import { POLICY_ARENA, STACK_MAX } from '../numbers/limits';
import { isBinary, isPush } from './opcodes';
import { poolCount } from './pool';
import { ENTITY, STRING, kindOf } from '../value/value';

let listWords: u32 = 0;

/** Sets how many words the lists section of the level being loaded has. */
export function setListWords(n: u32): void {
  listWords = n;
}

export function isConstantOf(level: u32, i: u32, kind: u32): bool {
  return i < poolCount(constantsPool(level)) && kindOf(constant(level, i)) === kind;
}

/** Whether a list with all its items lies at index i. */
export function isList(level: u32, i: u32): bool {
  return i < listWords && load<u32>(list(level, i)) < listWords - i;
}

// How many values an instruction other than a jump takes; it leaves one.
function takes(level: u32, op: u32, operand: u32): u32 {
  if (isPush(op) || op === OP_ERROR) return 0;
  if (op === OP_SET) return operand;
  if (op === OP_RECORD) return load<u32>(list(level, operand));
  return isBinary(op) ? 2 : 1;
}

function checkKeys(level: u32, i: u32): u32 {
  if (!isList(level, i)) return BAD_INDEX;
  const keys = list(level, i);
  for (let k: u32 = 1; k <= load<u32>(keys); k++) {
    if (!isConstantOf(level, load<u32>(keys + (k << 2)), STRING)) return BAD_INDEX;
    if (k > 1 && load<u32>(keys + (k << 2) - 4) >= load<u32>(keys + (k << 2))) return OUT_OF_ORDER;
  }
  return 0;
}

function checkPattern(level: u32, i: u32): u32 {
  if (!isList(level, i)) return BAD_INDEX;
  const items = list(level, i);
  let textBefore = false;
  for (let k: u32 = 1; k <= load<u32>(items); k++) {
    const item = load<u32>(items + (k << 2));
    if (item === NONE) {
      textBefore = false;
      continue;
    }
    if (!isConstantOf(level, item, STRING)) return BAD_INDEX;
    if (textBefore || load<u8>(constant(level, item)) === 0x60) return BAD_VALUE;
    textBefore = true;
  }
  return 0;
}

function checkOperand(level: u32, op: u32, operand: u32): u32 {
  if (op === OP_CONSTANT) return operand < poolCount(constantsPool(level)) ? 0 : BAD_INDEX;
  if (op === OP_CONTEXT_ATTR || op === OP_CONTEXT_HAS || op === OP_ATTR || op === OP_HAS || op === OP_IS) {
    return isConstantOf(level, operand, STRING) ? 0 : BAD_INDEX;
  }
  if (op === OP_IN_ENTITY) return isConstantOf(level, operand, ENTITY) ? 0 : BAD_INDEX;
  if (op === OP_LIKE) return checkPattern(level, operand);
  if (op === OP_RECORD) return checkKeys(level, operand);
  if (op === OP_SET) return operand <= STACK_MAX ? 0 : BAD_STACK;
  return operand === 0 ? 0 : BAD_VALUE;
}

const UNREACHED: u32 = 0xffff;

// Per instruction of the policy, and for the end, the stack depth there if a jump has said it. u16, kept at
// POLICY_ARENA.
function depthAt(i: u32): u32 {
  return load<u16>(POLICY_ARENA + (i << 1));
}

// A jump from instruction `from` to `to`, where the stack then has `depth` values.
function checkJump(from: u32, to: u32, length: u32, depth: u32): u32 {
  if (to <= from || to > length) return BAD_JUMP;
  if (depthAt(to) !== UNREACHED && depthAt(to) !== depth) return BAD_STACK;
  store<u16>(POLICY_ARENA + (to << 1), depth);
  return 0;
}

/** Checks the `length` instructions at `code`; returns 0 or a load reason. */
export function checkCode(level: u32, code: u32, length: u32): u32 {
  if (length === 0) return 0;
  memory.fill(POLICY_ARENA, 0xff, (length + 1) << 1);
  let depth: u32 = 0;
  for (let i: u32 = 0; i < length; i++) {
    const said = depthAt(i);
    if (depth === UNREACHED) depth = said;
    // Reached from nowhere, or with two different depths.
    if (depth === UNREACHED || (said !== UNREACHED && said !== depth)) return BAD_STACK;
    const instruction = load<u32>(code + (i << 2));
    const op = instruction & 0xff;
    const operand = instruction >> 8;
    if (op === 0 || op > OP_TO_DAYS) return BAD_VALUE;
    let fault: u32 = 0;
    if (op === OP_JUMP) {
      fault = checkJump(i, operand, length, depth);
      depth = UNREACHED;
    } else if (op === OP_AND || op === OP_OR || op === OP_BRANCH) {
      if (depth === 0) return BAD_STACK;
      fault = checkJump(i, operand, length, op === OP_BRANCH ? depth - 1 : depth);
      depth--;
    } else {
      fault = checkOperand(level, op, operand);
      if (fault === 0) {
        const taken = takes(level, op, operand);
        if (taken > depth) return BAD_STACK;
        depth = depth - taken + 1;
        if (depth > STACK_MAX) return BAD_STACK;
      }
    }
    if (fault !== 0) return fault;
  }
  const said = depthAt(length);
  if (depth === UNREACHED) depth = said;
  return depth === 1 && (said === UNREACHED || said === 1) ? 0 : BAD_STACK;
}
