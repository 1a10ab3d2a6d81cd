// A small log with one of everything that counts: each type of record, two segments, two epochs, a redacted request and
// its disclosure, tiles, a published checkpoint, blobs.
import { LogWriter, encode, fields, rootOf, sha256, tilesOf } from '../vectors/log/write.ts';
import type { Item } from '../vectors/log/write.ts';
import {
  BLOBS,
  LOG_NUMBER,
  NO_LAYERS,
  ORIGIN,
  SEED,
  SIGNER,
  STATES,
  TIME_MS,
  adapter,
  allow,
  checkpoint,
  close,
  decided,
  forbid,
  header,
  noted,
  outcome,
  refusal,
  request,
  second,
} from '../vectors/log/parts.ts';
import { parseVkeyFile } from '../../verifier/index.ts';

/** After two decisions. */
const STATE = encode(
  fields({ 0: 2, 1: 2, 2: 0, 3: [], 4: [], 5: 0, 6: [], 7: [], 8: [], 9: [0, 0, 0], 10: 0, 11: [] }),
);
const SALT = Buffer.alloc(16, 7);
const asked = (command: Item) => encode(request(NO_LAYERS, new Map([['command', command]])));
const EXACT = asked('ls');
const COMMITMENT = fields({ 6: sha256(encode([SALT, 'command', 'ls'])) });
const REDACTED = decided({
  0: asked(COMMITMENT),
  1: encode(allow({ 11: 3 })),
  5: sha256(Buffer.concat([SALT, EXACT])),
});

const LABELS = encode([2, ['secret']]);
const OPEN_REQUEST = encode(request(NO_LAYERS, new Map([['host', 'h']])));

const log = new LogWriter(SEED, ORIGIN, LOG_NUMBER);
log.add(0, header());
log.add(10, adapter());
log.add(1, decided({ 0: OPEN_REQUEST }));
log.add(11, fields({ 0: 2, 1: fields({ 2: '/s' }), 2: fields({ 11: 2 }), 3: 0, 4: sha256(STATE) }));
log.add(6, fields({ 0: sha256(STATE), 1: TIME_MS }));
log.add(0, header({ 2: 1, 3: 5, 4: log.previous, 5: [5, rootOf(log.records)], 8: STATE }));
log.add(5, fields({ 0: STATE, 1: TIME_MS }));
log.add(1, REDACTED);
log.add(9, refusal());
log.add(4, fields({ 0: [], 1: [], 2: TIME_MS, 3: true }));
log.add(3, noted([0, Buffer.alloc(32, 7), TIME_MS + 1000, TIME_MS]));
log.add(2, outcome({ 0: 3, 5: LABELS, 6: sha256(STATES[2]!) }));
log.add(1, second({ 1: encode(forbid({ 11: 6 })) }));
log.add(7, fields({ 0: 7, 1: sha256(Buffer.from('dropped')), 2: TIME_MS }));
log.add(8, close({ 1: 14 }));

/** Its records, and how many of them are in the first segment. */
export const RECORDS = log.records;
export const FIRST = 5;
export const SEGMENTS = ['00000000.cborseq', '00000001.cborseq'] as const;

/** Path → bytes. */
export const FILES: Record<string, Buffer> = {
  [SEGMENTS[0]]: Buffer.concat(RECORDS.slice(0, FIRST)),
  [SEGMENTS[1]]: Buffer.concat(RECORDS.slice(FIRST)),
  [`disclosures/${SEGMENTS[1]}`]: encode([7, SALT, [['command', SALT, 'ls']]]),
  checkpoint: checkpoint(RECORDS),
  published: checkpoint(RECORDS.slice(0, 9)),
  ...tilesOf(RECORDS),
  ...Object.fromEntries(Object.entries(BLOBS).map(([name, hex]) => [name, Buffer.from(hex, 'hex')])),
};

/** What an auditor holds: the seed, or the signer's key and a checkpoint that was published. */
export const BY_SEED = { seed: SEED };
export const BY_CHECKPOINT = { vkey: parseVkeyFile(SIGNER.vkey)!, checkpoint: checkpoint(RECORDS) };
