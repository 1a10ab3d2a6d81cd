// Vectors of whole logs: what somebody with or without keys can do to epochs, segments, checkpoints, tiles, blobs and
// disclosures. SPEC §9.
import {
  BLOBS,
  ENGINE,
  KEY_ID,
  LOG_NUMBER,
  NO_LAYERS,
  ORIGIN,
  PROGRAM,
  SECOND,
  SEED,
  SEGMENT,
  SIGNER,
  SOURCE,
  STATES,
  TIME_MS,
  allow,
  block,
  blobs,
  c,
  checkpoint,
  close,
  d1,
  d2,
  decided,
  h,
  header,
  hex,
  proper,
  records,
  recordsUnder,
  request,
  sealed,
  second,
  segment,
  segments,
  twoSegments,
  with0,
  with1,
  withRecord,
} from './parts.ts';
import type { Files, Row } from './parts.ts';
import { programWith, schemaSection } from './schema.ts';
import { LogWriter, Signer, encode, fields, keyIdOf, leafOf, rootOf, sha256, tilesOf } from './write.ts';
import type { Item, Wrong } from './write.ts';

const snapshot = (state = STATES[1]!) => fields({ 0: state, 1: TIME_MS });
const epochEnd = (state = STATES[1]!) => fields({ 0: sha256(state), 1: TIME_MS });
const recovery = () => fields({ 0: 7, 1: sha256(Buffer.from('dropped')), 2: TIME_MS });

type Write = (log: LogWriter) => void;

/** Header, decision, epoch end | snapshot, decision, close; `at` replaces how the i-th is written. */
function twoEpochs(at: Record<number, Write> = {}, origin = ORIGIN, logNumber = LOG_NUMBER): Buffer[] {
  const log = new LogWriter(SEED, origin, logNumber);
  const all: Write[] = [
    (one) => one.add(0, header({ 1: origin, 14: logNumber, 16: keyIdOf(SEED, logNumber) })),
    (one) => one.add(1, decided()),
    (one) => one.add(6, epochEnd()),
    (one) => one.add(5, snapshot()),
    (one) => one.add(1, second()),
    (one) => one.add(8, close({ 1: 5 })),
  ];
  for (const [index, write] of all.entries()) (at[index] ?? write)(log);
  return log.records;
}

/** The same, the second epoch in a segment of its own. */
function epochSegments(after: Write = (log) => log.add(5, snapshot())): [Buffer[], Buffer[]] {
  const log = new LogWriter(SEED, ORIGIN, LOG_NUMBER);
  log.add(0, header());
  log.add(1, decided());
  log.add(6, epochEnd());
  const laterHeader = { 2: 1, 3: 3, 4: log.previous, 5: [3, rootOf(log.records)], 8: STATES[1]! };
  log.add(0, header(laterHeader));
  after(log);
  log.add(1, second());
  log.add(8, close({ 1: log.records.length }));
  return [log.records.slice(0, 3), log.records.slice(3)];
}

function recovered(after: Write = (log) => log.add(8, close({ 1: 3, 2: sha256(STATES[1]!) }))): Buffer[] {
  return records({ 2: (log) => log.add(7, recovery()), 3: after });
}

const note = (text: string) => Buffer.from(text);
const epochs = twoEpochs();
const withCheckpoint = (parts: Uint8Array[], own: Uint8Array): Files => ({
  ...sealed(parts),
  ...hex({ checkpoint: own }),
});
const published = checkpoint(proper);
const stranger = new Signer(Buffer.alloc(32, 0x52), 'plumbline/stranger');
const namesake = new Signer(Buffer.alloc(32, 0x53), SIGNER.name);
const segmentOf = (parts: Uint8Array[]): Files => ({ ...segment(parts), ...BLOBS });
// The header with a stranger's vkey in place of the signer's, its tag as it was.
const strangers = with0(header({ 9: [stranger.vkey] }), { tag: () => h.subarray(-32) })[0]!;
const byCheckpoint = { seed: null, vkey: SIGNER.vkey };

// What a thief of every key would rather have had happen.
const rewritten = with1(decided({ 2: 'else' }));
const permitAll = programWith(schemaSection(['all', 'command'], ['command']));
const underPermitAll = records({
  0: (log) => log.add(0, header({ 7: sha256(permitAll) })),
  1: (log) => log.add(1, decided({ 1: encode(allow({ 9: sha256(permitAll) })) })),
  2: (log) => log.add(1, second({ 1: encode(allow({ 9: sha256(permitAll), 11: 2 })) })),
});

// A redacted request: {3: {"command": "rm -rf /"}} and the rest of a request's shape.
const SALT0 = Buffer.alloc(16, 0xa0);
const SALT1 = Buffer.alloc(16, 0xa1);
const SALT2 = Buffer.alloc(16, 0xa2);
const asked = (command: Item, host: Item) =>
  request(
    NO_LAYERS,
    new Map([
      ['command', command],
      ['host', host],
    ]),
  );
