// Owns: the stack machine (SPEC §8.3). One policy's code is straight-line with forward jumps, so it ends; each step
// takes fuel. Values are ranges of canonical CBOR. Trusts: the code; program/check-code.ts checked every operand, jump
// and stack depth. Excludes: the operators.

import { add, less, multiply, negate, not, subtract } from '../value/arithmetic';
import { contains, containsAll, containsAny, equals, isEmpty, makeSet } from '../value/collections';
import { attribute, getTag, has, hasTag, isIn, isInConstant, isOfType, like, makeRecord } from './operations';
import {
  datetime,
  decimal,
  decimalLess,
  duration,
  durationIn,
  durationSince,
  ip,
  isInRange,
  isIpVersion,
  isLoopback,
  isMulticast,
  offset,
  toDate,
  toTime,
} from '../value/extension';
import {
  OP_ACTION,
  OP_ADD,
  OP_ATTR,
  OP_BOOL,
  OP_BRANCH,
  OP_CONSTANT,
  OP_CONTAINS,
  OP_CONTAINS_ALL,
  OP_CONTAINS_ANY,
  OP_CONTEXT,
  OP_CONTEXT_ATTR,
  OP_CONTEXT_HAS,
  OP_DATETIME,
  OP_DECIMAL,
  OP_DECIMAL_LE,
  OP_DECIMAL_LT,
  OP_DURATION,
  OP_DURATION_SINCE,
  OP_EQ,
  OP_ERROR,
  OP_GET_TAG,
  OP_HAS,
  OP_HAS_TAG,
  OP_IN,
  OP_IN_ENTITY,
  OP_IP,
  OP_IS,
  OP_IS_EMPTY,
  OP_IS_IN_RANGE,
  OP_IS_IPV4,
  OP_IS_IPV6,
  OP_IS_LOOPBACK,
  OP_IS_MULTICAST,
  OP_JUMP,
  OP_LE,
  OP_LIKE,
  OP_LT,
  OP_MUL,
  OP_NEG,
  OP_NOT,
  OP_OFFSET,
  OP_OR,
  OP_PRINCIPAL,
  OP_RECORD,
  OP_RESOURCE,
  OP_SET,
  OP_SUB,
  OP_TO_DATE,
  OP_TO_DAYS,
  OP_TO_HOURS,
  OP_TO_MILLISECONDS,
  OP_TO_MINUTES,
  OP_TO_SECONDS,
  OP_TO_TIME,
} from '../numbers/format';
import { isSpent, spend } from '../value/fuel';
import { codeAt, constant, list, suppliedTable } from '../program/level';
import { STACK } from '../numbers/limits';
import { isBinary, isControl, isPush } from '../program/opcodes';
import { actionValue, principalValue, resourceValue } from '../request/request';
import { contextAttribute, isSupplied, suppliedContains, wholeContext } from './supplied';
import { BOOL, boolean, isTrue, kindOf, range, resetPolicyArena, startOf } from '../value/value';

export const NO_MATCH: u32 = 0;
export const MATCH: u32 = 1;
export const ERRED: u32 = 2;
export const EXHAUSTED: u32 = 3;

function contextHas(level: u32, request: u32, name: u32): u64 {
  const found = contextAttribute(request, constant(level, name), load<u8>(suppliedTable(level) + name));
  return found === 0 && isSpent() ? 0 : boolean(found !== 0);
}

// No value taken from the stack.
function push(level: u32, request: u32, op: u32, operand: u32): u64 {
  switch (op) {
    case OP_CONSTANT:
      return range(constant(level, operand), constant(level, operand + 1));
    case OP_PRINCIPAL:
      return principalValue(request);
    case OP_ACTION:
      return actionValue(request);
    case OP_RESOURCE:
      return resourceValue(request);
    case OP_CONTEXT:
      return wholeContext(request);
    case OP_CONTEXT_ATTR:
      return contextAttribute(request, constant(level, operand), load<u8>(suppliedTable(level) + operand));
    case OP_CONTEXT_HAS:
      return contextHas(level, request, operand);
    default:
      return 0;
  }
}

// `context.segments.contains("x")` and the like without making the set, by far the most common use: the answer of the
// three instructions of which the first, taking the attribute with this name, ends at pc; or 0 if it has to be found
// step by step.
function containsAtOnce(level: u32, name: u32, pc: u32): u64 {
  const kind: u32 = load<u8>(suppliedTable(level) + name);
  if (kind === 0 || !isSupplied(kind)) return 0;
  if (load<u8>(pc) !== OP_CONSTANT || load<u32>(pc, 4) !== OP_CONTAINS) return 0;
  return suppliedContains(level, kind, load<u32>(pc) >> 8);
}

