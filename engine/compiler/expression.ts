// The expression tree the compiler works on, built from Cedar's JSON form (EST) of a policy: exact integers, and for
// every node its place in the text, which the EST does not carry.
// Trusts that Cedar parsed both. Places are found by walking the policy's words in step with the tree; they serve
// messages only.

import type { Clause, Expr, PatternElem } from '@cedar-policy/cedar-wasm/nodejs';
import type { Token } from './tokens.ts';
import { textOf } from './tokens.ts';

export interface EntityUid {
  type: string;
  id: string;
}

export type Variable = 'principal' | 'action' | 'resource' | 'context';
export type UnaryOperator = '!' | 'neg' | 'isEmpty';
export type BinaryOperator = (typeof BINARY)[number];

/** One node; `at` is the UTF-16 offset, in the policy's source, of the word that names it. */
export type Expression = { at: number } & (
  | { kind: 'literal'; value: boolean | bigint | string | EntityUid }
  | { kind: 'variable'; name: Variable }
  | { kind: 'unary'; operator: UnaryOperator; operand: Expression }
  | { kind: 'binary'; operator: BinaryOperator; left: Expression; right: Expression }
  | { kind: 'attribute'; object: Expression; name: string }
  | { kind: 'has'; object: Expression; path: string[] }
  | { kind: 'like'; object: Expression; pattern: PatternElem[] }
  | { kind: 'is'; object: Expression; type: string; ancestor?: Expression }
  | { kind: 'if'; condition: Expression; consequent: Expression; alternative: Expression }
  | { kind: 'set'; elements: Expression[] }
  | { kind: 'record'; fields: [name: string, value: Expression][] }
  | { kind: 'call'; name: string; operands: Expression[] }
);

type Literal = boolean | number | string | { __entity: EntityUid };

/** The fields of the EST's nodes; a node has those of its kind. */
interface NodeBody {
  arg: Expr;
  left: Expr;
  right: Expr;
  attr: string | string[];
  pattern: PatternElem[];
  entity_type: string;
  in?: Expr;
  if: Expr;
  then: Expr;
  else: Expr;
}

const BINARY = [
  ...(['==', '!=', '<', '<=', '>', '>=', '+', '-', '*', 'in', '&&', '||'] as const),
  ...(['contains', 'containsAll', 'containsAny', 'hasTag', 'getTag'] as const),
] as const;

/** Extension functions written `name(…)`; all others are methods, `receiver.name(…)`. */
const CONSTRUCTORS = new Set(['ip', 'decimal', 'datetime', 'duration']);

/** The children of a node, in the order of the text. */
export function childrenOf(node: Expression): Expression[] {
  switch (node.kind) {
    case 'literal':
    case 'variable':
      return [];
    case 'unary':
      return [node.operand];
    case 'binary':
      return [node.left, node.right];
    case 'attribute':
    case 'has':
    case 'like':
      return [node.object];
    case 'is':
      return node.ancestor ? [node.object, node.ancestor] : [node.object];
    case 'if':
      return [node.condition, node.consequent, node.alternative];
    case 'set':
      return node.elements;
    case 'record':
      return node.fields.map(([, value]) => value);
    case 'call':
      return node.operands;
  }
}

/** Builds trees from the conditions of one policy, which must be read in the order of the text. */
export class ExpressionReader {
  readonly #tokens: Token[];
  readonly #exact: (number: number) => bigint;
  #cursor: number;

  /**
   * @param tokens the words of the policy, with offsets into its source
   * @param first the index of the first word after the policy's scope
   * @param exact the exact value of a number of the EST
   */
  constructor(tokens: Token[], first: number, exact: (number: number) => bigint) {
    this.#tokens = tokens;
    this.#cursor = first;
    this.#exact = exact;
  }

  /** The body of the next condition. */
  condition({ kind, body }: Clause): Expression {
    this.#word(kind);
    this.#word('{');
    return this.#read(body);
  }

