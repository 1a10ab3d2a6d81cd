// Owns: pruning a sealed log: a tombstone in the place of its directory (SPEC §9.9).
// Trusts: the log's own checkpoint for where the log ends, and no process to put files into the directory meanwhile.
// Excludes: whether the log is true, which is verified before.

import { join, relative, resolve } from 'node:path';
import { CHECKPOINT_FILE } from './appender.ts';
import { CborWriter } from '../cbor-writer.ts';
import { statedHead } from './checkpoint.ts';
import { syncDirectory, writeNewFile } from '../files/durable-file.ts';
import { readRegular } from '../files/regular-file.ts';
import { PlumblineError } from '../error.ts';
import { lockLogThere, unwritable } from './log-directory.ts';
import { checkFormat, readFrame, textField, type Frame } from './read-record.ts';
import { RECORD, RECORD_BYTES_MAX } from './record.ts';
import type { Files, Runtime } from '../runtime/runtime.ts';
import { scanLog } from './scan.ts';
import { segmentPath } from './segment.ts';

// The names of a log's files (SPEC §9), those that a crash may leave beside them included, and of its folders.
const FILE =
  /^(?:\d{8}\.cborseq|(?:checkpoint|published)(?:\.new|\.next)?|blobs\/[0-9a-f]{64}|disclosures\/\d{8}\.cborseq(?:\.new)?|tile\/\d+\/(?:x\d{3}\/)*\d{3}(?:\.p\/\d{1,3})?(?:\.new)?)$/;
const FOLDER = /^(?:blobs|disclosures|tile(?:\/\d+(?:\/x\d{3})*(?:\/\d{3}\.p)?)?)$/;

/**
 * Puts a tombstone in the place of a sealed log, whose records are gone. Returns how many there were. Nothing is
 * removed before the tombstone is on the disk, and nothing that is no part of a log.
 * @throws {PlumblineError} `log-unsealed` if it is not closed, or not covered by its checkpoint; `log-foreign-file` if
 * something else is in its directory; `log-is-link`, `log-unreadable`, `log-locked`, `log-format`, `log-tampered`,
 * `log-unwritable`
 */
export function pruneLog(directory: string, runtime: Runtime): number {
  const { files } = runtime;
  const path = resolve(directory);
  if (files.lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) {
    throw new PlumblineError('log-is-link', `${directory} is a symbolic link to a log`, {
      hint: 'a tombstone takes the place of the log; name the directory itself',
    });
  }
  const lock = lockLogThere(path, runtime);
  try {
    const { records, tombstone } = buryable(path, files);
    refuseForeign(path, files);
    replaceByFile(path, tombstone, files);
    return records;
  } catch (cause) {
    throw cause instanceof PlumblineError ? cause : unwritable(directory, cause);
  } finally {
    lock.release();
  }
}

function buryable(directory: string, files: Files): { records: number; tombstone: Uint8Array } {
  const names = files.readdirSync(directory);
  const segments = names.filter((name) => name.endsWith('.cborseq')).length;
  const header = segments === 0 ? undefined : readFrame(readRegular(segmentPath(directory, 0), files), 0);
  if (header?.type !== RECORD.header) {
    throw new PlumblineError('log-unreadable', `${directory} holds no log`);
  }
  checkFormat(header);
  const note = names.includes(CHECKPOINT_FILE) ? readRegular(join(directory, CHECKPOINT_FILE), files) : undefined;
  const head = note === undefined ? undefined : statedHead(note, textField(header, 1));
  if (head === undefined) throw unsealed(directory);
  scanLog(directory, segments, { heads: [head], files }, head.size);
  const [before, close] = lastTwo(readRegular(segmentPath(directory, segments - 1), files));
  if (before === undefined || close?.type !== RECORD.close || close.seq !== head.size - 1) throw unsealed(directory);
  const writer = new CborWriter(new Uint8Array(3 * RECORD_BYTES_MAX));
  writer.array(3);
  writer.bytes(header.bytes);
  writer.bytes(before.tag);
  writer.bytes(close.bytes);
  return { records: head.size, tombstone: writer.written() };
}

/** Refuses what the directory of a log would take with it. */
function refuseForeign(directory: string, files: Files): void {
  for (const entry of files.readdirSync(directory, { recursive: true, withFileTypes: true })) {
    const name = relative(directory, join(entry.parentPath, entry.name));
    if (entry.isDirectory() ? FOLDER.test(name) : entry.isFile() && FILE.test(name)) continue;
    throw new PlumblineError('log-foreign-file', `${join(directory, name)} is no part of a log`, {
      hint: 'a log is removed with its directory; move elsewhere what else is there',
    });
  }
}

/** The last two records of a segment, which ends with them; the header of a segment is never its last record. */
function lastTwo(segment: Uint8Array): [before: Frame | undefined, last: Frame | undefined] {
  let [before, last]: (Frame | undefined)[] = [];
  for (let at = 0; at < segment.length; at += last.bytes.length) {
    const frame = readFrame(segment, at);
    if (frame === undefined) return [undefined, undefined];
    [before, last] = [last, frame];
  }
  return [before, last];
}

function replaceByFile(directory: string, content: Uint8Array, files: Files): void {
  const parent = join(directory, '..');
  const [file, gone] = [`${directory}.tombstone`, `${directory}.pruned`];
  writeNewFile(file, content, files);
  try {
    files.renameSync(directory, gone);
  } catch (cause) {
    files.rmSync(file, { force: true });
    throw cause;
  }
  files.renameSync(file, directory);
  syncDirectory(parent, files);
  files.rmSync(gone, { recursive: true });
  syncDirectory(parent, files);
}

const unsealed = (directory: string): PlumblineError =>
  new PlumblineError('log-unsealed', `${directory} is not closed and covered by its checkpoint to its end`, {
    hint: '`plumb log recover` closes a log whose writer died',
  });
