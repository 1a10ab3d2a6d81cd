// Expression tree → instructions (SPEC §8.3). Constants are folded where that cannot change a result or an error;
// everything else is left to the engine, so that its errors are Cedar's.

import type { PatternElem } from '@cedar-policy/cedar-wasm/nodejs';
import type { Fault } from './diagnostic.ts';
import type { BinaryOperator, Expression, UnaryOperator, Variable } from './expression.ts';
import { parseExtension } from './extension.ts';
import type { Opcode } from './format.ts';
import { CONSTANT_DEPTH_MAX, NONE, PROGRAM_BYTES_MAX, STACK_VALUES_MAX } from './format.ts';
import type { PolicyBody } from './parse.ts';
import type { Constant, Pool } from './pool.ts';
import type { Value } from './value.ts';
import { compareBytes } from './value.ts';

/** A list of the program: constants, or NONE. Identical ones are one object. */
export type List = readonly (Constant | typeof NONE)[];

/** A jump goes to an instruction of the same policy. */
export interface Instruction {
  opcode: Opcode;
  operand: number | Constant | { list: List };
}

type Call = [operands: number, opcode: Opcode, negated?: 'NOT'];

/** Extension functions and methods; `operands` includes a method's receiver. */
const CALLS: Record<string, Call> = {
  decimal: [1, 'DECIMAL'],
  datetime: [1, 'DATETIME'],
  duration: [1, 'DURATION'],
  ip: [1, 'IP'],
  lessThan: [2, 'DECIMAL_LT'],
  lessThanOrEqual: [2, 'DECIMAL_LE'],
  greaterThan: [2, 'DECIMAL_LE', 'NOT'],
  greaterThanOrEqual: [2, 'DECIMAL_LT', 'NOT'],
  isIpv4: [1, 'IS_IPV4'],
  isIpv6: [1, 'IS_IPV6'],
  isLoopback: [1, 'IS_LOOPBACK'],
  isMulticast: [1, 'IS_MULTICAST'],
  isInRange: [2, 'IS_IN_RANGE'],
  offset: [2, 'OFFSET'],
  durationSince: [2, 'DURATION_SINCE'],
  toDate: [1, 'TO_DATE'],
  toTime: [1, 'TO_TIME'],
  toMilliseconds: [1, 'TO_MILLISECONDS'],
  toSeconds: [1, 'TO_SECONDS'],
  toMinutes: [1, 'TO_MINUTES'],
  toHours: [1, 'TO_HOURS'],
  toDays: [1, 'TO_DAYS'],
};

const BINARY: Record<Exclude<BinaryOperator, '&&' | '||'>, [Opcode, negated?: 'NOT']> = {
  '==': ['EQ'],
  '!=': ['EQ', 'NOT'],
  '<': ['LT'],
  '<=': ['LE'],
  '>': ['LE', 'NOT'],
  '>=': ['LT', 'NOT'],
  '+': ['ADD'],
  '-': ['SUB'],
  '*': ['MUL'],
  in: ['IN'],
  contains: ['CONTAINS'],
  containsAll: ['CONTAINS_ALL'],
  containsAny: ['CONTAINS_ANY'],
  hasTag: ['HAS_TAG'],
  getTag: ['GET_TAG'],
};

const UNARY: Record<UnaryOperator, Opcode> = { '!': 'NOT', neg: 'NEG', isEmpty: 'IS_EMPTY' };
const VARIABLES: Record<Variable, Opcode> = {
  principal: 'PRINCIPAL',
  action: 'ACTION',
  resource: 'RESOURCE',
  context: 'CONTEXT',
};

const LONG_MIN = -(2n ** 63n);
const INSTRUCTIONS_MAX = PROGRAM_BYTES_MAX / 4;

/** Instructions that leave one value more on the stack, and one fewer; SET and RECORD depend on their operand. */
const PUSHING = new Set('CONSTANT PRINCIPAL ACTION RESOURCE CONTEXT CONTEXT_ATTR CONTEXT_HAS ERROR'.split(' '));
const POPPING = new Set(
  (
    'AND OR BRANCH EQ LT LE ADD SUB MUL IN HAS_TAG GET_TAG CONTAINS CONTAINS_ALL CONTAINS_ANY ' +
    'DECIMAL_LT DECIMAL_LE IS_IN_RANGE OFFSET DURATION_SINCE'
  ).split(' '),
);

/** The code of one policy, or what the engine could not hold of it. */
export function lowerPolicy(policy: PolicyBody, pool: Pool, lists: Lists) {
  const lowering = new Lowering(pool, lists);
  lowering.conditions(policy.conditions);
  return lowering.fault ? { fault: lowering.fault } : { code: lowering.code };
}

/** Lists in the order of first use, identical ones shared. */
export class Lists {
  readonly all: List[] = [];
  readonly #ids = new Map<Constant | typeof NONE, number>();
  readonly #known = new Map<string, List>();

