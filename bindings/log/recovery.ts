// Owns: closing a log whose writer died (SPEC §9.4). It is never continued: its session is over.
// Trusts: what scan.ts lets stand. Everything after that is dropped, counted and hashed, or the log is left as it is.

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { Appender, CHECKPOINT_FILE, DISCLOSURES, PUBLISHED_FILE } from './appender.ts';
import { CborReader } from '../cbor-reader.ts';
import type { TreeHead } from './checkpoint.ts';
import type { EpochKey } from './epoch-key.ts';
import { PlumblineError } from '../error.ts';
import { lockLogThere, syncLogDirectory, unwritable } from './log-directory.ts';
import { publishLast, type Publish } from './publisher.ts';
import { checkFormat, listField, readFrame, textField } from './read-record.ts';
import { RECORD, RecordChain } from './record.ts';
import { readDisclosure } from './redaction.ts';
import { readRegular } from '../files/regular-file.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { scanLog, tampered, type Evidence, type Scan } from './scan.ts';
import { segmentName, segmentPath } from './segment.ts';
import { removePartialTiles, writeTiles } from './tile-files.ts';
import type { WriterKeys } from './writer-keys.ts';

export interface Recovered {
  /** How many records the log has, now that it is sealed. */
  records: number;
  /** How many bytes at its end were torn, or unheeded by their writer, and are gone. */
  droppedBytes: number;
}

/** A log to recover, and what is known of it beforehand. */
interface Ruin {
  directory: string;
  origin: string;
  segments: number;
  heads: TreeHead[];
  /** How many records its own checkpoint covers. */
  covered: number;
}

/**
 * Closes a log whose writer died, and seals it. A log that is sealed is left as it is.
 * @throws {PlumblineError} `log-unreadable`, `log-locked`, `log-format`, `log-without-record`, `log-tampered`,
 * `log-unwritable`, `key-…`; `publish-failed`, and the log is sealed
 */
export async function recoverLog(
  directory: string,
  keys: WriterKeys,
  runtime: Runtime,
  publish?: Publish,
): Promise<Recovered> {
  const lock = attempt(directory, () => lockLogThere(directory, runtime));
  try {
    const recovered = attempt(directory, () => recover(survey(directory, keys, runtime), keys, runtime));
    if (publish !== undefined) await publishLast(directory, publish, runtime.files);
    return recovered;
  } finally {
    lock.release();
  }
}

function recover(ruin: Ruin, keys: WriterKeys, runtime: Runtime): Recovered {
  const evidence = { heads: ruin.heads, files: runtime.files };
  let key = resume(ruin, keys, evidence);
  if (key === undefined) return { records: ruin.covered, droppedBytes: 0 };
  let scan = scanLog(ruin.directory, ruin.segments, { ...evidence, key });
  if (scan.dangling !== undefined) {
    // The key went with the scan into the epoch that did not begin.
    key = keys.resume(ruin.origin);
    scan = scanLog(ruin.directory, ruin.segments, { ...evidence, key }, scan.dangling);
  }
  if (scan.tree.size === 0) throw tampered('record 0', 'its tag is not right');
  const droppedBytes = close(ruin, scan, key, keys, runtime);
  key.destroy();
  return { records: scan.tree.size, droppedBytes };
}

/** What the directory holds, and what its first record and its checkpoints say. */
function survey(directory: string, keys: WriterKeys, { files }: Runtime): Ruin {
  const names = files.readdirSync(directory).filter((name) => name.endsWith('.cborseq'));
  for (const [number, name] of names.toSorted().entries()) {
    if (name !== segmentName(number)) throw tampered(segmentName(number), 'there is no such segment');
  }
  const first = names.length === 0 ? undefined : readFrame(readRegular(segmentPath(directory, 0), files), 0);
  const vouching = [CHECKPOINT_FILE, PUBLISHED_FILE].filter((name) => files.readdirSync(directory).includes(name));
  if (first?.type !== RECORD.header) {
    if (vouching.length > 0) throw tampered('record 0', `there is none, and ${vouching[0]} covers it`);
    throw new PlumblineError('log-without-record', `${directory} holds no record of a log`, {
      hint: 'nothing was decided under it; if it was to be a log, remove it',
    });
  }
  checkFormat(first);
  if (!listField(first, 9, (reader) => reader.text()).includes(keys.signer.vkey)) {
    throw new PlumblineError('key-mismatch', `${directory} was not begun with the keys in ${keys.directory}`, {
      hint: 'give the directory of keys that it was begun with',
    });
  }
  const origin = textField(first, 1);
  const [own, published] = [CHECKPOINT_FILE, PUBLISHED_FILE].map((name) => {
    if (!vouching.includes(name)) return undefined;
    const head = keys.signer.open(readRegular(join(directory, name), files), origin);
    return head ?? raise(tampered(name, `it is no checkpoint of ${origin} signed by ${keys.signer.name}`));
  });
  const heads = [own, published].filter((head) => head !== undefined);
  return { directory, origin, segments: names.length, heads, covered: own?.size ?? 0 };
}