const commit = (salt: Buffer, name: string, value: Item) => fields({ 6: sha256(encode([salt, name, value])) });
const EXACT = encode(asked('rm -rf /', 'h'));
const RECORDED = encode(asked(commit(SALT1, 'command', 'rm -rf /'), 'h'));
const salted = (exact: Uint8Array) => sha256(Buffer.concat([SALT0, exact]));
const redacted = with1(decided({ 0: RECORDED, 5: salted(EXACT) }));
const disclosed = (...items: Item[]): Files => hex({ [`disclosures/${SEGMENT}`]: Buffer.concat(items.map(encode)) });
const disclosure = [1, SALT0, [['command', SALT1, 'rm -rf /']]];

const NO_REQUEST = Buffer.from('rm -rf / is no request');
const redactedWhole = with1(
  decided({ 0: encode(commit(SALT1, '', NO_REQUEST)), 1: encode(block(1)), 5: salted(NO_REQUEST) }),
);

const TWO = encode([asked('a', 'h'), asked('b', 'h')]);
const redactedTwice = with1(
  decided({
    0: encode([asked(commit(SALT1, 'command', 'a'), 'h'), asked(commit(SALT2, 'command', 'b'), 'h')]),
    1: encode([allow(), allow()]),
    5: salted(TWO),
  }),
);

// 300 decisions: a whole tile and part of the next.
const many = (() => {
  const log = new LogWriter(SEED, ORIGIN, LOG_NUMBER);
  log.add(0, header());
  for (let i = 1; i <= 300; i++) log.add(1, decided({ 1: encode(allow({ 11: i })) }));
  log.add(8, close({ 1: 301, 2: sha256(STATES[1]!) }));
  return log.records;
})();
const manyTiles = tilesOf(many);
const flipIn = (bytes: Buffer, at: number) => Buffer.from(bytes.map((byte, i) => (i === at ? byte ^ 1 : byte)));

export const AUTHENTICATED: Row[] = [
  ['two-epochs', null, 'an epoch end, then a snapshot under the next key', sealed(epochs)],
  [
    'epoch-begins-segment',
    null,
    'the header comes before the snapshot',
    { ...sealed(epochSegments().flat()), ...segments(epochSegments()) },
  ],
  ['recovered', null, 'closed by recovery', sealed(recovered())],
  ['checkpoint-alone', null, 'no seed, but the signer of the checkpoint is known', sealed(proper), byCheckpoint],
  [
    'checkpoint-given',
    null,
    'no checkpoint of its own, but one from outside that covers all',
    { ...segment(proper), ...BLOBS },
    { ...byCheckpoint, checkpoint: published },
  ],
  [
    'checkpoint-given-earlier',
    null,
    'the log goes on from the checkpoint from outside',
    sealed(proper),
    { ...byCheckpoint, checkpoint: checkpoint(proper.slice(0, 2)) },
  ],
  [
    'checkpoint-given-empty',
    null,
    'a checkpoint of no records, from outside',
    sealed(proper),
    { ...byCheckpoint, checkpoint: checkpoint([]) },
  ],
  [
    'published',
    null,
    'an earlier checkpoint that was published',
    { ...sealed(proper), ...hex({ published: checkpoint([h, d1]) }) },
  ],
  [
    'two-signers',
    null,
    'the header names two, the second has signed',
    sealed(records({ 0: (log) => log.add(0, header({ 9: [stranger.vkey, SIGNER.vkey] })) })),
  ],
  ['tiles', null, 'a whole tile and parts of others', { ...sealed(many), ...hex(manyTiles) }],
  [
    'tile-parts',
    null,
    'what a tile was at two checkpoints',
    { ...sealed(proper), ...hex({ ...tilesOf([h, d1]), ...tilesOf(proper) }) },
  ],
  [
    'beside-files',
    null,
    'what is no part of a log is not read',
    { ...sealed(proper), ...hex({ 'notes.txt': ENGINE, 'tombstones/a': ENGINE, 'blobs.old': ENGINE }) },
  ],
  [
    'beside-blobs',
    null,
    'blobs that no record names, whatever their bytes',
    {
      ...sealed(proper),
      ...hex({
        [nameOf(note('x'))]: ENGINE,
        [nameOf(ENGINE).toUpperCase().replace('BLOBS', 'blobs')]: PROGRAM,
        'blobs/README': ENGINE,
        'blobs/more/00': ENGINE,
      }),
    },
  ],
  [
    'beside-tiles',
    null,
    'what has no path of a tile',
    {
      ...sealed(proper),
      ...hex({
        'tile/0/000.p/0': ENGINE,
        'tile/0/000.p/256': ENGINE,
        'tile/0/000.p/04': ENGINE,
        'tile/0/abc': ENGINE,
        'tile/00/000': ENGINE,
        'tile/0/x000/000': ENGINE,
        'tile/entries/000': ENGINE,
      }),
    },
  ],
  [
    'beside-disclosures',
    null,
    "names that are no segment's",
    {
      ...sealed(redacted),
      ...disclosed(disclosure),
      ...hex({ 'disclosures/old': ENGINE, 'disclosures/0.cborseq': ENGINE }),
    },
  ],
  [
    'recovered-nothing',
    null,
    'a recovery that dropped no byte',
    sealed(
      records({
        2: (log) => log.add(7, fields({ 0: 0, 1: sha256(Buffer.of()), 2: TIME_MS })),
        3: (log) => log.add(8, close({ 1: 3, 2: sha256(STATES[1]!) })),
      }),
    ),
  ],
  [
    'grant-of-no-layers',
    null,
    "the header's empty set once more",
    sealed(withRecord(4, fields({ 0: [], 1: [], 2: TIME_MS, 3: true }))),
  ],
  [
    'durability-changes',
    null,
    'the second segment is written with another',
    { ...sealed(twoSegments({ 11: 'fsync' }).flat()), ...segments(twoSegments({ 11: 'fsync' })) },
  ],
  ['redacted', null, 'one value redacted, and its disclosure', { ...sealed(redacted), ...disclosed(disclosure) }],
  ['redacted-erased', null, 'one value redacted, and its disclosure erased', sealed(redacted)],
  [
    'redacted-whole',
    null,
    'bytes that are no request, and their disclosure',
    { ...sealed(redactedWhole), ...disclosed([1, SALT0, [['', SALT1, NO_REQUEST]]]) },
  ],
  [
    'redacted-transaction',
    null,
    'the same attribute in two requests',
    {
      ...sealed(redactedTwice),
      ...disclosed([
        1,
        SALT0,
        [
          ['command', SALT1, 'a'],
          ['command', SALT2, 'b'],
        ],
      ]),
    },
  ],
];

