// Owns: a proper log of any length on disk, for measuring: made from SPEC §9 in one pass, with one request decided
// again and again.

import { createHash, createHmac, hkdfSync } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Signer, encode, epochKeys, fields, sha256 } from '../../test/vectors/log/write.ts';

const EPOCH_RECORDS = 4_096;
const SEGMENT_BYTES = 64 << 20;
const FLUSH_BYTES = 1 << 20;
const TIME_MS = 1_760_000_000_000;
// A program; it stands for engine and source too.
const SHIPPED = readFileSync(new URL('../../bindings/presets/run/compiled.json', import.meta.url), 'utf8');
const BLOB = Buffer.from((JSON.parse(SHIPPED) as { program: string }).program, 'base64');
const ORIGIN = 'plumbline/bench';
const SIGNER = new Signer(Buffer.alloc(32, 2), 'plumbline/bench-signer');

export const SEED = Buffer.alloc(32, 1);
export const VKEY = SIGNER.vkey;

const AUTHORITY = sha256(Buffer.of(0x80));
const ENTITY = (type: string, id: string) => fields({ 0: type, 1: id });

// A request as small as that of SPEC §10, recorded in full each time: a record has some 310 bytes.
const REQUEST = encode(
  fields({
    0: ENTITY('Agent', 'a'),
    1: ENTITY('Action', 'read'),
    2: ENTITY('Doc', 'd'),
    3: new Map([['count', 2]]),
    4: AUTHORITY,
    5: TIME_MS,
  }),
);
// What stands before and behind a decision's version, and a state's two counts.
const DECIDED = encode(
  fields({
    0: 0,
    1: 0,
    2: null,
    3: [],
    4: ['few'],
    5: [],
    6: [],
    7: [],
    8: [true, ['few'], []],
    9: sha256(BLOB),
    10: AUTHORITY,
  }),
);
DECIDED[0] = 0xad;
const STATE_END = Buffer.from('020003800480050006800780088009830000000a000b80', 'hex');
const decisionOf = (version: Buffer): Buffer => Buffer.concat([DECIDED, Buffer.of(11), version, Buffer.of(12, 0xf6)]);
const stateOf = (count: Buffer): Buffer => Buffer.concat([Buffer.of(0xac, 0), count, Buffer.of(1), count, STATE_END]);

const hkdf = (from: Uint8Array, info: string, length: number): Buffer =>
  Buffer.from(hkdfSync('sha256', from, '', info, length));
const KEY_ID = hkdf(hkdf(SEED, 'plumbline/1 host', 32), 'plumbline/2 key id', 8);

/** Perfect subtrees of what was added, the largest first (RFC 6962). */
class Tree {
  readonly #subtrees: { size: number; hash: Buffer }[] = [];

  add(record: Uint8Array): void {
    let added = { size: 1, hash: createHash('sha256').update(Buffer.of(0)).update(record).digest() };
    for (let last = this.#subtrees.at(-1); last?.size === added.size; last = this.#subtrees.at(-1)) {
      this.#subtrees.pop();
      added = { size: 2 * last.size, hash: node(last.hash, added.hash) };
    }
    this.#subtrees.push(added);
  }

  root(): Buffer {
    const hashes = this.#subtrees.map(({ hash }) => hash);
    if (hashes.length === 0) return sha256(Buffer.alloc(0));
    return hashes.reduceRight((right, left) => node(left, right));
  }
}

const node = (left: Buffer, right: Buffer) =>
  createHash('sha256').update(Buffer.of(1)).update(left).update(right).digest();

class Maker {
  readonly #directory: string;
  readonly #tree = new Tree();
  #file: number | undefined;
  #segment = -1;
  #segmentBytes = 0;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #previous: Buffer = Buffer.of(0x40);
  #epoch = 0;
  #epochRecords = 0;
  #state = stateOf(encode(0));
  #decided = 0;
  readonly #keys = epochKeys(SEED, ORIGIN, 0);
  #key = this.#keys.next().value!;
  #protected: Buffer = Buffer.from('47a2010504426530', 'hex');
  seq = 0;