  intern(items: List): List {
    const key = items.map((item) => this.#id(item)).join(' ');
    const known = this.#known.get(key);
    if (known) return known;
    this.#known.set(key, items);
    this.all.push(items);
    return items;
  }

  #id(item: Constant | typeof NONE): number {
    if (!this.#ids.has(item)) this.#ids.set(item, this.#ids.size);
    return this.#ids.get(item)!;
  }
}

class Lowering {
  readonly code: Instruction[] = [];
  fault: (Fault & { at: number }) | undefined;
  readonly #pool: Pool;
  readonly #lists: Lists;
  #depth = 0;
  #at = 0;

  constructor(pool: Pool, lists: Lists) {
    this.#pool = pool;
    this.#lists = lists;
  }

  conditions(conditions: PolicyBody['conditions']): void {
    const operands = conditions.map(({ negated, body }): Expression => {
      return negated ? { kind: 'unary', operator: '!', operand: body, at: body.at } : body;
    });
    if (operands.length > 0) this.#shortCircuit('AND', operands);
  }

  #lower(node: Expression): void {
    if (this.fault) return;
    this.#at = node.at;
    const constant = constantOf(node);
    if (constant !== undefined) return this.#constant(constant);
    switch (node.kind) {
      case 'literal':
        return; // always a constant
      case 'variable':
        return this.#emit(VARIABLES[node.name]);
      case 'unary':
        this.#lower(node.operand);
        return this.#emit(UNARY[node.operator]);
      case 'binary':
        return this.#binary(node);
      case 'attribute':
        return this.#member(node.object, node.name, 'CONTEXT_ATTR', 'ATTR');
      case 'has':
        return this.#has(node.object, node.path);
      case 'like':
        this.#lower(node.object);
        return this.#emit('LIKE', { list: this.#pattern(node.pattern) });
      case 'is':
        return this.#is(node);
      case 'if':
        return this.#if(node.condition, node.consequent, node.alternative);
      case 'set':
        for (const element of node.elements) this.#lower(element);
        this.#emit('SET', node.elements.length);
        return this.#settle(1 - node.elements.length);
      case 'record':
        return this.#record(node.fields);
      case 'call':
        return this.#call(node.name, node.operands);
    }
  }

