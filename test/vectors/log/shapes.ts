// Vectors of the payloads of records, each alone, and of their limits. SPEC §6.5, §6.6, §9.1, §9.10.
import {
  SIGNER,
  STATES,
  TIME_MS,
  adapter,
  close,
  decided,
  entity,
  header,
  noted,
  outcome,
  payload1,
  refusal,
  sealed,
  segment,
  with0,
  with1,
  with3,
  withRecord,
} from './parts.ts';
import type { Row } from './parts.ts';
import { encode, fields, sha256 } from './write.ts';
import type { Item } from './write.ts';

const OUTCOME = 2;
const EVENT = 3;
const GRANT = 4;
const RECOVERY = 7;
const REFUSAL = 9;
const ADAPTER = 10;

const SELECTOR: Item[] = [entity('Action', 'a'), entity('Dir', '/'), Buffer.alloc(32), null, 1, TIME_MS + 1000];
const LABELS = encode([2, ['secret']]);
const noted2 = { 5: LABELS, 6: sha256(STATES[2]!) };

/** A proper log with the record, which changes the state if it is an event. */
const passes = (name: string, why: string, type: number, body: Item, state = STATES[1]!): Row => [
  name,
  null,
  why,
  sealed(withRecord(type, body, state)),
];

export const AUTHENTICATED: Row[] = [
  passes('outcome', 'of a call that was decided', OUTCOME, outcome()),
  passes('outcome-of-nothing', 'nothing is known of it', OUTCOME, outcome({ 2: null, 3: null, 4: [], 7: [] })),
  passes('outcome-signal', 'ended by a signal', OUTCOME, outcome({ 2: [1, 9] })),
  passes('outcome-failed', 'it did not begin', OUTCOME, outcome({ 2: [2, 0] })),
  passes('outcome-labels', 'labels came back', OUTCOME, outcome(noted2), STATES[2]),
  passes(
    'outcome-amounts',
    'an adapter counted',
    OUTCOME,
    outcome({ ...noted2, 5: encode([3, [1, 2, 3]]) }),
    STATES[2],
  ),
  passes(
    'outcome-256-values',
    'as many as there may be',
    OUTCOME,
    outcome({ 7: Array.from({ length: 256 }, (_, i) => Buffer.alloc(16, i)) }),
  ),
  passes(
    'outcome-names-by-length',
    'the shorter name first, as it is encoded',
    OUTCOME,
    outcome({ 4: ['z', 'aa'].map((name) => [name, sha256(Buffer.of())]) }),
  ),
  passes('event-labels', 'labels became sticky', EVENT, noted(), STATES[2]),
  passes('event-amounts', 'an adapter counted', EVENT, noted([3, [1, 2, 2 ** 53 - 1]]), STATES[2]),
  passes('event-selector', 'an approval by selector', EVENT, noted([4, SELECTOR, TIME_MS]), STATES[2]),
  passes('event-selector-content', 'for one content', EVENT, noted([4, SELECTOR.with(3, 'c'), TIME_MS]), STATES[2]),
  passes(
    'event-by-unassigned',
    'U+1FAE9, which older versions of Unicode lack',
    EVENT,
    noted([1, Buffer.alloc(32)], { 3: '\u{1fae9}' }),
    STATES[2],
  ),
  passes('refusal', 'by the guard', REFUSAL, refusal()),
  passes('refusal-by-filter', 'which sees no object', REFUSAL, refusal({ 0: 'filter', 3: null })),
  passes('refusal-object-4096', 'as long as there may be', REFUSAL, refusal({ 3: 'x'.repeat(4096) })),
  [
    'refusal-of-a-minute',
    null,
    'as long as there may be',
    sealed(withRecord(REFUSAL, refusal({ 7: TIME_MS + 60_000 }), STATES[1], TIME_MS + 60_000)),
  ],
  passes('adapter', 'that cannot hold two things', ADAPTER, adapter()),
  passes('adapter-without-losses', 'that holds all', ADAPTER, adapter({ 1: 'kernel', 2: [] })),
  [
    'vkeys-16',
    null,
    'as many as there may be',
    sealed(with0(header({ 9: Array.from({ length: 16 }, () => SIGNER.vkey) }))),
  ],
];

export const UNSEALED: Row[] = [];
export const UNAUTHENTICATED: Row[] = [];
export const NOT_REPLAYED: Row[] = [];

const refused = (name: string, why: string, type: number, body: Item): Row => [
  name,
  2,
  why,
  segment(withRecord(type, body)),
];
const state = (changes: Record<number, Item>) =>
  encode(
    fields({ 0: 0, 1: 0, 2: 0, 3: [], 4: [], 5: 0, 6: [], 7: [], 8: [], 9: [0, 0, 0], 10: 0, 11: [], ...changes }),
  );

