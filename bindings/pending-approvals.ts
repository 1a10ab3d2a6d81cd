// Owns: which requests wait for a person's approval.
// Excludes: approvals that were given; the core has them in its state.

import type { Decision } from './decision.ts';
import type { Request } from './request.ts';

/** Requests that wait for an approval: its digest in hex, and what was asked. */
export interface Pending {
  approval: string;
  requests: { action: string; resource: string }[];
  seq?: number;
}

/** More than people can look at; the oldest is forgotten, and asking again brings it back. */
const PENDING_MAX = 256;

export class PendingApprovals {
  readonly #byApproval = new Map<string, Pending>();

  /** Takes in a decision: requests decided `approve` wait; decided otherwise, they wait no longer. */
  note({ approval, verdict, seq }: Decision, request: Request | readonly Request[] | Uint8Array): void {
    if (approval === undefined || request instanceof Uint8Array) return;
    this.#byApproval.delete(approval);
    if (verdict !== 'approve') return;
    const requests = [request].flat().map(({ action, resource }) => ({
      action: typeof action === 'string' ? action : action.id,
      resource: resource.id,
    }));
    this.#byApproval.set(approval, { approval, requests, ...(seq === undefined ? {} : { seq }) });
    if (this.#byApproval.size > PENDING_MAX) this.#byApproval.delete(this.#byApproval.keys().next().value!);
  }

  /** The oldest first. */
  list(): Pending[] {
    return [...this.#byApproval.values()];
  }
}
