// Owns: SPEC §§5–6: what Plumbline makes of Cedar's outcomes: the strict lift, levels, labels, transactions, state.
// Trusts: a program that compiles, and that its digests are those of its bytes. Excludes: fuel and the limits of a host.

import { compareEncoded, encode, Malformed, numbered, type Item } from './cbor.ts';
import { CODE, SOFT_VERDICTS, VERDICT } from './codes.ts';
import { authorize, outcome, type Environment, type Outcome } from './evaluate.ts';
import { Entities } from './hierarchy.ts';
import { derivedAncestors, isCanonical, segmentsOf } from './names.ts';
import { type Policy } from './policy.ts';
import { readRequest, type Request } from './request.ts';
import { type Schema } from './schema.ts';
import { firstFault } from './validate.ts';
import { identity, type Entity, type RecordValue, type Value } from './value.ts';

export interface Program {
  schema: Schema;
  labels: Policy[];
  /** The organisation's decision policies, then those of each layer. */
  levels: [Policy[], ...Policy[][]];
  authorityRequired: boolean;
  digest: Uint8Array;
  /** Of the layers that are loaded (SPEC §7). */
  layersDigest: Uint8Array;
}

export interface State {
  version: bigint;
  requests: bigint;
  blocked: bigint;
  labels: string[];
}
export const INITIAL_STATE: State = { version: 0n, requests: 0n, blocked: 0n, labels: [] };
export const stateBytes = ({ version, requests, blocked, labels }: State): Uint8Array =>
  encode(numbered(version, requests, blocked, labels));

export interface Constraint {
  verdict: number;
  policy: string;
  argument: string | null;
}
/** What a decision says, but for what is the same in all decisions (program, authority, version). */
export interface Decision {
  verdict: number;
  code: number;
  level: number | null;
  constraints: Constraint[];
  determining: string[];
  errors: string[];
  labels: string[];
  clearances: string[];
  cedar: { allow: boolean; reasons: string[]; errors: string[] } | null;
}
export interface Answer {
  decisions: Decision[];
  /** Canonical bytes of the decision or decisions. */
  bytes: Uint8Array;
  /** `verdict | code << 8` */
  packed: number;
  state: State;
}

const DECISION_BYTES_MAX = 12_288;
const STATE_BYTES_MAX = 8_192;

const blockedBecause = (code: number): Decision => ({
  verdict: VERDICT.block,
  code,
  level: 0,
  constraints: [],
  determining: [],
  errors: [],
  labels: [],
  clearances: [],
  cedar: null,
});

const distinct = (names: string[]): string[] => [...new Set(names)].toSorted(compareEncoded);
const named = (policies: Policy[], annotation: string): string[] =>
  policies.map(({ annotations }) => annotations.get(annotation)!);
const ids = (policies: Policy[]): string[] => policies.map(({ id }) => id);

/** SPEC §6.1 for one level, from what its policies came to. */
function lift(policies: Policy[], env: Environment, fault: number | undefined) {
  const outcomes = new Map<Policy, Outcome>(policies.map((policy) => [policy, outcome(policy, env)]));
  const having = (effect: string, soft: boolean, ...wanted: Outcome[]) =>
    policies.filter(
      (policy) =>
        policy.effect === effect &&
        policy.annotations.has('verdict') === soft &&
        wanted.includes(outcomes.get(policy)!),
    );
  const errors = ids(policies.filter((policy) => outcomes.get(policy) === 'error'));
  const block = (code: number, determining: Policy[]) => {
    return { verdict: VERDICT.block as number, code, determining: ids(determining), errors, constraints: [] };
  };

  if (fault !== undefined) return block(fault, []);
  const matched = having('forbid', false, 'match');
  if (matched.length > 0) return block(CODE.forbidden, matched);
  const errored = having('forbid', false, 'error');
  if (errored.length > 0) return block(CODE.forbidError, errored);
  const permits = having('permit', false, 'match');
  if (permits.length === 0) return block(CODE.noPermit, []);
  const constraints: Constraint[] = having('forbid', true, 'match', 'error').map(({ id, annotations }) => ({
    verdict: SOFT_VERDICTS[annotations.get('verdict')!]!,
    policy: id,
    argument: annotations.get('only') ?? annotations.get('profile') ?? null,
  }));
  if (constraints.length > 0) {
    const verdict = Math.max(...constraints.map((constraint) => constraint.verdict));
    const determining = constraints.filter((constraint) => constraint.verdict === verdict).map(({ policy }) => policy);
    return { verdict, code: CODE.constrained as number, determining, errors, constraints };
  }
  return { verdict: VERDICT.allow as number, code: CODE.permitted, determining: ids(permits), errors, constraints };
}

/** The value SPEC §4 gives a supplied attribute; none where it would be of a path and the resource is no canonical one. */
function supply(
  name: string,
  { resource, time }: Request,
  schema: Schema,
  { requests, blocked }: State,
  labels: string[],
  clearances: string[],
): Value | undefined {
  const isPath = schema.entityTypes.get(resource.type)?.derived === 'path' && isCanonical('path', resource.id);
  const segments = isPath ? segmentsOf(resource.id) : undefined;
  switch (name) {
    case 'labels':
      return labels;
    case 'clearances':
      return clearances;
    case 'session':
      return new Map([
        ['requests', requests],
        ['blocked', blocked],
      ]);
    case 'time':
      return { kind: 'datetime', ms: time };
    case 'segments':
      return segments;
    default:
      return segments && (segments.at(-1) ?? '');
  }
}