/** The running epoch's key; `undefined` if there is none because the log is sealed. */
function resume(ruin: Ruin, keys: WriterKeys, evidence: Omit<Evidence, 'key'>): EpochKey | undefined {
  try {
    return keys.resume(ruin.origin);
  } catch (error) {
    const { directory, segments, covered } = ruin;
    if (covered === 0 || (error as PlumblineError).code !== 'key-unreadable') throw error;
    const { type, segment, length } = scanLog(directory, segments, evidence, covered);
    const { size } = evidence.files.statSync(segmentPath(directory, segment));
    if (type === RECORD.close && segment === segments - 1 && length === size) return undefined;
    throw error;
  }
}

/** Drops what is not good, and writes what is missing. Returns how many bytes were dropped. */
function close(ruin: Ruin, scan: Scan, key: EpochKey, keys: WriterKeys, runtime: Runtime): number {
  const { directory, origin } = ruin;
  const { files } = runtime;
  const numbers = Array.from({ length: ruin.segments - scan.segment }, (_, index) => scan.segment + index);
  const dropped = Buffer.concat(
    numbers.map((number) => readRegular(segmentPath(directory, number), files).subarray(startOf(scan, number))),
  );
  // From the last one, so that what a crash leaves is again without gaps.
  for (const number of numbers.toReversed()) {
    const kept = startOf(scan, number);
    dropDisclosures(directory, number, scan.tree.size, kept === 0, runtime);
    if (kept > 0) truncate(segmentPath(directory, number), kept, runtime);
    else files.unlinkSync(segmentPath(directory, number));
  }
  const last = scan.length > 0 ? scan.segment : scan.segment - 1;
  const end = { segmentNumber: last, length: files.statSync(segmentPath(directory, last)).size };
  removePartialTiles(directory, files);
  writeTiles(directory, scan.lostTiles, files);

  const chain = new RecordChain(key.mac(), scan.epoch, scan.tree.size, scan.tag);
  const appender = new Appender(directory, origin, keys.signer, chain, scan.tree, files, end);
  try {
    // The clock may show less than it showed the writer that died.
    const timeMs = Math.max(scan.timeMs, runtime.now());
    // The two are written at once. Should the close alone be torn, the next recovery writes it.
    if (scan.type !== RECORD.close && scan.type !== RECORD.recovery) {
      appender.append(RECORD.recovery, (body) => {
        body.map(3);
        body.key(0).int(dropped.length);
        body.key(1).bytes(createHash('sha256').update(dropped).digest());
        body.key(2).int(timeMs);
      });
    }
    if (scan.type !== RECORD.close) {
      const { seq } = chain;
      appender.append(RECORD.close, (body) => {
        body.map(4);
        body.key(0).text('recovered');
        body.key(1).int(seq);
        body.key(2).bytes(scan.stateDigest);
        body.key(3).int(timeMs);
      });
    }
    appender.checkpoint(true);
    syncLogDirectory(directory, runtime);
  } finally {
    appender.release();
  }
  return dropped.length;
}

/** Where in a segment begins what is dropped of it. */
const startOf = (scan: Scan, segment: number): number => (segment === scan.segment ? scan.length : 0);

/** Drops disclosures of records that are not there, and what is torn. */
function dropDisclosures(directory: string, segment: number, records: number, all: boolean, runtime: Runtime): void {
  const { files } = runtime;
  const path = segmentPath(join(directory, DISCLOSURES), segment);
  let file: Uint8Array;
  try {
    file = readRegular(path, files);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw cause;
  }
  if (all) return files.unlinkSync(path);
  const reader = new CborReader(file);
  let kept = 0;
  try {
    while (!reader.atEnd() && readDisclosure(reader).seq < records) kept = reader.position;
  } catch {
    // Torn here.
  }
  truncate(path, kept, runtime);
}

function truncate(path: string, length: number, { files }: Runtime): void {
  const fd = files.openSync(path, 'r+');
  try {
    files.ftruncateSync(fd, length);
    files.fsyncSync(fd);
  } finally {
    files.closeSync(fd);
  }
}

function attempt<T>(directory: string, body: () => T): T {
  try {
    return body();
  } catch (cause) {
    throw cause instanceof PlumblineError ? cause : unwritable(directory, cause);
  }
}

function raise(error: Error): never {
  throw error;
}
