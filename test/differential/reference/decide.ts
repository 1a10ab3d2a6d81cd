// Owns: `decide` (SPEC §§5–6): labels, levels, transactions, the decision's bytes and the next state.
// Trusts: a program that compiles, and that its digests are those of its bytes. Excludes: fuel.

import { createHash } from 'node:crypto';
import { encode, Malformed, numbered, type Item } from './cbor.ts';
import { CODE, VERDICT } from './codes.ts';
import { authorize, outcome, type Environment, type Outcome } from './evaluate.ts';
import { Entities } from './hierarchy.ts';
import { lift, type Constraint } from './lift.ts';
import { derivedAncestors } from './names.ts';
import { type Policy } from './policy.ts';
import { itemOf, readRequest, type Request } from './request.ts';
import { type Schema } from './schema.ts';
import { advance, distinct, fits, type Selector, type State } from './state.ts';
import { contextOf } from './supplied.ts';
import { firstFault, needsStore } from './validate.ts';
import { identity, type Entity } from './value.ts';

/** `uses` of 0: any number. */
export interface Grant {
  subject: Uint8Array;
  uses: number;
}

export interface Program {
  schema: Schema;
  labels: Policy[];
  /** The organisation's decision policies, then those of each layer. */
  levels: [Policy[], ...Policy[][]];
  /** The permits of each layer that say what is expected, if it has such. */
  expected?: Policy[][];
  /** What the header of each layer says of its grant. */
  grants?: Grant[];
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
  /** Whether a policy asks, or asked, for an approval. */
  asks: boolean;
  /** The selectors that lift what asks at some level. */
  selectors: Selector[];
  /** Outside what some layer expects. */
  surprising: boolean;
  /** The counted permits that match, by level and index, and what their uses are counted under (SPEC §6.8). */
  counted: Map<string, string>;
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

const notEvaluated = (code: number, level = 0): Decision => ({
  verdict: VERDICT.block,
  code,
  level,
  constraints: [],
  determining: [],
  errors: [],
  labels: [],
  clearances: [],
  cedar: null,
});

const SURPRISING = 'surprising';

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
  { schema, labels: labelPolicies, levels, expected = [], grants = [] }: Program,
  request: Request,
  state: State,
  inherited: string[],
  isApproved: boolean,
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
  const outcomes = expected.map((policies) => policies.map((policy) => outcome(policy, before)));
  const surprising = outcomes.some((each) => each.length > 0 && !each.includes('match'));
  const attached = (annotation: string, ...wanted: Outcome[]) =>
    labelPolicies.filter((policy) => policy.annotations.has(annotation) && wanted.includes(outcome(policy, before)));
  const labelled = attached('label', 'match', 'error');
  const own = surprising ? [SURPRISING] : [];
  const labels = distinct([...named(labelled, 'label'), ...state.labels, ...inherited, ...own]);
  const clearances = distinct(named(attached('clearance', 'match'), 'clearance'));
  const stuck = labelled.filter(({ annotations }) => annotations.has('sticky'));

  const env = environment(labels, clearances);
  const keyed = levels.map((policies, level) =>
    policies.map((policy, index) => ({
      policy,
      place: `${level} ${index}`,
      ...countOf(policy, index, grants[level - 1]),
    })),
  );
  // A permit that is counted out does not match.
  const left = keyed.map((policies) =>
    policies.filter(({ key, count }) => key === undefined || (state.uses.get(key) ?? 0n) < count),
  );
  const subjects = levels.map((_, level) => grants[level - 1]?.subject);
  const applying = subjects.map((subject, level) =>
    isApproved ? undefined : state.selectors.find((each) => applies(each, request, entities, level, subject)),
  );
  const lifted = left.map((policies, level) =>
    lift(
      policies.map(({ policy }) => policy),
      env,
      fault,
      () => absent,
      isApproved || applying[level] !== undefined,
    ),
  );
  const selectors = applying.flatMap((each, level) => (each !== undefined && lifted[level]!.asking > 0 ? [each] : []));
  const counted = new Map(
    left
      .flat()
      .flatMap(({ policy, place, key }) =>
        key !== undefined && outcome(policy, env) === 'match' ? [[place, key] as const] : [],
      ),
  );
  const verdict = Math.max(...lifted.map((each) => each.verdict));
  const level = verdict === VERDICT.allow ? null : lifted.findIndex((each) => each.verdict === verdict);
  const asks = lifted.some(({ asking }) => asking > 0);
  const { determining, errors, ...decisive } = lifted[level ?? 0]!;
  const code = asks && level === null ? CODE.approved : decisive.code;
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
    asks,
    selectors,
    surprising,
    counted,
    errorsOfProgram: lifted[0]!.errors,
  };
}

const isReleased = (decisions: Decision[]): boolean => decisions.every(({ verdict }) => verdict < VERDICT.approve);

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Why the state does not let the loaded layers judge (SPEC §6.6). */
function refusalOfGrants(grants: Grant[], { revoked, uses }: State, continued: boolean): Decision | undefined {
  const subjects = grants.map(({ subject }) => (subject.some((byte) => byte !== 0) ? hex(subject) : ''));
  const gone = subjects.findIndex((subject) => revoked.has(subject));
  if (gone >= 0) return notEvaluated(CODE.revoked, gone + 1);
  const up = grants.findIndex((grant, index) => {
    const counted = uses.get(subjects[index]!) ?? 0n;
    return grant.uses > 0 && (continued ? counted === 0n : counted >= BigInt(grant.uses));
  });
  return up >= 0 ? notEvaluated(CODE.usedUp, up + 1) : undefined;
}

