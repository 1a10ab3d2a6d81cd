// Owns: going over an unsealed log to find where it can be trusted to end (SPEC §9.4).
// Trusts: the running epoch's key, and checkpoints that the host's own key signed. What neither vouches for is not
// believed.
// Excludes: changing anything.

import { hash, type KeyObject } from 'node:crypto';
import type { TreeHead } from './checkpoint.ts';
import type { EpochKey } from './epoch-key.ts';
import { Expander } from './expand.ts';
import { PlumblineError } from '../error.ts';
import { bytesField, nullableField, readFrame, timeOf, treeField, uintField, type Frame } from './read-record.ts';
import { macOf, NO_TAG, RECORD } from './record.ts';
import { segmentName, segmentPath } from './segment.ts';
import { readRegular } from '../files/regular-file.ts';
import type { Files } from '../runtime/runtime.ts';
import { hasTile } from './tile-files.ts';
import { MerkleTree, type Tile } from './tree.ts';

/** A log up to where it is good. */
export interface Scan {
  tree: MerkleTree;
  /** The segment that holds its end, and the end in it; 0 if not even its header is good. */
  segment: number;
  length: number;
  epoch: number;
  /** The tag and type of the last record. */
  tag: Uint8Array;
  type: number;
  /** SHA-256 of the state after it. */
  stateDigest: Uint8Array;
  /** Its time. */
  timeMs: number;
  /** The sequence number of an epoch end without the snapshot that should follow it. */
  dangling: number | undefined;
  /** Full tiles of its tree that are not on the disk as they should be. */
  lostTiles: Tile[];
}

export interface Evidence {
  /** The running epoch's. Without it nothing beyond `stop` is vouched for, which then is that of a checkpoint. */
  key?: EpochKey;
  /** Checkpoints of this log, each of which must hold. */
  heads: readonly TreeHead[];
  files: Files;
}

/**
 * Reads the records before `stop`, up to the first that is torn. Segments are read whole, one at a time.
 * @throws {PlumblineError} `log-tampered` if it comes before something that vouches for what follows it
 */
export function scanLog(directory: string, segments: number, { key, heads, files }: Evidence, stop = Infinity): Scan {
  const floor = Math.max(0, ...heads.map(({ size }) => size));
  const tree = new MerkleTree();
  const scan: Scan = {
    tree,
    segment: 0,
    length: 0,
    epoch: 0,
    tag: NO_TAG,
    type: -1,
    stateDigest: NO_TAG,
    timeMs: 0,
    dangling: undefined,
    lostTiles: [],
  };
  const expander = new Expander();
  let mac: KeyObject | undefined;
  const checkHeads = (where: string): void => {
    for (const { size, root } of heads) {
      if (size === tree.size && Buffer.compare(root, tree.root()) !== 0) {
        throw tampered(where, 'what stands before it is not what a checkpoint covers');
      }
    }
  };

  for (let segment = 0; segment < segments; segment++) {
    const file = readRegular(segmentPath(directory, segment), files);
    let at = 0;
    for (; at < file.length && tree.size < stop;) {
      const where = `record ${tree.size} (${segmentName(segment)}, byte ${at})`;
      checkHeads(where);
      const frame = readFrame(file, at);
      const torn = frame === undefined ? 'it is not a whole record' : fault(frame, scan, segment, at === 0);
      if (frame === undefined || torn !== undefined) {
        if (tree.size < floor) throw tampered(where, `${torn}, and a checkpoint covers it`);
        break;
      }
      if (key !== undefined && frame.epoch > key.epoch) {
        key.ratchet();
        mac = undefined;
      }
      if (frame.epoch === key?.epoch) {
        mac ??= key.mac();
        if (Buffer.compare(macOf(mac, frame.epoch, scan.tag, frame.payload), frame.tag) !== 0) {
          if (tree.size < floor) throw tampered(where, 'its tag is not right, and a checkpoint covers it');
          break;
        }
      } else if (tree.size >= floor) throw tampered(where, 'its epoch is over, and no checkpoint covers it');

      tree.append(hash('sha256', Buffer.concat([Uint8Array.of(0x00), frame.bytes]), 'buffer'));
      scan.lostTiles.push(...tree.takeFull().filter((tile) => !hasTile(directory, tile, files)));
      at += frame.bytes.length;
      if (!follow(scan, frame, expander)) throw tampered(where, 'its body is not that of its type');
      scan.segment = segment;
      scan.length = at;
    }
    if (at < file.length || at === 0) {
      scan.segment = segment;
      scan.length = at;
      break;
    }
  }
  const end = `the end, after ${tree.size} records,`;
  checkHeads(end);
  if (tree.size < floor) throw tampered(end, `comes before that of a checkpoint of ${floor}`);
  if (key !== undefined && scan.epoch < key.epoch)
    throw tampered(end, 'comes before the end of an epoch whose key is gone');
  return scan;
}

