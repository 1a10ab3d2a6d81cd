// Vectors of short decisions, each the difference from a full one before it. SPEC §9.1.2. A log's records: header,
// decision 1, event, short decision of it, close.
import {
  NO_LAYERS,
  ORIGIN,
  LOG_NUMBER,
  PROGRAM,
  SEED,
  STATES,
  TIME_MS,
  adapter,
  allow,
  blobs,
  close,
  decided,
  entity,
  forbid,
  header,
  outcome,
  request,
  sealed,
  segment,
  segments,
} from './parts.ts';
import type { Changes, Row } from './parts.ts';
import { LogWriter, encode, fields, rootOf, sha256 } from './write.ts';
import type { Item } from './write.ts';

const HEADER = 0;
const DECISION = 1;
const OUTCOME = 2;
const SNAPSHOT = 5;
const EPOCH_END = 6;
const CLOSE = 8;
const ADAPTER = 10;
const SHORT = 11;
const LATER = TIME_MS + 5;

const context = new Map<Item, Item>([
  ['host', 'h'],
  ['n', 1],
]);
/** What the base asks, but for these keys. */
const asks = (changes: Changes = {}) =>
  fields(
    Object.fromEntries(
      Object.entries({ ...Object.fromEntries(request(NO_LAYERS, context)), ...changes }).filter(
        ([, item]) => item !== undefined,
      ),
    ) as never,
  );
const base = (changes: Changes = {}) => decided({ 0: encode(asks()), ...changes });
/** A short decision of the base, at once and with the version after. */
const short = (changes: Changes = {}, asked: Record<number, Item> = {}, decision: Record<number, Item> = {}) =>
  fields({
    0: 1,
    1: fields(asked),
    2: fields({ 11: 2, ...decision }),
    3: 5,
    4: sha256(STATES[2]!),
    ...changes,
  } as never);

interface Parts {
  first?: Item;
  /** Records between. */
  between?: (log: LogWriter) => void;
  last?: Item;
}

function recordsOf({ first = base(), between, last = short() }: Parts): Buffer[] {
  const log = new LogWriter(SEED, ORIGIN, LOG_NUMBER);
  log.add(HEADER, header());
  log.add(DECISION, first);
  between?.(log);
  log.add(SHORT, last);
  log.add(CLOSE, close({ 1: log.records.length, 3: LATER }));
  return log.records;
}

const passes = (name: string, why: string, parts: Parts): Row => [name, null, why, sealed(recordsOf(parts))];
/** Refused at the short decision, which is record `seq`. */
const tampered = (name: string, why: string, parts: Parts, seq = 2): Row => [name, seq, why, segment(recordsOf(parts))];
const malformed = (name: string, why: string, last: Item): Row => [name, 2, why, segment(recordsOf({ last }))];
/** The difference in the request is this. */
const differs = (difference: Record<number, Item>, first?: Item): Parts => ({
  last: short({}, difference),
  ...(first && { first }),
});

const adapters = (count: number) => (log: LogWriter) => {
  for (let i = 0; i < count; i++) log.add(ADAPTER, adapter());
};
const ENTRY: Item = [entity('Agent', 'p'), [], new Map<Item, Item>()];
const withMore = base({ 0: encode(asks({ 6: [ENTRY], 7: true })) });
const EXACT = encode(asks({ 3: new Map<Item, Item>([['command', 'ls']]) }));
const SALT = Buffer.alloc(16, 0xa1);
const redacted = base({
  0: encode(asks({ 3: new Map<Item, Item>([['command', fields({ 6: sha256(encode([SALT, 'command', 'ls'])) })]]) })),
  5: sha256(Buffer.concat([SALT, EXACT])),
});
const paddedBase = (padding: number) =>
  base({ 0: encode(asks({ 3: new Map([...context, ['pad', 'x'.repeat(padding)]]) })) });
/** A base of so many bytes, as a record. */
function baseOf(bytes: number) {
  const log = new LogWriter(SEED, ORIGIN, LOG_NUMBER);
  log.add(HEADER, header());
  log.add(DECISION, paddedBase(3000));
  return paddedBase(3000 + bytes - log.records[1]!.length);
}

/** The short decision in the next epoch. */
function nextEpoch(log: LogWriter): void {
  log.add(EPOCH_END, fields({ 0: sha256(STATES[1]!), 1: TIME_MS }));
  log.add(SNAPSHOT, fields({ 0: STATES[1]!, 1: TIME_MS }));
}

