// Owns: the directory of keys on a host that writes logs (SPEC §9.2): the next log's secret, the signing key, and the
// keys of open logs. What comes before in the ratchet is overwritten there.
// Trusts: the directory to be its owner's alone; files that others can use are refused.
// Excludes: the seed, which must not be here.

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { Signer } from './checkpoint.ts';
import { replaceFile, syncDirectory, writeNewFile } from '../files/durable-file.ts';
import { EpochKey } from './epoch-key.ts';
import { PlumblineError } from '../error.ts';
import { keyText, readKeyFile, type KeyFormat } from '../files/key-file.ts';
import { LOG_NUMBER_MAX } from './limits.ts';
import { firstEpochKey, firstLogSecret, keyIdOf, nextLogSecret } from './ratchet.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { Seed } from './seed.ts';

const WRITER: KeyFormat = {
  line: /^plumbline-writer-1 (0|[1-9]\d{0,6}) ([0-9a-f]{64})$/,
  what: "a writer's key",
  hint: '`plumb init` makes a directory of keys',
};
const SIGNING: KeyFormat = {
  line: /^plumbline-signing-1 ([0-9a-f]{64}) ([!-*,-~]{1,128})$/,
  what: 'a signing key',
  hint: '`plumb init` makes a directory of keys',
};
// Others hold the lock for the time of two syncs.
const LOCK_TRIES = 400;
const LOCK_PAUSE_MS = 5;

/**
 * The keys that a host writes logs with: for every log one from which no process of the host can compute an earlier
 * one.
 */
export class WriterKeys {
  readonly directory: string;
  readonly signer: Signer;
  readonly #runtime: Runtime;

  /** @throws {PlumblineError} `key-unreadable`, `key-exposed`, `key-malformed` */
  constructor(directory: string, runtime: Runtime) {
    this.directory = directory;
    this.#runtime = runtime;
    const [, seed, name] = readKeyFile(join(directory, 'signing'), SIGNING, runtime);
    const bytes = Buffer.from(seed!, 'hex');
    this.signer = new Signer(name!, bytes);
    bytes.fill(0);
  }

  /**
   * The number of the next log, its key id, and its first epoch's key, kept until the log is sealed. No later log gets
   * them again.
   * @throws {PlumblineError} `key-…`, `origin-taken`
   */
  begin(origin: string): { number: number; keyId: Uint8Array; key: EpochKey } {
    const file = join(this.directory, 'writer');
    return this.#locked(() => {
      const [, stated, hex] = readKeyFile(file, WRITER, this.#runtime);
      const number = Number(stated);
      if (number >= LOG_NUMBER_MAX) {
        throw new PlumblineError('keys-exhausted', `${this.directory} has begun ${LOG_NUMBER_MAX} logs`, {
          hint: '`plumb init` makes other keys',
        });
      }
      const secret = Buffer.from(hex!, 'hex');
      const next = nextLogSecret(secret);
      const keyId = keyIdOf(secret);
      const key = new EpochKey(this.#epochFile(origin), origin, 0, firstEpochKey(secret, origin), this.#runtime);
      secret.fill(0);
      key.keepNew();
      try {
        replaceFile(file, writerText(number + 1, next), this.#runtime.files);
        syncDirectory(this.directory, this.#runtime.files);
      } catch (cause) {
        // No log is begun, and none of its origin is to be thought to have been.
        key.destroy();
        throw cause;
      } finally {
        next.fill(0);
      }
      return { number, keyId, key };
    });
  }

  /** The running epoch's key of a log that was not sealed. @throws {PlumblineError} `key-…` */
  resume(origin: string): EpochKey {
    return EpochKey.read(this.#epochFile(origin), origin, this.#runtime);
  }

  #epochFile(origin: string): string {
    const name = createHash('sha256').update(origin).digest('hex').slice(0, 16);
    return join(this.directory, 'epochs', name);
  }

  #locked<T>(body: () => T): T {
    try {
      for (let tries = 0; tries < LOCK_TRIES; tries++) {
        const lock = this.#runtime.lockDirectory(this.directory);
        if (lock === undefined) {
          this.#runtime.pause(LOCK_PAUSE_MS);
          continue;
        }
        try {
          return body();
        } finally {
          lock.release();
        }
      }
    } catch (cause) {
      throw cause instanceof PlumblineError ? cause : unwritable(this.directory, cause);
    }
    throw new PlumblineError('keys-locked', `${this.directory} is held by another process`, { hint: 'try again' });
  }
}

/** @throws {PlumblineError} `key-unreadable`, `key-exposed`, `key-malformed` */
export const openKeys = (directory: string, runtime: Runtime): WriterKeys => new WriterKeys(directory, runtime);

/**
 * Makes a directory of keys (made if absent, its owner's alone) that derive from `seed`, which belongs elsewhere and is
 * first to be brought there. Nothing is overwritten. `name` is the signer's, by default at random.
 * @throws {PlumblineError} `key-exists`, `key-unwritable`
 */
export function createKeys(directory: string, seed: Seed, runtime: Runtime, name?: string): WriterKeys {
  const { files } = runtime;
  const secret = firstLogSecret(seed.bytes());
  const signing = Buffer.from(runtime.random(32));
  const signer = new Signer(name ?? `plumbline/${Buffer.from(runtime.random(8)).toString('hex')}`, signing);
  const line = `plumbline-signing-1 ${signing.toString('hex')} ${signer.name}`;
  try {
    files.mkdirSync(directory, { recursive: true, mode: 0o700 });
    // First, and only if there is none: the process that made it owns the directory.
    writeNewFile(join(directory, 'writer'), writerText(0, secret), files);
    writeNewFile(join(directory, 'signing'), keyText('Signs the checkpoints of logs.', line), files);
    writeNewFile(join(directory, 'signing.pub'), new TextEncoder().encode(`${signer.vkey}\n`), files);
    files.mkdirSync(join(directory, 'epochs'), { mode: 0o700 });
    syncDirectory(directory, files);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw unwritable(directory, cause);
    throw new PlumblineError('key-exists', `${directory} has keys, which are not overwritten`, {
      hint: 'they can be used as they are; or name another directory',
      cause,
    });
  } finally {
    secret.fill(0);
    signing.fill(0);
  }
  return openKeys(directory, runtime);
}

const writerText = (number: number, secret: Uint8Array): Uint8Array =>
  keyText(
    'Begins the next log of this host. With it, later logs can be written, and no earlier ones.',
    `plumbline-writer-1 ${number} ${Buffer.from(secret).toString('hex')}`,
  );

const unwritable = (directory: string, cause: unknown): PlumblineError =>
  new PlumblineError('key-unwritable', `the keys in ${directory} cannot be written`, { cause });
