// Owns: the seed of a log's keys, its file (SPEC §9.2), and the keys made from it.
// Trusts: a seed file that only its owner can read; any other is refused.
// Excludes: printing. No error, JSON or inspection shows what a key holds.

import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { syncDirectory, writeNewFile } from './durable-file.ts';
import { PlumblineError } from './error.ts';
import type { Runtime } from './runtime/runtime.ts';

/** The name of the seed's file in a directory of keys. */
export const SEED_FILE = 'seed';

const SEED_BYTES = 32;
const SEED_LINE = /^plumbline-seed-1 ([0-9a-f]{64})$/;
// A seed file has a few lines; more is some other file.
const SEED_FILE_BYTES_MAX = 4096;

/** The secret from which the keys of a log derive. */
export class Key {
  readonly #seed: Uint8Array;

  /** @throws {RangeError} if `seed` has not 32 bytes. */
  constructor(seed: Uint8Array) {
    if (seed.length !== SEED_BYTES) throw new RangeError(`a seed has ${SEED_BYTES} bytes`);
    this.#seed = seed.slice();
  }

  /** The secret itself: for a verifier, which takes no Key. */
  seed(): Uint8Array {
    return this.#seed.slice();
  }

  /** mac(0) of SPEC §9.2 for the log of this origin. */
  macKey(origin: string): KeyObject {
    const epochKey = hkdf(this.#seed, origin, 'plumbline/1 epoch');
    return createSecretKey(hkdf(epochKey, '', 'plumbline/1 mac'));
  }
}

/**
 * Makes a key in a directory of keys, which is made if absent. Directory and file are for their owner alone; no key is overwritten.
 * @throws {PlumblineError} `key-exists`, `key-unwritable`
 */
export function createKey(directory: string, runtime: Runtime): { key: Key; file: string } {
  const { files } = runtime;
  const file = join(directory, SEED_FILE);
  const seed = runtime.random(SEED_BYTES);
  const text = `# The seed of Plumbline logs. Who has it can verify them and forge them.\nplumbline-seed-1 ${Buffer.from(seed).toString('hex')}\n`;
  try {
    files.mkdirSync(directory, { recursive: true, mode: 0o700 });
    writeNewFile(file, new TextEncoder().encode(text), files);
    syncDirectory(directory, files);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw new PlumblineError('key-unwritable', `${file} cannot be written`, { cause });
    }
    throw new PlumblineError('key-exists', `${file} exists and is not overwritten`, {
      hint: 'logs written under it need it; keep it and name another directory',
      cause,
    });
  }
  return { key: new Key(seed), file };
}

/**
 * The key of a seed file, or of the one in a directory of keys.
 * @throws {PlumblineError} `key-unreadable`, `key-exposed`, `key-malformed`
 */
export function readKey(path: string, runtime: Runtime): Key {
  const { files } = runtime;
  let fd: number;
  let file = path;
  try {
    if (files.statSync(path).isDirectory()) file = join(path, SEED_FILE);
    fd = files.openSync(file, 'r');
  } catch (cause) {
    throw new PlumblineError('key-unreadable', `${file} cannot be read`, { hint: '`plumb init` makes keys', cause });
  }
  try {
    // Of the open file, not of its name: the two may not be the same any more.
    const { mode, size } = files.fstatSync(fd);
    if ((mode & 0o077) !== 0) {
      throw new PlumblineError('key-exposed', `${file} can be used by others than its owner`, {
        hint: `chmod 600 ${file}; if others may have read it, make a new one`,
      });
    }
    const lines = size > SEED_FILE_BYTES_MAX ? [] : files.readFileSync(fd, 'utf8').split('\n');
    const stated = lines.filter((line) => line !== '' && !line.startsWith('#'));
    const hex = stated.length === 1 ? SEED_LINE.exec(stated[0]!)?.[1] : undefined;
    if (hex === undefined) {
      throw new PlumblineError('key-malformed', `${file} is not a seed file`, {
        hint: 'it has one line `plumbline-seed-1` and 64 hex digits, besides comments',
      });
    }
    return new Key(Buffer.from(hex, 'hex'));
  } finally {
    files.closeSync(fd);
  }
}

const hkdf = (secret: Uint8Array, salt: string, info: string): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', secret, salt, info, 32));