export const UNSEALED: Row[] = [
  ['checkpoint-absent', null, 'closed, but no checkpoint', { ...segment(proper), ...BLOBS }],
  ['close-absent', null, 'a checkpoint covers every record, but none is the close', sealed([h, d1, d2])],
  [
    'checkpoint-behind',
    null,
    'closed, but the checkpoint does not cover it',
    withCheckpoint(proper, checkpoint([h, d1, d2])),
  ],
  [
    'checkpoint-alone-behind',
    null,
    'authentic as far as the checkpoint goes',
    withCheckpoint(proper, checkpoint([h, d1, d2])),
    byCheckpoint,
  ],
  ['cut-after-epoch-end', null, 'an epoch ended, the next not begun', { ...segment(epochs.slice(0, 3)), ...BLOBS }],
  ['cut-after-recovery', null, 'recovery did not come to its close', { ...segment(recovered().slice(0, 3)), ...BLOBS }],
  [
    'cut-after-header',
    null,
    'an epoch begins a segment and has no snapshot yet',
    { ...segments([epochSegments()[0], epochSegments()[1].slice(0, 1)]), ...BLOBS },
  ],
  [
    'disclosure-torn',
    null,
    'the writer died inside a disclosure',
    {
      ...segment(redacted.slice(0, 1)),
      ...BLOBS,
      ...hex({ [`disclosures/${SEGMENT}`]: encode(disclosure).subarray(0, 9) }),
    },
  ],
  [
    'disclosure-ahead',
    null,
    'the writer died between a disclosure and its record',
    { ...segment(redacted.slice(0, 1)), ...BLOBS, ...disclosed(disclosure) },
  ],
];

export const UNAUTHENTICATED: Row[] = [
  [
    'vkey-of-a-signer-who-did-not-sign',
    null,
    'the header names two, and the one given did not sign',
    sealed(records({ 0: (log) => log.add(0, header({ 9: [stranger.vkey, SIGNER.vkey] })) })),
    { seed: null, vkey: stranger.vkey },
  ],
  [
    'checkpoint-of-no-records',
    null,
    'rightly signed: it vouches for nothing',
    withCheckpoint(proper, checkpoint([])),
    byCheckpoint,
  ],
  ['vkey-without-checkpoint', null, 'nothing is signed', { ...segment(proper), ...BLOBS }, byCheckpoint],
  [
    'no-key-checkpoint',
    null,
    'the header names who signs, and nobody vouches for the header',
    sealed(proper),
    { seed: null },
  ],
];

