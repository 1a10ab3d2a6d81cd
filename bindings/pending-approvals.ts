// Owns: which requests wait for a person's approval.
// Excludes: approvals that were given; the core has them in its state.

import type { Decision } from './decision.ts';
import type { Request } from './request.ts';

/** Requests that wait for an approval: its digest in hex, and what was asked. */
export interface Pending {
  approval: string;
  requests: PendingRequest[];
  seq?: number;
}

interface PendingRequest {
  action: string;
  resource: string;
  /** The entity type of the resource. */
  type: string;
  /** The outermost level that asks; null if this one of a transaction need not be asked about. */
  level: number | null;
  /** What it states of the file that is run, and of the call of a tool: SPEC §11.7; an amount as text. */
  content?: string;
  arguments?: string;
  target?: string;
  origin?: string;
  amount?: string;
}

const SHOWN = ['content', 'arguments', 'target', 'origin', 'amount'] as const;

/** More than people can look at; the oldest is forgotten, and asking again brings it back. */
const PENDING_MAX = 256;

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
    const requests = [request].flat().map(({ action, resource, context = {} }, index) => ({
      action: typeof action === 'string' ? action : action.id,
      resource: resource.id,
      type: resource.type,
      level: transaction === undefined ? level : transaction[index]!.level,
      ...Object.fromEntries(SHOWN.flatMap((name) => (name in context ? [[name, `${context[name] as string}`]] : []))),
    }));
    this.#byApproval.set(approval, { approval, requests, ...(seq === undefined ? {} : { seq }) });
    if (this.#byApproval.size > PENDING_MAX) this.#byApproval.delete(this.#byApproval.keys().next().value!);
  }

  /** The oldest first. */
  list(): Pending[] {
    return [...this.#byApproval.values()];
  }
}
