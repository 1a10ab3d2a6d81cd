// Owns: erasing what a redacted record disclosed (SPEC §9.6). The log itself is not touched and verifies as before.

import { join } from 'node:path';
import { DISCLOSURES } from './appender.ts';
import { CborReader } from '../cbor-reader.ts';
import { replaceFile, syncDirectory } from '../files/durable-file.ts';
import { PlumblineError } from '../error.ts';
import { lockLogThere, unwritable } from './log-directory.ts';
import { readDisclosure } from './redaction.ts';
import { readRegular } from '../files/regular-file.ts';
import type { Files, Runtime } from '../runtime/runtime.ts';

/**
 * Erases the disclosure of a record, for good as far as the file system overwrites. Returns the names of its values.
 * @throws {PlumblineError} `log-locked`; `not-disclosed` if there is none; `log-unreadable`, `log-unwritable`
 */
export function eraseDisclosure(directory: string, seq: number, runtime: Runtime): string[] {
  const { files } = runtime;
  let lock;
  try {
    // A writer would go on appending to the file that this replaces.
    lock = lockLogThere(directory, runtime);
    const folder = join(directory, DISCLOSURES);
    for (const name of filesIn(folder, files)) {
      const file = readRegular(join(folder, name), files);
      const found = find(file, seq);
      if (found === undefined) continue;
      const kept = Buffer.concat([file.subarray(0, found.start), file.subarray(found.end)]);
      replaceFile(join(folder, name), kept, files);
      syncDirectory(folder, files);
      return found.names;
    }
  } catch (cause) {
    throw cause instanceof PlumblineError ? cause : unwritable(directory, cause);
  } finally {
    lock?.release();
  }
  throw new PlumblineError('not-disclosed', `record ${seq} of ${directory} discloses nothing`, {
    hint: 'it was not redacted, or its disclosure is gone already',
  });
}

function filesIn(folder: string, files: Files): string[] {
  if (files.statSync(folder, { throwIfNoEntry: false }) === undefined) return [];
  return files.readdirSync(folder).filter((name) => name.endsWith('.cborseq'));
}

function find(file: Uint8Array, wanted: number): { start: number; end: number; names: string[] } | undefined {
  const reader = new CborReader(file);
  while (!reader.atEnd()) {
    const start = reader.position;
    const { seq, openings } = readDisclosure(reader);
    if (seq === wanted) return { start, end: reader.position, names: openings.map(({ name }) => name) };
  }
  return undefined;
}
