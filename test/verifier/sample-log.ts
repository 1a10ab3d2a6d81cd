// A small log with one of everything that counts: two segments, two epochs, a redacted request and its disclosure,
// tiles, a published checkpoint, blobs.
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
  allow,
  checkpoint,
  close,
  decided,
  forbid,
  header,
  request,
  second,
} from '../vectors/log/parts.ts';
import { parseVkeyFile } from '../../verifier/index.ts';

const SALT = Buffer.alloc(16, 7);
const asked = (command: Item) => encode(request(NO_LAYERS, new Map([['command', command]])));
const EXACT = asked('ls');
const COMMITMENT = fields({ 6: sha256(encode([SALT, 'command', 'ls'])) });
const REDACTED = decided({
  0: asked(COMMITMENT),
  1: encode(allow({ 11: 2 })),
  5: sha256(Buffer.concat([SALT, EXACT])),
});

const log = new LogWriter(SEED, ORIGIN, LOG_NUMBER);
log.add(0, header());
log.add(1, decided());
log.add(6, fields({ 0: sha256(STATES[1]!), 1: TIME_MS }));
log.add(0, header({ 2: 1, 3: 3, 4: log.previous, 5: [3, rootOf(log.records)], 8: STATES[1]! }));
log.add(5, fields({ 0: STATES[1]!, 1: TIME_MS }));
log.add(1, REDACTED);
log.add(1, second({ 1: encode(forbid({ 11: 3 })) }));
log.add(8, close({ 1: 7 }));

/** Its records, and how many of them are in the first segment. */
export const RECORDS = log.records;
export const FIRST = 3;
export const SEGMENTS = ['00000000.cborseq', '00000001.cborseq'] as const;

/** Path → bytes. */
export const FILES: Record<string, Buffer> = {
  [SEGMENTS[0]]: Buffer.concat(RECORDS.slice(0, FIRST)),
  [SEGMENTS[1]]: Buffer.concat(RECORDS.slice(FIRST)),
  [`disclosures/${SEGMENTS[1]}`]: encode([5, SALT, [['command', SALT, 'ls']]]),
  checkpoint: checkpoint(RECORDS),
  published: checkpoint(RECORDS.slice(0, 6)),
  ...tilesOf(RECORDS),
  ...Object.fromEntries(Object.entries(BLOBS).map(([name, hex]) => [name, Buffer.from(hex, 'hex')])),
};

/** What an auditor holds: the seed, or the signer's key and a checkpoint that was published. */
export const BY_SEED = { seed: SEED };
export const BY_CHECKPOINT = { vkey: parseVkeyFile(SIGNER.vkey)!, checkpoint: checkpoint(RECORDS) };
