// What a verification says: statuses and their exit codes (SPEC §9.8).
// Pure data; nothing here reads a log.
import type { Hashing } from './sha256/hasher.ts';

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

/** The first thing wrong. `seq`: the record that should stand there, or that is meant, if it is one. `offset`: bytes into `file`. */
export interface Fault {
  seq?: number;
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
  /** As the header says; authentic only if records are. */
  origin?: string;
  logNumber?: number;
  /** Records that passed. */
  records: number;
  /** One per request: a transaction counts each of its requests. */
  verdicts: Record<Verdict, number>;
  /** Records, from the first on, that an anchor from outside vouches for: the seed for all, a vkey as far as checkpoints go. */
  authenticated: number;
  /** Records that a valid checkpoint covers. */
  checkpointed: number;
  /** The last record is a close record, and a valid checkpoint covers it. */
  sealed: boolean;
  /** Bytes that the recovery of a log whose writer died has dropped from its end. */
  dropped?: number;
  /** Decision records whose exact request was erased. */
  erased: number;
  fault?: Fault;
  /** SHA-256 (hex) of what the header names and `blobs/` lacks. */
  missing: string[];
  /** How records were hashed. */
  hashing: Hashing;
}

export interface ReplayReport extends VerifyReport {
  /** Decision records that gave the same decision bytes and the same state. */
  replayed: number;
  /** Decision records left out: those erased, and what followed each up to the next recorded state. */
  skipped: number;
  divergence?: Divergence;
  /** Why replay did not take place or did not finish, if not for a divergence. */
  reason?: string;
}