export const MALFORMED: Row[] = [
  refused('outcome-unknown-key', 'key 9', OUTCOME, outcome({ 9: 0 })),
  refused('outcome-without-decision', 'no key 0', OUTCOME, outcome({ 0: undefined })),
  refused('outcome-time-beyond', 'at 2^63', OUTCOME, outcome({ 1: 2n ** 63n })),
  refused('outcome-ending-kind', 'an ending there is not', OUTCOME, outcome({ 2: [3, 0] })),
  refused('outcome-failed-with-status', 'failed, and a status', OUTCOME, outcome({ 2: [2, 1] })),
  refused('outcome-status-negative', 'status −1', OUTCOME, outcome({ 2: [0, -1] })),
  refused('outcome-one-size', 'bytes in alone', OUTCOME, outcome({ 3: [1] })),
  refused('outcome-size-beyond', '2^53 bytes', OUTCOME, outcome({ 3: [0, 2n ** 53n] })),
  refused(
    'outcome-names-descending',
    'the greater first',
    OUTCOME,
    outcome({ 4: ['b', 'a'].map((name) => [name, Buffer.alloc(32)]) }),
  ),
  refused(
    'outcome-name-twice',
    'two parts of a name',
    OUTCOME,
    outcome({ 4: ['a', 'a'].map((name) => [name, Buffer.alloc(32)]) }),
  ),
  refused('outcome-name-of-no-label', 'a capital letter', OUTCOME, outcome({ 4: [['A', Buffer.alloc(32)]] })),
  refused('outcome-digest-short', '31 bytes', OUTCOME, outcome({ 4: [['a', Buffer.alloc(31)]] })),
  refused(
    'outcome-event-approval',
    'an approval is no outcome',
    OUTCOME,
    outcome({ ...noted2, 5: encode([0, Buffer.alloc(32), 1, 0]) }),
  ),
  refused('outcome-event-without-state', 'an event, and no state', OUTCOME, outcome({ 5: LABELS })),
  refused('outcome-state-without-event', 'a state, and no event', OUTCOME, outcome({ 6: sha256(STATES[2]!) })),
  refused(
    'outcome-257-values',
    'one more than there may be',
    OUTCOME,
    outcome({ 7: Array.from({ length: 257 }, (_, i) => Buffer.from([i >> 8, i & 255, ...Buffer.alloc(14)])) }),
  ),
  refused(
    'outcome-values-descending',
    'the greater first',
    OUTCOME,
    outcome({ 7: [Buffer.alloc(16, 2), Buffer.alloc(16, 1)] }),
  ),
  refused(
    'outcome-value-twice',
    'one value two times',
    OUTCOME,
    outcome({ 7: [Buffer.alloc(16, 2), Buffer.alloc(16, 2)] }),
  ),
  refused('outcome-value-short', '15 bytes', OUTCOME, outcome({ 7: [Buffer.alloc(15)] })),
  refused('outcome-adapter-empty', 'no name', OUTCOME, outcome({ 8: '' })),

  refused('event-labels-none', 'no label', EVENT, noted([2, []])),
  refused('event-labels-descending', 'the greater first', EVENT, noted([2, ['b', 'a']])),
  refused('event-label-long', '65 characters', EVENT, noted([2, ['a'.repeat(65)]])),
  refused('event-amount-beyond', '2^53', EVENT, noted([3, [2n ** 53n, 0, 0]])),
  refused('event-amounts-two', 'no spend', EVENT, noted([3, [1, 1]])),
  refused('event-selector-without-uses', 'none', EVENT, noted([4, SELECTOR.with(4, 0), TIME_MS])),
  refused('event-selector-uses-beyond', '2^32', EVENT, noted([4, SELECTOR.with(4, 2 ** 32), TIME_MS])),
  refused('event-selector-action', 'a text', EVENT, noted([4, SELECTOR.with(0, 'a'), TIME_MS])),
  refused('event-selector-time-absent', 'no time', EVENT, noted([4, SELECTOR])),
  refused('event-by-line-feed', 'a control', EVENT, noted(undefined, { 3: 'alice\n' })),
  refused('event-by-bidi', 'U+202E, which turns text round', EVENT, noted(undefined, { 3: 'alice\u{202e}' })),
  refused('event-by-line-separator', 'U+2028', EVENT, noted(undefined, { 3: 'alice\u{2028}' })),

  refused('refusal-by-other', 'by what refuses nothing', REFUSAL, refusal({ 0: 'core' })),
  refused('refusal-cause-empty', 'no cause', REFUSAL, refusal({ 1: '' })),
  refused('refusal-cause-space', 'a space', REFUSAL, refusal({ 1: 'a key' })),
  refused('refusal-call-long', '65 characters', REFUSAL, refusal({ 2: 'x'.repeat(65) })),
  refused('refusal-object-4097', 'one byte more than there may be', REFUSAL, refusal({ 3: `é${'x'.repeat(4095)}` })),
  refused('refusal-count-0', 'of no call', REFUSAL, refusal({ 4: 0 })),
  refused('refusal-count-beyond', '2^53 calls', REFUSAL, refusal({ 4: 2n ** 53n })),
  refused('refusal-authority-short', '31 bytes', REFUSAL, refusal({ 5: Buffer.alloc(31) })),
  refused('refusal-first-after', 'the first call after the record', REFUSAL, refusal({ 6: TIME_MS + 1 })),
  refused('refusal-first-60001-before', 'longer than there may be', REFUSAL, refusal({ 6: TIME_MS - 60_001 })),
  refused('refusal-adapter-absent', 'no key 8', REFUSAL, refusal({ 8: undefined })),

  refused('adapter-strength', 'a strength there is not', ADAPTER, adapter({ 1: 'soft' })),
  refused('adapter-losses-descending', 'the greater first', ADAPTER, adapter({ 2: ['network', 'tree'] })),
  refused('adapter-loss-twice', 'one loss two times', ADAPTER, adapter({ 2: ['tree', 'tree'] })),
  refused('adapter-loss-underscore', 'a character that codes lack', ADAPTER, adapter({ 2: ['a_tree'] })),
  refused('adapter-name-long', '129 characters', ADAPTER, adapter({ 0: 'x'.repeat(129) })),
  refused('adapter-name-control', 'a line feed', ADAPTER, adapter({ 0: 'a\n' })),
  refused('adapter-time-absent', 'no key 3', ADAPTER, adapter({ 3: undefined })),

  ['decision-adapter-empty', 1, 'no name', segment(with1(decided({ 2: '' })))],
  ['decision-adapter-long', 1, '129 characters', segment(with1(decided({ 2: 'x'.repeat(129) })))],
  ['decision-adapter-not-ascii', 1, 'an é', segment(with1(decided({ 2: 'é' })))],
  ['decision-request-49153', 1, 'longer than a request may be', segment(with1(decided({ 0: Buffer.alloc(49_153) })))],
  ['decision-12289', 1, 'longer than a decision may be', segment(with1(decided({ 1: Buffer.alloc(12_289) })))],
  ['seq-2-53', 1, 'one more than the greatest number', segment(payload1(encode([1, 2n ** 53n, 0, decided()])))],

  [
    'header-vkeys-17',
    0,
    'one more than there may be',
    segment(with0(header({ 9: Array.from({ length: 17 }, () => SIGNER.vkey) }))),
  ],
  ['header-state-cbor', 0, 'ff for a state', segment(with0(header({ 8: Buffer.of(0xff) })))],
  [
    'header-state-of-format-1',
    0,
    'no keys 9 to 11',
    segment(with0(header({ 8: Buffer.from('a9000001000200038004800500068007800880', 'hex') }))),
  ],
  ['header-state-version-beyond', 0, 'version 2^53', segment(with0(header({ 8: state({ 0: 2n ** 53n }) })))],
  [
    'header-state-levels-10',
    0,
    'one more than there may be',
    segment(with0(header({ 8: state({ 4: Array.from({ length: 10 }, () => 1) }) }))),
  ],
  ['header-state-recent-beyond', 0, '33 bits', segment(with0(header({ 8: state({ 5: 2 ** 32 }) })))],
  [
    'header-state-uses-65',
    0,
    'one more than there may be',
    segment(with0(header({ 8: state({ 6: Array.from({ length: 65 }, (_, i) => [Buffer.alloc(32, i), 1]) }) }))),
  ],
  ['header-state-selector', 0, 'none for a selector', segment(with0(header({ 8: state({ 11: [0] }) })))],

  ['close-count-beyond', 3, '2^53 records', segment(with3(close({ 1: 2n ** 53n })))],
  refused('recovery-dropped-beyond', '2^53 bytes', RECOVERY, fields({ 0: 2n ** 53n, 1: Buffer.alloc(32), 2: TIME_MS })),
  refused('grant-sources-absent', 'no key 1', GRANT, fields({ 0: [], 2: TIME_MS, 3: false })),
];

export const TAMPERED: Row[] = [];
