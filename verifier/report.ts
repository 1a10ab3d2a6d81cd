// What a verification says: statuses and their exit codes (SPEC §9.8).
// Pure data; nothing here reads a log.
import type { Verdict } from './record/decision.ts';
import type { Hashing } from './sha256/hasher.ts';

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

export type GrantCode =
  | 'grant-malformed'
  | 'grant-unknown-claim'
  | 'grant-truncated'
  | 'grant-untrusted'
  | 'grant-undelegated'
  | 'grant-forged'
  | 'grant-reparented'
  | 'grant-expired'
  | 'grant-depth'
  | 'grant-level'
  | 'grant-outlives'
  | 'grant-widened'
  | 'grant-other-session';

/** Why a chain does not count. `grant`: its place in the chain, from 0; of a chain of no proper length, its end. */
export interface GrantRefusal {
  code: GrantCode;
  grant: number;
  message: string;
}

/** A grant of a chain. Of one that is malformed there is no more to say than its digest. */
export interface GrantReport {
  /** SHA-256 of its token (hex). */
  token: string;
  /** `unchecked`: something before it, or about it, was refused first. */
  signature: 'right' | 'wrong' | 'unchecked';
  level?: string;
  statement?: string;
  /** Thumbprint of the issuer's key (RFC 7638). */
  issuer?: string;
  expiresS?: number;
  session?: string;
  uses?: number;
}

/** The authority that a layer set stands for. `seq`: the header or grant record that names it. `layers`: its digest (hex). */
export interface LayerSetReport {
  seq: number;
  layers: string;
  /** Whether requests of no other authority are judged under it from there on. */
  current: boolean;
  chain: GrantReport[];
  refusal?: GrantRefusal;
}

/** `issuers`: whether those trusted were given from outside, or are those that the log names. */
export interface AuthorityReport {
  issuers: 'given' | 'recorded';
  /** Those looked at, in the order of the log; none after one that is refused, nor any that lacks a blob. */
  sets: LayerSetReport[];
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
  /** Whose grants stand behind the layers, if there are layers and nothing graver was found. */
  authority?: AuthorityReport;
  /** SHA-256 (hex) of what the log names and `blobs/` lacks. */
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
