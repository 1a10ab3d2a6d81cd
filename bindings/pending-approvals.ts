// Owns: which requests wait for a person's approval.
// Excludes: approvals that were given; the core has them in its state.

import type { Decision } from './decision.ts';
import type { Request, Value } from './request.ts';

/** Requests that wait for an approval: its digest in hex, and what was asked. */
export interface Pending {
  approval: string;
  /** The first of a transaction, as many as there is room to show. */
  requests: PendingRequest[];
  /** How many requests of the transaction are not shown. */
  more?: number;
  seq?: number;
}

/**
 * What was asked. Of each text at most 200 characters of JSON are shown; then `…` and its length stand for the rest.
 */
export interface PendingRequest {
  action: string;
  resource: string;
  /** The entity type of the resource. */
  type: string;
  /** The outermost level that asks; null if this one of a transaction need not be asked about. */
  level: number | null;
  /** What it states of the file that is run, and of the call of a tool, as text: SPEC §11.7. */
  dynamic?: string;
  effect?: string;
  content?: string;
  arguments?: string;
  target?: string;
  targetKind?: string;
  origin?: string;
  originLabels?: string;
  amount?: string;
}

const STATED = [
  'dynamic',
  'effect',
  'content',
  'arguments',
  'target',
  'targetKind',
  'origin',
  'originLabels',
  'amount',
] as const;

/** More than people can look at; the oldest is forgotten, and asking again brings it back. */
const PENDING_MAX = 256;
/** Characters of JSON. All that waits fits a line of the control channel, and one request is always shown. */
const TEXT_LENGTH_MAX = 200;
const REQUESTS_LENGTH_MAX = 3800;

export class PendingApprovals {
  readonly #byApproval = new Map<string, Pending>();

  /** Takes in a decision: requests decided `approve` wait; decided otherwise, they wait no longer. */
  note(
    { approval, verdict, seq, level, transaction }: Decision,
    request: Request | readonly Request[] | Uint8Array,
  ): void {
    if (approval === undefined || request instanceof Uint8Array) return;
    this.#byApproval.delete(approval);
    if (verdict !== 'approve') return;
    const all = [request]
      .flat()
      .map((one, index) => shownOf(one, transaction === undefined ? level : transaction[index]!.level));
    const requests = firstOf(all);
    const more = all.length - requests.length;
    this.#byApproval.set(approval, {
      approval,
      requests,
      ...(more === 0 ? {} : { more }),
      ...(seq === undefined ? {} : { seq }),
    });
    if (this.#byApproval.size > PENDING_MAX) this.#byApproval.delete(this.#byApproval.keys().next().value!);
  }

  /** The oldest first. */
  list(): Pending[] {
    return [...this.#byApproval.values()];
  }
}

function shownOf({ action, resource, context = {} }: Request, level: number | null): PendingRequest {
  const stated = STATED.filter((name) => name in context).map((name) => [name, cut(textOf(context[name]!))]);
  return {
    action: cut(typeof action === 'string' ? action : action.id),
    resource: cut(resource.id),
    type: cut(resource.type),
    level,
    ...(Object.fromEntries(stated) as object),
  };
}

function firstOf(all: readonly PendingRequest[]): PendingRequest[] {
  let length = 0;
  return all.filter((one) => (length += JSON.stringify(one).length + 1) <= REQUESTS_LENGTH_MAX);
}

function textOf(value: Value): string {
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return value.map(textOf).join(' ');
  return JSON.stringify(value, (_, one: unknown) => (typeof one === 'bigint' ? String(one) : one));
}

/** The text, or its beginning and how long it is. */
function cut(text: string): string {
  let kept = '';
  let length = 0;
  for (const character of text) {
    length += JSON.stringify(character).length - 2;
    if (length > TEXT_LENGTH_MAX) return `${kept}… (${text.length} characters)`;
    kept += character;
  }
  return text;
}
