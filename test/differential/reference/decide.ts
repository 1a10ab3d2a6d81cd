// Owns: `decide` (SPEC §§5–6): labels, levels, transactions, the decision's bytes and the next state.
// Trusts: a program that compiles, and that its digests are those of its bytes. Excludes: fuel.

import { encode, Malformed, numbered, type Item } from './cbor.ts';
import { CODE, VERDICT } from './codes.ts';
import { authorize, outcome, type Environment, type Outcome } from './evaluate.ts';
import { Entities } from './hierarchy.ts';
import { lift, type Constraint } from './lift.ts';
import { derivedAncestors } from './names.ts';
import { type Policy } from './policy.ts';
import { readRequest, type Request } from './request.ts';
import { type Schema } from './schema.ts';
import { advance, distinct, fits, type State } from './state.ts';
import { contextOf } from './supplied.ts';
import { firstFault, needsStore } from './validate.ts';
import { identity, type Entity } from './value.ts';

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
interface Judged extends Decision {
  sticky: string[];
  /** Errors at level 0, whichever level decided. */
  errorsOfProgram: string[];
}
interface Answer {
  decisions: Decision[];
  /** Canonical bytes of the decision or decisions. */
  bytes: Uint8Array;
  /** `verdict | code << 8` */
  packed: number;
  state: State;
}

const DECISION_BYTES_MAX = 12_288;

const notEvaluated = (code: number): Decision => ({
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

const named = (policies: Policy[], annotation: string): string[] =>
  policies.map(({ annotations }) => annotations.get(annotation)!);

/** The entities of a request with what schema and names imply about them. */
function entitiesOf(request: Request, schema: Schema): Entities {
  return new Entities(request.entities, (uid: Entity): Entity[] => {
    const type = schema.entityTypes.get(uid.type);
    if (type === undefined) return schema.actions.get(identity(uid))?.parents ?? [];
    return derivedAncestors(type, uid.id, schema);
  });
}

/** `inherited`: the labels of a transaction's source. */
function judge(
  { schema, labels: labelPolicies, levels }: Program,
  request: Request,
  state: State,
  inherited: string[],
): Judged {
  const entities = entitiesOf(request, schema);
  const fault = firstFault(request, schema, entities);
  let absent = false;
  const onAbsent = ({ type }: Entity) => {
    const entityType = schema.entityTypes.get(type);
    absent ||= entityType !== undefined && needsStore(entityType);
  };
  const environment = (labels: string[], clearances: string[]): Environment => {
    return { ...request, context: contextOf(request, schema, state, labels, clearances), entities, onAbsent };
  };

  const before = environment([], []);
  const attached = (annotation: string, ...wanted: Outcome[]) =>
    labelPolicies.filter((policy) => policy.annotations.has(annotation) && wanted.includes(outcome(policy, before)));
  const labelled = attached('label', 'match', 'error');
  const labels = distinct([...named(labelled, 'label'), ...state.labels, ...inherited]);
  const clearances = distinct(named(attached('clearance', 'match'), 'clearance'));
  const stuck = labelled.filter(({ annotations }) => annotations.has('sticky'));

  const env = environment(labels, clearances);
  const lifted = levels.map((policies) => lift(policies, env, fault, () => absent));
  const verdict = Math.max(...lifted.map((each) => each.verdict));
  const level = verdict === VERDICT.allow ? null : lifted.findIndex((each) => each.verdict === verdict);
  const { code, determining, errors } = lifted[level ?? 0]!;
  return {
    verdict,
    code,
    level,
    constraints: verdict === VERDICT.block ? [] : lifted.flatMap((each) => each.constraints),
    determining,
    errors,
    labels,
    clearances,
    cedar: authorize(levels[0], env),
    sticky: named(stuck, 'label'),
    errorsOfProgram: lifted[0]!.errors,
  };
}

/** Blocked for no reason of its own. */
const blockedWith = (each: Judged, code: number): Judged => {
  const { errorsOfProgram: errors } = each;
  return { ...each, verdict: VERDICT.block, code, level: 0, constraints: [], determining: [], errors };
};

/** SPEC §6.4: one that is blocked blocks all; so does a state that would not fit. */
function settle(judged: Judged[], state: State): Judged[] {
  if (judged.some(({ verdict }) => verdict === VERDICT.block)) {
    return judged.map((each) => (each.verdict === VERDICT.block ? each : blockedWith(each, CODE.transaction)));
  }
  const sticky = judged.flatMap((each) => each.sticky);
  return fits(state, sticky) ? judged : judged.map((each) => blockedWith(each, CODE.stateLimit));
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

/** What `decide` answers when `program` is loaded and `state` is set. */
export function decide(program: Program, state: State, bytes: Uint8Array): Answer {
  const finish = (decisions: Decision[], sticky: string[], one: boolean): Answer => {
    const blocked = decisions.filter(({ verdict }) => verdict === VERDICT.block).length;
    const next = advance(state, decisions.length, blocked, blocked > 0 ? [] : sticky);
    const written = write(decisions, program, next, one);
    if (written.length > DECISION_BYTES_MAX) return refuse(CODE.decisionTooLarge, decisions.length, one);
    const own = decisions.filter(({ code }) => code !== CODE.transaction);
    const worst = own.reduce((most, each) => (each.verdict > most.verdict ? each : most));
    return { decisions, bytes: written, packed: worst.verdict | (worst.code << 8), state: next };
  };
  const refuse = (code: number, count: number, one: boolean): Answer =>
    finish(Array<Decision>(count).fill(notEvaluated(code)), [], one);

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
  const judged: Judged[] = [];
  for (const request of requests) judged.push(judge(program, request, state, judged[0]?.labels ?? []));
  const settled = settle(judged, state);
  return finish(
    settled,
    settled.flatMap(({ sticky }) => sticky),
    one,
  );
}
