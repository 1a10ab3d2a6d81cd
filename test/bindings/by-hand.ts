// Owns: reading a log by hand from SPEC §9, with HMAC, SHA-256, Ed25519 and cbor-x alone: nothing of the writer,
// nothing of the verifier. Every check is an assertion; what it returns is what the log says.

import { createHash, createHmac, createPublicKey, verify } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Decoder, type Tag } from 'cbor-x';
import { expect } from 'vitest';
import { hex } from './bytes.ts';

export type Body = Map<number, unknown>;
export interface Entry {
  type: number;
  seq: number;
  epoch: number;
  body: Body;
  segment: number;
  tag: Uint8Array;
  bytes: Uint8Array;
}

const decoder = new Decoder({ mapsAsObjects: false });

export const sha256 = (...parts: (Uint8Array | string)[]): Buffer =>
  parts.reduce((sum, part) => sum.update(part), createHash('sha256')).digest();

const hmac = (key: Uint8Array, ...parts: (Uint8Array | string)[]): Buffer =>
  parts.reduce((mac, part) => mac.update(part), createHmac('sha256', key)).digest();

// RFC 5869 in its two steps; 32 bytes are one block.
const hkdf = (secret: Uint8Array, salt: string, info: string, version = 1): Buffer =>
  hmac(hmac(Buffer.from(salt), secret), `plumbline/${version} ${info}`, Uint8Array.of(1));

function logSecret(seed: Uint8Array, logNumber: number): Buffer {
  let secret = hkdf(seed, '', 'host');
  for (let number = 0; number < logNumber; number++) secret = hkdf(secret, '', 'next log');
  return secret;
}

/** SPEC §9.2: key 16 of a header. */
export const keyId = (seed: Uint8Array, logNumber: number): Buffer =>
  hkdf(logSecret(seed, logNumber), '', 'key id', 2).subarray(0, 8);

/** SPEC §9.2: the epoch key of a log, walked from the seed. */
export function epochKey(seed: Uint8Array, logNumber: number, origin: string, epoch: number): Buffer {
  let key = hkdf(logSecret(seed, logNumber), origin, 'epoch');
  for (let number = 0; number < epoch; number++) key = hkdf(key, '', 'ratchet');
  return key;
}

export const macKey = (key: Uint8Array): Buffer => hkdf(key, '', 'mac');

/** A byte string with its head. */
function byteString(bytes: Uint8Array): Buffer {
  const { length } = bytes;
  const head = length < 24 ? [0x40 + length] : length < 256 ? [0x58, length] : [0x59, length >> 8, length & 255];
  return Buffer.concat([Buffer.from(head), bytes]);
}

/** The root of RFC 6962, by its definition. */
export function rootOf(leaves: readonly Uint8Array[]): Buffer {
  if (leaves.length === 0) return sha256('');
  if (leaves.length === 1) return Buffer.from(leaves[0]!);
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return sha256(Uint8Array.of(1), rootOf(leaves.slice(0, split)), rootOf(leaves.slice(split)));
}

export const leafOf = ({ bytes }: Entry): Buffer => sha256(Uint8Array.of(0), bytes);

/** The records of a log, each of which must be in its place and authentic. */
export function readByHand(directory: string, seed: Uint8Array): Entry[] {
  const names = readdirSync(directory).filter((name) => name.endsWith('.cborseq'));
  const entries: Entry[] = [];
  let previous = Buffer.alloc(0);
  for (const [segment, name] of names.entries()) {
    expect(name).toBe(`${String(segment).padStart(8, '0')}.cborseq`);
    const file = readFileSync(join(directory, name));
    let end = 0;
    for (const { value } of decoder.decodeMultiple(file) as Tag[]) {
      const [head, , payload, tag] = value as [Uint8Array, unknown, Uint8Array, Uint8Array];
      const [type, seq, epoch, body] = decoder.decode(payload) as [number, number, number, Body];
      const kid = Buffer.from(`e${epoch}`);
      const protectedHeader = Buffer.concat([Buffer.from('a2010504', 'hex'), byteString(kid)]);
      expect(hex(head)).toBe(hex(protectedHeader));
      const bytes = Buffer.concat([
        Buffer.from('d184', 'hex'),
        byteString(protectedHeader),
        Buffer.from('a0', 'hex'),
        byteString(payload),
        byteString(tag),
      ]);
      expect(hex(file.subarray(end, end + bytes.length))).toBe(hex(bytes));
      end += bytes.length;
      entries.push({ type, seq, epoch, body, segment, tag, bytes });
      const header = entries[0]!.body;
      const key = epochKey(seed, header.get(14) as number, header.get(1) as string, epoch);
      const structure = [Buffer.from('84644d414330', 'hex'), byteString(protectedHeader), byteString(previous)];
      expect(hex(tag)).toBe(hex(hmac(macKey(key), ...structure, byteString(payload))));
      if (type === 0) expect(hex(body.get(4) as Uint8Array)).toBe(hex(previous));
      previous = Buffer.from(tag);
    }
    expect(end).toBe(file.length);
  }
  checkPlaces(entries);
  return entries;
}