/** The short decision in the next segment. */
function nextSegment(): [Buffer[], Buffer[]] {
  const log = new LogWriter(SEED, ORIGIN, LOG_NUMBER);
  log.add(HEADER, header());
  log.add(DECISION, base());
  log.add(HEADER, header({ 2: 1, 3: 2, 4: log.previous, 5: [2, rootOf(log.records)], 8: STATES[1]! }));
  log.add(SHORT, short());
  return [log.records.slice(0, 2), log.records.slice(2)];
}

export const AUTHENTICATED: Row[] = [
  passes('short', 'the same once more, later', {}),
  passes('short-at-once', 'at the same time', { last: short({ 3: 0 }) }),
  passes('short-resource', 'of another file', differs({ 2: '/s' })),
  passes('short-resource-type', 'of a directory', differs({ 2: entity('Dir', '/r') })),
  passes('short-principal-and-action', 'by another, something else', differs({ 0: 'q', 1: 'b' })),
  passes(
    'short-context',
    'one attribute changed, one gone, one more',
    differs({
      3: new Map<Item, Item>([
        ['host', 'g'],
        ['m', new Map([['k', [1]]])],
        ['n', null],
      ]),
    }),
  ),
  passes('short-context-first', 'an attribute that sorts before', differs({ 3: new Map([['a', true]]) })),
  passes(
    'short-context-emptied',
    'none left',
    differs({
      3: new Map([
        ['host', null],
        ['n', null],
      ]),
    }),
  ),
  passes('short-time', 'asked earlier than recorded', differs({ 5: LATER - 1 })),
  passes('short-more', 'with entities, continued', differs({ 6: [ENTRY], 7: true })),
  passes('short-less', 'without entities, not continued', differs({ 6: null, 7: null }, withMore)),
  passes('short-same-more', 'as the base has them', differs({}, withMore)),
  passes('short-blocked', 'with another decision', {
    last: short({}, {}, { 0: 6, 1: 2, 2: 0, 4: ['f'], 8: [false, ['f'], []] }),
  }),
  passes('short-of-blocked', 'allowed, after a block', {
    first: base({ 1: encode(forbid({ 11: 1 })) }),
    last: short({}, {}, { 0: 0, 1: 0, 2: null, 4: ['p'], 8: [true, ['p'], []] }),
  }),
  passes('short-unread', 'nothing was read', { last: short({}, {}, { 0: 6, 1: 5, 2: 0, 4: [], 8: null }) }),
  passes('short-1024-before', 'as far as there may be', { between: adapters(1023) }),
  passes('short-base-4096', 'as long as there may be', { first: baseOf(4096) }),
  passes('short-twice', 'two of one base', {
    between: (log) => log.add(SHORT, short({ 3: 0 })),
    last: short({}, {}, { 11: 3 }),
  }),
  [
    'short-outcome',
    null,
    'the outcome of a short decision',
    sealed(
      (() => {
        const log = new LogWriter(SEED, ORIGIN, LOG_NUMBER);
        log.add(HEADER, header());
        log.add(DECISION, base());
        log.add(SHORT, short());
        log.add(OUTCOME, outcome({ 0: 2, 1: LATER }));
        log.add(CLOSE, close({ 1: 4, 3: LATER }));
        return log.records;
      })(),
    ),
  ],
];
export const UNSEALED: Row[] = [];
export const UNAUTHENTICATED: Row[] = [];
export const NOT_REPLAYED: Row[] = [];

export const MALFORMED: Row[] = [
  malformed('short-unknown-key', 'key 5', short({ 5: 0 })),
  malformed('short-base-negative', 'of record −1', short({ 0: -1 })),
  malformed('short-before', '1 ms before the base', short({ 3: -1 })),
  malformed('short-digest-short', 'a state of 31 bytes', short({ 4: Buffer.alloc(31) })),
  malformed('short-request-key-8', 'a key that requests lack', short({}, { 8: 0 })),
  malformed('short-decision-key-13', 'a key that decisions lack', short({}, {}, { 13: 0 })),
  malformed('short-principal-number', 'no entity', short({}, { 0: 1 })),
  malformed('short-context-empty', 'no attribute that differs', short({}, { 3: new Map() })),
  malformed('short-context-key', 'a name that is a number', short({}, { 3: new Map([[1, 1]]) })),
  malformed('short-authority-short', '31 bytes', short({}, { 4: Buffer.alloc(31) })),
  malformed('short-time-beyond', 'at 2^63', short({}, { 5: 2n ** 63n })),
  malformed('short-entities-map', 'no array', short({}, { 6: new Map() })),
  malformed('short-continued-false', 'false', short({}, { 7: false })),
];

