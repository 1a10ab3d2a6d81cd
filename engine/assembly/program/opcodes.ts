// Owns: what kinds of instructions there are, by opcode (SPEC §8.3). Trusts: nothing. Excludes: what instructions do
// (evaluate/evaluate.ts).

import {
  OP_ADD,
  OP_AND,
  OP_CONTAINS,
  OP_CONTAINS_ALL,
  OP_CONTAINS_ANY,
  OP_CONTEXT_HAS,
  OP_DECIMAL_LE,
  OP_DECIMAL_LT,
  OP_DURATION_SINCE,
  OP_EQ,
  OP_ERROR,
  OP_GET_TAG,
  OP_HAS_TAG,
  OP_IN,
  OP_IS_IN_RANGE,
  OP_LE,
  OP_LT,
  OP_MUL,
  OP_OFFSET,
  OP_SUB,
} from '../numbers/format';

/** Whether the instruction puts a value on the stack and takes none. */
export function isPush(op: u32): bool {
  return op <= OP_CONTEXT_HAS;
}

/** Whether the instruction takes the value on top of the stack to go on or elsewhere, or ends the policy. */
export function isControl(op: u32): bool {
  return op >= OP_AND && op <= OP_ERROR;
}

// One bit for each opcode; there are fewer than 64.
function bit(op: u32): u64 {
  return (1 as u64) << (op as u64);
}

/** Whether the instruction takes two values and leaves one. */
export function isBinary(op: u32): bool {
  const compared = bit(OP_EQ) | bit(OP_LT) | bit(OP_LE) | bit(OP_DECIMAL_LT) | bit(OP_DECIMAL_LE);
  const computed = bit(OP_ADD) | bit(OP_SUB) | bit(OP_MUL) | bit(OP_OFFSET) | bit(OP_DURATION_SINCE);
  const members = bit(OP_IN) | bit(OP_CONTAINS) | bit(OP_CONTAINS_ALL) | bit(OP_CONTAINS_ANY) | bit(OP_IS_IN_RANGE);
  const tags = bit(OP_HAS_TAG) | bit(OP_GET_TAG);
  return ((compared | computed | members | tags) & bit(op)) !== 0;
}