export const NOT_REPLAYED: Row[] = [
  [
    'permit-all-program',
    null,
    'a thief of all keys logs under a program that permits all: its digest is not trusted',
    { ...sealed(underPermitAll), ...blobs(permitAll) },
    { trusted: [sha256(ENGINE), sha256(PROGRAM)] },
  ],
  [
    'engine-other',
    null,
    'a thief of all keys logs under an engine of his own: its digest is not trusted',
    { ...sealed(records({ 0: (log) => log.add(0, header({ 6: sha256(permitAll) })) })), ...blobs(permitAll) },
    { trusted: [sha256(ENGINE), sha256(PROGRAM)] },
  ],
];

const noteText = published.toString('utf8');
const [originLine, sizeLine, rootLine, , signatureLine] = noteText.split('\n') as [
  string,
  string,
  string,
  string,
  string,
];

export const MALFORMED: Row[] = [
  ['checkpoint-empty', null, 'no bytes', withCheckpoint(proper, note(''))],
  [
    'checkpoint-unsigned',
    null,
    'no signature',
    withCheckpoint(proper, note(`${originLine}\n${sizeLine}\n${rootLine}\n`)),
  ],
  [
    'checkpoint-signed-twice',
    null,
    'a second signature',
    withCheckpoint(proper, note(`${noteText}${stranger.line('x')}`)),
  ],
  [
    'checkpoint-extended',
    null,
    'an extension line',
    withCheckpoint(proper, note(noteText.replace('\n\n', '\nmore\n\n'))),
  ],
  ['checkpoint-without-end', null, 'no line feed at the end', withCheckpoint(proper, note(noteText.slice(0, -1)))],
  ['checkpoint-crlf', null, 'carriage returns', withCheckpoint(proper, note(noteText.replaceAll('\n', '\r\n')))],
  ['checkpoint-size-zero-first', null, 'size 04', withCheckpoint(proper, note(noteText.replace('\n4\n', '\n04\n')))],
  [
    'checkpoint-root-spare-bits',
    null,
    'base64 of the same root with spare bits set',
    withCheckpoint(proper, note(noteText.replace(rootLine, spare(rootLine)))),
  ],
  [
    'checkpoint-signature-spare-bits',
    null,
    'base64 of the same signature with spare bits set',
    withCheckpoint(proper, note(noteText.replace(signatureLine, spare(signatureLine)))),
  ],
  [
    'checkpoint-not-utf8',
    null,
    'a byte ff in the name',
    withCheckpoint(proper, Buffer.from(noteText.replace('signer', '\u{ff}'), 'latin1')),
  ],
  [
    'checkpoint-size-beyond',
    null,
    'size 2^53',
    withCheckpoint(proper, note(noteText.replace('\n4\n', '\n9007199254740992\n'))),
  ],
  ['published-empty', null, 'no bytes', { ...sealed(proper), published: '' }],

  [
    'snapshot-unknown-key',
    3,
    'key 2',
    segment(twoEpochs({ 3: (log) => log.add(5, fields({ 0: STATES[1]!, 1: 0, 2: 0 })) })),
  ],
  [
    'snapshot-state-too-long',
    3,
    'a state of 16,385 bytes',
    segment(twoEpochs({ 3: (log) => log.add(5, snapshot(Buffer.alloc(16_385))) })),
  ],
  [
    'snapshot-time-beyond',
    3,
    'at 2^63',
    segment(twoEpochs({ 3: (log) => log.add(5, fields({ 0: STATES[1]!, 1: 2n ** 63n })) })),
  ],
  [
    'epoch-end-time-beyond',
    2,
    'at 2^63',
    segment(twoEpochs({ 2: (log) => log.add(6, fields({ 0: sha256(STATES[1]!), 1: 2n ** 63n })) })),
  ],
  [
    'recovery-time-beyond',
    2,
    'at 2^63',
    segment(records({ 2: (log) => log.add(7, fields({ 0: 1, 1: Buffer.alloc(32), 2: 2n ** 63n })) })),
  ],
  ['epoch-end-state-absent', 2, 'no key 0', segment(twoEpochs({ 2: (log) => log.add(6, fields({ 1: TIME_MS })) }))],
  [
    'recovery-digest-short',
    2,
    'a digest of 31 bytes',
    segment(records({ 2: (log) => log.add(7, fields({ 0: 1, 1: Buffer.alloc(31), 2: 0 })) })),
  ],

  [
    'redacted-without-commitment',
    1,
    'key 5, but nothing redacted',
    sealed(with1(decided({ 0: EXACT, 5: salted(EXACT) }))),
  ],
  [
    'redacted-no-request',
    1,
    'key 5, and bytes that are no request',
    sealed(with1(decided({ 0: Buffer.of(0xff), 1: encode(block(1)), 5: salted(EXACT) }))),
  ],
  [
    'redacted-digest-short',
    1,
    'a salted digest of 31 bytes',
    segment(with1(decided({ 0: RECORDED, 5: Buffer.alloc(31) }))),
  ],
  [
    'disclosure-cut',
    null,
    'the last byte is missing',
    { ...sealed(redacted), ...hex({ [`disclosures/${SEGMENT}`]: encode(disclosure).subarray(0, -1) }) },
  ],
  ['disclosure-twice', null, 'the same again', { ...sealed(redacted), ...disclosed(disclosure, disclosure) }],
  [
    'disclosure-salt-short',
    null,
    'a salt of 15 bytes',
    { ...sealed(redacted), ...disclosed([1, SALT0.subarray(1), [['command', SALT1, 'rm -rf /']]]) },
  ],
];

