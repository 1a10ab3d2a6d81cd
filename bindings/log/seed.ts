// Owns: the seed (SPEC §9.2): the secret that an auditor keeps and from which every key of a host's logs derives.
// Excludes: where it goes; a host that writes logs keeps none. No error, JSON or inspection shows what a seed holds.

import { writeNewFile } from '../files/durable-file.ts';
import { PlumblineError } from '../error.ts';
import { keyText, parseKeyText, readKeyFile, type KeyFormat } from '../files/key-file.ts';
import type { Runtime } from '../runtime/runtime.ts';

const SEED_BYTES = 32;
const FORMAT: KeyFormat = {
  line: /^plumbline-seed-1 ([0-9a-f]{64})$/,
  what: 'a seed file',
  hint: '`plumb init` makes one: a line `plumbline-seed-1` and 64 hex digits, besides comments',
};

/** The secret from which the keys of a host's logs derive. */
export class Seed {
  readonly #bytes: Uint8Array;

  /** @throws {RangeError} if `bytes` are not 32. */
  constructor(bytes: Uint8Array) {
    if (bytes.length !== SEED_BYTES) throw new RangeError(`a seed has ${SEED_BYTES} bytes`);
    this.#bytes = bytes.slice();
  }

  /** The secret itself: for a verifier, and for what derives from it. */
  bytes(): Uint8Array {
    return this.#bytes.slice();
  }

  /** The text of a seed file. */
  text(): Uint8Array {
    const hex = Buffer.from(this.#bytes).toString('hex');
    return keyText('The seed of Plumbline logs. With it, logs can be verified, and forged.', `plumbline-seed-1 ${hex}`);
  }
}

/** A new seed. */
export const createSeed = (runtime: Runtime): Seed => new Seed(runtime.random(SEED_BYTES));

/** Makes a seed file, for its owner alone. @throws {PlumblineError} `key-exists`, `key-unwritable` */
export function writeSeedFile(path: string, seed: Seed, runtime: Runtime): void {
  try {
    writeNewFile(path, seed.text(), runtime.files);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw new PlumblineError('key-unwritable', `${path} cannot be written`, { cause });
    }
    throw new PlumblineError('key-exists', `${path} exists and is not overwritten`, {
      hint: 'logs written under it need it; keep it and name another file',
      cause,
    });
  }
}

/** @throws {PlumblineError} `key-unreadable`, `key-exposed`, `key-malformed` */
export const readSeedFile = (path: string, runtime: Runtime): Seed => seedOf(readKeyFile(path, FORMAT, runtime));

/** The seed in the text of a seed file that came from `where`. @throws {PlumblineError} `key-malformed` */
export const parseSeedText = (text: string, where: string): Seed => seedOf(parseKeyText(text, where, FORMAT));

const seedOf = ([, hex]: RegExpExecArray): Seed => new Seed(Buffer.from(hex!, 'hex'));
