// Vectors of decisions beside their requests, of outcomes and refusals in their place, and of what is redacted. SPEC
// §9.1.3, §9.6.
import {
  BLOBS,
  NO_LAYERS,
  ORIGIN,
  LOG_NUMBER,
  OPEN,
  PROGRAM,
  SEED,
  STATES,
  allow,
  blobs,
  block,
  close,
  decided,
  forbid,
  hex,
  header,
  noted,
  openLog,
  outcome,
  records,
  refusal,
  request,
  sealed,
  second,
  segment,
  segments,
  with0,
  with1,
  withRecord,
} from './parts.ts';
import type { Changes, Files, Row } from './parts.ts';
import { LogWriter, encode, fields, rootOf, sha256 } from './write.ts';
import type { Item } from './write.ts';

const OUTCOME = 2;
const EVENT = 3;
const REFUSAL = 9;
const OTHER = Buffer.alloc(32, 9);

/** A log whose first decision says so. */
const says = (changes: Changes) => with1(decided({ 1: encode(allow(changes)) }));
const tampered = (name: string, why: string, changes: Changes): Row => [name, 1, why, segment(says(changes))];
const passes = (name: string, why: string, changes: Changes): Row => [name, null, why, sealed(says(changes))];
const soft = { 0: 2, 1: 1, 2: 0, 3: [[2, 'r', 'a, b']] };
const blocked = { 0: 6, 1: 2, 2: 0, 4: ['f'], 8: [false, ['f'], []] };

/** A log whose first decision is on these two requests. */
const both = (requests: Item[], answers: Item) => with1(decided({ 0: encode(requests), 1: encode(answers) }));
const two = [request(), request()];
const later = request(NO_LAYERS, new Map(), 1_760_000_000_001);
const other = fields({ ...Object.fromEntries(request()), 7: true } as never);

/** Neither a program nor a state that counts. */
function unloaded(code: number, changes: Changes = {}): Buffer[] {
  const answer = { 0: 6, 1: code, 2: 0, 4: [], 8: null, 9: Buffer.alloc(32), 10: NO_LAYERS, 11: 0, ...changes };
  return records({
    1: (log) => log.add(1, decided({ 1: encode(allow(answer)) })),
    2: (log) => log.add(1, second({ 1: encode(forbid({ 11: 1 })) })),
  });
}

/** Header, decision | header, outcome, decision, close. */
function outcomeLater(of: number): [Buffer[], Buffer[]] {
  const log = new LogWriter(SEED, ORIGIN, LOG_NUMBER);
  log.add(0, header());
  log.add(1, decided());
  log.add(0, header({ 2: 1, 3: 2, 4: log.previous, 5: [2, rootOf(log.records)], 8: STATES[1]! }));
  log.add(OUTCOME, outcome({ 0: of }));
  log.add(1, second());
  log.add(8, close({ 1: 5 }));
  return [log.records.slice(0, 2), log.records.slice(2)];
}

/** Header, decision | header with another version, decision. */
function versionLater(version: number): [Buffer[], Buffer[]] {
  const state = encode(
    fields({ 0: version, 1: 1, 2: 0, 3: [], 4: [], 5: 0, 6: [], 7: [], 8: [], 9: [0, 0, 0], 10: 0, 11: [] }),
  );
  const log = new LogWriter(SEED, ORIGIN, LOG_NUMBER);
  log.add(0, header());
  log.add(1, decided({ 4: sha256(state) }));
  log.add(0, header({ 2: 1, 3: 2, 4: log.previous, 5: [2, rootOf(log.records)], 8: state }));
  return [log.records.slice(0, 2), log.records.slice(2)];
}

/** Header, decision, event, decision, close. */
function eventBetween(version: number): Buffer[] {
  const log = new LogWriter(SEED, ORIGIN, LOG_NUMBER);
  log.add(0, header());
  log.add(1, decided());
  log.add(EVENT, noted());
  log.add(1, second({ 1: encode(forbid({ 11: version })) }));
  log.add(8, close({ 1: 4 }));
  return log.records;
}

const SALT = Buffer.alloc(16, 0xa1);
const commitment = (name: string, value: Item) => fields({ 6: sha256(encode([SALT, name, value])) });
const asks = (context: Record<string, Item>) => encode(request(NO_LAYERS, new Map(Object.entries(context))));
const salted = sha256(Buffer.concat([SALT, asks({ command: 'ls', host: 'h' })]));
const records1 = (changes: Changes): Buffer[] => with1(decided(changes));
const withProgram = (parts: Buffer[], program = PROGRAM): Files => ({ ...segment(parts), ...blobs(program) });

