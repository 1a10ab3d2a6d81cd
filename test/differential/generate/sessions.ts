// Owns: random sessions for the strict lift: label policies, an organisation's policies, layers, and requests, of which
// some are faulty in a way SPEC §5.1 names.

import { createHash } from 'node:crypto';
import { type StoredEntity } from '../reference/hierarchy.ts';
import { encode } from '../reference/cbor.ts';
import { requestItem, type Request } from '../reference/request.ts';
import { type Action, type Type } from '../reference/schema.ts';
import { derivedAncestors } from '../reference/names.ts';
import { distinct, type Event } from '../reference/state.ts';
import { identity, type Entity, type Value } from '../reference/value.ts';
import { Expressions } from './expressions.ts';
import { mutate } from './bytes.ts';
import { injectFault } from './faults.ts';
import { Random } from './random.ts';
import { STRICT_SCHEMA } from './strict-schema.ts';
import { entityText, quote } from './text.ts';
import { CANONICAL_IDS, Values } from './values.ts';

/**
 * What is said before a step: an approval of what the step asks for (or of something else), that the grant of a layer
 * (or another) is revoked, which labels came back, what was counted; or an approval by selector, for the level of a
 * layer (or level 0), which takes its action and content from one of the step's requests.
 */
export type Said =
  | { kind: 'approval'; ofStep: boolean; expires: bigint; time: bigint }
  | { kind: 'revocation'; layer: number | undefined }
  | { kind: 'labels'; labels: string[] }
  | { kind: 'amounts'; amounts: [bigint, bigint, bigint] }
  | {
      kind: 'selector';
      request: number;
      within: Entity | undefined;
      layer: number | undefined;
      otherContent: boolean;
      uses: bigint;
      expires: bigint;
      time: bigint;
    };

/** What is decided at once: one request, or a transaction. `authority` is filled in when the layers are known. */
export interface Step {
  requests: Request[];
  fault: string;
  said?: Said[];
  /** Makes other bytes of the canonical ones. */
  mangle?: (bytes: Uint8Array) => Uint8Array;
}
export interface SessionCase {
  labels: string[];
  /** The organisation's policies, then those of each layer. */
  levels: [string[], ...string[][]];
  /** By layer: how many uses its grant has (0: any number), if it has one. */
  uses: (number | undefined)[];
  authorityRequired: boolean;
  steps: Step[];
}

export const NO_AUTHORITY = new Uint8Array(32);
export const LABELS = ['secret', 'untrusted', 'intent:a', 'x', 'very-secret', 'a-long-name'];
const CLEARANCES = ['ok', 'x', 'two-eyes'];
const SOFT = [
  '@verdict("approve")',
  '@verdict("approve")',
  '@verdict("approve")',
  '@verdict("read-only")',
  '@verdict("restrict") @only("ls, cat")',
  '@verdict("degrade") @profile("offline")',
  '@verdict("defer")',
];
const APPLICABLE = [...STRICT_SCHEMA.actions.values()].filter(({ principalTypes }) => principalTypes.length > 0);
// The actions that need a store are few, and what can go wrong with them is much.
const ACTIONS = [
  ...APPLICABLE,
  ...APPLICABLE.filter(({ uid }) => /^(vault|team)/.test(uid.id)).flatMap((each) => [each, each, each]),
];
const BOOL: Type = { kind: 'Bool' };

class Sessions {
  readonly random: Random;
  readonly values: Values;
  /** All levels are of the kind that asks, so that much is approved. */
  readonly asksOnly: boolean;

  constructor(random: Random) {
    this.random = random;
    this.values = new Values(random, STRICT_SCHEMA);
    this.asksOnly = random.chance(25);
  }