// Of base64 that ends in one `=`, the last digit before it has two bits that mean nothing.
function spare(text: string): string {
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  return `${text.slice(0, -2)}${digits[digits.indexOf(text.at(-2)!) + 1]}=`;
}

const otherSeed = Buffer.alloc(32, 0xff);
export const OTHER_KEY: Row[] = [
  ['seed-of-another-host', 0, 'a log that is whole, but of another seed', sealed(proper), { seed: otherSeed }],
  [
    'seed-of-another-host-unsealed',
    0,
    'not closed yet, its checkpoint shows it whole so far',
    withCheckpoint([h, d1], checkpoint([h])),
    { seed: otherSeed },
  ],
  [
    'seed-of-another-host-right-vkey',
    0,
    'the signer is right, the seed is not',
    sealed(proper),
    { seed: otherSeed, vkey: SIGNER.vkey },
  ],
  [
    'vkey-of-another-signer',
    0,
    'the header names another key than the one given',
    sealed(proper),
    { seed: SEED, vkey: stranger.vkey },
  ],
  ['vkey-of-a-namesake', 0, 'the name is right, the key is not', sealed(proper), { seed: null, vkey: namesake.vkey }],
  ['seed-of-another-host-no-checkpoint', 0, 'the key id alone tells', segmentOf(proper), { seed: otherSeed }],
  [
    'seed-of-another-log-number',
    0,
    'the header names another log of the host',
    sealed(records({ 0: (log) => log.add(0, header({ 14: LOG_NUMBER + 1 })) })),
  ],
  ['key-id-altered', 0, 'one bit of the key id', sealed(with0(header({ 16: flipIn(Buffer.from(KEY_ID), 0) })))],
  ['vkey-of-another-signer-no-checkpoint', 0, 'nothing is signed yet', segmentOf(proper), { vkey: stranger.vkey }],
];

