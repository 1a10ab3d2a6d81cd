// The stack machine (SPEC §8.3). One policy's code is straight-line with forward jumps, so it ends; each step takes fuel.
// Trusts the code: load.ts checked every operand, jump and stack depth. Values are ranges of canonical CBOR (value.ts).

import {
  getTag,
  attribute,
  contains,
  containsAll,
  containsAny,
  equals,
  has,
  hasTag,
  isEmpty,
  isIn,
  isInConstant,
  isOfType,
  like,
  makeRecord,
  makeSet,
} from './operations';
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
} from './extension';
import {
  OP_ACTION,
  OP_ADD,
  OP_AND,
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
} from './format';
import { isSpent, spend } from './fuel';
import { codeAt, constant, list, suppliedTable } from './level';
import { STACK } from './limits';
import { actionValue, principalValue, resourceValue } from './request';
import { contextAttribute, isSupplied, suppliedContains, wholeContext } from './supplied';
import {
  BOOL,
  DATETIME,
  DURATION,
  LONG,
  boolean,
  isTrue,
  kindOf,
  longAt,
  makeLong,
  numberIn,
  range,
  resetPolicyArena,
  startOf,
} from './value';

export const NO_MATCH: u32 = 0;
export const MATCH: u32 = 1;
export const ERRED: u32 = 2;
export const EXHAUSTED: u32 = 3;

function constantValue(i: u32): u64 {
  return range(constant(i), constant(i + 1));
}

function negate(value: u64): u64 {
  if (kindOf(startOf(value)) !== LONG) return 0;
  const x = longAt(startOf(value));
  return x === i64.MIN_VALUE ? 0 : makeLong(-x);
}

function not(value: u64): u64 {
  return kindOf(startOf(value)) === BOOL ? boolean(!isTrue(startOf(value))) : 0;
}

// `<` and `<=` on two Longs, datetimes or durations.
function less(a: u64, b: u64, orEqual: bool): u64 {
  const kind = kindOf(startOf(a));
  if (kindOf(startOf(b)) !== kind) return 0;
  let x: i64 = 0;
  let y: i64 = 0;
  if (kind === LONG) {
    x = longAt(startOf(a));
    y = longAt(startOf(b));
  } else if (kind === DATETIME || kind === DURATION) {
    x = numberIn(startOf(a));
    y = numberIn(startOf(b));
  } else {
    return 0;
  }
  return boolean(orEqual ? x <= y : x < y);
}

// x × y, or an error when it leaves i64: then dividing does not give x back.
function multiply(x: i64, y: i64): u64 {
  if (x === 0 || y === 0) return makeLong(0);
  if ((x === -1 && y === i64.MIN_VALUE) || (y === -1 && x === i64.MIN_VALUE)) return 0;
  const product = x * y;
  return product / y === x ? makeLong(product) : 0;
}

function arithmetic(op: u32, a: u64, b: u64): u64 {
  if (kindOf(startOf(a)) !== LONG || kindOf(startOf(b)) !== LONG) return 0;
  const x = longAt(startOf(a));
  const y = longAt(startOf(b));
  if (op === OP_MUL) return multiply(x, y);
  if (op === OP_ADD) {
    const sum = x + y;
    return ((x ^ sum) & (y ^ sum)) < 0 ? 0 : makeLong(sum);
  }
  const difference = x - y;
  return ((x ^ y) & (x ^ difference)) < 0 ? 0 : makeLong(difference);
}

