// Owns: reading an answer's bytes (SPEC §5) into the decision callers see.
// Trusts: nothing: an answer of another shape, or that disagrees with what `decide` returned, is a fault of the engine.

import { CborReader } from './cbor-reader.ts';
import { CODES, VERDICTS, type Code, type Verdict } from './codes.ts';
import { PlumblineError } from './error.ts';

/** What a verdict other than `allow` and `block` imposes. All constraints of a decision apply together. */
export interface Constraint {
  verdict: Verdict;
  policy: string;
  argument: string | null;
}

/** The strict answer, and in `cedar` Cedar's own. Fields are SPEC §5's; digests are in hex. */
export interface Decision {
  verdict: Verdict;
  code: Code;
  level: number | null;
  constraints: Constraint[];
  determining: string[];
  errors: string[];
  labels: string[];
  clearances: string[];
  cedar: { decision: 'allow' | 'deny'; reasons: string[]; errors: string[] } | null;
  program: string;
  authority: string;
  version: number;
  /** What an approval has to name that is asked for here, or named that was used (SPEC §6.6). */
  approval?: string;
  /**
   * The grant that `level` is, with an authority, and what in its scope came closest to the resource where nothing
   * permitted it.
   */
  grant?: { level: string; statement: string; closest?: string };
  /** The sequence number of its record, where there is a log. */
  seq?: number;
  /** The request's own `ref`. */
  ref?: string;
  /** Why a request could not be encoded, where `code` is `malformed-request` for that reason. */
  message?: string;
  /** What failed, where `code` is `not-recorded`. */
  failure?: PlumblineError;
  /** The decision on each request of a transaction; the decision that holds them speaks for the whole. */
  transaction?: Decision[];
}

/**
 * The decision in `bytes`; of a transaction, the deciding request's with the constraints of all.
 * `packed` is what `decide` returned: `verdict | code << 8`.
 * @throws {PlumblineError} `engine-fault` if the two disagree or `bytes` is no answer.
 */
export function readDecision(bytes: Uint8Array, packed: number): Decision {
  const verdict = VERDICTS[packed & 0xff];
  const code = CODES[packed >>> 8];
  const decisions = readAnswer(bytes);
  const deciding = decisions.find((decision) => decision.verdict === verdict && decision.code === code);
  if (deciding === undefined) throw fault(`its answer is not the one it returned, ${packed}`);
  if (decisions.length === 1) return deciding;
  const constraints = decisions.flatMap((decision) => decision.constraints);
  return { ...deciding, constraints, transaction: decisions };
}

/**
 * A decision as it is recorded, without what `decide` returned.
 * @throws {PlumblineError} `engine-fault` if `bytes` is no answer
 */
export function readRecordedDecision(bytes: Uint8Array): Decision {
  const decisions = readAnswer(bytes);
  const gravest = Math.max(...decisions.map(({ verdict }) => VERDICTS.indexOf(verdict)));
  // The first with the most restrictive verdict, `transaction` apart: SPEC §5.
  const deciding = decisions.find((one) => VERDICTS.indexOf(one.verdict) === gravest && one.code !== 'transaction')!;
  return readDecision(bytes, gravest | (CODES.indexOf(deciding.code as (typeof CODES)[number]) << 8));
}

function readAnswer(bytes: Uint8Array): Decision[] {
  const reader = new CborReader(bytes);
  try {
    const decisions = reader.atArray() ? list(reader, readOne) : [readOne(reader)];
    reader.end();
    return decisions;
  } catch (cause) {
    throw fault('its answer is not a decision', cause);
  }
}

function readOne(reader: CborReader): Decision {
  if (reader.map() !== 13) throw fault('a decision has 13 fields');
  const decision: Decision = {
    verdict: field(reader, 0, readVerdict),
    code: field(reader, 1, readCode),
    level: field(reader, 2, (value) => (value.null() ? null : value.uint())),
    constraints: field(reader, 3, (value) => list(value, readConstraint)),
    determining: field(reader, 4, texts),
    errors: field(reader, 5, texts),
    labels: field(reader, 6, texts),
    clearances: field(reader, 7, texts),
    cedar: field(reader, 8, readCedar),
    program: field(reader, 9, digest),
    authority: field(reader, 10, digest),
    version: field(reader, 11, (value) => value.uint()),
  };
  const approval = field(reader, 12, (value) => (value.null() ? undefined : digest(value)));
  return approval === undefined ? decision : { ...decision, approval };
}

function field<T>(reader: CborReader, key: number, read: (reader: CborReader) => T): T {
  if (reader.uint() !== key) throw fault(`field ${key} is missing`);
  return read(reader);
}

function list<T>(reader: CborReader, read: (reader: CborReader) => T): T[] {
  const items: T[] = [];
  for (let left = reader.array(); left > 0; left--) items.push(read(reader));
  return items;
}

const texts = (reader: CborReader): string[] => list(reader, (item) => item.text());

const digest = (reader: CborReader): string => reader.hex();

const readVerdict = (reader: CborReader): Verdict => VERDICTS[reader.uint()] ?? raise('unknown verdict');

const readCode = (reader: CborReader): Code => CODES[reader.uint()] ?? raise('unknown code');

function readConstraint(reader: CborReader): Constraint {
  if (reader.array() !== 3) raise('a constraint has 3 parts');
  return { verdict: readVerdict(reader), policy: reader.text(), argument: reader.null() ? null : reader.text() };
}

function readCedar(reader: CborReader): Decision['cedar'] {
  if (reader.null()) return null;
  if (reader.array() !== 3) raise("Cedar's answer has 3 parts");
  return { decision: reader.bool() ? 'allow' : 'deny', reasons: texts(reader), errors: texts(reader) };
}

function raise(why: string): never {
  throw fault(why);
}

const fault = (why: string, cause?: unknown): PlumblineError =>
  new PlumblineError('engine-fault', `the engine is at fault: ${why}`, { cause });
