// Owns: the shape of a recorded decision, its verdicts and codes: SPEC §5.
// Excludes: whether the decision is right, which replay finds out.
import type { Cursor } from './cbor.ts';
import { Refused } from './cbor.ts';

/** In the order of the numbers that stand for them. */
export const VERDICTS = ['allow', 'degrade', 'restrict', 'read-only', 'approve', 'defer', 'block'] as const;
export type Verdict = (typeof VERDICTS)[number];

const LEVEL_MAX = 8;
const TRANSACTION_MAX = 16;
const DECISION_KEYS = 13;
/** Its index in VERDICTS. */
export const BLOCK = VERDICTS.length - 1;
const DIGEST_BYTES = 32;

// SPEC §5.1, in the order of the numbers that stand for them.
const CODES = [
  'permitted',
  'constrained',
  'forbidden',
  'forbid-error',
  'no-permit',
  'malformed-request',
  'not-applicable',
  'missing-attribute',
  'ill-typed-attribute',
  'unknown-attribute',
  'entity-absent',
  'derived-parents',
  'non-canonical-name',
  'reserved-attribute',
  'authority-mismatch',
  'out-of-fuel',
  'no-program',
  'no-state',
  'decision-too-large',
  'transaction',
  'invalid-hierarchy',
  'state-limit',
  'revoked',
  'used-up',
  'approved',
] as const;

// Codes of a request that was judged under no layer set: it named none, or one that was not loaded.
const UNJUDGED = bits('malformed-request', 'authority-mismatch', 'no-program', 'no-state');
// Codes of bytes that were not read, or not as a request.
const UNREAD = bits('malformed-request', 'no-program', 'no-state');

function bits(...codes: (typeof CODES)[number][]): number {
  return codes.reduce((set, code) => set | (1 << CODES.indexOf(code)), 0);
}

/** The parts of an answer that the check of a record uses. */
export interface Answer {
  /** Of each request, as index into VERDICTS. */
  verdicts: number[];
  /** Whether any of its requests was judged under the layer set it names. */
  judged: boolean;
  /** Whether any of its requests was found to be one. */
  read: boolean;
  /** Offset of the digest of the loaded layers, in the cursor's bytes. */
  loaded: number;
}

/** Reads the answer that the cursor is over into `answer`, one object used for many. Throws `Refused`. */
export function readAnswer(cursor: Cursor, answer: Answer): void {
  answer.verdicts = [];
  answer.judged = false;
  answer.read = false;
  if (cursor.isArray()) {
    const at = cursor.at;
    const count = cursor.array();
    if (count < 2 || count > TRANSACTION_MAX) throw new Refused(at, `2 to ${TRANSACTION_MAX} decisions`, `${count}`);
    for (let i = 0; i < count; i++) readDecision(cursor, answer);
  } else {
    readDecision(cursor, answer);
  }
  cursor.finish();
}

function readDecision(cursor: Cursor, answer: Answer): void {
  cursor.mapOf(DECISION_KEYS);
  cursor.key(0);
  answer.verdicts.push(cursor.between(0, BLOCK));
  cursor.key(1);
  const code = cursor.between(0, CODES.length - 1);
  if (((UNJUDGED >> code) & 1) === 0) answer.judged = true;
  if (((UNREAD >> code) & 1) === 0) answer.read = true;
  cursor.key(2);
  if (!cursor.isNull()) cursor.between(0, LEVEL_MAX);
  cursor.key(3);
  for (let left = cursor.array(); left > 0; left--) {
    cursor.arrayOf(3);
    cursor.between(1, BLOCK - 1);
    cursor.textString();
    if (!cursor.isNull()) cursor.textString();
  }
  for (let key = 4; key <= 7; key++) {
    cursor.key(key);
    texts(cursor);
  }
  cursor.key(8);
  if (!cursor.isNull()) {
    cursor.arrayOf(3);
    cursor.bool();
    texts(cursor);
    texts(cursor);
  }
  cursor.key(9);
  cursor.byteString('the program', DIGEST_BYTES, DIGEST_BYTES);
  cursor.key(10);
  cursor.byteString('the authority', DIGEST_BYTES, DIGEST_BYTES);
  answer.loaded = cursor.content;
  cursor.key(11);
  cursor.unsigned();
  cursor.key(12);
  if (!cursor.isNull()) cursor.byteString('the approval', DIGEST_BYTES, DIGEST_BYTES);
}

function texts(cursor: Cursor): void {
  for (let left = cursor.array(); left > 0; left--) cursor.textString();
}