  constructor(directory: string) {
    this.#directory = directory;
    mkdirSync(join(directory, 'blobs'), { recursive: true });
    writeFileSync(join(directory, 'blobs', sha256(BLOB).toString('hex')), BLOB);
  }

  decision(): void {
    if (this.#file === undefined || this.#segmentBytes > SEGMENT_BYTES) this.#header();
    if (this.#epochRecords === EPOCH_RECORDS - 1) this.#nextEpoch();
    const version = encode(++this.#decided);
    this.#state = stateOf(version);
    const body = { 0: REQUEST, 1: decisionOf(version), 2: 'bench', 3: TIME_MS, 4: sha256(this.#state) };
    this.#add(1, encode(fields(body)));
  }

  close(): void {
    this.#add(8, encode(fields({ 0: 'done', 1: this.seq, 2: sha256(this.#state), 3: TIME_MS })));
    this.#flush();
    closeSync(this.#file!);
    writeFileSync(join(this.#directory, 'checkpoint'), SIGNER.checkpoint(ORIGIN, this.seq, this.#tree.root()));
  }

  #header(): void {
    if (this.#file !== undefined) {
      this.#flush();
      closeSync(this.#file);
    }
    this.#segment++;
    this.#segmentBytes = 0;
    this.#file = openSync(join(this.#directory, `${String(this.#segment).padStart(8, '0')}.cborseq`), 'w', 0o600);
    const blob = sha256(BLOB);
    const previous = this.#previous.subarray(this.#previous.length === 1 ? 1 : 2);
    const body = fields({
      0: 'plumbline/2',
      1: ORIGIN,
      2: this.#segment,
      3: this.seq,
      4: previous,
      5: [this.seq, this.#tree.root()],
      6: blob,
      7: blob,
      8: this.#state,
      9: [VKEY],
      10: TIME_MS,
      11: 'write',
      12: [],
      13: [blob],
      14: 0,
      15: null,
      16: KEY_ID,
    });
    this.#add(0, encode(body));
  }

  #nextEpoch(): void {
    this.#add(6, encode(fields({ 0: sha256(this.#state), 1: TIME_MS })));
    this.#epoch++;
    this.#epochRecords = 0;
    this.#key = this.#keys.next().value!;
    this.#protected = encode(encode(fields({ 1: 5, 4: Buffer.from(`e${this.#epoch}`) })));
    this.#add(5, encode(fields({ 0: this.#state, 1: TIME_MS })));
  }

  #add(type: number, body: Buffer): void {
    const place = encode([type, this.seq, this.#epoch]);
    place[0] = 0x84;
    const payload = encode(Buffer.concat([place, body]));
    const tag = createHmac('sha256', this.#key)
      .update('\u{84}dMAC0', 'latin1')
      .update(this.#protected)
      .update(this.#previous)
      .update(payload)
      .digest();
    this.#previous = Buffer.concat([Buffer.of(0x58, 0x20), tag]);
    const record = Buffer.concat([Buffer.of(0xd1, 0x84), this.#protected, Buffer.of(0xa0), payload, this.#previous]);
    this.#tree.add(record);
    this.#pending.push(record);
    this.#pendingBytes += record.length;
    this.#segmentBytes += record.length;
    this.#epochRecords++;
    this.seq++;
    if (this.#pendingBytes > FLUSH_BYTES) this.#flush();
  }

  #flush(): void {
    writeSync(this.#file!, Buffer.concat(this.#pending));
    this.#pending = [];
    this.#pendingBytes = 0;
  }
}

/** Writes a sealed log with this many decisions to a directory; gives its number of records. */
export function makeLog(directory: string, decisions: number): number {
  const maker = new Maker(directory);
  for (let i = 0; i < decisions; i++) maker.decision();
  maker.close();
  return maker.seq;
}