  #read(est: Expr): Expression {
    // The EST is an object with a single key, the node's kind.
    const [kind, content] = Object.entries(est)[0]! as [string, unknown];
    const body = content as NodeBody;
    switch (kind) {
      case 'Value':
        return this.#literal(content as Literal);
      case 'Var':
        return { kind: 'variable', name: content as Variable, at: this.#word(content as Variable) };
      case '!':
        return { kind: 'unary', operator: '!', at: this.#word('!'), operand: this.#read(body.arg) };
      case 'neg':
        return { kind: 'unary', operator: 'neg', at: this.#word('-'), operand: this.#read(body.arg) };
      case 'isEmpty':
        return { kind: 'unary', operator: 'isEmpty', operand: this.#read(body.arg), at: this.#word('isEmpty') };
      case '.': {
        const name = body.attr as string;
        return { kind: 'attribute', object: this.#read(body.left), name, at: this.#attribute(name) };
      }
      case 'has': {
        const object = this.#read(body.left);
        const at = this.#word('has');
        const path = typeof body.attr === 'string' ? [body.attr] : body.attr;
        for (const name of path) this.#attribute(name);
        return { kind: 'has', object, path, at };
      }
      case 'like': {
        const object = this.#read(body.left);
        const at = this.#word('like');
        this.#next((token) => token.kind === 'string');
        return { kind: 'like', object, pattern: body.pattern, at };
      }
      case 'is': {
        const object = this.#read(body.left);
        const at = this.#word('is');
        this.#type(body.entity_type);
        return {
          kind: 'is',
          object,
          type: body.entity_type,
          at,
          ...(body.in ? { ancestor: this.#read(body.in) } : {}),
        };
      }
      case 'if-then-else': {
        const at = this.#word('if');
        const condition = this.#read(body.if);
        const consequent = this.#read(body.then);
        return { kind: 'if', condition, consequent, alternative: this.#read(body.else), at };
      }
      case 'Set':
        return {
          kind: 'set',
          at: this.#word('['),
          elements: (content as Expr[]).map((element) => this.#read(element)),
        };
      case 'Record':
        return this.#record(content as Record<string, Expr>);
      default:
        if ((BINARY as readonly string[]).includes(kind)) {
          const left = this.#read(body.left);
          const at = this.#word(kind);
          return { kind: 'binary', operator: kind as BinaryOperator, left, right: this.#read(body.right), at };
        }
        return this.#call(kind, content as Expr[]);
    }
  }

  #literal(value: Literal): Expression {
    if (typeof value === 'object') {
      const { __entity: uid } = value;
      const at = this.#type(uid.type);
      this.#attribute(uid.id);
      return { kind: 'literal', value: uid, at };
    }
    if (typeof value === 'string') return { kind: 'literal', value, at: this.#attribute(value) };
    if (typeof value === 'boolean') return { kind: 'literal', value, at: this.#word(String(value)) };
    const exact = this.#exact(value);
    const magnitude = exact < 0n ? -exact : exact;
    return { kind: 'literal', value: exact, at: this.#next((token) => isInteger(token, magnitude)) };
  }

  /** The EST sorts a record's fields; the words tell the order of the text. */
  #record(fields: Record<string, Expr>): Expression {
    const at = this.#word('{');
    const open = this.#cursor;
    const places = new Map<string, number>();
    let depth = 0;
    for (let i = open; i < this.#tokens.length && depth >= 0; i++) {
      const token = this.#tokens[i]!;
      if ('([{'.includes(token.text)) depth++;
      if (')]}'.includes(token.text)) depth--;
      if (depth === 0 && this.#tokens[i + 1]?.text === ':') places.set(textOf(token), i);
    }
    const ordered = Object.entries(fields).toSorted(([a], [b]) => (places.get(a) ?? 0) - (places.get(b) ?? 0));
    return { kind: 'record', fields: ordered.map(([name, value]) => [name, this.#read(value)]), at };
  }

  #call(name: string, operands: Expr[]): Expression {
    if (CONSTRUCTORS.has(name)) {
      const at = this.#word(name);
      return { kind: 'call', name, operands: operands.map((operand) => this.#read(operand)), at };
    }
    const [receiver, ...others] = operands;
    const first = receiver === undefined ? [] : [this.#read(receiver)];
    const at = this.#word(name);
    return { kind: 'call', name, operands: [...first, ...others.map((operand) => this.#read(operand))], at };
  }

  /** A name or mark of the language, or a method. */
  #word(text: string): number {
    return this.#next((token) => token.text === text);
  }

  /** What may be written as a name or as a string. */
  #attribute(text: string): number {
    return this.#next((token) => (token.kind === 'name' || token.kind === 'string') && textOf(token) === text);
  }

  #type(path: string): number {
    const [at] = path.split('::').map((name) => this.#word(name));
    return at!;
  }

  #next(matches: (token: Token) => boolean): number {
    for (let i = this.#cursor; i < this.#tokens.length; i++) {
      const token = this.#tokens[i]!;
      if (!matches(token)) continue;
      this.#cursor = i + 1;
      return token.start;
    }
    throw new Error('BUG(compiler): the words of a policy do not follow its tree');
  }
}

function isInteger(token: Token, magnitude: bigint): boolean {
  return token.kind === 'integer' && BigInt(token.text) === magnitude;
}
