// Owns: the running epoch's key of one open log, and the file that keeps it for recovery (SPEC §9.2).
// Excludes: when an epoch ends. Nothing shows what it holds.

import type { KeyObject } from 'node:crypto';
import { dirname } from 'node:path';
import { asidesOf, replaceFile, stageFile, syncDirectory, writeNewFile, type Staged } from '../files/durable-file.ts';
import { PlumblineError } from '../error.ts';
import { keyText, readKeyFile, type KeyFormat } from '../files/key-file.ts';
import { macKey, nextEpochKey } from './ratchet.ts';
import type { Runtime } from '../runtime/runtime.ts';

const FORMAT: KeyFormat = {
  line: /^plumbline-epoch-1 ([!-*,-~]{1,128}) (0|[1-9]\d{0,15}) ([0-9a-f]{64})$/,
  what: "the key of a log's running epoch",
  hint: 'only the keys that a log was begun with can recover it, and only until it is sealed',
};

export class EpochKey {
  epoch: number;
  readonly #file: string;
  readonly #origin: string;
  readonly #runtime: Runtime;
  #key: Uint8Array;

  constructor(file: string, origin: string, epoch: number, key: Uint8Array, runtime: Runtime) {
    this.epoch = epoch;
    this.#file = file;
    this.#origin = origin;
    this.#runtime = runtime;
    this.#key = key;
  }

  /** The key in a file. @throws {PlumblineError} `key-unreadable`, `key-exposed`, `key-malformed` */
  static read(file: string, origin: string, runtime: Runtime): EpochKey {
    const [, stated, epoch, hex] = readKeyFile(file, FORMAT, runtime);
    if (stated !== origin) {
      throw new PlumblineError('key-malformed', `${file} is not the key of ${origin}`, { hint: FORMAT.hint });
    }
    return new EpochKey(file, origin, Number(epoch), new Uint8Array(Buffer.from(hex!, 'hex')), runtime);
  }

  mac(): KeyObject {
    return macKey(this.#key);
  }

  /** Goes on to the next epoch; the key before is gone, from memory at once, from the disk when this one is kept. */
  ratchet(): void {
    const before = this.#key;
    this.#key = nextEpochKey(before);
    before.fill(0);
    this.epoch++;
  }

  /** Puts the key in its file, which must not exist. @throws {PlumblineError} `origin-taken` */
  keepNew(): void {
    try {
      writeNewFile(this.#file, this.#text(), this.#runtime.files);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
      throw new PlumblineError('origin-taken', `a log of the origin ${this.#origin} was begun and not sealed`, {
        hint: `recover it with \`plumb log recover\`, or give another origin; its key is ${this.#file}`,
        cause,
      });
    }
    syncDirectory(dirname(this.#file), this.#runtime.files);
  }

  /** Puts the key in the place of the one before it, which is gone for good. */
  keep(): void {
    replaceFile(this.#file, this.#text(), this.#runtime.files);
    syncDirectory(dirname(this.#file), this.#runtime.files);
  }

  /** The same, without stopping the thread while the disk is waited for. */
  stage(): Promise<Staged> {
    return stageFile(this.#file, this.#text(), this.#runtime.files);
  }

  /** The log is sealed; the key is not needed any more. */
  destroy(): void {
    const { files } = this.#runtime;
    this.#key.fill(0);
    files.unlinkSync(this.#file);
    // What a writer that died was about to put in its place is a key too.
    for (const aside of asidesOf(this.#file)) files.rmSync(aside, { force: true });
    syncDirectory(dirname(this.#file), files);
  }

  #text(): Uint8Array {
    return keyText(
      'Writes the open log of this origin. Gone when the log is sealed.',
      `plumbline-epoch-1 ${this.#origin} ${this.epoch} ${Buffer.from(this.#key).toString('hex')}`,
    );
  }
}
