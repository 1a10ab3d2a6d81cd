// Owns: checkpoints (SPEC §9.5: C2SP tlog-checkpoint, signed-note, Ed25519), made, and read back by the log's own
// writer.
// Trusts: nothing of a checkpoint it reads: another form, origin or signature is none.

import { thumbprintOf, type GrantSigner, type PublicJwk } from '../public-key.ts';
import { createHash, createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';

/** The state of a tree: how many records, and their root. */
export interface TreeHead {
  size: number;
  root: Uint8Array;
}

const ED25519 = 0x01;
// RFC 8410: what stands before the 32 bytes of a private key in PKCS #8.
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const SIGNATURE_BYTES = 64;
const KEY_HASH_BYTES = 4;

/**
 * The key that signs a host's checkpoints, and the action grants of its sessions (SPEC §11.6): a checkpoint has line
 * ends, and what is signed of a grant has none. Nothing shows what it holds.
 */
export class Signer implements GrantSigner {
  readonly name: string;
  /** The verifier's key: C2SP signed-note. */
  readonly vkey: string;
  readonly publicJwk: PublicJwk;
  readonly thumbprint: string;
  readonly #private: KeyObject;
  readonly #public: KeyObject;
  readonly #keyHash: Uint8Array;

  constructor(name: string, seed: Uint8Array) {
    this.name = name;
    const der = Buffer.concat([PKCS8_PREFIX, seed]);
    this.#private = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    der.fill(0);
    this.#public = createPublicKey(this.#private);
    const { x } = this.#public.export({ format: 'jwk' });
    this.publicJwk = { kty: 'OKP', crv: 'Ed25519', x: x! };
    this.thumbprint = thumbprintOf(this.publicJwk);
    const key = Buffer.concat([Uint8Array.of(ED25519), Buffer.from(x!, 'base64url')]);
    this.#keyHash = createHash('sha256').update(`${name}\n`).update(key).digest().subarray(0, KEY_HASH_BYTES);
    this.vkey = `${name}+${Buffer.from(this.#keyHash).toString('hex')}+${key.toString('base64')}`;
  }

  /** The bytes of a signed checkpoint. */
  checkpoint(origin: string, head: TreeHead): Uint8Array {
    const body = bodyOf(origin, head);
    const signature = Buffer.concat([this.#keyHash, sign(null, body, this.#private)]);
    return Buffer.concat([body, Buffer.from(`\n— ${this.name} ${signature.toString('base64')}\n`)]);
  }

  sign(bytes: Uint8Array): Uint8Array {
    return sign(null, bytes, this.#private);
  }

  /** What a checkpoint of this origin and signer states; `undefined` if it is not one. */
  open(note: Uint8Array, origin: string): TreeHead | undefined {
    const head = statedHead(note, origin);
    const signature = / ([^\n ]+)\n$/.exec(Buffer.from(note).toString())?.[1];
    if (head === undefined || signature === undefined) return undefined;
    const body = bodyOf(origin, head);
    const signed = Buffer.from(signature, 'base64').subarray(KEY_HASH_BYTES);
    if (signed.length !== SIGNATURE_BYTES || !verify(null, body, this.#public, signed)) return undefined;
    // One form for each: what is read must be what would be written.
    return Buffer.from(this.checkpoint(origin, head)).equals(note) ? head : undefined;
  }
}

/** What a checkpoint of this origin says, whoever signed it. */
export function statedHead(note: Uint8Array, origin: string): TreeHead | undefined {
  const text = Buffer.from(note).toString();
  const [, stated, size, root] = /^([^\n]+)\n(\d{1,16})\n([^\n]{44})\n\n— [^\n ]+ [^\n ]+\n$/.exec(text) ?? [];
  return root === undefined || stated !== origin
    ? undefined
    : { size: Number(size), root: Buffer.from(root, 'base64') };
}

const bodyOf = (origin: string, { size, root }: TreeHead): Uint8Array =>
  Buffer.from(`${origin}\n${size}\n${Buffer.from(root).toString('base64')}\n`);
