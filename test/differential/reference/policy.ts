// Owns: Cedar policy text → Cedar's JSON form, exact over all of i64.
// Trusts: cedar-wasm to parse. Excludes: what a policy means (evaluate.ts) and whether it is a good one (the compiler).

import { policyToJson, templateToJson } from '@cedar-policy/cedar-wasm/nodejs';
import { entity, type Entity } from './value.ts';

export interface EntityJson {
  type: string;
  id: string;
}
export type Scope =
  | { op: 'All' }
  | { op: '=='; entity: EntityJson }
  | { op: 'in'; entity: EntityJson }
  | { op: 'in'; entities: EntityJson[] }
  | { op: 'is'; entity_type: string; in?: { entity: EntityJson } };
/**
 * One operator over its operands, as in `{"&&": {left, right}}`; which keys there are is Cedar's JSON policy format.
 */
export type Expression = Record<string, unknown>;
export interface Policy {
  id: string;
  effect: 'permit' | 'forbid';
  principal: Scope;
  action: Scope;
  resource: Scope;
  conditions: { kind: 'when' | 'unless'; body: Expression }[];
  /** A bare `@name` has the value `''`. */
  annotations: Map<string, string>;
}
export interface Link {
  id: string;
  values: Record<string, Entity>;
}

// The oracle reads integers into JavaScript numbers, which are exact to about 16 digits. Longer literals travel as
// small stand-ins, counted up from here: no literal of fewer digits than 16 that a test uses is as large.
const STAND_IN_MIN = 800_000_000_000_000;
const STAND_IN_MAX = 899_999_999_999_999;
const TOKENS = /"(?:[^"\\]|\\.)*"|\/\/[^\n]*|[A-Za-z_]\w*|\d+/gs;

function poolLongLiterals(text: string): { text: string; literals: bigint[] } {
  const literals: bigint[] = [];
  const pooled = text.replace(TOKENS, (token) => {
    if (!/^\d/.test(token) || token.length < 15) return token;
    return String(STAND_IN_MIN + literals.push(BigInt(token)) - 1);
  });
  return { text: pooled, literals };
}

function restore(json: unknown, literals: bigint[]): unknown {
  if (typeof json === 'number') {
    const magnitude = Math.abs(json);
    if (magnitude < STAND_IN_MIN || magnitude > STAND_IN_MAX) return BigInt(json);
    const literal = literals[magnitude - STAND_IN_MIN]!;
    return json < 0 ? -literal : literal;
  }
  if (Array.isArray(json)) return json.map((item) => restore(item, literals));
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, restore(value, literals)]));
}

/** Replaces `{"Slot"}` and `{slot}` by the entities of the link. */
function link(json: unknown, values: Record<string, Entity>): unknown {
  if (Array.isArray(json)) return json.map((item) => link(item, values));
  if (typeof json !== 'object' || json === null) return json;
  const { slot, ...others } = json as { slot?: string };
  const linked = Object.entries(others).map(([key, value]) => [key, link(value, values)]);
  if (typeof slot === 'string') linked.push(['entity', { type: values[slot]!.type, id: values[slot]!.id }]);
  return Object.fromEntries(linked);
}

/** The policy `text` says, or the link of the template it says. Throws with Cedar's messages if it does not parse. */
export function parsePolicy(id: string, text: string, values?: Record<string, Entity>): Policy {
  const pooled = poolLongLiterals(text);
  const answer = values === undefined ? policyToJson(pooled.text) : templateToJson(pooled.text);
  if (answer.type === 'failure') throw new SyntaxError(answer.errors.map(({ message }) => message).join('; '));
  const json = link(restore(answer.json, pooled.literals), values ?? {}) as Omit<Policy, 'id' | 'annotations'> & {
    annotations?: Record<string, string | null>;
  };
  const annotations = Object.entries(json.annotations ?? {}).map(([name, value]) => [name, value ?? ''] as const);
  return { ...json, id, annotations: new Map(annotations) };
}

/** The texts of the policies in `text`, in order, comments kept. */
export function splitPolicies(text: string): string[] {
  const texts: string[] = [];
  let start = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|\/\/[^\n]*|;/gs)) {
    if (token !== ';') continue;
    texts.push(text.slice(start, index + 1));
    start = index + 1;
  }
  return texts;
}

export const entityFromJson = ({ type, id }: EntityJson): Entity => entity(type, id);