export const AUTHENTICATED: Row[] = [
  passes('restricted', 'a soft forbid of the organisation', soft),
  passes('restricted-by-layer-8', 'the innermost level there may be', { ...soft, 2: 8 }),
  passes('approved', 'an approval lifted it', { 1: 24, 12: OTHER }),
  passes('approval-asked', 'a digest to approve', { 0: 4, 1: 1, 2: 0, 3: [[4, 'a', null]], 12: OTHER }),
  passes('too-large', 'no room for what Cedar said', { 0: 6, 1: 18, 2: 0, 4: [], 8: null }),
  passes('labels', 'ascending as they are encoded', { 6: ['z', 'aa'], 7: ['a', 'b'] }),
  [
    'transaction-blocked',
    null,
    'one is forbidden, so both are blocked',
    sealed(both(two, [allow(blocked), allow({ ...blocked, 1: 19, 4: [] })])),
  ],
  ['no-program', null, 'nothing is loaded', sealed(unloaded(16))],
  ['no-state', null, 'no state is set', sealed(unloaded(17, { 9: sha256(PROGRAM) }))],
  ['event-between', null, 'an event counts in the version', sealed(eventBetween(3))],
  [
    'outcome-of-the-segment-before',
    null,
    'of a decision there',
    { ...sealed(outcomeLater(1).flat()), ...segments(outcomeLater(1)) },
  ],
  [
    'nothing-marked',
    null,
    'under a program that marks nothing, a command stands open',
    openLog(decided({ 0: asks({ command: 'ls' }), 1: encode(allow({ 9: sha256(OPEN) })) })),
  ],
  ['not-sensitive', null, 'an attribute that is not marked', sealed(records1({ 0: asks({ host: 'h' }) }))],
];
export const UNSEALED: Row[] = [];
export const UNAUTHENTICATED: Row[] = [];
export const NOT_REPLAYED: Row[] = [
  [
    'marks-unknown',
    null,
    'without the program nothing says that a command is redacted',
    segment(records1({ 0: asks({ command: 'ls' }) })),
  ],
];

export const MALFORMED: Row[] = [
  ['redacted-nothing', 1, 'key 5, and no commitment', segment(records1({ 0: asks({ host: 'h' }), 5: salted }))],
];