/** What an approval of these requests names. */
export function approvalDigest(
  requests: Request[],
  { digest, layersDigest }: Pick<Program, 'digest' | 'layersDigest'>,
): Uint8Array {
  const hash = createHash('sha256').update(digest).update(layersDigest);
  for (const { principal, action, resource, context } of requests) {
    // Without the head of the map.
    hash.update(encode(numbered(...[principal, action, resource, context].map(itemOf))).subarray(1));
  }
  return hash.digest();
}

const isNone = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);

/** Whether an approval by selector is one of this request at this level (SPEC §6.6). */
function applies(
  { action, within, subject, content, expires }: Selector,
  request: Request,
  entities: Entities,
  level: number,
  ofLayer: Uint8Array | undefined,
): boolean {
  const isOfLevel =
    level === 0 ? isNone(subject) : ofLayer !== undefined && !isNone(ofLayer) && hex(ofLayer) === hex(subject);
  return (
    isOfLevel &&
    identity(action) === identity(request.action) &&
    entities.isIn(request.resource, within) &&
    (request.context.get('content') ?? null) === content &&
    request.time < expires
  );
}

/** What the uses of a permit are counted under, and how many it has, if it is counted. */
function countOf({ annotations }: Policy, index: number, grant: Grant | undefined) {
  const count = BigInt(annotations.get('count') ?? 0);
  if (grant === undefined || count === 0n) return { key: undefined, count };
  const word = Buffer.alloc(4);
  word.writeUInt32LE(index);
  return { key: createHash('sha256').update(grant.subject).update(word).digest('hex'), count };
}

/** Blocked for no reason of its own. */
const blockedWith = (each: Judged, code: number): Judged => {
  const { errorsOfProgram: errors } = each;
  return { ...each, verdict: VERDICT.block, code, level: 0, constraints: [], determining: [], errors };
};

/** SPEC §6.4: one that is blocked blocks all; so does a state that would not fit. */
function settle(judged: Judged[], state: State, used: string[]): Judged[] {
  if (judged.some(({ verdict }) => verdict === VERDICT.block)) {
    return judged.map((each) => (each.verdict === VERDICT.block ? each : blockedWith(each, CODE.transaction)));
  }
  const sticky = judged.flatMap((each) => each.sticky);
  return fits(state, sticky, isReleased(judged) ? used : [])
    ? judged
    : judged.map((each) => blockedWith(each, CODE.stateLimit));
}

function write(
  decisions: Decision[],
  { digest, layersDigest }: Program,
  { version }: State,
  approval: Uint8Array | null,
  one: boolean,
): Uint8Array {
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
      approval,
    ),
  );
  return encode(one ? items[0]! : items);
}

/** What is decided of all requests together. */
interface Whole {
  sticky: string[];
  used: string[];
  approval: Uint8Array;
  selectors: Selector[];
  surprising: number;
}

/** What `decide` answers when `program` is loaded and `state` is set. */
export function decide(program: Program, state: State, bytes: Uint8Array): Answer {
  const finish = (decisions: Decision[], one: boolean, whole: Partial<Whole> = {}): Answer => {
    const blocked = decisions.filter(({ verdict }) => verdict === VERDICT.block).length;
    const released = isReleased(decisions);
    const asked = blocked === 0 ? whole.approval : undefined;
    const next = advance(state, {
      refusedBy: decisions.map(({ verdict, code, level }) =>
        verdict === VERDICT.block && code !== CODE.transaction ? level! : undefined,
      ),
      blocked,
      sticky: blocked > 0 ? [] : (whole.sticky ?? []),
      used: released ? (whole.used ?? []) : [],
      approval: released && asked !== undefined ? hex(asked) : undefined,
      selectors: released ? (whole.selectors ?? []) : [],
      surprising: whole.surprising ?? 0,
    });
    const written = write(decisions, program, next, asked ?? null, one);
    if (written.length > DECISION_BYTES_MAX) return refuse(CODE.decisionTooLarge, decisions.length, one);
    const own = decisions.filter(({ code }) => code !== CODE.transaction);
    const worst = own.reduce((most, each) => (each.verdict > most.verdict ? each : most));
    return { decisions, bytes: written, packed: worst.verdict | (worst.code << 8), state: next };
  };
  const refuse = (code: number, count: number, one: boolean): Answer =>
    finish(Array<Decision>(count).fill(notEvaluated(code)), one);

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
  const { continued = false, time } = requests[0]!;
  const { grants = [] } = program;
  const refusal = refusalOfGrants(grants, state, continued);
  if (refusal !== undefined) return finish(Array<Decision>(requests.length).fill(refusal), one);
  const digest = approvalDigest(requests, program);
  const isApproved = (state.approvals.get(hex(digest)) ?? time) > time;
  const judged: Judged[] = [];
  for (const request of requests) judged.push(judge(program, request, state, judged[0]?.labels ?? [], isApproved));
  const ofLayers = continued ? [] : grants.flatMap(({ subject, uses }) => (uses > 0 ? [hex(subject)] : []));
  const used = [...ofLayers, ...new Map(judged.flatMap(({ counted }) => [...counted])).values()];
  const settled = settle(judged, state, used);
  const sticky = settled.flatMap((each) => each.sticky);
  const selectors = settled.flatMap((each) => each.selectors);
  const surprising = settled.filter((each) => each.surprising && each.verdict !== VERDICT.block).length;
  return finish(settled, one, {
    sticky,
    used,
    surprising,
    selectors,
    ...(judged.some(({ asks }) => asks) ? { approval: digest } : {}),
  });
}
