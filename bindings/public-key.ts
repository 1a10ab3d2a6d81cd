// Owns: Ed25519 public keys as JWK, their thumbprints, and what a signer of grants is to its users.
// Excludes: private keys.

import { createHash } from 'node:crypto';
import { isObject } from './is-object.ts';

export const KEY_BYTES = 32;

/** An Ed25519 public key as RFC 8037 writes it: 32 bytes, base64url. */
export interface PublicJwk {
  kty: 'OKP';
  crv: 'Ed25519';
  x: string;
}

/** What signs grants. */
export interface GrantSigner {
  readonly publicJwk: PublicJwk;
  /** RFC 7638: what `iss` says. */
  readonly thumbprint: string;
  sign(bytes: Uint8Array): Uint8Array;
}

/** RFC 7638, SHA-256, base64url. */
export function thumbprintOf({ kty, crv, x }: PublicJwk): string {
  return createHash('sha256').update(JSON.stringify({ crv, kty, x })).digest('base64url');
}

/** Whether `value` is a public key and nothing more: a private one, given by mistake, is not taken for it. */
export function isPublicJwk(value: unknown): value is PublicJwk {
  if (!isObject(value)) return false;
  const { kty, crv, x, ...rest } = value;
  return kty === 'OKP' && crv === 'Ed25519' && isKeyText(x) && Object.keys(rest).length === 0;
}

/** 32 bytes in base64url, in the one way there is to write them. */
export function isKeyText(value: unknown): value is string {
  if (typeof value !== 'string') return false;
  const bytes = Buffer.from(value, 'base64url');
  return bytes.length === KEY_BYTES && bytes.toString('base64url') === value;
}