// One value taken from the stack.
function unary(level: u32, request: u32, op: u32, operand: u32, value: u64): u64 {
  switch (op) {
    case OP_ATTR:
      return attribute(value, constant(level, operand));
    case OP_HAS:
      return has(value, constant(level, operand));
    case OP_IN_ENTITY:
      return isInConstant(level, request, value, operand);
    case OP_IS:
      return isOfType(value, constant(level, operand));
    case OP_LIKE:
      return like(level, value, list(level, operand));
    case OP_NOT:
      return not(value);
    case OP_NEG:
      return negate(value);
    case OP_IS_EMPTY:
      return isEmpty(value);
    case OP_DECIMAL:
      return decimal(value);
    case OP_DATETIME:
      return datetime(value);
    case OP_DURATION:
      return duration(value);
    case OP_IP:
      return ip(value);
    case OP_IS_IPV4:
      return isIpVersion(value, 4);
    case OP_IS_IPV6:
      return isIpVersion(value, 16);
    case OP_IS_LOOPBACK:
      return isLoopback(value);
    case OP_IS_MULTICAST:
      return isMulticast(value);
    case OP_TO_DATE:
      return toDate(value);
    case OP_TO_TIME:
      return toTime(value);
    case OP_TO_MILLISECONDS:
      return durationIn(value, 1);
    case OP_TO_SECONDS:
      return durationIn(value, 1000);
    case OP_TO_MINUTES:
      return durationIn(value, 60000);
    case OP_TO_HOURS:
      return durationIn(value, 3600000);
    case OP_TO_DAYS:
      return durationIn(value, 86400000);
    default:
      return 0;
  }
}

// Two values taken from the stack, b from its top.
function binary(request: u32, op: u32, a: u64, b: u64): u64 {
  switch (op) {
    case OP_EQ:
      return equals(a, b);
    case OP_LT:
      return less(a, b, false);
    case OP_LE:
      return less(a, b, true);
    case OP_ADD:
      return add(a, b);
    case OP_SUB:
      return subtract(a, b);
    case OP_MUL:
      return multiply(a, b);
    case OP_IN:
      return isIn(request, a, b);
    case OP_CONTAINS:
      return contains(a, b);
    case OP_CONTAINS_ALL:
      return containsAll(a, b);
    case OP_CONTAINS_ANY:
      return containsAny(a, b);
    case OP_HAS_TAG:
      return hasTag(a, b);
    case OP_GET_TAG:
      return getTag(a, b);
    case OP_DECIMAL_LT:
      return decimalLess(a, b, false);
    case OP_DECIMAL_LE:
      return decimalLess(a, b, true);
    case OP_IS_IN_RANGE:
      return isInRange(a, b);
    case OP_OFFSET:
      return offset(a, b);
    case OP_DURATION_SINCE:
      return durationSince(a, b);
    default:
      return 0;
  }
}

/** Runs `length` instructions from instruction `first` of the level; returns MATCH, NO_MATCH, ERRED or EXHAUSTED. */
export function evaluate(level: u32, request: u32, first: u32, length: u32): u32 {
  if (length === 0) return MATCH;
  resetPolicyArena();
  spend(length);
  const start = codeAt(level, first);
  const end = start + (length << 2);
  let top: u32 = STACK; // one past the uppermost value
  let pc = start;
  while (pc < end) {
    const instruction = load<u32>(pc);
    const op = instruction & 0xff;
    const operand = instruction >> 8;
    pc += 4;
    if (isSpent()) return EXHAUSTED;
    if (isControl(op)) {
      if (op === OP_ERROR) return ERRED;
      if (op === OP_JUMP) {
        pc = start + (operand << 2);
        continue;
      }
      const p = startOf(load<u64>(top - 8));
      if (kindOf(p) !== BOOL) return ERRED;
      if (op === OP_BOOL) continue;
      if (isTrue(p) === (op === OP_OR)) {
        pc = start + (operand << 2);
        if (op === OP_BRANCH) top -= 8;
      } else {
        top -= 8;
      }
      continue;
    }
    let result: u64 = 0;
    if (isPush(op)) {
      if (op === OP_CONTEXT_ATTR) result = containsAtOnce(level, operand, pc);
      if (result !== 0) pc += 8;
      else result = push(level, request, op, operand);
      top += 8;
    } else if (isBinary(op)) {
      top -= 8;
      result = binary(request, op, load<u64>(top - 8), load<u64>(top));
    } else if (op === OP_SET) {
      top = top - (operand << 3) + 8;
      result = makeSet(top - 8, operand);
    } else if (op === OP_RECORD) {
      const keys = list(level, operand);
      top = top - (load<u32>(keys) << 3) + 8;
      result = makeRecord(level, keys, top - 8);
    } else {
      result = unary(level, request, op, operand, load<u64>(top - 8));
    }
    if (result === 0) return isSpent() ? EXHAUSTED : ERRED;
    store<u64>(top - 8, result);
  }
  const p = startOf(load<u64>(STACK));
  if (kindOf(p) !== BOOL) return ERRED;
  return isTrue(p) ? MATCH : NO_MATCH;
}
