// Owns: the shape of a recorded decision, its verdicts and codes: SPEC §5.
// Excludes: whether the decision is right, which replay finds out.
import type { Cursor } from './cbor.ts';
import { Refused, compareItems } from './cbor.ts';

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
// Codes for which there is no state that a decision counts in.
const UNCOUNTED = bits('no-program', 'no-state');
const NO_PROGRAM = bits('no-program');
const ALLOWING = bits('permitted', 'approved');
const CONSTRAINED = bits('constrained');
const TRANSACTION = bits('transaction');
// Codes of what no policy was evaluated for, or of an answer that has no room for it.
const WITHOUT_CEDAR = bits(
  'malformed-request',
  'authority-mismatch',
  'out-of-fuel',
  'no-program',
  'no-state',
  'decision-too-large',
  'revoked',
  'used-up',
);

function bits(...codes: (typeof CODES)[number][]): number {
  return codes.reduce((set, code) => set | (1 << CODES.indexOf(code)), 0);
}

/** The parts of an answer that the check of a record uses. Offsets are into the cursor's bytes. */
export interface Answer {
  /** Of each request, as index into VERDICTS. */
  verdicts: number[];
  isArray: boolean;
  /** Whether any of its requests was judged under the layer set it names. */
  judged: boolean;
  /** Whether the bytes were found to be a request. */
  read: boolean;
  /** Whether the state counts it. */
  counted: boolean;
  /** Whether there was a program. */
  programmed: boolean;
  /** Offsets of the digests of the program and of the loaded layers, and the state's version. */
  program: number;
  loaded: number;
  version: number;
  /** What no engine answers (SPEC §9.1.3), if it is that. */
  wrong: [expected: string, found: string] | undefined;
}

/** Reads the answer that the cursor is over into `answer`, one object used for many. Throws `Refused`. */
export function readAnswer(cursor: Cursor, answer: Answer): void {
  answer.verdicts = [];
  answer.isArray = cursor.isArray();
  answer.judged = answer.read = false;
  answer.wrong = undefined;
  if (answer.isArray) {
    const at = cursor.at;
    const count = cursor.array();
    if (count < 2 || count > TRANSACTION_MAX) throw new Refused(at, `2 to ${TRANSACTION_MAX} decisions`, `${count}`);
    for (let i = 0; i < count; i++) readDecision(cursor, answer, i);
    const blocks = answer.verdicts.filter((verdict) => verdict === BLOCK).length;
    if (blocks > 0 && blocks < count)
      answer.wrong ??= ['all of a transaction blocked, or none', `${blocks} of ${count}`];
  } else {
    readDecision(cursor, answer, 0);
  }
  cursor.finish();
}

function readDecision(cursor: Cursor, answer: Answer, index: number): void {
  cursor.mapOf(DECISION_KEYS);
  cursor.key(0);
  const verdict = cursor.between(0, BLOCK);
  answer.verdicts.push(verdict);
  cursor.key(1);
  const code = 1 << cursor.between(0, CODES.length - 1);
  if ((code & UNJUDGED) === 0) answer.judged = true;
  if ((code & UNREAD) === 0) answer.read = true;
  const isSoft = verdict > 0 && verdict < BLOCK;
  const codes = verdict === 0 ? ALLOWING : isSoft ? CONSTRAINED : ~(ALLOWING | CONSTRAINED);
  if ((code & codes) === 0) answer.wrong ??= [`a code of ${VERDICTS[verdict]}`, CODES[31 - Math.clz32(code)]!];
  const alone = answer.isArray ? UNREAD : TRANSACTION;
  if ((code & alone) !== 0) answer.wrong ??= ['a code of such an answer', CODES[31 - Math.clz32(code)]!];
  cursor.key(2);
  const level = cursor.isNull() ? -1 : cursor.unsigned();
  if (level < 0 !== (verdict === 0) || level > LEVEL_MAX) {
    answer.wrong ??= [verdict === 0 ? 'no level' : `a level 0 to ${LEVEL_MAX}`, level < 0 ? 'none' : `${level}`];
  }
  readConstraints(cursor, answer, verdict);
  for (let key = 4; key <= 7; key++) {
    cursor.key(key);
    if (texts(cursor) && key >= 6) answer.wrong ??= ['labels and clearances ascending', 'another order'];
  }
  cursor.key(8);
  const evaluated = !cursor.isNull();
  if (evaluated) {
    cursor.arrayOf(3);
    cursor.bool();
    texts(cursor);
    texts(cursor);
  }
  if (evaluated !== ((code & WITHOUT_CEDAR) === 0)) {
    answer.wrong ??= [evaluated ? "no answer of Cedar's" : "Cedar's answer", evaluated ? 'one' : 'null'];
  }
  readPlace(cursor, answer, index);
  if (index === 0) {
    answer.counted = (code & UNCOUNTED) === 0;
    answer.programmed = (code & NO_PROGRAM) === 0;
  }
  cursor.key(12);
  if (cursor.isNull()) return;
  cursor.byteString('the approval', DIGEST_BYTES, DIGEST_BYTES);
  if (verdict === BLOCK) answer.wrong ??= ['no approval of what is blocked', 'one'];
}

function readConstraints(cursor: Cursor, answer: Answer, verdict: number): void {
  cursor.key(3);
  for (let left = cursor.array(); left > 0; left--) {
    cursor.arrayOf(3);
    const constraint = cursor.between(0, BLOCK);
    if (verdict === BLOCK) answer.wrong ??= ['no constraint of what is blocked', 'one'];
    if (constraint === 0 || constraint === BLOCK) answer.wrong ??= ['a soft constraint', VERDICTS[constraint]!];
    cursor.textString();
    if (!cursor.isNull()) cursor.textString();
  }
}

// Program, layers and version, which all of a transaction have in common.
function readPlace(cursor: Cursor, answer: Answer, index: number): void {
  const { bytes } = cursor;
  cursor.key(9);
  cursor.byteString('the program', DIGEST_BYTES, DIGEST_BYTES);
  const program = cursor.content;
  cursor.key(10);
  cursor.byteString('the authority', DIGEST_BYTES, DIGEST_BYTES);
  const loaded = cursor.content;
  cursor.key(11);
  const version = cursor.unsigned();
  if (index === 0) {
    answer.program = program;
    answer.loaded = loaded;
    answer.version = version;
  } else if (
    version !== answer.version ||
    !sameDigest(bytes, program, bytes, answer.program) ||
    !sameDigest(bytes, loaded, bytes, answer.loaded)
  ) {
    answer.wrong ??= ['one program, authority and version in a transaction', 'several'];
  }
}

/** Whether the digest at `a` in `bytes` is that at `b` in `others`. */
export function sameDigest(bytes: Uint8Array, a: number, others: Uint8Array, b: number): boolean {
  for (let i = 0; i < DIGEST_BYTES; i++) if (bytes[a + i] !== others[b + i]) return false;
  return true;
}

// Whether the texts are in another order than ascending.
function texts(cursor: Cursor): boolean {
  let disordered = false;
  let [last, lastEnd] = [0, 0];
  for (let left = cursor.array(); left > 0; left--) {
    const { at } = cursor;
    cursor.textString();
    if (lastEnd > 0 && compareItems(cursor.bytes, last, lastEnd, at, cursor.at) >= 0) disordered = true;
    [last, lastEnd] = [at, cursor.at];
  }
  return disordered;
}
