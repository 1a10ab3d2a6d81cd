// The shape of a recorded decision: SPEC §5. Whether it is the right one is for replay to say.
import type { CborFault, Value } from './cbor.ts';
import { readCbor } from './cbor.ts';
import { VERDICTS } from './report.ts';
import type { Verdict } from './report.ts';
import { between, bool, digest, integer, list, map, orNull, text, tuple } from './shape.ts';
import type { Misfit } from './shape.ts';

const CODE_MAX = 21;
const LEVEL_MAX = 8;
const TRANSACTION_MAX = 16;

const decision = map(
  new Map([
    [0, between(0, VERDICTS.length - 1)],
    [1, between(0, CODE_MAX)],
    [2, orNull(between(0, LEVEL_MAX))],
    [3, list(tuple(between(1, VERDICTS.length - 2), text, orNull(text)))],
    [4, list(text)],
    [5, list(text)],
    [6, list(text)],
    [7, list(text)],
    [8, orNull(tuple(bool, list(text), list(text)))],
    [9, digest],
    [10, digest],
    [11, integer],
  ]),
);
const transaction = list(decision, 2, TRANSACTION_MAX);

/** The verdict of each request decided in `bytes`, or what is wrong with them. */
export function readVerdicts(bytes: Uint8Array): { verdicts: Verdict[] } | { fault: CborFault } | { misfit: Misfit } {
  const read = readCbor(bytes);
  if ('fault' in read) return read;
  const misfit = (Array.isArray(read.value) ? transaction : decision)(read.value, 'decision');
  if (misfit) return { misfit };
  const decisions = (Array.isArray(read.value) ? read.value : [read.value]) as Map<Value, Value>[];
  return { verdicts: decisions.map((one) => VERDICTS[one.get(0) as number]!) };
}
