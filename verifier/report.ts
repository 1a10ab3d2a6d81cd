// What a verification says: statuses, their exit codes (SPEC §9.5), and the text form.
// Pure data and formatting; nothing here reads a log.

export const VERDICTS = ['allow', 'degrade', 'restrict', 'read-only', 'approve', 'defer', 'block'] as const;
export type Verdict = (typeof VERDICTS)[number];

// The gravest finding is the status: each one also says that nothing listed before it was found.
export const EXIT_CODES = {
  malformed: 6,
  tampered: 3,
  diverged: 5,
  'not-replayed': 7,
  unauthenticated: 8,
  unsealed: 4,
  authenticated: 0,
} as const;
export type Status = keyof typeof EXIT_CODES;

/** The first thing wrong. `seq`: the record that should stand there. `offset`: bytes into `file`. */
export interface Fault {
  seq: number;
  file: string;
  offset: number;
  expected: string;
  found: string;
}

/** A record whose replay gave something else. `at`: the first differing byte; the texts are hex, of a state its SHA-256. */
export interface Divergence {
  seq: number;
  part: 'decision' | 'state';
  at: number;
  recorded: string;
  replayed: string;
}

export interface VerifyReport {
  status: Status;
  /** As the header says; authentic only if `authenticated`. */
  origin?: string;
  /** Records that passed. */
  records: number;
  /** One per request: a transaction counts each of its requests. */
  verdicts: Record<Verdict, number>;
  /** A key was given, and every record carries a valid tag under it. */
  authenticated: boolean;
  /** The last record is a close record. */
  sealed: boolean;
  fault?: Fault;
  /** SHA-256 (hex) of what the header names and `blobs/` lacks. */
  missing: string[];
}

export interface ReplayReport extends VerifyReport {
  /** Decision records that gave the same decision bytes and the same state. */
  replayed: number;
  divergence?: Divergence;
  /** Why replay did not take place or did not finish, if not for a divergence. */
  reason?: string;
}