  /** Every entity a valid request names must be in the store if its type needs one. */
  #close(request: Omit<Request, 'entities'>): StoredEntity[] {
    const store = new Map<string, StoredEntity>();
    const add = (value: Value): void => {
      if (typeof value !== 'object') return;
      if (Array.isArray(value)) return value.forEach(add);
      if (value instanceof Map) return [...value.values()].forEach(add);
      if (value.kind !== 'entity' || store.has(identity(value))) return;
      const type = STRICT_SCHEMA.entityTypes.get(value.type)!;
      const needed = type.attributes.attributes.size > 0 || (type.parentTypes.length > 0 && !type.derived);
      if (!needed && this.random.chance(90)) return;
      // Only teams with a later name: no cycles.
      const teams = ['a', 'b', 'c', 'd', 'ü'].map((id): Entity => ({ kind: 'entity', type: 'Team', id }));
      const above = type.derived || type.name === 'Agent' || !type.parentTypes.includes('Team') ? [] : teams;
      const later = above.filter((team) => value.type !== 'Team' || team.id > value.id);
      const parents = this.random.some(later, 30);
      const attributes = this.values.record(type.attributes);
      const names = this.random.some(['a', 'ab', 'secret'], type.tags === undefined ? 0 : 50);
      const tags = new Map(names.map((name): [string, Value] => [name, this.values.value(type.tags!)]));
      store.set(identity(value), { uid: value, parents, attributes, tags });
      parents.forEach(add);
      add(attributes);
    };
    for (const value of [request.principal, request.resource, request.context]) add(value);
    return [...store.values()];
  }

  request(action: Action = this.random.pick(ACTIONS)): Request {
    const { random } = this;
    const [principal, resource] = [action.principalTypes, action.resourceTypes].map((types) =>
      this.values.entity(random.pick(types)),
    ) as [Entity, Entity];
    const open = {
      principal,
      action: action.uid,
      resource,
      context: this.values.record(action.context),
      authority: NO_AUTHORITY,
      time: BigInt(random.pick([0, 1, 1_790_000_000_000])),
    };
    return { ...open, entities: this.#close(open) };
  }

  /**
   * Requests of one principal over one store: of each other request only what the first one's store covers is taken.
   */
  transaction(): Request[] {
    const first = this.request();
    const { principal, entities } = first;
    const others = this.random.times(1, 3, () => {
      const action = this.random.pick(ACTIONS.filter(({ principalTypes }) => principalTypes.includes(principal.type)));
      return { ...this.request(action), principal };
    });
    const all = new Map(
      [...others.flatMap((each) => each.entities), ...entities].map((each) => [identity(each.uid), each]),
    );
    return [first, ...others].map((each) => ({ ...each, time: first.time, entities: [...all.values()] }));
  }

  #expressions(): Expressions {
    const { uid, principalTypes, resourceTypes, context } = this.random.pick(ACTIONS);
    const { random } = this;
    return new Expressions(
      random,
      STRICT_SCHEMA,
      random.pick(principalTypes),
      uid,
      random.pick(resourceTypes),
      context,
    );
  }

  #scope(): string {
    const { random } = this;
    if (random.chance(50)) return 'principal, action, resource';
    const { uid, parents, principalTypes, resourceTypes } = random.pick(ACTIONS);
    const actions = [
      'action',
      `action == ${entityText(uid)}`,
      ...parents.map((parent) => `action in ${entityText(parent)}`),
    ];
    const type = random.pick(resourceTypes);
    const above = [...STRICT_SCHEMA.entityTypes.get(type)!.parentTypes, type].map((name) =>
      entityText(this.values.entity(name)),
    );
    const resources = [
      'resource',
      `resource is ${type}`,
      ...above.flatMap((uidText) => [`resource in ${uidText}`, `resource == ${uidText}`]),
    ];
    const principals = ['principal', 'principal', `principal is ${random.pick(principalTypes)}`];
    return [principals, actions, resources].map((forms) => random.pick(forms)).join(', ');
  }

  /** What only this project's policies ask. */
  #fact(labelsKnown: boolean): string {
    const { random } = this;
    const facts = [
      `context.session.requests ${random.pick(['<', '>', '=='])} ${random.between(0, 6)}`,
      `context.session.blocked > ${random.between(0, 3)}`,
      `context.session.outside ${random.pick(['<', '>', '=='])} ${random.between(0, 3)}`,
      `context.session.recent ${random.pick(['<', '>', '=='])} ${random.between(0, 3)}`,
      `context.session has recent`,
      `context.session.${random.pick(['tokens', 'modelRequests', 'spend'])} ${random.pick(['<', '>', '=='])} ${random.pick([0, 1, 24])}`,
      `context.time < datetime("2000-01-01")`,
      `context has name && context.name == ${quote(random.pick(['.env', 'b.txt', '']))}`,
      `context.segments.contains("work")`,
      `context has port && context.port ${random.pick(['==', '<', '>='])} ${random.pick([0, 80, 443])}`,
      `resource in Dir::${quote(random.pick(CANONICAL_IDS.path))}`,
      `resource in Domain::${quote(random.pick(CANONICAL_IDS.domain))}`,
      `resource in Host::${quote(random.pick(CANONICAL_IDS.host))}`,
      `resource in Server::"srv"`,
      `principal in Team::"c"`,
      // Of entities that only policies name: where they are absent, the answer is not quietly false.
      random.pick(['Team::"a" in Team::"c"', 'Person::"a" has boss', 'Person::"b".hasTag("a")']),
    ];
    if (labelsKnown) {
      facts.push(
        `context.labels.contains(${quote(random.pick([...LABELS, 'surprising', 'surprising']))})`,
        `context.labels.containsAll(["surprising"])`,
        `context.session.surprising ${random.pick(['<', '>', '=='])} ${random.between(0, 3)}`,
        `context.labels.containsAny(["secret", "untrusted"])`,
        `context.clearances.contains(${quote(random.pick(CLEARANCES))})`,
        `context.labels.isEmpty()`,
        `context == {"dynamic": true, "labels": ["x"]}`,
        `(if true then context else context) has ${random.pick(['labels', 'name', 'note'])}`,
      );
    }
    return random.pick(facts);
  }

  #conditions(labelsKnown: boolean, max: number): string {
    const { random } = this;
    const conditions = random.times(0, max, () => {
      const kind = random.chance(80) ? 'when' : 'unless';
      const expressions = this.#expressions();
      if (!labelsKnown) expressions.hide('labels', 'clearances');
      const body = random.chance(55) ? this.#fact(labelsKnown) : expressions.of(BOOL, random.between(1, 2));
      return ` ${kind} { ${body} }`;
    });
    return conditions.join('');
  }

  label(): string {
    const { random } = this;
    const annotation = random.chance(25)
      ? `@clearance(${quote(random.pick(CLEARANCES))})`
      : `@label(${quote(random.pick(LABELS))})${random.chance(40) ? ' @sticky' : ''}`;
    return `${annotation} permit(${this.#scope()})${this.#conditions(false, 2)};`;
  }

  decision(): string {
    const { random } = this;
    if (random.chance(45)) return `permit(${this.#scope()})${random.chance(50) ? '' : this.#conditions(true, 1)};`;
    const soft = random.chance(65) ? `${random.pick(SOFT)} ` : '';
    const scope = soft === '' ? this.#scope() : 'principal, action, resource';
    return `${soft}forbid(${scope}) when { ${this.#fact(true)} }${this.#conditions(true, 1)};`;
  }

  step(): Step {
    const requests = this.random.chance(80) ? [this.request()] : this.transaction();
    return { requests, fault: '' };
  }

  #said(requests: Request[], labels: string[]): Said {
    const { random } = this;
    const [past, now, future] = [0n, 1n, 1_790_000_000_001n];
    const kind = random.between(1, 100);
    if (kind <= 10) return { kind: 'revocation', layer: random.pick([undefined, undefined, 0, 1, 2]) };
    if (kind <= 20 && labels.length > 0)
      return { kind: 'labels', labels: distinct([random.pick(labels), random.pick(labels)]) };
    if (kind <= 25) {
      const amount = () => random.pick([0n, 1n, 24n, 2n ** 53n - 1n]);
      return { kind: 'amounts', amounts: [amount(), amount(), amount()] };
    }
    if (kind <= 65) {
      const request = random.pick(requests);
      const type = STRICT_SCHEMA.entityTypes.get(request.resource.type);
      const above = type?.derived === undefined ? [] : derivedAncestors(type, request.resource.id, STRICT_SCHEMA);
      return {
        kind: 'selector',
        request: requests.indexOf(request),
        within: random.pick([undefined, undefined, ...above, this.values.entity('Dir')]),
        layer: random.pick([undefined, undefined, undefined, 0, 1, 2]),
        otherContent: random.chance(10),
        uses: random.pick([1n, 1n, 2n, 24n, 2n ** 32n - 1n]),
        expires: random.pick([past, now, future, future, future, future]),
        time: random.pick([past, past, past, now, future]),
      };
    }
    return {
      kind: 'approval',
      ofStep: random.chance(80),
      expires: random.pick([past, now, future, future, future]),
      time: random.pick([past, past, now, future]),
    };
  }

  /** Says things before a step, or asks for the same again. `labels`: those of the program. */
  course(steps: Step[], labels: string[]): Step[] {
    const { random } = this;
    return steps.flatMap((step) => {
      const continued = random.chance(20);
      const requests = continued ? step.requests.map((each) => ({ ...each, continued })) : step.requests;
      const said = random.chance(this.asksOnly ? 70 : 35)
        ? random.times(1, 2, () => this.#said(step.requests, labels))
        : [];
      const asked = { ...step, requests, said };
      return random.chance(20) ? [asked, { ...asked, said: [] }] : [asked];
    });
  }

  /** What a layer expects: mostly of a scope, so that there are surprises. */
  #expected(): string {
    return `@expect permit(${this.#scope()})${this.#conditions(true, 1)};`;
  }

  layer(hasGrant: boolean): string[] {
    const expected = hasGrant && this.random.chance(50) ? this.random.times(1, 3, () => this.#expected()) : [];
    // In any place of the text.
    const counted = this.level().map((text) =>
      hasGrant && text.startsWith('permit') && this.random.chance(40)
        ? `@count("${this.random.pick([1, 1, 2, 3])}") ${text}`
        : text,
    );
    return expected.reduce(
      (policies, one) => policies.toSpliced(this.random.between(0, policies.length), 0, one),
      counted,
    );
  }

  /** A level that asks for approval and blocks nothing. */
  #asking(): string[] {
    const asks = this.random.times(1, 2, () => {
      const when = this.random.chance(50) ? '' : ` when { ${this.#fact(true)} }`;
      return `@verdict("approve") forbid(principal, action, resource)${when};`;
    });
    return ['permit(principal, action, resource);', ...asks];
  }

  level(): string[] {
    if (this.asksOnly) return this.#asking();
    const decisions = this.random.times(0, 6, () => this.decision());
    return this.random.chance(85) ? ['permit(principal, action, resource);', ...decisions] : decisions;
  }
}

