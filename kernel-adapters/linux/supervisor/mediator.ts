// Owns: the mediator as the supervisor sees it: the types of requests, of decisions, and of the function that is
// injected.
// Trusts: `Mediate` to have recorded a decision when it returns it.
// Excludes: deciding.

export interface Request {
  action: string;
  resource: { type: string; id: string };
  context: { [name: string]: unknown };
}

export interface Constraint {
  verdict: string;
  policy: string;
  argument: string | null;
}

export interface Decision {
  verdict: 'allow' | 'degrade' | 'restrict' | 'read-only' | 'approve' | 'defer' | 'block';
  code: string;
  constraints: readonly Constraint[];
  /** Names what an approval is for; what is asked again after it was answered has the same. */
  approval?: string;
}

/**
 * Decides and records, at once. Several requests are one transaction: all pass or none. `from` is the process (thread
 * group) it is for, which tells the mediator the authority it runs under.
 */
export type Mediate = (requests: Request | readonly Request[], from: { pid: number }) => Decision;

/** Spends a nonce for a process, which then belongs to the call it was made for; false if it is none, or spent. */
export type Redeem = (nonce: string, from: { pid: number }) => boolean;

/** What a degraded profile takes away. */
export const PROFILES = ['no-network', 'read-only', 'no-exec'] as const;
export type Profile = (typeof PROFILES)[number];
