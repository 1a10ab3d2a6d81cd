// The shape of a recorded decision: SPEC §5. Whether it is the right one is for replay to say.
import type { Cursor } from './cbor.ts';
import { Refused } from './cbor.ts';
import { VERDICTS } from './report.ts';

const CODE_MAX = 21;
const LEVEL_MAX = 8;
const TRANSACTION_MAX = 16;
const DECISION_KEYS = 12;
const BLOCK = VERDICTS.length - 1;
const DIGEST_BYTES = 32;

/** Reads the answer the cursor is over; gives the verdict (index into VERDICTS) of each request. Throws `Refused`. */
export function readAnswer(cursor: Cursor): number[] {
  const verdicts: number[] = [];
  if (cursor.isArray()) {
    const at = cursor.at;
    const count = cursor.array();
    if (count < 2 || count > TRANSACTION_MAX) throw new Refused(at, `2 to ${TRANSACTION_MAX} decisions`, `${count}`);
    for (let i = 0; i < count; i++) verdicts.push(readDecision(cursor));
  } else {
    verdicts.push(readDecision(cursor));
  }
  cursor.finish();
  return verdicts;
}

function readDecision(cursor: Cursor): number {
  cursor.mapOf(DECISION_KEYS);
  cursor.key(0);
  const verdict = cursor.between(0, BLOCK);
  cursor.key(1);
  cursor.between(0, CODE_MAX);
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
  cursor.key(11);
  cursor.integer();
  return verdict;
}

function texts(cursor: Cursor): void {
  for (let left = cursor.array(); left > 0; left--) cursor.textString();
}
