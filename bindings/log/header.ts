// Owns: the body of a header (SPEC §9.1).

import type { CborWriter } from '../cbor-writer.ts';
import type { TreeHead } from './checkpoint.ts';

interface Header {
  origin: string;
  segment: number;
  seq: number;
  previousTag: Uint8Array;
  tree: TreeHead;
  engine: Uint8Array;
  program: Uint8Array;
  state: Uint8Array;
  vkeys: readonly string[];
  createdMs: number;
  durability: string;
  layers: readonly Uint8Array[];
  sources: readonly Uint8Array[];
  logNumber: number;
  keyId: Uint8Array;
  /** The digest of the trust set; `undefined` without authority. */
  trust: Uint8Array | undefined;
}

/** What key 0 of every header says: the version of SPEC §9 that a log is of. */
export const FORMAT = 'plumbline/2';

export function writeHeader(body: CborWriter, header: Header): void {
  body.map(17);
  body.key(0).text(FORMAT);
  body.key(1).text(header.origin);
  body.key(2).int(header.segment);
  body.key(3).int(header.seq);
  body.key(4).bytes(header.previousTag);
  body.key(5).array(2);
  body.int(header.tree.size);
  body.bytes(header.tree.root);
  body.key(6).bytes(header.engine);
  body.key(7).bytes(header.program);
  body.key(8).bytes(header.state);
  body.key(9).array(header.vkeys.length);
  for (const vkey of header.vkeys) body.text(vkey);
  body.key(10).int(header.createdMs);
  body.key(11).text(header.durability);
  writeDigests(body.key(12), header.layers);
  writeDigests(body.key(13), header.sources);
  body.key(14).int(header.logNumber);
  if (header.trust === undefined) body.key(15).null();
  else body.key(15).bytes(header.trust);
  body.key(16).bytes(header.keyId);
}

export function writeDigests(writer: CborWriter, digests: readonly Uint8Array[]): void {
  writer.array(digests.length);
  for (const digest of digests) writer.bytes(digest);
}