function unary(op: u32, value: u64): u64 {
  switch (op) {
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

function binary(op: u32, a: u64, b: u64): u64 {
  switch (op) {
    case OP_EQ:
      return equals(a, b);
    case OP_LT:
      return less(a, b, false);
    case OP_LE:
      return less(a, b, true);
    case OP_ADD:
    case OP_SUB:
    case OP_MUL:
      return arithmetic(op, a, b);
    case OP_IN:
      return isIn(a, b);
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

function contextHas(name: u32): u64 {
  const found = contextAttribute(constant(name), load<u8>(suppliedTable() + name));
  return found === 0 && isSpent() ? 0 : boolean(found !== 0);
}

/** Runs `length` instructions from instruction `first` of the selected level; returns MATCH, NO_MATCH, ERRED or EXHAUSTED. */
export function evaluate(first: u32, length: u32): u32 {
  if (length === 0) return MATCH;
  resetPolicyArena();
  spend(length);
  const start = codeAt(first);
  const end = start + (length << 2);
  let top: u32 = STACK; // one past the uppermost value
  let pc = start;
  while (pc < end) {
    const instruction = load<u32>(pc);
    const op = instruction & 0xff;
    const operand = instruction >> 8;
    pc += 4;
    if (isSpent()) return EXHAUSTED;
    let result: u64 = 0;
    switch (op) {
      case OP_CONSTANT:
        result = constantValue(operand);
        top += 8;
        break;
      case OP_PRINCIPAL:
        result = principalValue();
        top += 8;
        break;
      case OP_ACTION:
        result = actionValue();
        top += 8;
        break;
      case OP_RESOURCE:
        result = resourceValue();
        top += 8;
        break;
      case OP_CONTEXT:
        result = wholeContext();
        top += 8;
        break;
      case OP_CONTEXT_ATTR: {
        const kind: u32 = load<u8>(suppliedTable() + operand);
        top += 8;
        if (kind !== 0 && isSupplied(kind) && load<u8>(pc) === OP_CONSTANT && load<u32>(pc, 4) === OP_CONTAINS) {
          // `context.segments.contains("x")` and the like, without making the set: by far the most common use.
          result = suppliedContains(kind, load<u32>(pc) >> 8);
          if (result !== 0) {
            pc += 8;
            break;
          }
        }
        result = contextAttribute(constant(operand), kind);
        break;
      }
      case OP_CONTEXT_HAS:
        result = contextHas(operand);
        top += 8;
        break;
      case OP_ATTR:
        result = attribute(load<u64>(top - 8), constant(operand));
        break;
      case OP_HAS:
        result = has(load<u64>(top - 8), constant(operand));
        break;
      case OP_AND:
      case OP_OR:
      case OP_BRANCH: {
        const p = startOf(load<u64>(top - 8));
        if (kindOf(p) !== BOOL) return ERRED;
        if (isTrue(p) === (op === OP_OR)) {
          pc = start + (operand << 2);
          if (op === OP_BRANCH) top -= 8;
        } else {
          top -= 8;
        }
        continue;
      }
      case OP_JUMP:
        pc = start + (operand << 2);
        continue;
      case OP_BOOL:
        if (kindOf(startOf(load<u64>(top - 8))) !== BOOL) return ERRED;
        continue;
      case OP_IN_ENTITY:
        result = isInConstant(load<u64>(top - 8), operand);
        break;
      case OP_IS:
        result = isOfType(load<u64>(top - 8), constant(operand));
        break;
      case OP_LIKE:
        result = like(load<u64>(top - 8), list(operand));
        break;
      case OP_SET:
        top = top - (operand << 3) + 8;
        result = makeSet(top - 8, operand);
        break;
      case OP_RECORD:
        top = top - (load<u32>(list(operand)) << 3) + 8;
        result = makeRecord(list(operand), top - 8);
        break;
      case OP_EQ:
      case OP_LT:
      case OP_LE:
      case OP_ADD:
      case OP_SUB:
      case OP_MUL:
      case OP_IN:
      case OP_CONTAINS:
      case OP_CONTAINS_ALL:
      case OP_CONTAINS_ANY:
      case OP_HAS_TAG:
      case OP_GET_TAG:
      case OP_DECIMAL_LT:
      case OP_DECIMAL_LE:
      case OP_IS_IN_RANGE:
      case OP_OFFSET:
      case OP_DURATION_SINCE:
        top -= 8;
        result = binary(op, load<u64>(top - 8), load<u64>(top));
        break;
      case OP_ERROR:
        return ERRED;
      default:
        result = unary(op, load<u64>(top - 8));
        break;
    }
    if (result === 0) return isSpent() ? EXHAUSTED : ERRED;
    store<u64>(top - 8, result);
  }
  const p = startOf(load<u64>(STACK));
  if (kindOf(p) !== BOOL) return ERRED;
  return isTrue(p) ? MATCH : NO_MATCH;
}