  #constant(value: Value): void {
    if (depthOf(value) > CONSTANT_DEPTH_MAX) {
      return this.#refuse('too-deep', `a constant nests deeper than ${CONSTANT_DEPTH_MAX}`);
    }
    this.#emit('CONSTANT', this.#pool.intern(value));
  }

  #binary(node: Expression & { kind: 'binary' }): void {
    const { operator, left, right } = node;
    if (operator === '&&' || operator === '||') {
      return this.#shortCircuit(operator === '&&' ? 'AND' : 'OR', flatten(node, operator));
    }
    this.#lower(left);
    const ancestor = operator === 'in' ? constantOf(right) : undefined;
    if (typeof ancestor === 'object' && 'entity' in ancestor)
      return this.#emit('IN_ENTITY', this.#pool.intern(ancestor));
    this.#lower(right);
    const [opcode, negated] = BINARY[operator];
    this.#emit(opcode);
    if (negated) this.#emit(negated);
  }

  /**
   * All but the last operand jump to the end as soon as they decide; `&&` and `||` are associative, errors included.
   */
  #shortCircuit(opcode: 'AND' | 'OR', operands: Expression[]): void {
    const jumps: Instruction[] = [];
    for (const [i, operand] of operands.entries()) {
      this.#lower(operand);
      if (i < operands.length - 1) jumps.push(this.#jump(opcode));
      else if (operands.length > 1 && !yieldsBool(operand)) this.#emit('BOOL');
    }
    for (const jump of jumps) jump.operand = this.code.length;
  }

  #member(object: Expression, name: string, ofContext: Opcode, ofValue: Opcode): void {
    const constant = this.#pool.intern(name);
    if (object.kind === 'variable' && object.name === 'context') return this.#emit(ofContext, constant);
    this.#lower(object);
    this.#emit(ofValue, constant);
  }

  /** `has a.b` is `has a && x.a has b`. */
  #has(object: Expression, path: string[]): void {
    let target = object;
    const jumps: Instruction[] = [];
    for (const [i, name] of path.entries()) {
      if (i > 0) jumps.push(this.#jump('AND'));
      this.#member(target, name, 'CONTEXT_HAS', 'HAS');
      target = { kind: 'attribute', object: target, name, at: object.at };
    }
    for (const jump of jumps) jump.operand = this.code.length;
  }

  /** `x is T in e` is `x is T && x in e`. */
  #is({ object, type, ancestor, at }: Expression & { kind: 'is' }): void {
    this.#lower(object);
    this.#emit('IS', this.#pool.intern(type));
    if (!ancestor) return;
    const jump = this.#jump('AND');
    this.#lower({ kind: 'binary', operator: 'in', left: object, right: ancestor, at });
    jump.operand = this.code.length;
  }

  #if(condition: Expression, consequent: Expression, alternative: Expression): void {
    this.#lower(condition);
    const otherwise = this.#jump('BRANCH');
    this.#lower(consequent);
    const end = this.#jump('JUMP');
    otherwise.operand = this.code.length;
    this.#settle(-1);
    this.#lower(alternative);
    end.operand = this.code.length;
  }

  #record(fields: [string, Expression][]): void {
    const ordered = fields
      .map(([name, value]) => ({ name: this.#pool.intern(name), value }))
      .toSorted((a, b) => compareBytes(a.name.bytes, b.name.bytes));
    for (const { value } of ordered) this.#lower(value);
    this.#emit('RECORD', { list: this.#lists.intern(ordered.map(({ name }) => name)) });
    this.#settle(1 - ordered.length);
  }

  #call(name: string, operands: Expression[]): void {
    if (!Object.hasOwn(CALLS, name)) {
      return this.#refuse('unsupported', `the engine does not know the function \`${name}\``);
    }
    const [count, opcode, negated] = CALLS[name]!;
    // Cedar refuses the call when it is evaluated, whatever its operands are.
    if (operands.length !== count) return this.#emit('ERROR');
    for (const operand of operands) this.#lower(operand);
    this.#emit(opcode);
    if (negated) this.#emit(negated);
  }

  #pattern(elements: PatternElem[]): List {
    const merged: (string | typeof NONE)[] = [];
    for (const element of elements) {
      const last = merged.at(-1);
      if (element === 'Wildcard') {
        if (last !== NONE) merged.push(NONE);
      } else if (typeof last === 'string') {
        merged[merged.length - 1] = last + element.Literal;
      } else {
        merged.push(element.Literal);
      }
    }
    return this.#lists.intern(merged.map((item) => (item === NONE ? item : this.#pool.intern(item))));
  }

  #jump(opcode: 'AND' | 'OR' | 'BRANCH' | 'JUMP'): Instruction {
    this.#emit(opcode);
    return this.code.at(-1)!;
  }

  #emit(opcode: Opcode, operand: Instruction['operand'] = 0): void {
    if (this.code.length >= INSTRUCTIONS_MAX) {
      return this.#refuse('too-large', `the policy compiles to more than ${INSTRUCTIONS_MAX} instructions`);
    }
    this.code.push({ opcode, operand });
    this.#settle(PUSHING.has(opcode) ? 1 : POPPING.has(opcode) ? -1 : 0);
  }

  #settle(change: number): void {
    this.#depth += change;
    if (this.#depth > STACK_VALUES_MAX) {
      this.#refuse('too-deep', `the expression needs more than ${STACK_VALUES_MAX} values at once`);
    }
  }

  #refuse(code: string, message: string): void {
    this.fault ??= { code, message, at: this.#at };
  }
}

/** The operands of a chain of one associative operator, in the order of the text. */
function flatten(node: Expression, operator: '&&' | '||'): Expression[] {
  if (node.kind !== 'binary' || node.operator !== operator) return [node];
  return [...flatten(node.left, operator), ...flatten(node.right, operator)];
}

/** Whether a node, if it does not error, is a Bool whatever its operands are. */
function yieldsBool(node: Expression): boolean {
  switch (node.kind) {
    case 'literal':
      return typeof node.value === 'boolean';
    case 'unary':
      return node.operator !== 'neg';
    case 'binary':
      return !['+', '-', '*', 'getTag'].includes(node.operator);
    case 'has':
    case 'like':
    case 'is':
      return true;
    default:
      return false;
  }
}

function constantOf(node: Expression): Value | undefined {
  switch (node.kind) {
    case 'literal':
      return typeof node.value === 'object' ? { entity: node.value } : node.value;
    case 'unary': {
      const operand = node.operator === 'neg' ? constantOf(node.operand) : undefined;
      return typeof operand === 'bigint' && operand !== LONG_MIN ? -operand : undefined;
    }
    case 'set': {
      const elements = node.elements.map(constantOf);
      return elements.includes(undefined) ? undefined : { set: elements as Value[] };
    }
    case 'record': {
      const fields = node.fields.map(([name, value]) => [name, constantOf(value)] as const);
      return fields.some(([, value]) => value === undefined) ? undefined : { record: fields as [string, Value][] };
    }
    case 'call': {
      const [operand] = node.operands;
      const text = node.operands.length === 1 && operand?.kind === 'literal' ? operand.value : undefined;
      return typeof text === 'string' ? parseExtension(node.name, text) : undefined;
    }
    default:
      return undefined;
  }
}

function depthOf(value: Value): number {
  if (typeof value !== 'object') return 0;
  const members = 'set' in value ? value.set : 'record' in value ? value.record.map(([, field]) => field) : [];
  return 1 + members.reduce<number>((deepest, member) => Math.max(deepest, depthOf(member)), 0);
}
