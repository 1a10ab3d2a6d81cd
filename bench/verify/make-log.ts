// Owns: a proper log of any length on disk, for measuring: made from SPEC §9 in one pass, with one decision recorded
// again and again.

import { createHash, createHmac, hkdfSync } from 'node:crypto';
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Signer, encode, epochKeys, fields, sha256 } from '../../test/vectors/log/write.ts';

const EPOCH_RECORDS = 4_096;
const SEGMENT_BYTES = 64 << 20;
const FLUSH_BYTES = 1 << 20;
const TIME_MS = 1_760_000_000_000;
const STATE = Buffer.from('ac00000100020003800480050006800780088009830000000a000b80', 'hex');
const BLOB = Buffer.from('stands for engine, program and source');
const ORIGIN = 'plumbline/bench';
const SIGNER = new Signer(Buffer.alloc(32, 2), 'plumbline/bench-signer');

export const SEED = Buffer.alloc(32, 1);
export const VKEY = SIGNER.vkey;

// The request and decision of SPEC §10: their record has some 320 bytes.
const REQUEST = Buffer.from(
  'a600a200654167656e7401616101a20066416374696f6e01647265616402a20063446f6301616403a165636f756e740204582076be8b528d' +
    '0075f7aae98d6fa57a6d3c83ae480a8469e668d7b0af968995ac71051b0000018bcfe56800',
  'hex',
);
const DECISION = Buffer.from(
  'ad0000010002f603800481636665770580068007800883f5816366657780095820094a476edcef876a6f0a3699ed5bac4e885ed84fae9077' +
    'bf17b95f78b81cb6ed0a582076be8b528d0075f7aae98d6fa57a6d3c83ae480a8469e668d7b0af968995ac710b010cf6',
  'hex',
);
const BODY = encode(fields({ 0: REQUEST, 1: DECISION, 2: 'bench', 3: TIME_MS, 4: sha256(STATE) }));

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
    this.#add(1, BODY);
  }

  close(): void {
    this.#add(8, encode(fields({ 0: 'done', 1: this.seq, 2: sha256(STATE), 3: TIME_MS })));
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
      8: STATE,
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
    this.#add(6, encode(fields({ 0: sha256(STATE), 1: TIME_MS })));
    this.#epoch++;
    this.#epochRecords = 0;
    this.#key = this.#keys.next().value!;
    this.#protected = encode(encode(fields({ 1: 5, 4: Buffer.from(`e${this.#epoch}`) })));
    this.#add(5, encode(fields({ 0: STATE, 1: TIME_MS })));
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
