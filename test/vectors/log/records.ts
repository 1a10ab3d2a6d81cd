// Vectors of records: each record alone, its place, and what the header names. SPEC §9.1, §9.4.
import {
  BLOBS,
  ENGINE,
  OPEN,
  ORIGIN,
  PROGRAM,
  SECOND,
  LOG_NUMBER,
  SEED,
  SIGNER,
  SEGMENT,
  SOURCE,
  STATES,
  TIME_MS,
  allow,
  block,
  blobs,
  c,
  close,
  d1,
  d2,
  decided,
  flip,
  h,
  header,
  openLog,
  payload1,
  proper,
  request,
  requestAt,
  records,
  second,
  segment,
  sealed,
  segments,
  spliced,
  twoSegments,
  whole,
  with0,
  with1,
  with3,
} from './parts.ts';
import type { Row } from './parts.ts';
import { LogWriter, Raw, Signer, encode, rootOf, sha256, treeRoot } from './write.ts';

export const AUTHENTICATED: Row[] = [
  ['sealed', null, 'header, two decisions, close', sealed(proper)],
  [
    'no-decision',
    null,
    'a session that decided nothing',
    sealed(
      records({
        1: () => undefined,
        2: () => undefined,
        3: (log) => log.add(8, close({ 1: 1, 2: sha256(STATES[0]!) })),
      }),
    ),
  ],
  [
    'two-segments',
    null,
    'the chain goes over the segment boundary',
    { ...sealed(twoSegments().flat()), ...segments(twoSegments()) },
  ],
  [
    'transaction',
    null,
    'a decision for each of two requests',
    sealed(with1(decided({ 0: encode([request(), request()]), 1: encode([allow(), allow()]) }))),
  ],
  [
    'request-not-cbor',
    null,
    'the request is recorded as it came',
    openLog(decided({ 0: Buffer.of(0xff), 1: encode(new Map([...block(1), [9, sha256(OPEN)]])) })),
  ],
  [
    'times-of-64-bits',
    null,
    'from the first to the last there is',
    sealed(
      records({
        0: (log) => log.add(0, header({ 10: -(2n ** 63n) })),
        1: (log) => log.add(1, decided({ 0: requestAt(-(2n ** 63n)), 3: -(2n ** 63n) })),
        2: (log) => log.add(1, second({ 0: requestAt(2n ** 63n - 1n), 3: 2n ** 63n - 1n })),
        3: (log) => log.add(8, close({ 3: 2n ** 63n - 1n })),
      }),
    ),
  ],
  ['request-60000-before', null, 'a minute from request to record', sealed(timed(TIME_MS, TIME_MS + 60_000))],
];

export const UNSEALED: Row[] = [
  ['no-close', null, 'ends at a record boundary', { ...segment([h, d1, d2]), ...BLOBS }],
  ['header-only', null, 'ends after the header', { ...segment([h]), ...BLOBS }],
  [
    'second-segment-empty',
    null,
    'ends at the beginning of a segment',
    { ...segment([h, d1, d2]), [SECOND]: '', ...BLOBS },
  ],
  [
    'second-segment-cut-off',
    null,
    'a lost last segment leaves a record boundary',
    { ...segment(twoSegments()[0]), ...BLOBS },
  ],
];

export const UNAUTHENTICATED: Row[] = [
  ['no-key', null, 'consistent, but nobody vouches for it', { ...segment(proper), ...BLOBS }, { seed: null }],
  [
    'no-key-tag-altered',
    null,
    'without a key a tag says nothing',
    { ...segment([h, flip(d1, -1), d2, c]), ...BLOBS },
    { seed: null },
  ],
  ['no-key-no-close', null, 'graver than unsealed', { ...segment([h, d1, d2]), ...BLOBS }, { seed: null }],
];

export const NOT_REPLAYED: Row[] = [
  ['blob-absent', null, 'the program the header names is not there', { ...segment(proper), ...blobs(ENGINE, SOURCE) }],
  ['blobs-absent', null, 'there are no blobs at all', segment(proper)],
];

