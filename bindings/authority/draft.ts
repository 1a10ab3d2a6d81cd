// Owns: the form in which people and planners write grants (docs/schema/grant.schema.json), and minting from it.
// Trusts: nothing of what is written; `mint` judges whether it may be granted.

import { isObject } from '../is-object.ts';
import { parseExtension } from '../../engine/compiler/extension.ts';
import { mint, type Draft, type Grant, type GrantRefusal } from './grant.ts';
import { isPublicJwk } from '../public-key.ts';
import type { IssuerKey } from './issuer-key.ts';
import { isGrantLevel, type GrantLevel } from './level.ts';
import { parseExpect, parseScope, type ExpectJson, type ScopeJson } from './scope.ts';

/** What minting takes from outside. */
interface Mint {
  key: IssuerKey;
  nowMs: number;
  random: (length: number) => Uint8Array;
}

/** A plan file, minted: the chain down to the plan, and below its last grant one for each step. */
interface MintedPlan {
  chain: Grant[];
  steps: Grant[];
}

type Refused = { refusal: GrantRefusal };

const DRAFT_FIELDS = ['level', 'statement', 'scope', 'expect', 'expires', 'session', 'uses', 'delegate'];
const PLAN_FIELDS = ['objective', 'intent', 'plan', 'steps'];

/**
 * The draft that a value read from JSON or YAML states. `expires` is an instant or a duration from `nowMs` on, both in
 * Cedar's form; without it a child ends with its parent, and a root is refused.
 */
export function parseDraft(value: unknown, nowMs: number, parent: Grant | undefined): { draft: Draft } | Refused {
  if (!isObject(value)) return refuse('a grant must be an object');
  const unknown = Object.keys(value).find((name) => !DRAFT_FIELDS.includes(name));
  if (unknown !== undefined) return refuse(`${unknown}: unknown; a grant has ${DRAFT_FIELDS.join(', ')}`);
  const { level, statement, scope, expect, expires, session, uses, delegate } = value;
  if (!isGrantLevel(level)) return refuse('level: must be objective, intent, plan or action');
  if (typeof statement !== 'string') return refuse('statement: must be text');
  const parsed = parseScope(scope);
  if ('fault' in parsed) return refuse(parsed.fault);
  const expected = expect === undefined ? undefined : parseExpect(expect);
  if (expected !== undefined && 'fault' in expected) return refuse(expected.fault);
  if (session !== undefined && typeof session !== 'string') return refuse('session: must be text');
  if (uses !== undefined && typeof uses !== 'number') return refuse('uses: must be a number');
  if (delegate !== undefined && !isPublicJwk(delegate))
    return refuse('delegate: must be an Ed25519 public key as a JWK');
  const expiresMs = expires === undefined ? parent?.expiresMs : endOf(expires, nowMs);
  if (expiresMs === undefined) {
    return refuse('expires: must be an instant (2030-01-31T12:00:00Z) or a duration from now on (8h)');
  }
  const bound = { ...(session === undefined ? {} : { session }), ...(uses === undefined ? {} : { uses }) };
  const rest = {
    ...(expect === undefined ? {} : { expect: expect as ExpectJson }),
    ...(delegate === undefined ? {} : { delegate }),
  };
  return { draft: { level, statement, scope: scope as ScopeJson, expiresMs, ...bound, ...rest } };
}

/** The chain of a plan file. Who mints it may go on minting below all of its grants that have children. */
export function mintPlan(value: unknown, by: Mint): MintedPlan | Refused {
  if (!isObject(value)) return refuse('a plan file must be an object');
  const unknown = Object.keys(value).find((name) => !PLAN_FIELDS.includes(name));
  if (unknown !== undefined) return refuse(`${unknown}: unknown; a plan file has ${PLAN_FIELDS.join(', ')}`);
  const { steps = [] } = value;
  if (!Array.isArray(steps)) return refuse('steps: must be a list');
  const levels = (['objective', 'intent', 'plan'] as const).filter((level) => value[level] !== undefined);
  if (levels[0] !== 'objective') return refuse('objective: must be given');
  const chain: Grant[] = [];
  for (const [index, level] of levels.entries()) {
    const hasChildren = index < levels.length - 1 || steps.length > 0;
    const minted = mintOne(value[level], level, hasChildren, chain.at(-1), by);
    if ('refusal' in minted) return at(level, minted);
    chain.push(minted.grant);
  }
  const minted: Grant[] = [];
  for (const [index, step] of steps.entries()) {
    const one = mintOne(step, 'plan', false, chain.at(-1), by);
    if ('refusal' in one) return at(`steps[${index}]`, one);
    minted.push(one.grant);
  }
  return { chain, steps: minted };
}

function mintOne(
  value: unknown,
  level: GrantLevel,
  hasChildren: boolean,
  parent: Grant | undefined,
  by: Mint,
): { grant: Grant } | Refused {
  if (!isObject(value)) return refuse('must be an object');
  if ('level' in value) return refuse('level: its place says it');
  if (hasChildren && 'delegate' in value)
    return refuse('delegate: has its children here, from the key that mints this file');
  const parsed = parseDraft({ ...value, level }, by.nowMs, parent);
  if ('refusal' in parsed) return parsed;
  const draft = hasChildren ? { ...parsed.draft, delegate: by.key.publicJwk } : parsed.draft;
  return mint(draft, by.key, parent, by);
}

/** In whole seconds, as tokens have it. */
function endOf(expires: unknown, nowMs: number): number | undefined {
  if (typeof expires !== 'string') return undefined;
  const instant = parseExtension('datetime', expires);
  const duration = parseExtension('duration', expires);
  const ms =
    typeof instant === 'object' && 'datetime' in instant
      ? Number(instant.datetime)
      : typeof duration === 'object' && 'duration' in duration
        ? nowMs + Number(duration.duration)
        : undefined;
  return ms === undefined ? undefined : ms - (((ms % 1000) + 1000) % 1000);
}

const refuse = (message: string): Refused => ({ refusal: { code: 'grant-malformed', message } });
const at = (place: string, { refusal: { code, message } }: Refused): Refused => ({
  refusal: { code, message: `${place}: ${message}` },
});
