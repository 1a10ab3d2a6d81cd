// Owns: the content of a log, record by record, for `plumb log`.
// Trusts: nothing of the bytes for their shape, and everything for what they say: whether it is true is the verifier's
// to find.

import { hexOf } from '../hex.ts';
import { join } from 'node:path';
import { DISCLOSURES } from './appender.ts';
import type { Ending } from './bodies.ts';
import { CborReader } from '../cbor-reader.ts';
import { readRecordedDecision, type Decision } from '../decision.ts';
import { PlumblineError } from '../error.ts';
import { Expander, type DecisionBody } from './expand.ts';
import {
  boolField,
  bytesField,
  checkFormat,
  intField,
  listField,
  nullableField,
  readFrame,
  textField,
  treeField,
  uintField,
  type Frame,
} from './read-record.ts';
import { RECORD } from './record.ts';
import { readDisclosure } from './redaction.ts';
import { viewRequest, viewUid, type NoRequest, type Openings, type RequestView } from '../request-view.ts';
import { openRegular } from '../files/regular-file.ts';
import type { EntityUid } from '../request.ts';
import type { Files } from '../runtime/runtime.ts';
import { segmentName, segmentPath } from './segment.ts';

interface Place {
  seq: number;
  epoch: number;
  segment: number;
  /** Where its bytes are in the segment. */
  offset: number;
  bytes: Uint8Array;
}

/** What a record says. Digests are in hex. */
export type RecordView = Place & (HeaderView | DecisionView | OtherView);

export interface HeaderView {
  type: 'header';
  origin: string;
  logNumber: number;
  createdMs: number;
  durability: string;
  engine: string;
  program: string;
  layers: string[];
  sources: string[];
  vkeys: string[];
  /** The trust set's digest; null without authority. */
  trust: string | null;
  tree: { size: number; root: string };
}

export interface DecisionView {
  type: 'decision';
  timeMs: number;
  adapter: string;
  request: RequestView | RequestView[] | NoRequest;
  decision: Decision;
  /** The record that it says it differs from, if it is short (SPEC §9.1.2). */
  base?: number;
  /** Names of the values that were redacted, and whether the disclosure that gives them is there. */
  redacted?: { names: string[]; disclosed: boolean };
}

type OtherView =
  | OutcomeView
  | RefusalView
  | { type: 'adapter'; timeMs: number; adapter: string; strength: string; losses: string[] }
  | { type: 'event'; timeMs: number; by: string; event: EventView }
  | GrantView
  | { type: 'snapshot'; timeMs: number; state: string }
  | { type: 'epoch-end'; timeMs: number; state: string }
  | { type: 'recovery'; timeMs: number; droppedBytes: number; dropped: string }
  | { type: 'close'; timeMs: number; reason: string; records: number };

/** What came of a call. */
export interface OutcomeView {
  type: 'outcome';
  timeMs: number;
  /** The sequence number of its decision. */
  decision: number;
  ending: Ending | null;
  size: { in: number; out: number } | null;
  parts: Record<string, string>;
  event: EventView | null;
  /** Digests of values that the result held. */
  values: string[];
  adapter: string;
}

/** Calls that were refused before the core was asked. */
export interface RefusalView {
  type: 'refusal';
  timeMs: number;
  firstMs: number;
  by: string;
  cause: string;
  call: string;
  object: string | null;
  count: number;
  authority: string;
  adapter: string;
}

/** A layer set that is known from here on. */
interface GrantView {
  type: 'grant';
  timeMs: number;
  layers: string[];
  sources: string[];
  current: boolean;
}

/** What was said: SPEC §6.6. Digests are in hex. */
export type EventView =
  | { approve: string; expiresMs: number }
  | { revoke: string }
  | { labels: string[] }
  | { counted: { tokens: number; modelRequests: number; spend: number } }
  | { approveAll: SelectorView };

/** What an approval by selector is for. `subject` is that of the level; 64 zeros name the policy's. */
interface SelectorView {
  action: EntityUid;
  within: EntityUid;
  subject: string;
  content: string | null;
  uses: number;
  expiresMs: number;
}

/** Where reading goes on. */
interface Position {
  segment: number;
  offset: number;
  seq: number;
  /** What was read so far of the segment's decisions; reading begins at the start of a log. */
  expander?: Expander;
}

export const START: Position = { segment: 0, offset: 0, seq: 0 };