export function sessionCase(random: Random): SessionCase {
  const sessions = new Sessions(random);
  const uses = random.chance(55) ? [] : random.times(1, 3, () => random.pick([undefined, 0, 0, 1, 3, 12]));
  const layers = uses.map((number) => sessions.layer(number !== undefined));
  const labels = random.times(0, 5, () => sessions.label());
  return {
    labels,
    levels: [sessions.level(), ...layers],
    uses,
    authorityRequired: random.chance(layers.length > 0 ? 50 : 5),
    steps: sessions.course(
      random.times(6, 20, () => {
        let step = sessions.step();
        if (random.chance(40)) step = injectFault(step, random);
        if (random.chance(8)) step = injectFault(step, random);
        const seed = random.uint32();
        return random.chance(6) ? { ...step, mangle: (bytes) => mutate(bytes, new Random(seed)) } : step;
      }),
      attachedBy(labels),
    ),
  };
}

/** The step under the digest of the layers that are loaded (unless its fault is to name another). */
export function stepBytes({ requests, mangle }: Step, authority: Uint8Array): Uint8Array {
  const items = requests.map((request) =>
    requestItem(request.authority.some((byte) => byte !== 0) ? request : { ...request, authority }),
  );
  const bytes = encode(items.length === 1 ? items[0]! : items);
  return mangle === undefined ? bytes : mangle(bytes);
}