export const TAMPERED: Row[] = [
  ['one-for-two', 1, 'one decision for two requests', segment(both(two, allow()))],
  ['two-for-one', 1, 'two decisions for one request', segment(with1(decided({ 1: encode([allow(), allow()]) })))],
  ['three-for-two', 1, 'three decisions for two requests', segment(both(two, [allow(), allow(), allow()]))],
  [
    'two-for-malformed',
    1,
    'two decisions for what is malformed',
    segment(with1(decided({ 1: encode([block(1), block(1)]) }))),
  ],
  ['transaction-of-two-times', 1, 'two requests of other times', segment(both([request(), later], [allow(), allow()]))],
  ['transaction-of-two-uses', 1, 'one of them continued', segment(both([request(), other], [allow(), allow()]))],
  [
    'request-without-resource',
    1,
    'allowed, though no request: it lacks key 2',
    segment(with1(decided({ 0: encode(fields({ 0: 'p', 1: 'a', 3: fields({}), 4: NO_LAYERS, 5: 0 })) }))),
  ],
  ['request-not-read', 1, 'allowed, though no CBOR', segment(with1(decided({ 0: Buffer.of(0xff) })))],
  [
    'request-principal',
    1,
    'allowed, though the principal is a text',
    segment(with1(decided({ 0: encode(fields({ ...Object.fromEntries(request()), 0: 'p' } as never)) }))),
  ],

  tampered('program-other', 'by another program', { 9: OTHER }),
  tampered('program-none', 'by none, and allowed', { 9: Buffer.alloc(32) }),
  ['no-program-named', 1, 'no program, and one is named', segment(unloaded(16, { 9: sha256(PROGRAM) }))],
  tampered('layers-other', 'under other layers than it asks for', { 10: OTHER }),
  ['transaction-layers-other', 1, 'the second under other layers', segment(both(two, [allow(), allow({ 10: OTHER })]))],
  tampered('version-same', 'the version before', { 11: 0 }),
  tampered('version-skipped', 'two on', { 11: 2 }),
  ['transaction-versions', 1, 'a version for each', segment(both(two, [allow(), allow({ 11: 2 })]))],
  ['no-state-version', 1, 'no state, and a version', segment(unloaded(17, { 9: sha256(PROGRAM), 11: 1 }))],
  ['event-not-counted', 3, 'as if there were no event between', segment(eventBetween(2))],
  ['second-header-version', 2, 'a state of another version', segments(versionLater(2))],

  tampered('allow-constrained', 'allowed by a constraint', { 1: 1 }),
  tampered('allow-forbidden', 'allowed by a forbid', { 1: 2 }),
  tampered('restrict-permitted', 'restricted without a constraint', { ...soft, 1: 0 }),
  tampered('restrict-forbidden', 'restricted by a hard forbid', { ...soft, 1: 2 }),
  tampered('block-permitted', 'blocked by a permit', { ...blocked, 1: 0 }),
  tampered('block-constrained', 'blocked by a constraint', { ...blocked, 1: 1 }),
  tampered('block-approved', 'blocked by an approval', { ...blocked, 1: 24 }),
  tampered('transaction-alone', 'blocked by another request, and there is none', { ...blocked, 1: 19 }),
  ['transaction-half-blocked', 1, 'one is blocked, the other not', segment(both(two, [allow(), allow(blocked)]))],
  tampered('allow-level', 'allowed by a level', { 2: 0 }),
  tampered('restrict-no-level', 'restricted by none', { ...soft, 2: null }),
  tampered('level-9', 'one more than there may be', { ...soft, 2: 9 }),
  tampered('block-with-constraint', 'blocked, and restricted', { ...blocked, 3: [[2, 'r', null]] }),
  tampered('constraint-block', 'a constraint is never block', { ...soft, 3: [[6, 'p', null]] }),
  tampered('constraint-allow', 'a constraint is never allow', { ...soft, 3: [[0, 'p', null]] }),
  tampered('labels-descending', 'the greater first', { 6: ['b', 'a'] }),
  tampered('label-twice', 'one two times', { 6: ['a', 'a'] }),
  tampered('clearances-descending', 'the greater first', { 7: ['aa', 'z'] }),
  tampered('cedar-null', 'evaluated, and no answer', { 8: null }),
  tampered('revoked-evaluated', 'not evaluated, and an answer', { ...blocked, 1: 22 }),
  tampered('too-large-evaluated', 'no room for an answer, and one', { ...blocked, 1: 18, 4: [] }),
  tampered('block-approval', 'blocked, and to be approved', { ...blocked, 12: OTHER }),

  ['outcome-of-header', 2, 'of a record that is no decision', segment(withRecord(OUTCOME, outcome({ 0: 0 })))],
  ['outcome-of-itself', 2, 'of no decision before', segment(withRecord(OUTCOME, outcome({ 0: 2 })))],
  ['outcome-of-later', 2, 'of a record to come', segment(withRecord(OUTCOME, outcome({ 0: 3 })))],
  ['outcome-of-header-before', 3, 'of a header in the segment before', segments(outcomeLater(0))],
  [
    'outcome-state',
    3,
    'the close has the state before',
    segment(withRecord(OUTCOME, outcome({ 5: encode([2, ['a']]), 6: sha256(STATES[2]!) }))),
  ],
  [
    'refusal-under-unknown',
    2,
    'a layer set that nobody made known',
    segment(withRecord(REFUSAL, refusal({ 5: OTHER }))),
  ],

  ['sensitive-open', 1, 'a command that is not redacted', withProgram(records1({ 0: asks({ command: 'ls' }) }))],
  [
    'sensitive-open-of-two',
    1,
    'the second of two commands is not redacted',
    withProgram(
      both(
        [
          request(NO_LAYERS, new Map([['command', commitment('command', 'ls')]])),
          request(NO_LAYERS, new Map([['command', 'ls']])),
        ],
        [allow(), allow()],
      ),
    ),
  ],
  [
    'sensitive-open-with-key-5',
    1,
    'the host redacted in its place',
    withProgram(records1({ 0: asks({ command: 'ls', host: commitment('host', 'h') }), 5: salted })),
  ],
  [
    'redacted-more',
    1,
    'the host redacted too',
    withProgram(
      records1({ 0: asks({ command: commitment('command', 'ls'), host: commitment('host', 'h') }), 5: salted }),
    ),
  ],
  [
    'redacted-without-key-5',
    1,
    'a commitment, and no key 5',
    segment(records1({ 0: asks({ command: commitment('command', 'ls') }) })),
  ],
  [
    'malformed-open',
    1,
    'bytes that are no request, not redacted',
    withProgram(records1({ 0: Buffer.of(0xff), 1: encode(block(1)) })),
  ],
  [
    'nothing-marked-redacted',
    1,
    'a command redacted, under a program that marks nothing',
    openLog(
      decided({
        0: asks({ command: commitment('command', 'ls') }),
        1: encode(allow({ 9: sha256(OPEN) })),
        5: salted,
      }),
    ),
  ],
  [
    'nothing-marked-redacted-whole',
    1,
    'bytes that are no request redacted, under a program that marks nothing',
    openLog(
      decided({
        0: encode(commitment('', Buffer.of(0xff))),
        1: encode(new Map([...block(1), [9, sha256(OPEN)]])),
        5: salted,
      }),
    ),
  ],
  [
    'program-no-program',
    0,
    'the blob is no program, so nothing says what is redacted',
    {
      ...segment(with0(header({ 7: sha256(Buffer.from('a program')) })).slice(0, 1)),
      ...sealedBlobs(Buffer.from('a program')),
    },
  ],
];

function sealedBlobs(program: Buffer): Files {
  return { ...BLOBS, ...hex({ [`blobs/${sha256(program).toString('hex')}`]: program }) };
}
