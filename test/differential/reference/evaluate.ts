// Owns: what a Cedar expression evaluates to, and whether a policy matches, does not match or errors.
// Trusts: the policy parsed. Excludes: validation, and everything Plumbline adds to Cedar (lift.ts).
// Source: docs.cedarpolicy.com, "Supported operators and functions".

import { CedarError, callExtension, isExtensionFunction } from './extension.ts';
import { type Entities } from './hierarchy.ts';
import { type EntityJson, type Expression, type Policy, type Scope, entityFromJson } from './policy.ts';
import { equal, isLong, type Entity, type RecordValue, type Value } from './value.ts';

export interface Environment {
  principal: Entity;
  action: Entity;
  resource: Entity;
  context: RecordValue;
  entities: Entities;
  /** Told of entities that are not in the store when `has`, `hasTag` or `in` ask about them: Cedar then says false. */
  onAbsent?: (uid: Entity) => void;
}
export type Outcome = 'match' | 'no-match' | 'error';

const isEntity = (value: Value): value is Entity =>
  typeof value === 'object' && 'kind' in value && value.kind === 'entity';

function bool(value: Value): boolean {
  if (typeof value !== 'boolean') throw new CedarError('expected a bool');
  return value;
}
function long(value: Value): bigint {
  if (typeof value !== 'bigint') throw new CedarError('expected a long');
  return value;
}
function string(value: Value): string {
  if (typeof value !== 'string') throw new CedarError('expected a string');
  return value;
}
function set(value: Value): Value[] {
  if (!Array.isArray(value)) throw new CedarError('expected a set');
  return value;
}
function entity(value: Value): Entity {
  if (!isEntity(value)) throw new CedarError('expected an entity');
  return value;
}

function inRange(value: bigint): bigint {
  if (!isLong(value)) throw new CedarError('overflow');
  return value;
}

/** The pair as numbers that order alike: two longs, two datetimes or two durations. */
function ordered(left: Value, right: Value): [bigint, bigint] {
  if (typeof left === 'bigint' && typeof right === 'bigint') return [left, right];
  const [a, b] = [left, right] as { kind?: string; ms?: bigint }[];
  if (a?.ms === undefined || b?.ms === undefined || a.kind !== b.kind) throw new CedarError('not comparable');
  return [a.ms, b.ms];
}

type Pattern = ('Wildcard' | { Literal: string })[];

function like(text: string, pattern: Pattern): boolean {
  const literals = [''];
  for (const part of pattern) {
    if (part === 'Wildcard') literals.push('');
    else literals.push(literals.pop()! + part.Literal);
  }
  const [first, last] = [literals[0]!, literals.at(-1)!];
  if (literals.length === 1) return text === first;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const literal of literals.slice(1, -1)) {
    const found = text.indexOf(literal, at);
    if (found < 0) return false;
    at = found + literal.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}

/** The attributes of a record, or those in the store of an entity; an entity that is not there has none. */
function attributesOf(value: Value, entities: Entities): RecordValue | undefined {
  if (value instanceof Map) return value;
  return entities.get(entity(value))?.attributes;
}

function attribute(value: Value, name: string, entities: Entities): Value {
  const found = attributesOf(value, entities)?.get(name);
  if (found === undefined) throw new CedarError('no such entity or attribute');
  return found;
}

function askAbout(uid: Entity, { entities, onAbsent }: Environment): void {
  if (entities.get(uid) === undefined) onAbsent?.(uid);
}

function isIn(descendant: Value, ancestors: Value, env: Environment): boolean {
  const { entities } = env;
  const uid = entity(descendant);
  const targets = isEntity(ancestors) ? [ancestors] : set(ancestors).map(entity);
  askAbout(uid, env);
  return targets.some((target) => entities.isIn(uid, target));
}

function constant(json: unknown): Value {
  if (typeof json !== 'object') return json as Value;
  return entityFromJson((json as { ['__entity']: EntityJson })['__entity']);
}

interface Operands {
  left: Expression;
  right: Expression;
  arg: Expression;
}

