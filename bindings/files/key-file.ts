// Owns: files that hold a secret (SPEC §9.2): text, for their owner alone, of which one line counts.
// Trusts: nothing of a file: others' access, another shape or size is an error.
// Excludes: printing. No error shows what a file holds.

import { PlumblineError } from '../error.ts';
import type { Runtime } from '../runtime/runtime.ts';

// A file of keys has a few lines; more is some other file.
const BYTES_MAX = 4096;

/** What the one line of a file has in the groups of `line`. `what` names the kind of file, `hint` how to get one. */
export interface KeyFormat {
  line: RegExp;
  what: string;
  hint: string;
}

/** @throws {PlumblineError} `key-unreadable`, `key-exposed`, `key-malformed` */
export function readKeyFile(path: string, format: KeyFormat, runtime: Runtime): RegExpExecArray {
  const { files } = runtime;
  let fd: number;
  try {
    fd = files.openSync(path, 'r');
  } catch (cause) {
    throw new PlumblineError('key-unreadable', `${path} cannot be read`, { hint: format.hint, cause });
  }
  try {
    // Of the open file, not of its name: the two may not be the same any more.
    const status = files.fstatSync(fd);
    if (!status.isFile()) throw malformed(path, format);
    if ((status.mode & 0o077) !== 0) {
      throw new PlumblineError('key-exposed', `${path} can be used by others than its owner`, {
        hint: `chmod 600 ${path}; if others may have read it, make a new one`,
      });
    }
    return parseKeyText(status.size > BYTES_MAX ? '' : files.readFileSync(fd, 'utf8'), path, format);
  } finally {
    files.closeSync(fd);
  }
}

/** The same of a text that came from `where`. @throws {PlumblineError} `key-malformed` */
export function parseKeyText(text: string, where: string, format: KeyFormat): RegExpExecArray {
  const stated = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const found = stated.length === 1 ? format.line.exec(stated[0]!) : null;
  if (found === null) throw malformed(where, format);
  return found;
}

/** A file's text: what it is for, then its line. */
export const keyText = (comment: string, line: string): Uint8Array =>
  new TextEncoder().encode(`# ${comment}\n${line}\n`);

const malformed = (where: string, { what, hint }: KeyFormat): PlumblineError =>
  new PlumblineError('key-malformed', `${where} is not ${what}`, { hint });