/**
 * The records from `position` on, which is moved past each; up to the end, or to a record that is not whole yet.
 * Disclosed values are in their places if `disclose`.
 * @throws {PlumblineError} `log-unreadable`, `log-format`; `log-malformed` if what follows is no record
 */
export function* readRecords(
  directory: string,
  files: Files,
  position: Position,
  disclose: boolean,
): Generator<RecordView> {
  position.expander ??= new Expander();
  for (;;) {
    const start = position.offset;
    const file = read(segmentPath(directory, position.segment), start, files);
    if (file === undefined) {
      if (position.segment === 0) throw new PlumblineError('log-unreadable', `${directory} holds no log`);
      return;
    }
    const openings =
      disclose && file.length > 0 ? readOpenings(directory, position.segment, files) : new Map<number, Openings>();
    while (position.offset - start < file.length) {
      const frame = readFrame(file, position.offset - start);
      if (frame === undefined || frame.seq !== position.seq) {
        // The next segment begins when this one is whole; before, its end may be on its way.
        if (!exists(segmentPath(directory, position.segment + 1), files)) return;
        throw malformed(position);
      }
      if (frame.type === RECORD.header) checkFormat(frame);
      const view = viewFrame(frame, position, position.expander, openings.get(frame.seq));
      position.offset += frame.bytes.length;
      position.seq++;
      yield view;
    }
    if (!exists(segmentPath(directory, position.segment + 1), files)) return;
    position.segment++;
    position.offset = 0;
  }
}

function viewFrame(
  frame: Frame,
  { segment, offset }: Position,
  expander: Expander,
  openings: Openings | undefined,
): RecordView {
  const { seq, epoch, bytes } = frame;
  try {
    const decided = expander.next(frame);
    const body = decided === undefined ? viewBody(frame) : viewDecision(frame, decided, openings);
    return { seq, epoch, segment, offset, bytes, ...body };
  } catch (cause) {
    throw malformed({ segment, offset, seq }, cause);
  }
}

function viewBody(frame: Frame): HeaderView | OtherView {
  switch (frame.type) {
    case RECORD.header:
      return viewHeader(frame);
    case RECORD.event:
      return {
        type: 'event',
        timeMs: intField(frame, 1),
        by: textField(frame, 3),
        event: viewEvent(bytesField(frame, 0)),
      };
    case RECORD.outcome:
      return viewOutcome(frame);
    case RECORD.refusal:
      return viewRefusal(frame);
    case RECORD.adapter:
      return {
        type: 'adapter',
        timeMs: intField(frame, 3),
        adapter: textField(frame, 0),
        strength: textField(frame, 1),
        losses: listField(frame, 2, (reader) => reader.text()),
      };
    case RECORD.grant:
      return {
        type: 'grant',
        timeMs: intField(frame, 2),
        layers: listField(frame, 0, (reader) => reader.hex()),
        sources: listField(frame, 1, (reader) => reader.hex()),
        current: boolField(frame, 3),
      };
    case RECORD.snapshot:
      return { type: 'snapshot', timeMs: intField(frame, 1), state: hexOf(bytesField(frame, 0)) };
    case RECORD.epochEnd:
      return { type: 'epoch-end', timeMs: intField(frame, 1), state: hexOf(bytesField(frame, 0)) };
    case RECORD.recovery:
      return {
        type: 'recovery',
        timeMs: intField(frame, 2),
        droppedBytes: uintField(frame, 0),
        dropped: hexOf(bytesField(frame, 1)),
      };
    case RECORD.close:
      return { type: 'close', timeMs: intField(frame, 3), reason: textField(frame, 0), records: uintField(frame, 1) };
    default:
      throw new RangeError(`a record of type ${frame.type}`);
  }
}

function viewHeader(frame: Frame): HeaderView {
  const { size, root } = treeField(frame);
  const digests = (key: number): string[] => listField(frame, key, (reader) => reader.hex());
  return {
    type: 'header',
    origin: textField(frame, 1),
    logNumber: uintField(frame, 14),
    createdMs: intField(frame, 10),
    durability: textField(frame, 11),
    engine: hexOf(bytesField(frame, 6)),
    program: hexOf(bytesField(frame, 7)),
    layers: digests(12),
    sources: digests(13),
    vkeys: listField(frame, 9, (reader) => reader.text()),
    tree: { size, root: hexOf(root) },
    trust: nullableField(frame, 15, (reader) => reader.hex()),
  };
}