/** Throws CedarError where Cedar reports an evaluation error. */
export function evaluate(expression: Expression, env: Environment): Value {
  const [[operator, operands]] = Object.entries(expression) as [[string, never]];
  const { left, right, arg } = operands as Operands;
  const value = (operand: Expression) => evaluate(operand, env);
  switch (operator) {
    case 'Value':
      return constant(operands);
    case 'Var':
      return env[operands as 'principal' | 'action' | 'resource' | 'context'];
    case '!':
      return !bool(value(arg));
    case 'neg':
      return inRange(-long(value(arg)));
    case '==':
      return equal(value(left), value(right));
    case '!=':
      return !equal(value(left), value(right));
    case '&&':
      return bool(value(left)) && bool(value(right));
    case '||':
      return bool(value(left)) || bool(value(right));
    case '+':
      return inRange(long(value(left)) + long(value(right)));
    case '-':
      return inRange(long(value(left)) - long(value(right)));
    case '*':
      return inRange(long(value(left)) * long(value(right)));
    case '<':
    case '<=':
    case '>':
    case '>=': {
      const [a, b] = ordered(value(left), value(right));
      return operator === '<' ? a < b : operator === '<=' ? a <= b : operator === '>' ? a > b : a >= b;
    }
    case 'in':
      return isIn(value(left), value(right), env);
    case 'is': {
      const { entity_type, in: ancestors } = operands as { entity_type: string; in?: Expression };
      const uid = entity(value(left));
      return uid.type === entity_type && (ancestors === undefined || isIn(uid, value(ancestors), env));
    }
    case '.':
      return attribute(value(left), (operands as { attr: string }).attr, env.entities);
    case 'has': {
      const path = [(operands as { attr: string | string[] }).attr].flat();
      let current = value(left);
      for (const name of path) {
        if (isEntity(current)) askAbout(current, env);
        if (attributesOf(current, env.entities)?.has(name) !== true) return false;
        current = attribute(current, name, env.entities);
      }
      return true;
    }
    case 'like':
      return like(string(value(left)), (operands as { pattern: Pattern }).pattern);
    case 'hasTag': {
      const [uid, name] = [entity(value(left)), string(value(right))];
      askAbout(uid, env);
      return env.entities.get(uid)?.tags.has(name) ?? false;
    }
    case 'getTag': {
      const [uid, name] = [entity(value(left)), string(value(right))];
      const found = env.entities.get(uid)?.tags.get(name);
      if (found === undefined) throw new CedarError('no such entity or tag');
      return found;
    }
    case 'contains': {
      const [items, item] = [set(value(left)), value(right)];
      return items.some((other) => equal(other, item));
    }
    case 'containsAll': {
      const [items, others] = [set(value(left)), set(value(right))];
      return others.every((other) => items.some((item) => equal(item, other)));
    }
    case 'containsAny': {
      const [items, others] = [set(value(left)), set(value(right))];
      return others.some((other) => items.some((item) => equal(item, other)));
    }
    case 'isEmpty':
      return set(value(arg)).length === 0;
    case 'if-then-else': {
      const branches = operands as { if: Expression; then: Expression; else: Expression };
      return value(bool(value(branches.if)) ? branches.then : branches.else);
    }
    case 'Set':
      return (operands as Expression[]).map(value);
    case 'Record':
      return new Map(Object.entries(operands as Record<string, Expression>).map(([name, item]) => [name, value(item)]));
    default:
      if (!isExtensionFunction(operator)) throw new TypeError(`unknown operator ${operator}`);
      return callExtension(operator, (operands as Expression[]).map(value));
  }
}

function inScope(scope: Scope, uid: Entity, entities: Entities): boolean {
  switch (scope.op) {
    case 'All':
      return true;
    case '==':
      return equal(uid, entityFromJson(scope.entity));
    case 'in': {
      const targets = 'entities' in scope ? scope.entities : [scope.entity];
      return targets.some((target) => entities.isIn(uid, entityFromJson(target)));
    }
    case 'is':
      if (uid.type !== scope.entity_type) return false;
      return scope.in === undefined || entities.isIn(uid, entityFromJson(scope.in.entity));
  }
}

export function outcome(policy: Policy, env: Environment): Outcome {
  try {
    const matches =
      inScope(policy.principal, env.principal, env.entities) &&
      inScope(policy.action, env.action, env.entities) &&
      inScope(policy.resource, env.resource, env.entities) &&
      policy.conditions.every(({ kind, body }) => bool(evaluate(body, env)) === (kind === 'when'));
    return matches ? 'match' : 'no-match';
  } catch (error) {
    if (error instanceof CedarError) return 'error';
    throw error;
  }
}

/** Cedar's answer. */
export function authorize(policies: Policy[], env: Environment) {
  const outcomes = policies.map((policy) => ({ policy, outcome: outcome(policy, env) }));
  const matching = (effect: 'permit' | 'forbid') =>
    outcomes.filter((each) => each.outcome === 'match' && each.policy.effect === effect).map(({ policy }) => policy.id);
  const [permits, forbids] = [matching('permit'), matching('forbid')];
  return {
    allow: forbids.length === 0 && permits.length > 0,
    reasons: forbids.length > 0 ? forbids : permits,
    errors: outcomes.filter((each) => each.outcome === 'error').map(({ policy }) => policy.id),
  };
}
