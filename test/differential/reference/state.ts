// Owns: the session's state (SPEC §6.5), its bytes, and the events it takes (SPEC §6.6).

import { compareEncoded, encode, numbered, type Item } from './cbor.ts';
import { itemOf } from './request.ts';
import { type Entity } from './value.ts';

/** An approval of every request that it applies to (SPEC §6.6). */
export interface Selector {
  action: Entity;
  within: Entity;
  subject: Uint8Array;
  content: string | null;
  uses: bigint;
  expires: bigint;
}

export interface State {
  version: bigint;
  requests: bigint;
  blocked: bigint;
  labels: string[];
  /** By level. */
  refused: bigint[];
  /** Of the last 32 requests, the latest first: whether a level above 0 refused it. */
  recent: boolean[];
  /** By subject in hex. */
  uses: Map<string, bigint>;
  /** When it expires, by digest in hex. */
  approvals: Map<string, bigint>;
  revoked: Set<string>;
  /** Tokens, model requests, spend. */
  amounts: [bigint, bigint, bigint];
  surprising: bigint;
  /** In the order of their bytes. */
  selectors: Selector[];
}

export const INITIAL_STATE: State = {
  version: 0n,
  requests: 0n,
  blocked: 0n,
  labels: [],
  refused: [],
  recent: [],
  uses: new Map(),
  approvals: new Map(),
  revoked: new Set(),
  amounts: [0n, 0n, 0n],
  surprising: 0n,
  selectors: [],
};

const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));
const numbers = (entries: Map<string, bigint>): Item[] =>
  [...entries].toSorted(([left], [right]) => (left < right ? -1 : 1)).map(([hex, number]) => [bytesOf(hex), number]);

const purposeItem = ({ action, within, subject, content }: Selector): Item[] => [
  itemOf(action),
  itemOf(within),
  subject,
  content,
];
const selectorItem = (selector: Selector): Item => [...purposeItem(selector), selector.uses, selector.expires];

export const stateBytes = (state: State): Uint8Array =>
  encode(
    numbered(
      state.version,
      state.requests,
      state.blocked,
      state.labels,
      state.refused,
      BigInt(state.recent.reduce((sum, outside, index) => sum + (outside ? 2 ** index : 0), 0)),
      numbers(state.uses),
      numbers(state.approvals),
      [...state.revoked].toSorted().map(bytesOf),
      state.amounts,
      state.surprising,
      state.selectors.map(selectorItem),
    ),
  );

/** Names as SPEC orders them, each once. */
export const distinct = (names: string[]): string[] => [...new Set(names)].toSorted(compareEncoded);

const LABELS_BYTES_MAX = 8_192;
const NAMES_BYTES_MAX = 9_728;
const USES_MAX = 64;
const APPROVALS_MAX = 32;
const REVOKED_MAX = 64;
const SELECTORS_MAX = 32;
const RECENT = 32;
/** Counters stay exact in every host's numbers. */
const COUNTER_MAX = 2n ** 53n - 1n;

const count = (counter: bigint, by: number): bigint => {
  const sum = counter + BigInt(by);
  return sum < COUNTER_MAX ? sum : COUNTER_MAX;
};

/** How many requests levels above 0 refused. */
export const outside = ({ refused }: State): bigint => refused.slice(1).reduce((sum, each) => sum + each, 0n);
export const recentOutside = ({ recent }: State): bigint => BigInt(recent.filter((each) => each).length);

/** What a decision leaves behind. */
export interface Settled {
  /** The level that refused each request; none where no level did. */
  refusedBy: (number | undefined)[];
  blocked: number;
  sticky: string[];
  /** Subjects of which a use is counted, and the approval that is used. */
  used: string[];
  approval: string | undefined;
  /** Those that lifted something, each once or more. */
  selectors: Selector[];
  /** How many requests were surprising and not blocked. */
  surprising: number;
}

const isLast = (counts: bigint[], index: number): boolean => counts.slice(index).some((each) => each > 0n);