/** SPEC §9.1: what follows what. */
function checkPlaces(entries: readonly Entry[]): void {
  let epoch = 0;
  for (const [seq, entry] of entries.entries()) {
    const before = entries[seq - 1];
    expect(entry.seq).toBe(seq);
    if (before?.type === 6) epoch++;
    expect(entry.epoch).toBe(epoch);
    expect(entry.type === 0).toBe(entry.segment !== before?.segment);
    if (entry.type === 0) {
      const leaves = entries.slice(0, seq).map(leafOf);
      expect(entry.body.get(5)).toEqual([seq, rootOf(leaves)]);
      expect([entry.body.get(2), entry.body.get(3)]).toEqual([entry.segment, seq]);
    }
    const opens = before?.type === 6 || (before?.type === 0 && entries[seq - 2]?.type === 6);
    if (entry.type !== 0) expect(entry.type === 5).toBe(opens);
    if (before?.type === 7) expect(entry.type).toBe(8);
    checkState(entries, seq);
    expect(before?.type).not.toBe(8);
  }
}

export const isDecision = ({ type }: { type: number }): boolean => type === 1 || type === 11;

/** By type: which key is the digest of the state after a record. An outcome may have none. */
const STATE_AFTER: Record<number, number> = { 1: 4, 2: 6, 3: 2, 11: 4 };

const stateAfter = ({ type, body }: Entry): Uint8Array | undefined =>
  (body.get(STATE_AFTER[type] ?? -1) as Uint8Array | null | undefined) ?? undefined;

/** What a record says of the state is what the last one before it that changed it left, or the first header. */
function checkState(entries: readonly Entry[], seq: number): void {
  const { type, body } = entries[seq]!;
  const last = entries.slice(0, seq).findLast((entry) => stateAfter(entry) !== undefined);
  const first = entries[0]!.body.get(8) as Uint8Array;
  const expected = hex(last === undefined ? sha256(first) : stateAfter(last)!);
  if (type === 0) expect(hex(sha256(body.get(8) as Uint8Array))).toBe(expected);
  if (type === 5) expect(hex(sha256(body.get(0) as Uint8Array))).toBe(expected);
  if (type === 6) expect(hex(body.get(0) as Uint8Array)).toBe(expected);
  if (type === 8) expect(hex(body.get(2) as Uint8Array)).toBe(expected);
}

/** What a checkpoint file states, its signature checked under a vkey. */
export function readCheckpoint(note: string, vkey: string): { origin: string; size: number; root: string } {
  const [name, keyHash, encoded] = /^(.*)\+([0-9a-f]{8})\+(.*)$/.exec(vkey)!.slice(1) as [string, string, string];
  const key = Buffer.from(encoded, 'base64');
  expect(key[0]).toBe(1);
  expect(hex(sha256(`${name}\n`, key)).slice(0, 8)).toBe(keyHash);
  const [body, signatures] = note.split('\n\n') as [string, string];
  const [, signer, signed] = /^— (\S+) (\S+)\n$/.exec(signatures)!;
  expect(signer).toBe(name);
  const signature = Buffer.from(signed!, 'base64');
  expect(hex(signature.subarray(0, 4))).toBe(keyHash);
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: key.subarray(1).toString('base64url') };
  const text = Buffer.from(`${body}\n`);
  expect(verify(null, text, createPublicKey({ key: jwk, format: 'jwk' }), signature.subarray(4))).toBe(true);
  const [origin, size, root] = body.split('\n') as [string, string, string];
  return { origin, size: Number(size), root: hex(Buffer.from(root, 'base64')) };
}

/** The log's own checkpoint, and that tree and tiles are those of its records. Returns its size. */
export function checkTree(directory: string, entries: readonly Entry[]): number {
  const vkey = (entries[0]!.body.get(9) as string[])[0]!;
  const { origin, size, root } = readCheckpoint(readFileSync(join(directory, 'checkpoint'), 'utf8'), vkey);
  expect(origin).toBe(entries[0]!.body.get(1));
  const leaves = entries.slice(0, size).map(leafOf);
  expect(leaves.length).toBe(size);
  expect(root).toBe(hex(rootOf(leaves)));
  expect(tilesIn(directory)).toEqual(tilesOf(leaves));
  return size;
}

/** C2SP tlog-tiles: by path, in hex. */
function tilesOf(leaves: readonly Uint8Array[]): Record<string, string> {
  const tiles: Record<string, string> = {};
  let hashes = leaves;
  for (let level = 0; hashes.length > 0; level++) {
    const above: Uint8Array[] = [];
    for (let start = 0; start < hashes.length; start += 256) {
      const tile = hashes.slice(start, start + 256);
      const name = String(start / 256).padStart(3, '0');
      tiles[`${level}/${name}${tile.length === 256 ? '' : `.p/${tile.length}`}`] = hex(Buffer.concat(tile));
      if (tile.length === 256) above.push(rootOf(tile));
    }
    hashes = above;
  }
  return tiles;
}

function tilesIn(directory: string): Record<string, string> {
  const root = join(directory, 'tile');
  if (!existsSync(root)) return {};
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map(({ parentPath, name }) => join(parentPath, name));
  return Object.fromEntries(paths.map((path) => [path.slice(root.length + 1), hex(readFileSync(path))]));
}