const sha256 = (text: string): Uint8Array => createHash('sha256').update(text).digest();

/** The subject of a layer's grant: the first and the third are the same. */
export const subjectOf = (layer: number): Uint8Array => sha256(`grant ${layer % 2}`);

/** The labels that label policies attach. */
const attachedBy = (policies: string[]): string[] =>
  policies.flatMap((text) => /@label\("(.+?)"\)/.exec(text)?.[1] ?? []);

/** What is said before a step, as events; an approval names what `digest` makes of the step's requests. */
export const eventsOf = ({ said = [], requests }: Step, digest: (requests: Request[]) => Uint8Array): Event[] =>
  said.map((each) => {
    if (each.kind === 'revocation') {
      return { kind: 'revocation', subject: each.layer === undefined ? sha256('another') : subjectOf(each.layer) };
    }
    if (each.kind === 'labels' || each.kind === 'amounts') return each;
    if (each.kind === 'selector') {
      const { action, resource, context } = requests[each.request]!;
      const { within = resource, layer, otherContent, uses, expires, time } = each;
      const stated = context.get('content');
      const content = otherContent ? 'other' : typeof stated === 'string' ? stated : null;
      const subject = layer === undefined ? NO_AUTHORITY : subjectOf(layer);
      return { kind: 'selector', selector: { action, within, subject, content, uses, expires }, time };
    }
    const { ofStep, expires, time } = each;
    return { kind: 'approval', digest: ofStep ? digest(requests) : sha256('other'), expires, time };
  });

/** A decision policy's text. */
export const decisionPolicy = (random: Random): string => new Sessions(random).decision();

/** The policies of an organisation or a layer. */
export const level = (random: Random): string[] => new Sessions(random).level();