export function advance(
  state: State,
  { refusedBy, blocked, sticky, used, approval, selectors, surprising }: Settled,
): State {
  const refused = Array.from({ length: 9 }, (_, level) =>
    count(state.refused[level] ?? 0n, refusedBy.filter((each) => each === level).length),
  );
  const approvals = new Map(state.approvals);
  if (approval !== undefined) approvals.delete(approval);
  return {
    version: count(state.version, 1),
    requests: count(state.requests, refusedBy.length),
    blocked: count(state.blocked, blocked),
    labels: distinct([...state.labels, ...sticky]),
    refused: refused.filter((_, level) => isLast(refused, level)),
    recent: [...refusedBy.map((level) => (level ?? 0) > 0).toReversed(), ...state.recent].slice(0, RECENT),
    uses: countUses(state, used),
    approvals,
    revoked: state.revoked,
    amounts: state.amounts,
    surprising: count(state.surprising, surprising),
    selectors: state.selectors.flatMap((each) => {
      const uses = each.uses - (selectors.includes(each) ? 1n : 0n);
      return uses > 0n ? [{ ...each, uses }] : [];
    }),
  };
}

function countUses({ uses }: State, used: string[]): Map<string, bigint> {
  const counted = new Map(uses);
  for (const subject of used) counted.set(subject, count(counted.get(subject) ?? 0n, 1));
  return counted;
}

/** Whether a state with these labels and uses added holds no more than it may. */
export function fits(state: State, sticky: string[], used: string[]): boolean {
  const labels = distinct([...state.labels, ...sticky]);
  return namesFit(labels, state.selectors) && countUses(state, used).size <= USES_MAX;
}

function namesFit(labels: string[], selectors: Selector[]): boolean {
  const [labelBytes, selectorBytes] = [encode(labels).length, encode(selectors.map(selectorItem)).length];
  return labelBytes <= LABELS_BYTES_MAX && labelBytes + selectorBytes <= NAMES_BYTES_MAX;
}

export type Event =
  | { kind: 'approval'; digest: Uint8Array; expires: bigint; time: bigint }
  | { kind: 'revocation'; subject: Uint8Array }
  | { kind: 'labels'; labels: string[] }
  | { kind: 'amounts'; amounts: [bigint, bigint, bigint] }
  | { kind: 'selector'; selector: Selector; time: bigint };

export function eventBytes(event: Event): Uint8Array {
  switch (event.kind) {
    case 'approval':
      return encode([0n, event.digest, event.expires, event.time]);
    case 'revocation':
      return encode([1n, event.subject]);
    case 'labels':
      return encode([2n, event.labels]);
    case 'amounts':
      return encode([3n, event.amounts]);
    case 'selector':
      return encode([4n, selectorItem(event.selector), event.time]);
  }
}

/** Without the approvals of both kinds that expire at or before the time. */
const unexpired = (state: State, time: bigint): State => ({
  ...state,
  approvals: new Map([...state.approvals].filter(([, expires]) => expires > time)),
  selectors: state.selectors.filter(({ expires }) => expires > time),
});

const isSamePurpose = (left: Selector, right: Selector): boolean =>
  compareEncoded(purposeItem(left), purposeItem(right)) === 0;

/** The state after an event, which is well-formed; none if it does not fit. */
export function note(before: State, event: Event): State | undefined {
  const state = { ...before, version: count(before.version, 1) };
  switch (event.kind) {
    case 'revocation': {
      const revoked = new Set([...state.revoked, Buffer.from(event.subject).toString('hex')]);
      return revoked.size > REVOKED_MAX ? undefined : { ...state, revoked };
    }
    case 'approval': {
      const left = unexpired(state, event.time);
      left.approvals.set(Buffer.from(event.digest).toString('hex'), event.expires);
      return left.approvals.size > APPROVALS_MAX ? undefined : left;
    }
    case 'labels': {
      const labels = distinct([...state.labels, ...event.labels]);
      return namesFit(labels, state.selectors) ? { ...state, labels } : undefined;
    }
    case 'amounts': {
      const [tokens, requests, spend] = state.amounts;
      const [more, moreRequests, moreSpend] = event.amounts.map(Number) as [number, number, number];
      return { ...state, amounts: [count(tokens, more), count(requests, moreRequests), count(spend, moreSpend)] };
    }
    case 'selector': {
      const left = unexpired(state, event.time);
      const others = left.selectors.filter((each) => !isSamePurpose(each, event.selector));
      const selectors = [...others, event.selector].toSorted((a, b) =>
        compareEncoded(selectorItem(a), selectorItem(b)),
      );
      const fit = selectors.length <= SELECTORS_MAX && namesFit(state.labels, selectors);
      return fit ? { ...left, selectors } : undefined;
    }
  }
}
