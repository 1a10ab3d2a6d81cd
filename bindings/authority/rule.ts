// Owns: the policies a layer is made of, each in two forms that mean the same: Cedar text for people, and data for the
// compiler. A test compiles the text and finds the same bytes.

import type { Expression, Rule as RuleData } from '../../engine/compiler/index.ts';

/** A condition, as the text between the braces of `when` and as the compiler's tree. */
export interface Condition {
  text: string;
  body: Expression;
}

/** Which resources a policy applies to, as the end of its head and as the compiler's scope. */
export interface Resource {
  text: string;
  scope: RuleData['resource'];
}

export interface Rule {
  id: string;
  effect: 'permit' | 'forbid';
  verdict?: 'approve';
  /** Of a permit: it says what is meant to happen, not what may (SPEC §6.7). */
  expected?: true;
  /** Of a permit: how many requests are released under it (SPEC §6.8). */
  count?: number;
  /** Ids of `Action`; in the order of the text. */
  actions: readonly string[];
  resource: Resource;
  /** All of them. */
  when: readonly Condition[];
}

export const ANY: Resource = { text: '', scope: {} };

export const isOf = (type: string): Resource => ({ text: ` is ${type}`, scope: { type } });

export const equals = (type: string, id: string): Resource => ({
  text: ` == ${entityText(type, id)}`,
  scope: { equals: { type, id } },
});

export const inside = (type: string, id: string): Resource => ({
  text: ` in ${entityText(type, id)}`,
  scope: { ancestor: { type, id } },
});

/** `context.NAME`, where it is a Bool. */
export const fact = (name: string): Condition => ({ text: `context.${name}`, body: attribute(name) });

export const has = (name: string): Condition => ({
  text: `context has ${name}`,
  body: { kind: 'has', object: CONTEXT, path: [name], at: 0 },
});

export const compares = (name: string, operator: '==' | '>=' | '<=', number: number): Condition => ({
  text: `context.${name} ${operator} ${number}`,
  body: { kind: 'binary', operator, left: attribute(name), right: literal(BigInt(number)), at: 0 },
});

/** The attribute matches one of the patterns: texts with `*` for any text. */
export const isLike = (name: string, patterns: readonly string[]): Condition => {
  const [first, ...rest] = patterns.map((pattern): Condition => {
    const parts = pattern
      .split('*')
      .flatMap((Literal, index) => [
        ...(index > 0 ? ['Wildcard' as const] : []),
        ...(Literal === '' ? [] : [{ Literal }]),
      ]);
    return {
      text: `context.${name} like ${quoted(pattern)}`,
      body: { kind: 'like', object: attribute(name), pattern: parts, at: 0 },
    };
  });
  return rest.length === 0 ? first! : joined('||', first!, rest);
};

/** Not all of these. */
export const notAll = ([first, ...rest]: readonly Condition[]): Condition => {
  const { text, body } = joined('&&', first!, rest);
  return { text: `!${text}`, body: { kind: 'unary', operator: '!', operand: body, at: 0 } };
};

function joined(operator: '&&' | '||', first: Condition, rest: readonly Condition[]): Condition {
  const body = rest.reduce<Expression>(
    (left, { body: right }) => ({ kind: 'binary', operator, left, right, at: 0 }),
    first.body,
  );
  return { text: `(${[first, ...rest].map(({ text }) => text).join(` ${operator} `)})`, body };
}

/** From an instant on; milliseconds since 1970. */
export const isFrom = (name: string, ms: number): Condition => {
  const instant = new Date(ms).toISOString();
  const right = call('datetime', literal(instant));
  return {
    text: `context.${name} >= datetime(${quoted(instant)})`,
    body: { kind: 'binary', operator: '>=', left: attribute(name), right, at: 0 },
  };
};

export const isInRange = (name: string, block: string): Condition => ({
  text: `context.${name}.isInRange(ip(${quoted(block)}))`,
  body: call('isInRange', attribute(name), call('ip', literal(block))),
});

export const resourceOutside = (type: string, id: string): Condition => ({
  text: `!(resource in ${entityText(type, id)})`,
  body: {
    kind: 'unary',
    operator: '!',
    operand: { kind: 'binary', operator: 'in', left: variable('resource'), right: literal({ type, id }), at: 0 },
    at: 0,
  },
});

export function ruleText({ id, effect, verdict, expected, count, actions, resource, when }: Rule): string {
  const said = [
    `@id(${quoted(id)})\n`,
    ...(verdict === undefined ? [] : [`@verdict(${quoted(verdict)})\n`]),
    ...(expected === undefined ? [] : ['@expect\n']),
    ...(count === undefined ? [] : [`@count("${count}")\n`]),
  ];
  const annotations = said.join('');
  const condition = when.length === 0 ? '' : ` when { ${when.map(({ text }) => text).join(' && ')} }`;
  return `${annotations}${effect} (principal, ${actionText(actions)}, resource${resource.text})${condition};`;
}

export function ruleData({ id, effect, verdict, expected, count, actions, resource, when }: Rule): RuleData {
  const uids = actions.map((action) => ({ type: 'Action', id: action }));
  return {
    id,
    effect,
    ...(verdict === undefined ? {} : { verdict }),
    ...(expected === undefined ? {} : { expected }),
    ...(count === undefined ? {} : { count }),
    principal: {},
    action: uids.length === 1 ? { equals: uids[0]! } : { ancestors: uids },
    resource: resource.scope,
    conditions: when.map(({ body }) => ({ negated: false, body })),
  };
}

const actionText = (actions: readonly string[]): string =>
  actions.length === 1
    ? `action == ${entityText('Action', actions[0]!)}`
    : `action in [${actions.map((action) => entityText('Action', action)).join(', ')}]`;

const entityText = (type: string, id: string): string => `${type}::${quoted(id)}`;

/** A Cedar string. Names of a scope have characters that show only. */
const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;

// Data has no place in a text, so every node is at 0.
const variable = (name: 'resource' | 'context'): Expression => ({ kind: 'variable', name, at: 0 });
const CONTEXT = variable('context');
const attribute = (name: string): Expression => ({ kind: 'attribute', object: CONTEXT, name, at: 0 });
const literal = (value: bigint | string | { type: string; id: string }): Expression => ({
  kind: 'literal',
  value,
  at: 0,
});
const call = (name: string, ...operands: Expression[]): Expression => ({ kind: 'call', name, operands, at: 0 });