function judge(program: Program, request: Request, state: State, inherited: string[]) {
  const { schema } = program;
  const implied = (uid: Entity): Entity[] => {
    const type = schema.entityTypes.get(uid.type);
    return type === undefined
      ? (schema.actions.get(identity(uid))?.parents ?? [])
      : derivedAncestors(type, uid.id, schema);
  };
  const entities = new Entities(request.entities, implied);
  const fault = firstFault(request, schema, entities);
  const contextType = schema.actions.get(identity(request.action))?.context.attributes ?? new Map();
  const environment = (labels: string[], clearances: string[]): Environment => {
    const context: RecordValue = new Map(request.context);
    for (const [name, { supplied }] of contextType) {
      if (!supplied) continue;
      const value = supply(name, request, program.schema, state, labels, clearances);
      if (value === undefined) context.delete(name);
      else context.set(name, value);
    }
    return { ...request, context, entities };
  };

  const before = environment([], []);
  const attached = (annotation: string, ...wanted: Outcome[]) =>
    program.labels.filter((policy) => policy.annotations.has(annotation) && wanted.includes(outcome(policy, before)));
  const labelled = attached('label', 'match', 'error');
  const labels = distinct([...named(labelled, 'label'), ...state.labels, ...inherited]);
  const clearances = distinct(named(attached('clearance', 'match'), 'clearance'));
  const sticky = named(
    labelled.filter(({ annotations }) => annotations.has('sticky')),
    'label',
  );

  const env = environment(labels, clearances);
  const levels = program.levels.map((policies) => lift(policies, env, fault));
  const verdict = Math.max(...levels.map((each) => each.verdict));
  const level = verdict === VERDICT.allow ? null : levels.findIndex((each) => each.verdict === verdict);
  const { code, determining, errors } = levels[level ?? 0]!;
  const constraints = verdict === VERDICT.block ? [] : levels.flatMap((each) => each.constraints);
  const cedar = authorize(program.levels[0], env);
  const decision: Decision = { verdict, code, level, constraints, determining, errors, labels, clearances, cedar };
  return { decision, labels, sticky };
}

function write(decisions: Decision[], { digest, layersDigest }: Program, { version }: State, one: boolean): Uint8Array {
  const items = decisions.map(({ verdict, code, level, constraints, determining, errors, labels, clearances, cedar }) =>
    numbered(
      BigInt(verdict),
      BigInt(code),
      level === null ? null : BigInt(level),
      constraints.map((constraint): Item => [BigInt(constraint.verdict), constraint.policy, constraint.argument]),
      determining,
      errors,
      labels,
      clearances,
      cedar && [cedar.allow, cedar.reasons, cedar.errors],
      digest,
      layersDigest,
      version,
    ),
  );
  return encode(one ? items[0]! : items);
}

/** SPEC §6.5: the state after these decisions. */
function advance(state: State, decisions: Decision[], sticky: string[]): State {
  const blocked = decisions.filter(({ verdict }) => verdict === VERDICT.block).length;
  return {
    version: state.version + 1n,
    requests: state.requests + BigInt(decisions.length),
    blocked: state.blocked + BigInt(blocked),
    labels: blocked > 0 ? state.labels : distinct([...state.labels, ...sticky]),
  };
}

/** What `decide` answers when `program` is loaded and `state` is set. */
export function decide(program: Program, state: State, bytes: Uint8Array): Answer {
  const finish = (decisions: Decision[], sticky: string[], one: boolean): Answer => {
    const next = advance(state, decisions, sticky);
    const written = write(decisions, program, next, one);
    if (written.length > DECISION_BYTES_MAX) return refuse(CODE.decisionTooLarge, decisions.length, one);
    if (stateBytes(next).length > STATE_BYTES_MAX) return refuse(CODE.stateLimit, decisions.length, one);
    const own = decisions.filter(({ code }) => code !== CODE.transaction);
    const worst = own.reduce((most, each) => (each.verdict > most.verdict ? each : most));
    return { decisions, bytes: written, packed: worst.verdict | (worst.code << 8), state: next };
  };
  const refuse = (code: number, count: number, one: boolean): Answer =>
    finish(Array<Decision>(count).fill(blockedBecause(code)), [], one);

  let read: Request | Request[];
  try {
    read = readRequest(bytes);
  } catch (error) {
    if (error instanceof Malformed) return refuse(CODE.malformedRequest, 1, true);
    throw error;
  }
  const one = !Array.isArray(read);
  const requests = [read].flat();
  const mismatch = Buffer.compare(requests[0]!.authority, program.layersDigest) !== 0;
  if (mismatch || (program.authorityRequired && program.levels.length === 1)) {
    return refuse(CODE.authorityMismatch, requests.length, one);
  }

  const judged: ReturnType<typeof judge>[] = [];
  for (const request of requests) judged.push(judge(program, request, state, judged[0]?.labels ?? []));
  const decisions = judged.map(({ decision }) => decision);
  const all = decisions.some(({ verdict }) => verdict === VERDICT.block)
    ? decisions.map((each): Decision => {
        if (each.verdict === VERDICT.block) return each;
        return { ...each, verdict: VERDICT.block, code: CODE.transaction, level: 0, constraints: [], determining: [] };
      })
    : decisions;
  return finish(
    all,
    judged.flatMap(({ sticky }) => sticky),
    one,
  );
}