export const TAMPERED: Row[] = [
  [
    'other-seed-flipped-bit',
    null,
    'of another seed, and changed: the tree shows it',
    { ...sealed(proper), ...segment([h, flipIn(d1, d1.length - 1), d2, c]) },
    { seed: otherSeed },
  ],
  [
    'key-id-of-another-seed',
    0,
    'written under another seed, with the key id of the one given',
    sealed(recordsUnder(otherSeed)),
  ],
  [
    'header-and-checkpoint-of-a-stranger',
    0,
    'the header names a stranger, who signed; the next tag is right under the seed',
    withCheckpoint([strangers, d1, d2, c], checkpoint([strangers, d1, d2, c], { signer: stranger })),
  ],

  ['cut-below-checkpoint', null, 'the log ends before its own checkpoint', withCheckpoint([h, d1], published)],
  [
    'cut-below-published',
    null,
    'the log ends before what was published',
    { ...sealed([h, d1]), ...hex({ published }) },
  ],
  [
    'cut-below-given',
    null,
    'the log ends before the checkpoint from outside',
    sealed([h, d1]),
    { ...byCheckpoint, checkpoint: published },
  ],
  [
    'older-closed-version',
    null,
    'rightly closed and signed, but shorter than what was published since',
    sealed(records({ 2: () => undefined, 3: (log) => log.add(8, close({ 1: 2, 2: sha256(STATES[1]!) })) })),
    { ...byCheckpoint, checkpoint: published },
  ],
  [
    'rewritten-by-key-thief',
    null,
    'every key is right, but another log was published',
    sealed(rewritten),
    { seed: SEED, vkey: SIGNER.vkey, checkpoint: published },
  ],
  [
    'checkpoint-alone-altered',
    null,
    'one byte of a record, seen without the seed',
    { ...sealed(proper), ...segment([h, flipIn(d1, d1.length - 1), d2, c]) },
    byCheckpoint,
  ],
  [
    'checkpoint-alone-rewritten',
    null,
    'another log under the same checkpoint, seen without the seed',
    { ...sealed(rewritten), ...hex({ checkpoint: published }) },
    byCheckpoint,
  ],
  [
    'checkpoint-root',
    null,
    'rightly signed, another root',
    withCheckpoint(proper, checkpoint(proper, { root: rootOf(rewritten) })),
  ],
  [
    'checkpoint-root-of-other-size',
    null,
    'rightly signed, the root of fewer records',
    withCheckpoint(proper, checkpoint(proper, { root: rootOf([h, d1, d2]) })),
  ],
  [
    'checkpoint-beyond',
    null,
    'rightly signed, one record more',
    withCheckpoint(proper, checkpoint(proper, { size: 5 })),
  ],
  [
    'checkpoint-size-greatest',
    null,
    'rightly signed, size 2^53 − 1',
    withCheckpoint(proper, checkpoint(proper, { size: 2 ** 53 - 1 })),
  ],
  [
    'first-finding-of-two',
    1,
    'a wrong tag, then a record that is malformed: what comes after a finding is not looked at',
    segment([h, flipIn(d1, d1.length - 1), d2.subarray(1), c]),
  ],
  [
    'first-finding-before-checkpoint',
    1,
    'a wrong tag, and a checkpoint that is none',
    { ...withCheckpoint(proper, note('')), ...segment([h, flipIn(d1, d1.length - 1), d2, c]) },
  ],
  [
    'checkpoint-origin',
    null,
    'rightly signed, for another log',
    withCheckpoint(proper, checkpoint(proper, { origin: 'plumbline/other' })),
  ],
  [
    'checkpoint-forged',
    null,
    'the signature is of another root',
    withCheckpoint(proper, note(noteText.replace(rootLine, rootOf(rewritten).toString('base64')))),
  ],
  [
    'checkpoint-wrong-signer',
    null,
    'signed by whom the header does not name',
    withCheckpoint(proper, checkpoint(proper, { signer: stranger })),
  ],
  [
    'checkpoint-namesake',
    null,
    'signed by another key of the same name',
    withCheckpoint(proper, checkpoint(proper, { signer: namesake })),
  ],
  [
    'checkpoint-signer-name',
    null,
    'the right signature under another name',
    withCheckpoint(proper, note(noteText.replace(SIGNER.name, 'plumbline/sigmer'))),
  ],
  [
    'checkpoint-key-hash',
    null,
    'the right signature under another key hash',
    withCheckpoint(proper, note(noteText.replace(signatureLine, reHashed(signatureLine)))),
  ],
  [
    'published-forged',
    null,
    'the signature is of another root',
    {
      ...sealed(proper),
      ...hex({ published: note(noteText.replace(rootLine, rootOf(rewritten).toString('base64'))) }),
    },
  ],

  [
    'epoch-end-removed',
    2,
    'the next epoch begins without it',
    segment(twoEpochs({ 2: (log) => (log.epoch = 1) as never })),
  ],
  [
    'epoch-end-twice',
    3,
    'rightly tagged, in the epoch that had one',
    segment(twoEpochs({ 3: (log) => log.payload(encode([6, 3, 0, epochEnd()]), { kid: 0 }) })),
  ],
  ['epoch-end-state', 2, 'not the state reached', segment(twoEpochs({ 2: (log) => log.add(6, epochEnd(STATES[0]!)) }))],
  [
    'epoch-skipped',
    3,
    'epoch 2 after epoch 0',
    segment(twoEpochs({ 3: (log) => log.payload(encode([5, 3, 2, snapshot()]), { kid: 2 }) })),
  ],
  [
    'epoch-continued',
    3,
    'a decision in the epoch that has ended',
    segment(twoEpochs({ 3: (log) => log.payload(encode([1, 3, 0, second()]), { kid: 0 }) })),
  ],
  [
    'epoch-without-snapshot',
    3,
    'the next epoch begins with a decision',
    segment(twoEpochs({ 3: (log) => log.add(1, second()) })),
  ],
  [
    'close-without-snapshot',
    3,
    'the next epoch begins with the close',
    segment(twoEpochs({ 3: (log) => log.add(8, close({ 1: 3, 2: sha256(STATES[1]!) })) })),
  ],
  ['snapshot-inside', 2, 'a snapshot where no epoch begins', segment(records({ 2: (log) => log.add(5, snapshot()) }))],
  ['snapshot-twice', 4, 'two in an epoch', segment(twoEpochs({ 4: (log) => log.add(5, snapshot()) }))],
  ['snapshot-state', 3, 'not the state reached', segment(twoEpochs({ 3: (log) => log.add(5, snapshot(STATES[0]!)) }))],
  ['snapshot-first', 1, 'a snapshot in epoch 0', segment(records({ 1: (log) => log.add(5, snapshot(STATES[0]!)) }))],
  ['epoch-replayed', 3, 'epoch 0 once more after its end', segment([...epochs.slice(0, 3), ...epochs.slice(0, 3)])],
  ['epochs-swapped', 0, 'the second epoch before the first', segment([...epochs.slice(3), ...epochs.slice(0, 3)])],
  [
    'resealed-newer-kid',
    1,
    'an old record rewritten under the running key and epoch',
    segment(twoEpochs({ 1: (log) => log.payload(encode([1, 1, 1, decided({ 2: 'else' })]), { kid: 1 }) })),
  ],
  [
    'resealed-newer-key',
    1,
    'an old record rewritten, tagged with the running key',
    segment(twoEpochs({ 1: (log) => log.add(1, decided({ 2: 'else' }), { keyOf: 1 }) })),
  ],
  [
    'resealed-epoch-end',
    2,
    'an epoch cut short, its end tagged with the running key',
    segment(twoEpochs({ 2: (log) => log.add(6, epochEnd(), { keyOf: 1 }) })),
  ],
  [
    'resealed-older-key',
    4,
    'a record tagged with a key of an earlier epoch',
    segment(twoEpochs({ 4: (log) => log.add(1, second(), { keyOf: 0 }) })),
  ],
  [
    'epoch-of-another-log',
    3,
    'the second epoch of another log under the seed',
    segment([...epochs.slice(0, 3), ...twoEpochs({}, 'plumbline/other').slice(3)]),
  ],
  [
    'epoch-of-another-number',
    3,
    'the second epoch of a log of the same origin and another number',
    segment([...epochs.slice(0, 3), ...twoEpochs({}, ORIGIN, LOG_NUMBER + 1).slice(3)]),
  ],
  [
    'segment-of-another-log',
    2,
    'the second segment of a log that differs in one decision',
    segments([twoSegments()[0], otherSegments()[1]]),
  ],
  ['segment-twice', 2, 'the first segment again as the second', segments([twoSegments()[0], twoSegments()[0]])],
  ['segments-swapped', 0, 'each under the name of the other', segments([twoSegments()[1], twoSegments()[0]])],
  [
    'segment-epoch-without-snapshot',
    4,
    'an epoch begins a segment without one',
    segments(epochSegments(() => undefined)),
  ],
  [
    'segment-header-alone-where-epoch-begins',
    4,
    'an epoch begins a segment that holds nothing but its header, and goes on in the next',
    headerAlone(),
  ],
  ['segment-epoch-ahead', 2, 'the second segment is in epoch 1, though epoch 0 has no end', segments(epochAhead())],
  [
    'segment-epoch-far-ahead',
    2,
    'the second segment is in the last epoch there is, which no check walks to',
    segments(epochAhead({ kid: 2 ** 32 - 1, keyOf: 0 })),
  ],
  ['segment-snapshot-inside', 3, 'a snapshot after a header where no epoch begins', segments(snapshotAfterHeader())],
  ['recovery-continued', 3, 'a decision after a recovery', segment(recovered((log) => log.add(1, second())))],
  ['recovery-twice', 3, 'a recovery after a recovery', segment(recovered((log) => log.add(7, recovery())))],

  [
    'blobs-swapped',
    0,
    'engine and program under the name of the other',
    { ...sealed(proper), ...hex({ [nameOf(ENGINE)]: PROGRAM, [nameOf(PROGRAM)]: ENGINE }) },
  ],
  [
    'source-altered',
    0,
    'another policy source under its name',
    { ...sealed(proper), ...hex({ [nameOf(SOURCE)]: permitAll }) },
  ],

  [
    'tile-altered',
    3,
    'one bit of the fourth hash',
    { ...sealed(many), ...hex({ ...manyTiles, 'tile/0/000': flipIn(manyTiles['tile/0/000']!, 100) }) },
  ],
  [
    'tile-cut',
    null,
    'a byte is missing',
    { ...sealed(proper), ...hex({ 'tile/0/000.p/4': tilesOf(proper)['tile/0/000.p/4']!.subarray(1) }) },
  ],
  [
    'tile-part-altered',
    3,
    'one bit of the last hash',
    { ...sealed(proper), ...hex({ 'tile/0/000.p/4': flipIn(tilesOf(proper)['tile/0/000.p/4']!, 127) }) },
  ],
  [
    'tile-above-altered',
    null,
    'one bit of a hash above',
    { ...sealed(many), ...hex({ ...manyTiles, 'tile/1/000.p/1': flipIn(manyTiles['tile/1/000.p/1']!, 0) }) },
  ],
  [
    'tile-beyond',
    null,
    'a part with more hashes than there are records',
    {
      ...sealed(proper),
      ...hex({ 'tile/0/000.p/5': Buffer.concat([tilesOf(proper)['tile/0/000.p/4']!, leafOf(d1)]) }),
    },
  ],
  [
    'tile-of-another-log',
    1,
    'the tiles of a log that differs in its first decision',
    { ...sealed(proper), ...hex(tilesOf(rewritten)) },
  ],

  [
    'disclosure-value',
    1,
    'another value',
    { ...sealed(redacted), ...disclosed([1, SALT0, [['command', SALT1, 'ls']]]) },
  ],
  [
    'disclosure-name',
    1,
    'another name',
    { ...sealed(redacted), ...disclosed([1, SALT0, [['host', SALT1, 'rm -rf /']]]) },
  ],
  [
    'disclosure-salt',
    1,
    'another salt',
    { ...sealed(redacted), ...disclosed([1, SALT0, [['command', SALT2, 'rm -rf /']]]) },
  ],
  [
    'disclosure-request-salt',
    1,
    'another salt of the request',
    { ...sealed(redacted), ...disclosed([1, SALT1, [['command', SALT1, 'rm -rf /']]]) },
  ],
  ['disclosure-without-values', 1, 'no value', { ...sealed(redacted), ...disclosed([1, SALT0, []]) }],
  [
    'disclosure-value-more',
    1,
    'two values',
    {
      ...sealed(redacted),
      ...disclosed([
        1,
        SALT0,
        [
          ['command', SALT1, 'rm -rf /'],
          ['command', SALT1, 'rm -rf /'],
        ],
      ]),
    },
  ],
  [
    'disclosure-values-swapped',
    1,
    'in the other order',
    {
      ...sealed(redactedTwice),
      ...disclosed([
        1,
        SALT0,
        [
          ['command', SALT2, 'b'],
          ['command', SALT1, 'a'],
        ],
      ]),
    },
  ],
  [
    'disclosure-of-no-redacted',
    null,
    'of a record that is not redacted',
    { ...sealed(redacted), ...disclosed(disclosure, [2, SALT0, [['command', SALT1, 'rm -rf /']]]) },
  ],
  [
    'disclosure-of-no-record',
    null,
    'of a record that there is not',
    { ...sealed(redacted), ...disclosed(disclosure, [9, SALT0, []]) },
  ],
  [
    'disclosures-of-no-segment',
    null,
    'of a segment that there is not',
    { ...sealed(redacted), ...hex({ [`disclosures/${SECOND}`]: encode(disclosure) }) },
  ],
  [
    'redacted-salted-digest',
    1,
    'the salted digest is of another request',
    { ...sealed(with1(decided({ 0: RECORDED, 5: salted(TWO) }))), ...disclosed(disclosure) },
  ],
];

