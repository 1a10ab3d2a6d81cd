// Owns: the Ed25519 keys that sign grants, their files, and the set of issuers a session trusts.
// Trusts: a key file that only its owner can read; any other is refused.
// Excludes: printing a private key. No error, JSON or inspection shows one.

import { createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto';
import { dirname } from 'node:path';
import { syncDirectory, writeNewFile } from '../files/durable-file.ts';
import { PlumblineError } from '../error.ts';
import { isKeyText, isPublicJwk, KEY_BYTES, thumbprintOf, type GrantSigner, type PublicJwk } from '../public-key.ts';
import type { Runtime } from '../runtime/runtime.ts';

/** RFC 8410: what stands before the 32 bytes of a private key in PKCS #8. */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');
// A key file has one short object; more is some other file.
const KEY_FILE_BYTES_MAX = 4096;

/** A key that grants are signed with. */
export class IssuerKey implements GrantSigner {
  readonly publicJwk: PublicJwk;
  readonly thumbprint: string;
  readonly #secret: Uint8Array;
  readonly #key: KeyObject;

  /** @throws {RangeError} if `secret` has not 32 bytes. */
  constructor(secret: Uint8Array) {
    if (secret.length !== KEY_BYTES) throw new RangeError(`an Ed25519 key has ${KEY_BYTES} bytes`);
    this.#secret = secret.slice();
    this.#key = createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, secret]), format: 'der', type: 'pkcs8' });
    const { x } = createPublicKey(this.#key).export({ format: 'jwk' });
    this.publicJwk = { kty: 'OKP', crv: 'Ed25519', x: x! };
    this.thumbprint = thumbprintOf(this.publicJwk);
  }

  sign(bytes: Uint8Array): Uint8Array {
    return sign(null, bytes, this.#key);
  }

  /** The text of its file. */
  fileText(): string {
    return `${JSON.stringify({ ...this.publicJwk, d: Buffer.from(this.#secret).toString('base64url') })}\n`;
  }
}

/** The issuers whose root grants count: fixed by the operator when a session opens. */
export class TrustSet {
  readonly #keys: ReadonlyMap<string, PublicJwk>;

  /** @throws {TypeError} if one is no Ed25519 public key. */
  constructor(keys: readonly PublicJwk[]) {
    if (!keys.every(isPublicJwk)) throw new TypeError('a trust set holds Ed25519 public keys');
    this.#keys = new Map(keys.map((key) => [thumbprintOf(key), key]));
  }

  key(thumbprint: string): PublicJwk | undefined {
    return this.#keys.get(thumbprint);
  }

  /** A JWK Set (RFC 7517), its keys in the order of their thumbprints. */
  toJSON(): { keys: PublicJwk[] } {
    const keys = [...this.#keys]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([, { kty, crv, x }]) => ({ kty, crv, x }));
    return { keys };
  }
}

/** @throws {PlumblineError} `trust-malformed` if `text` is no JWK Set of Ed25519 public keys. */
export function parseTrustSet(text: string, file: string): TrustSet {
  const { keys, ...rest } = (parse(text) ?? {}) as { keys?: unknown };
  if (!Array.isArray(keys) || keys.length === 0 || !keys.every(isPublicJwk) || Object.keys(rest).length > 0) {
    throw new PlumblineError('trust-malformed', `${file} is not a set of trusted issuers`, {
      hint: 'it is a JWK Set of Ed25519 public keys, as `plumb grant key` prints it',
    });
  }
  return new TrustSet(keys);
}

/**
 * Makes a key in a new file for its owner alone.
 * @throws {PlumblineError} `key-exists`, `key-unwritable`
 */
export function createIssuerKey(file: string, runtime: Runtime): IssuerKey {
  const key = new IssuerKey(runtime.random(KEY_BYTES));
  try {
    writeNewFile(file, new TextEncoder().encode(key.fileText()), runtime.files);
    syncDirectory(dirname(file), runtime.files);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw new PlumblineError('key-unwritable', `${file} cannot be written`, { cause });
    }
    throw new PlumblineError('key-exists', `${file} exists and is not overwritten`, {
      hint: 'grants signed with it need it; keep it and name another file',
      cause,
    });
  }
  return key;
}

/** @throws {PlumblineError} `key-unreadable`, `key-exposed`, `key-malformed` */
export function readIssuerKey(file: string, { files }: Runtime): IssuerKey {
  let fd: number;
  try {
    fd = files.openSync(file, 'r');
  } catch (cause) {
    throw new PlumblineError('key-unreadable', `${file} cannot be read`, {
      hint: '`plumb grant key` makes keys',
      cause,
    });
  }
  try {
    // Of the open file, not of its name: the two may not be the same any more.
    const { mode, size } = files.fstatSync(fd);
    if ((mode & 0o077) !== 0) {
      throw new PlumblineError('key-exposed', `${file} can be used by others than its owner`, {
        hint: `chmod 600 ${file}; if others may have read it, make a new one`,
      });
    }
    const { d, ...stated } = (parse(size > KEY_FILE_BYTES_MAX ? '' : files.readFileSync(fd, 'utf8')) ?? {}) as {
      d?: unknown;
    };
    const key = isKeyText(d) ? new IssuerKey(Buffer.from(d, 'base64url')) : undefined;
    if (key === undefined || !isPublicJwk(stated) || stated.x !== key.publicJwk.x) {
      throw new PlumblineError('key-malformed', `${file} is not a key that signs grants`, {
        hint: 'it is an Ed25519 private key as a JWK, as `plumb grant key` writes it',
      });
    }
    return key;
  } finally {
    files.closeSync(fd);
  }
}

function parse(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