/** Moves on past a record. False if its body is not that of its type, which no writer of ours makes. */
function follow(scan: Scan, frame: Frame, expander: Expander): boolean {
  const { type, seq } = frame;
  scan.tag = frame.tag.slice();
  scan.type = type;
  scan.epoch = frame.epoch;
  if (type === RECORD.epochEnd) scan.dangling = seq;
  if (type === RECORD.snapshot) scan.dangling = undefined;
  try {
    const decided = expander.next(frame);
    if (decided !== undefined) {
      scan.stateDigest = decided.state.slice();
      scan.timeMs = decided.timeMs;
    }
    if (type === RECORD.outcome) {
      scan.stateDigest = nullableField(frame, 6, (reader) => reader.bytes().slice()) ?? scan.stateDigest;
    }
    if (type === RECORD.event) scan.stateDigest = bytesField(frame, 2).slice();
    scan.timeMs = timeOf(frame) ?? scan.timeMs;
    if (seq === 0) scan.stateDigest = hash('sha256', bytesField(frame, 8), 'buffer');
    return true;
  } catch {
    return false;
  }
}

/** What is wrong with a record that is whole, apart from its tag. */
function fault(frame: Frame, scan: Scan, segment: number, first: boolean): string | undefined {
  try {
    return misplaced(frame, scan, segment, first);
  } catch {
    return 'its body is not that of its type';
  }
}

/** What is wrong with where a record stands, given what is before it: SPEC §9.1. */
function misplaced(frame: Frame, scan: Scan, segment: number, first: boolean): string | undefined {
  const { type, seq, epoch } = frame;
  const { tree } = scan;
  if (seq !== tree.size) return `it says it is record ${seq}`;
  if (first !== (type === RECORD.header)) return first ? 'it is not a header' : 'it is a header within a segment';
  if (epoch !== scan.epoch + (scan.type === RECORD.epochEnd ? 1 : 0)) return `it is of epoch ${epoch}`;
  if (scan.type === RECORD.close) return 'it comes after the close';
  if (scan.type === RECORD.recovery && type !== RECORD.close) return 'only the close follows a recovery';
  if (type !== RECORD.header && (type === RECORD.snapshot) !== (scan.dangling !== undefined)) {
    return 'an epoch begins with a snapshot, and only an epoch does';
  }
  if (type !== RECORD.header) return undefined;
  const stated = treeField(frame);
  const right =
    uintField(frame, 2) === segment &&
    Buffer.compare(bytesField(frame, 4), scan.tag) === 0 &&
    stated.size === tree.size &&
    Buffer.compare(stated.root, tree.root()) === 0;
  return right ? undefined : 'it is not the header that should stand here';
}

export const tampered = (where: string, what: string): PlumblineError =>
  new PlumblineError('log-tampered', `${where}: ${what}`, {
    hint: 'this is not what a crash leaves; keep the log as it is and verify it with the seed',
  });