function nameOf(bytes: Uint8Array): string {
  return `blobs/${sha256(bytes).toString('hex')}`;
}

function reHashed(line: string): string {
  const [dash, name, encoded] = line.split(' ');
  return `${dash} ${name} ${flipIn(Buffer.from(encoded!, 'base64'), 0).toString('base64')}`;
}

function otherSegments(): [Buffer[], Buffer[]] {
  const log = new LogWriter(SEED, ORIGIN, LOG_NUMBER);
  log.add(0, header());
  log.add(1, decided({ 2: 'else' }));
  log.add(0, header({ 2: 1, 3: 2, 4: log.previous, 5: [2, rootOf(log.records)], 8: STATES[1]! }));
  log.add(1, second());
  log.add(8, close({ 1: 4 }));
  return [log.records.slice(0, 2), log.records.slice(2)];
}

function snapshotAfterHeader(): [Buffer[], Buffer[]] {
  const log = new LogWriter(SEED, ORIGIN, LOG_NUMBER);
  log.add(0, header());
  log.add(1, decided());
  log.add(0, header({ 2: 1, 3: 2, 4: log.previous, 5: [2, rootOf(log.records)], 8: STATES[1]! }));
  log.add(5, snapshot());
  return [log.records.slice(0, 2), log.records.slice(2)];
}

function epochAhead(wrong: Wrong = {}): [Buffer[], Buffer[]] {
  const log = new LogWriter(SEED, ORIGIN, LOG_NUMBER);
  log.add(0, header());
  log.add(1, decided());
  log.epoch = 1;
  log.add(0, header({ 2: 1, 3: 2, 4: log.previous, 5: [2, rootOf(log.records)], 8: STATES[1]! }), wrong);
  log.add(1, second());
  log.add(8, close({ 1: 4 }));
  return [log.records.slice(0, 2), log.records.slice(2)];
}

function headerAlone(): Files {
  const log = new LogWriter(SEED, ORIGIN, LOG_NUMBER);
  const later = (number: number) =>
    header({
      2: number,
      3: log.records.length,
      4: log.previous,
      5: [log.records.length, rootOf(log.records)],
      8: STATES[1]!,
    });
  log.add(0, header());
  log.add(1, decided());
  log.add(6, epochEnd());
  log.add(0, later(1));
  log.add(0, later(2));
  log.add(5, snapshot());
  const parts = [log.records.slice(0, 3), log.records.slice(3, 4), log.records.slice(4)];
  return hex(Object.fromEntries(parts.map((part, i) => [`0000000${i}.cborseq`, Buffer.concat(part)])));
}