export const MALFORMED: Row[] = [
  ['no-segments', 0, 'all segments are gone', { ...BLOBS }],
  ['no-records', 0, 'an empty segment', { [SEGMENT]: '' }],
  ['segment-name', 0, 'a segment name has 8 digits', { '0.cborseq': whole.toString('hex') }],
  ['segment-name-beside', 4, 'any other *.cborseq beside a segment', { ...segment(proper), 'x.cborseq': '' }],
  ['first-segment-empty', 0, 'a segment begins with a header', { [SEGMENT]: '', [SECOND]: whole.toString('hex') }],
  ['cut-in-tag', 3, 'the last byte is missing', segment([whole.subarray(0, -1)])],
  ['cut-after-first-byte', 3, 'one byte of the close record', segment([h, d1, d2, c.subarray(0, 1)])],
  ['cut-in-payload', 1, 'half a decision record', segment([h, d1.subarray(0, d1.length >> 1)])],
  ['byte-after-close', 4, 'a zero after the last record', segment([whole, Buffer.of(0)])],
  ['zeros-between', 1, 'zeros where a record should start', segment([h, Buffer.alloc(8), d1])],
  ['untagged', 1, 'COSE_Mac0 without tag 17', segment([h, d1.subarray(1), d2, c])],
  ['tag-18', 1, 'COSE_Sign1', segment(with1(decided(), { start: Buffer.from('d28447a2010504426530a0', 'hex') }))],
  [
    'tag-not-shortest',
    1,
    'd811 for d1',
    segment(with1(decided(), { start: Buffer.from('d8118447a2010504426530a0', 'hex') })),
  ],
  [
    'array-of-5',
    1,
    'one element too many',
    segment(with1(decided(), { start: Buffer.from('d18547a2010504426530a0', 'hex') })),
  ],
  [
    'array-indefinite',
    1,
    '9f for 84',
    segment(with1(decided(), { start: Buffer.from('d19f47a2010504426530a0', 'hex') })),
  ],
  [
    'alg-hmac-384',
    1,
    'alg 6',
    segment(
      with1(decided(), {
        start: Buffer.from('d18447a2010604426530a0', 'hex'),
        macProtected: Buffer.from('a2010604426530', 'hex'),
      }),
    ),
  ],
  [
    'kid-without-digits',
    1,
    'kid "e"',
    segment(with1(decided(), { start: Buffer.from('d18446a20105044165a0', 'hex') })),
  ],
  [
    'kid-leading-zero',
    1,
    'kid "e00"',
    segment(with1(decided(), { start: Buffer.from('d18448a201050443653030a0', 'hex') })),
  ],
  [
    'kid-of-11-digits',
    1,
    'an epoch that there is not',
    segment(
      with1(decided(), {
        start: Buffer.concat([Buffer.from('d18451a20105044c65', 'hex'), Buffer.from('1'.repeat(11)), Buffer.of(0xa0)]),
      }),
    ),
  ],
  ['kid-beyond', 1, 'epoch 2^32 in the kid', segment(with1(decided(), { kid: 2 ** 32, keyOf: 0 }))],
  [
    'kid-arabic-digit',
    1,
    'U+0660, which is a zero elsewhere',
    segment(with1(decided(), { start: Buffer.from('d18448a20105044365d9a0a0', 'hex') })),
  ],
  ['kid-text', 1, 'kid as text', segment(with1(decided(), { start: Buffer.from('d18447a2010504626530a0', 'hex') }))],
  [
    'kid-absent',
    1,
    'protected {1: 5}',
    segment(
      with1(decided(), {
        start: Buffer.from('d18443a10105a0', 'hex'),
        macProtected: Buffer.from('a10105', 'hex'),
      }),
    ),
  ],
  [
    'protected-keys-descending',
    1,
    '{4: kid, 1: 5}',
    segment(
      with1(decided(), {
        start: Buffer.from('d18447a2044265300105a0', 'hex'),
        macProtected: Buffer.from('a2044265300105', 'hex'),
      }),
    ),
  ],
  [
    'unprotected-header',
    1,
    '{4: kid} outside the MAC',
    segment(
      with1(decided(), {
        start: Buffer.from('d18447a2010504426530a104426530', 'hex'),
      }),
    ),
  ],
  [
    'payload-head-not-shortest',
    1,
    'a head of five bytes',
    segment(with1(decided(), { payloadHead: Buffer.of(0x5a, 0, 0, 0, 0xff) })),
  ],
  ['payload-text', 1, 'text where bytes belong', segment(with1(decided(), { payloadHead: Buffer.of(0x78, 0xff) }))],
  ['payload-detached', 1, 'null for the payload', segment(with1(decided(), { payloadHead: Buffer.of(0xf6) }))],
  ['tag-of-31-bytes', 1, 'a truncated MAC', segment(with1(decided(), { tag: (right) => right.subarray(1) }))],
  [
    'tag-of-33-bytes',
    1,
    'a MAC with a byte more',
    segment(with1(decided(), { tag: (right) => Buffer.concat([right, Buffer.of(0)]) })),
  ],

  ['payload-int-not-shortest', 1, 'seq as 1801', segment(payload1(encode([1, new Raw('1801'), 0, decided()])))],
  ['payload-float-seq', 1, 'seq as a float', segment(payload1(encode([1, new Raw('f93c00'), 0, decided()])))],
  [
    'payload-keys-descending',
    1,
    'body keys 4, 3, 2, 1, 0',
    segment(
      payload1(
        Buffer.concat([
          Buffer.from('84010100a5', 'hex'),
          ...[...decided()].toReversed().flatMap(([key, value]) => [encode(key), encode(value)]),
        ]),
      ),
    ),
  ],
  [
    'payload-key-twice',
    1,
    'body key 0 twice',
    segment(payload1(Buffer.concat([Buffer.from('84010100a60040', 'hex'), encode(decided()).subarray(1)]))),
  ],
  [
    'payload-map-indefinite',
    1,
    'bf … ff',
    segment(
      payload1(Buffer.concat([Buffer.from('84010100bf', 'hex'), encode(decided()).subarray(1), Buffer.of(0xff)])),
    ),
  ],
  ['payload-tagged', 1, 'the time with tag 1', segment(with1(decided({ 3: new Raw('c11a68e77800') })))],
  ['payload-undefined', 1, 'f7 for the adapter', segment(with1(decided({ 2: new Raw('f7') })))],
  ['payload-not-utf8', 1, 'a surrogate in the adapter', segment(with1(decided({ 2: new Raw('63eda080') })))],
  [
    'payload-bytes-after',
    1,
    'a byte after the array',
    segment(payload1(Buffer.concat([encode([1, 1, 0, decided()]), Buffer.of(0)]))),
  ],
  ['payload-empty', 1, 'no bytes', segment(payload1(Buffer.alloc(0)))],
  ['payload-array-of-3', 1, 'no body', segment(payload1(encode([1, 1, 0])))],
  ['payload-count-2-32', 1, 'a map of 2^32 pairs', segment(payload1(Buffer.from('84010100bb0000000100000000', 'hex')))],
  [
    'payload-count-2-64',
    1,
    'a map of 2^64 − 1 pairs',
    segment(payload1(Buffer.from('84010100bbffffffffffffffff', 'hex'))),
  ],
  [
    'payload-nested-60000',
    1,
    '60,000 arrays in one another',
    segment(payload1(Buffer.concat([Buffer.alloc(60_000, 0x81), Buffer.of(0x80)]))),
  ],
  ['payload-too-deep', 1, '65 arrays', segment(payload1(Buffer.concat([Buffer.alloc(64, 0x81), Buffer.of(0x80)])))],

  ['type-unknown', 1, 'type 12', segment(records({ 1: (log) => log.add(12, decided()) }))],
  ['epoch-negative', 1, 'epoch −1', segment(payload1(encode([1, 1, -1, decided()])))],
  ['seq-negative', 1, 'seq −1', segment(payload1(encode([1, -1, 0, decided()])))],
  ['seq-text', 1, 'seq "1"', segment(payload1(encode([1, '1', 0, decided()])))],
  ['body-array', 1, 'an array for the body', segment(payload1(encode([1, 1, 0, []])))],

  ['header-format', 0, 'another format', segment(with0(header({ 0: 'plumbline/3' })))],
  ['header-unknown-key', 0, 'key 17', segment(with0(header({ 17: 0 })))],
  ['header-key-id-absent', 0, 'no key 16', segment(with0(header({ 16: undefined })))],
  ['header-key-id-short', 0, 'a key id of 7 bytes', segment(with0(header({ 16: Buffer.alloc(7) })))],
  ['header-tree-bytes', 0, 'a root without its size', segment(with0(header({ 5: Buffer.alloc(32) })))],
  ['header-tree-root-short', 0, 'a root of 31 bytes', segment(with0(header({ 5: [0, Buffer.alloc(31)] })))],
  ['header-vkeys-none', 0, 'nobody signs', segment(with0(header({ 9: [] })))],
  [
    'header-vkey-key-hash',
    0,
    'the key hash of another name',
    segment(with0(header({ 9: [SIGNER.vkey.replace('signer', 'sigmer')] }))),
  ],
  ['header-durability-other', 0, 'a durability there is not', segment(with0(header({ 11: 'sometimes' })))],
  ['header-log-number-beyond', 0, '2^16 + 1', segment(with0(header({ 14: 2 ** 16 + 1 })))],
  ['header-text-key', 0, 'a text key', segment(with0(new Map([...header(), ['x', 0]])))],
  ['header-engine-absent', 0, 'no key 6', segment(with0(header({ 6: undefined })))],
  ['header-program-short', 0, 'a digest of 31 bytes', segment(with0(header({ 7: Buffer.alloc(31) })))],
  ['header-origin-space', 0, 'a space in the origin', segment(with0(header({ 1: 'plumb line' })))],
  ['header-origin-empty', 0, 'no origin', segment(with0(header({ 1: '' })))],
  ['header-origin-plus', 0, 'a + in the origin', segment(with0(header({ 1: 'plumb+line' })))],
  ['header-previous-short', 0, 'a previous tag of 31 bytes', segment(with0(header({ 4: Buffer.alloc(31) })))],
  ['header-state-too-long', 0, 'a state of 16,385 bytes', segment(with0(header({ 8: Buffer.alloc(16_385) })))],
  [
    'header-nine-layers',
    0,
    'at most 8',
    segment(with0(header({ 12: Array.from({ length: 9 }, () => Buffer.alloc(32)) }))),
  ],
  ['header-time-text', 0, 'created as text', segment(with0(header({ 10: '2025' })))],

  ['decision-state-absent', 1, 'no key 4', segment(with1(decided({ 4: undefined })))],
  ['decision-unknown-key', 1, 'key 6', segment(with1(decided({ 6: 0 })))],
  ['decision-request-text', 1, 'the request as text', segment(with1(decided({ 0: 'a' })))],
  ['decision-time-float', 1, 'half a millisecond', segment(with1(decided({ 3: 0.5 })))],
  ['decision-not-cbor', 1, 'ff for a decision', segment(with1(decided({ 1: Buffer.of(0xff) })))],
  ['decision-verdict-7', 1, 'no such verdict', segment(with1(decided({ 1: encode(allow({ 0: 7 })) })))],
  ['decision-code-25', 1, 'no such code', segment(with1(decided({ 1: encode(allow({ 1: 25 })) })))],
  ['decision-version-absent', 1, 'no key 11', segment(with1(decided({ 1: encode(allow({ 11: undefined })) })))],
  ['transaction-of-1', 1, 'a transaction has two requests at least', segment(with1(decided({ 1: encode([allow()]) })))],
  [
    'transaction-of-17',
    1,
    'and 16 at most',
    segment(with1(decided({ 1: encode(Array.from({ length: 17 }, () => allow())) }))),
  ],

  ['header-time-beyond', 0, 'created at 2^63', segment(with0(header({ 10: 2n ** 63n })))],
  ['decision-time-beyond', 1, 'recorded at 2^63', segment(with1(decided({ 3: 2n ** 63n })))],
  ['decision-time-below', 1, 'recorded at −2^63 − 1', segment(with1(decided({ 3: -(2n ** 63n) - 1n })))],
  ['close-time-beyond', 3, 'closed at 2^63', segment(with3(close({ 3: 2n ** 63n })))],

  ['close-reason-absent', 3, 'no key 0', segment(with3(close({ 0: undefined })))],
  ['close-unknown-key', 3, 'key 4', segment(with3(close({ 4: 0 })))],
];