export const TAMPERED: Row[] = [
  tampered('base-itself', 'of itself', { last: short({ 0: 2 }) }),
  tampered('base-later', 'of a record to come', { last: short({ 0: 3 }) }),
  tampered('base-header', 'of the header', { last: short({ 0: 0 }) }),
  tampered(
    'base-short',
    'of a short one',
    { between: (log) => log.add(SHORT, short()), last: short({ 0: 2 }, {}, { 11: 3 }) },
    3,
  ),
  tampered('base-1025-before', 'one further than there may be', { between: adapters(1024) }, 1026),
  tampered('base-4097', 'one byte longer than there may be', { first: baseOf(4097) }),
  tampered('base-redacted', 'of a redacted one', { first: redacted }),
  tampered('base-transaction', 'of a transaction', {
    first: base({ 0: encode([asks(), asks()]), 1: encode([allow(), allow()]) }),
  }),
  tampered('base-of-epoch-before', 'in the next epoch', { between: nextEpoch }, 4),
  ['base-of-segment-before', 3, 'in the next segment', segments(nextSegment())],

  tampered('same-resource', 'the base has this id', differs({ 2: '/r' })),
  tampered('same-resource-entity', 'the base has this resource', differs({ 2: entity('File', '/r') })),
  tampered('type-told', 'the base has this type', differs({ 2: entity('File', '/s') })),
  tampered('same-attribute', 'the base has this value', differs({ 3: new Map([['host', 'h']]) })),
  tampered('absent-attribute', 'the base has none of that name', differs({ 3: new Map([['x', null]]) })),
  tampered('same-authority', 'the base has this authority', differs({ 4: NO_LAYERS })),
  tampered('time-told', "the record's time", differs({ 5: LATER })),
  tampered('same-entities', 'the base has these', differs({ 6: [ENTRY] }, withMore)),
  tampered('absent-entities', 'the base has none', differs({ 6: null })),
  tampered('same-continued', 'the base is', differs({ 7: true }, withMore)),
  tampered('absent-continued', 'the base is not', differs({ 7: null })),
  tampered('same-verdict', 'the base has this verdict', { last: short({}, {}, { 0: 0 }) }),
  tampered('same-version', 'the base has this version', { last: short({}, {}, { 11: 1 }) }),

  tampered('expanded-verdict', 'a verdict there is not', { last: short({}, {}, { 0: 7 }) }),
  tampered('expanded-labels', 'a number for labels', { last: short({}, {}, { 6: 0 }) }),
  tampered('expanded-version', 'as if no decision were before', { last: short({}, {}, { 11: 3 }) }),
  tampered('expanded-code', 'allowed by a forbid', { last: short({}, {}, { 1: 2 }) }),
  tampered('expanded-authority', 'under a layer set that nobody made known', {
    last: short({}, { 4: Buffer.alloc(32, 9) }, { 10: Buffer.alloc(32, 9) }),
  }),
  tampered('expanded-request-time', 'asked before the base', differs({ 5: TIME_MS - 1 })),
  tampered('expanded-time-back', 'asked after it is recorded', differs({ 5: LATER + 1 })),
  tampered('expanded-late', 'recorded a minute too late', { last: short({ 3: 60_001 }, { 5: TIME_MS }) }),
  tampered('expanded-request-49153', 'longer than a request may be', differs({ 0: 'x'.repeat(49_100) })),
  tampered('expanded-decision-12289', 'longer than a decision may be', {
    last: short({}, {}, { 4: ['x'.repeat(12_200)] }),
  }),
  tampered('expanded-time-beyond', 'later than there may be', {
    first: base({ 0: encode(asks({ 5: 2n ** 63n - 1n })), 3: 2n ** 63n - 1n }),
  }),
  [
    'expanded-sensitive',
    2,
    'an attribute that is redacted',
    { ...segment(recordsOf(differs({ 3: new Map([['command', 'ls']]) }))), ...blobs(PROGRAM) },
  ],
];
