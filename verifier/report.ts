// Owns: the result of a verification as data: statuses and their exit codes (SPEC §9.8).
import type { Verdict } from './record/decision.ts';
import type { Hashing } from './sha256/hasher.ts';

// The gravest finding is the status: each status also says that nothing listed before it was found.
export const EXIT_CODES = {
  malformed: 6,
  tampered: 3,
  diverged: 5,
  'not-replayed': 7,
  'other-key': 9,
  incomplete: 10,
  unauthenticated: 8,
  unsealed: 4,
  authenticated: 0,
} as const;
export type Status = keyof typeof EXIT_CODES;

/**
 * The first fault, or why a key given is not the log's. `seq`: the record that should stand there, or that is
 * concerned, if there is one. `offset`: bytes into `file`.
 */
export interface Fault {
  seq?: number;
  file: string;
  offset: number;
  expected: string;
  found: string;
}

/**
 * A record whose replay differs. `at`: the first byte that differs. The texts are hex, of a state the hex of its
 * SHA-256.
 */
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

/** Why a chain does not count. `grant`: its place in the chain, from 0; for a chain too short or too long, its end. */
export interface GrantRefusal {
  code: GrantCode;
  grant: number;
  message: string;
}

/** A grant of a chain. Of a malformed one only the digest is known. */
export interface GrantReport {
  /** SHA-256 of its token (hex). */
  token: string;
  /** `unchecked`: a grant before it, or something else about it, was refused first. */
  signature: 'right' | 'wrong' | 'unchecked';
  level?: string;
  statement?: string;
  /** Thumbprint of the issuer's key (RFC 7638). */
  issuer?: string;
  expiresS?: number;
  session?: string;
  uses?: number;
}

/** The authority behind a layer set. `seq`: the header or grant record that names it. `layers`: its digest (hex). */
export interface LayerSetReport {
  seq: number;
  layers: string;
  /** Whether requests from there on are judged under it, unless they have another authority. */
  current: boolean;
  chain: GrantReport[];
  refusal?: GrantRefusal;
}

/** `issuers`: whether the trust set was given from outside, or is the one that the log names. */
export interface AuthorityReport {
  issuers: 'given' | 'recorded';
  /**
   * The sets that were checked, in the order of the log: up to the first refused one, without those that lack a blob.
   */
  sets: LayerSetReport[];
}

/** A layer that was checked but for what the `forbid` of its grant says, which takes Cedar's parser. */
export interface UncheckedLayer {
  /** SHA-256 of the layer, and of its grant's token (hex). */
  layer: string;
  token: string;
  level: string;
  statement: string;
  /** How many policies `forbid` lists. */
  forbids: number;
}

export interface VerifyReport {
  status: Status;
  /** As the header says; authentic only if records are. */
  origin?: string;
  logNumber?: number;
  /** The times of the first record and of the last one that passed, in milliseconds since 1970. */
  firstMs?: number;
  lastMs?: number;
  /** Records that passed. */
  records: number;
  /** Counts of requests: a transaction counts each of its requests. */
  verdicts: Record<Verdict, number>;
  /**
   * Records, from the first on, that an anchor from outside authenticates: the seed all, a vkey as far as checkpoints
   * go.
   */
  authenticated: number;
  /** Records that a valid checkpoint covers. */
  checkpointed: number;
  /** The last record is a close record, and a valid checkpoint covers it. */
  sealed: boolean;
  /** Bytes that recovery dropped from the end of the log, after its writer died. */
  dropped?: number;
  /** Decision records with an erased request. */
  erased: number;
  /** Decision records that were recorded short and expanded. */
  short: number;
  fault?: Fault;
  /** The grants behind the layers, if there are layers and nothing graver was found. */
  authority?: AuthorityReport;
  /** SHA-256 (hex) of each blob that the log names and `blobs/` lacks. */
  missing: string[];
  /** In the order in which records name them. The status says nothing of what they forbid. */
  unchecked: UncheckedLayer[];
  /** How records were hashed. */
  hashing: Hashing;
}

export interface ReplayReport extends VerifyReport {
  /** Decision records that gave the same decision bytes and the same state. */
  replayed: number;
  /** Decision records left out: those erased, and those that follow each up to the next recorded state. */
  skipped: number;
  divergence?: Divergence;
  /** Why replay did not take place or did not finish, other than a divergence. */
  reason?: string;
}

/** A log of a host, or what stands for one that was pruned. */
export interface LogOfHost {
  name: string;
  isTombstone: boolean;
  /** `failed`: it could not be read, for `error`. */
  status: Status | 'failed';
  logNumber?: number;
  origin?: string;
  firstMs?: number;
  lastMs?: number;
  /** From the last time of the log before in the order of numbers to its first; below 0 if it began before that. */
  sinceMs?: number;
  records: number;
  authenticated: number;
  checkpointed: number;
  sealed: boolean;
  dropped?: number;
  erased: number;
  /** How many blobs are missing, and how many layers are unchecked. */
  missing: number;
  unchecked: number;
  fault?: Fault;
  error?: { code: string; message: string; hint: string };
}

/** What was found of the logs of a host together. */
export interface HostReport {
  status: Status;
  logs: number;
  tombstones: number;
  /** Logs that could not be read. */
  failed: number;
  /**
   * Log numbers of which there is neither log nor tombstone: the first and the last of those that follow each other.
   */
  missing: [first: number, last: number][];
  /** Log numbers that stand more than once. */
  repeated: number[];
  /** Names of what is neither a log nor a tombstone. */
  others: string[];
}