export const TAMPERED: Row[] = [
  ['tag-altered', 1, 'one bit of a tag', segment([h, flip(d1, -1), d2, c])],
  ['request-altered', 1, 'one bit of the request', segment([h, flip(d1, d1.indexOf(encode(request())) + 4), d2, c])],
  [
    'verdict-altered',
    2,
    'block made defer, tag as it was',
    segment([h, d1, Buffer.from(d2.toString('hex').replace('ad0006', 'ad0005'), 'hex'), c]),
  ],
  [
    'origin-altered',
    0,
    'another origin gives another key',
    segment([Buffer.from(h.toString('latin1').replace('/vector', '/vectop'), 'latin1'), d1, d2, c]),
  ],
  [
    'chain-restarted',
    1,
    'the tag is over an empty previous tag',
    segment(with1(decided(), { macPrevious: Buffer.alloc(0) })),
  ],
  [
    'protected-not-in-tag',
    1,
    'the tag is over an empty protected header',
    segment(with1(decided(), { macProtected: Buffer.alloc(0) })),
  ],
  [
    'request-without-authority',
    1,
    'allowed, though it names no layer set',
    segment(with1(decided({ 0: Buffer.of(0xa0) }))),
  ],
  ['records-swapped', 1, 'decisions in the other order', segment([h, d2, d1, c])],
  ['record-removed', 1, 'the first decision is gone', segment([h, d2, c])],
  ['record-removed-before-close', 2, 'the last decision is gone', segment([h, d1, c])],
  ['record-twice', 2, 'a decision repeated', segment([h, d1, d1, d2, c])],
  ['header-removed', 0, 'begins with a decision', segment([d1, d2, c])],
  ['record-of-another-log', 1, 'same seed, another origin', segment([h, spliced, d2, c])],
  ['record-after-close', 4, 'a decision after the end', segment([...proper, d1])],
  ['log-after-close', 4, 'the log once more', segment([...proper, ...proper])],

  ['kid-ahead', 1, 'epoch 1 in the kid and its key, epoch 0 in the payload', segment(with1(decided(), { kid: 1 }))],
  ['kid-far-ahead', 1, 'the last epoch there is in the kid', segment(with1(decided(), { kid: 2 ** 32 - 1, keyOf: 0 }))],
  ['epoch-ahead', 1, 'epoch 1 in the payload, epoch 0 in the kid', segment(payload1(encode([1, 1, 1, decided()])))],
  [
    'epoch-1-without-end',
    1,
    'rightly tagged, epoch 1 though epoch 0 has no end',
    segment(records({ 1: (log) => log.payload(encode([1, 1, 1, decided()]), { kid: 1 }) })),
  ],
  [
    'header-epoch-1',
    0,
    'a log that begins in epoch 1',
    segment(records({ 0: (log) => log.payload(encode([0, 0, 1, header()]), { kid: 1 }) })),
  ],
  ['header-tree-size', 0, 'the first header has a tree of 1', segment(with0(header({ 5: [1, treeRoot([])] })))],
  ['header-tree-root', 0, 'not the root of the empty tree', segment(with0(header({ 5: [0, Buffer.alloc(32)] })))],
  ['seq-skipped', 1, 'rightly tagged, seq 2 after 0', segment(payload1(encode([1, 2, 0, decided()])))],
  ['seq-repeated', 1, 'rightly tagged, seq 0 again', segment(payload1(encode([1, 0, 0, decided()])))],
  ['seq-beyond-2-53', 1, 'rightly tagged, seq 2^53 − 1', segment(payload1(encode([1, 2n ** 53n - 1n, 0, decided()])))],
  [
    'header-inside',
    1,
    'rightly tagged, a second header in a segment',
    segment(records({ 1: (log) => log.add(0, header({ 3: 1, 4: log.previous })) })),
  ],
  [
    'after-close-tagged',
    4,
    'rightly tagged, after the close record',
    segment(
      records({
        3: (log) => {
          log.add(8, close());
          log.add(1, decided());
        },
      }),
    ),
  ],
  [
    'close-twice',
    4,
    'rightly tagged, a second close',
    segment(
      records({
        3: (log) => {
          log.add(8, close());
          log.add(8, close({ 1: 4 }));
        },
      }),
    ),
  ],
  ['header-segment', 0, 'the first header says segment 1', segment(with0(header({ 2: 1 })))],
  ['header-seq', 0, 'the first header says seq 1', segment(with0(header({ 3: 1 })))],
  ['header-previous', 0, 'the first header has a previous tag', segment(with0(header({ 4: Buffer.alloc(32) })))],
  ['close-count', 3, 'two records before instead of three', segment(with3(close({ 1: 2 })))],
  ['close-state', 3, 'the state before the last decision', segment(with3(close({ 2: sha256(STATES[1]!) })))],

  [
    'time-back',
    2,
    'a millisecond before the record before',
    segment(records({ 2: (log) => log.add(1, second({ 3: TIME_MS - 1 })) })),
  ],
  ['close-time-back', 3, 'closed before the last decision', segment(with3(close({ 3: TIME_MS - 1 })))],
  ['request-before-header', 1, 'a request of before the log', segment(with1(decided({ 0: requestAt(TIME_MS - 1) })))],
  ['request-after-record', 1, 'recorded before it was made', segment(with1(decided({ 0: requestAt(TIME_MS + 1) })))],
  ['request-60001-before', 1, 'recorded too late', segment(timed(TIME_MS, TIME_MS + 60_001))],
  ['request-time-beyond', 1, 'allowed, at 2^63', segment(with1(decided({ 0: requestAt(2n ** 63n) })))],
  ['request-time-absent', 1, 'allowed, at no time', segment(with1(decided({ 0: requestAt('now') })))],
  [
    'request-time-back',
    2,
    'a request of before the request before',
    segment(timed(TIME_MS + 1, TIME_MS + 1, requestAt(TIME_MS))),
  ],
  [
    'request-time-back-transaction',
    2,
    'likewise two of them',
    segment(
      records({
        1: (log) => log.add(1, decided({ 0: requestAt(TIME_MS + 1), 3: TIME_MS + 1 })),
        2: (log) => {
          const answer = allow({ 11: 2 });
          const [both, answers] = [encode([request(), request()]), encode([answer, answer])];
          log.add(1, second({ 0: both, 1: answers, 3: TIME_MS + 1 }));
        },
        3: (log) => log.add(8, close({ 3: TIME_MS + 1 })),
      }),
    ),
  ],
  ['second-header-time', 2, 'before the last record of the segment before', segments(twoSegments({ 10: TIME_MS - 1 }))],
  ['request-time-back-split', 3, 'of before the request before, in the second segment', segments(splitTimes())],

  ['second-header-previous', 2, 'not the tag before', segments(twoSegments({ 4: Buffer.alloc(32) }))],
  ['second-header-state', 2, 'not the state reached', segments(twoSegments({ 8: STATES[0]! }))],
  ['second-header-program', 2, 'another program', segments(twoSegments({ 7: sha256(SOURCE) }))],
  ['second-header-origin', 2, 'another origin', segments(twoSegments({ 1: 'plumbline/other' }))],
  ['second-header-tree', 2, 'not the tree of what came before', segments(twoSegments({ 5: [2, rootOf([d1, h])] }))],
  [
    'second-header-vkeys',
    2,
    'another signer',
    segments(twoSegments({ 9: [new Signer(SEED, 'plumbline/signer').vkey] })),
  ],
  ['second-header-log-number', 2, 'another log number', segments(twoSegments({ 14: LOG_NUMBER + 1 }))],
  [
    'second-segment-headless',
    2,
    'begins with a decision',
    { ...segment([h, d1]), [SECOND]: Buffer.concat([d2, c]).toString('hex') },
  ],
  ['first-segment-removed', 0, 'begins with segment 1', { [SECOND]: segments(twoSegments())[SECOND]! }],
  [
    'segment-skipped',
    2,
    '00000002 after 00000000',
    { ...segment(twoSegments()[0]), '00000002.cborseq': segments(twoSegments())[SECOND]! },
  ],
  ['segment-after-close', 4, 'a segment after the end', { ...segment(proper), [SECOND]: '' }],

  [
    'blob-altered',
    0,
    'another program under its name',
    {
      ...segment(proper),
      ...BLOBS,
      [`blobs/${sha256(PROGRAM).toString('hex')}`]: Buffer.from('another program').toString('hex'),
    },
  ],
  ['no-key-record-removed', 1, 'seen without a key', segment([h, d2, c]), { seed: null }],
  ['no-key-record-after-close', 4, 'seen without a key', segment([...proper, d1]), { seed: null }],
];

/** A log whose first request and its record have these times; `next`: the second request, which is allowed. */
function timed(requestMs: number, recordMs: number, next?: Buffer): Buffer[] {
  const answer = next && { 0: next, 1: encode(allow({ 11: 2 })) };
  return records({
    1: (log) => log.add(1, decided({ 0: requestAt(requestMs), 3: recordMs })),
    2: (log) => log.add(1, second({ ...answer, 3: recordMs })),
    3: (log) => log.add(8, close({ 3: recordMs })),
  });
}

function splitTimes(): [Buffer[], Buffer[]] {
  const log = new LogWriter(SEED, ORIGIN, LOG_NUMBER);
  const later = TIME_MS + 1;
  log.add(0, header());
  log.add(1, decided({ 0: requestAt(later), 3: later }));
  const place = { 2: 1, 3: 2, 4: log.previous, 5: [2, rootOf(log.records)], 8: STATES[1]! };
  log.add(0, header({ ...place, 10: later }));
  log.add(1, second({ 1: encode(allow({ 11: 2 })), 3: later }));
  log.add(8, close({ 1: 4, 3: later }));
  return [log.records.slice(0, 2), log.records.slice(2)];
}