function viewOutcome(frame: Frame): OutcomeView {
  const parts = listField(frame, 4, (reader) => {
    reader.array();
    return [reader.text(), reader.hex()] as const;
  });
  return {
    type: 'outcome',
    timeMs: intField(frame, 1),
    decision: uintField(frame, 0),
    ending: nullableField(frame, 2, viewEnding),
    size: nullableField(frame, 3, viewSizes),
    parts: Object.fromEntries(parts),
    event: nullableField(frame, 5, (reader) => viewEvent(reader.bytes())),
    values: listField(frame, 7, (reader) => reader.hex()),
    adapter: textField(frame, 8),
  };
}

function viewSizes(reader: CborReader): { in: number; out: number } {
  reader.array();
  return { in: reader.uint(), out: reader.uint() };
}

function viewEnding(reader: CborReader): Ending {
  reader.array();
  const kind = reader.uint();
  const number = reader.uint();
  if (kind === 2) return 'failed';
  return kind === 0 ? { status: number } : { signal: number };
}

function viewRefusal(frame: Frame): RefusalView {
  return {
    type: 'refusal',
    timeMs: intField(frame, 7),
    firstMs: intField(frame, 6),
    by: textField(frame, 0),
    cause: textField(frame, 1),
    call: textField(frame, 2),
    object: nullableField(frame, 3, (reader) => reader.text()),
    count: uintField(frame, 4),
    authority: hexOf(bytesField(frame, 5)),
    adapter: textField(frame, 8),
  };
}

function viewEvent(bytes: Uint8Array): EventView {
  const reader = new CborReader(bytes);
  reader.array();
  switch (reader.uint()) {
    case 0:
      return { approve: reader.hex(), expiresMs: reader.uint() };
    case 1:
      return { revoke: reader.hex() };
    case 2:
      return { labels: Array.from({ length: reader.array() }, () => reader.text()) };
    case 3:
      reader.array();
      return { counted: { tokens: reader.uint(), modelRequests: reader.uint(), spend: reader.uint() } };
    case 4:
      return { approveAll: viewSelector(reader) };
    default:
      throw new RangeError('not an event');
  }
}

function viewSelector(reader: CborReader): SelectorView {
  reader.array();
  return {
    action: viewUid(reader),
    within: viewUid(reader),
    subject: reader.hex(),
    content: reader.null() ? null : reader.text(),
    uses: reader.uint(),
    expiresMs: reader.uint(),
  };
}

function viewDecision({ seq }: Frame, decided: DecisionBody, openings: Openings | undefined): DecisionView {
  const { request, decision, adapter, timeMs, base, isRedacted } = decided;
  return {
    type: 'decision',
    timeMs,
    adapter,
    request: viewRequest(request, openings),
    decision: { ...readRecordedDecision(decision), seq },
    ...(base === undefined ? {} : { base }),
    ...(isRedacted
      ? { redacted: { names: openings?.map(({ name }) => name) ?? [], disclosed: openings !== undefined } }
      : {}),
  };
}

/** The disclosures of a segment's records, as far as they are whole. */
function readOpenings(directory: string, segment: number, files: Files): Map<number, Openings> {
  const found = new Map<number, Openings>();
  const file = read(segmentPath(join(directory, DISCLOSURES), segment), 0, files);
  const reader = new CborReader(file ?? new Uint8Array(0));
  try {
    while (!reader.atEnd()) {
      const { seq, openings } = readDisclosure(reader);
      found.set(seq, openings);
    }
  } catch {
    // What is not whole yet discloses nothing.
  }
  return found;
}

/** The bytes of a file from `start` on; `undefined` if it is not there. */
function read(path: string, start: number, files: Files): Uint8Array | undefined {
  let fd: number | undefined;
  try {
    fd = openRegular(path, files);
    const bytes = Buffer.alloc(Math.max(0, files.fstatSync(fd).size - start));
    let length = 0;
    for (let more = 1; more > 0 && length < bytes.length; length += more) {
      more = files.readSync(fd, bytes, length, bytes.length - length, start + length);
    }
    return bytes.subarray(0, length);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new PlumblineError('log-unreadable', `${path} cannot be read`, { cause });
  } finally {
    if (fd !== undefined) files.closeSync(fd);
  }
}

function exists(path: string, files: Files): boolean {
  return files.statSync(path, { throwIfNoEntry: false }) !== undefined;
}

const malformed = ({ segment, offset, seq }: Position, cause?: unknown): PlumblineError =>
  new PlumblineError('log-malformed', `${segmentName(segment)}, byte ${offset}: record ${seq} should stand here`, {
    hint: '`plumb verify` says what is wrong with the log',
    cause,
  });
