// Owns: the trust set, a JWK Set (RFC 7517) of the Ed25519 public keys (RFC 8037) that may sign root grants, and the
// names of its keys: SPEC §11.3.
import { fromBase64url, toBase64url } from '../record/base64url.ts';
import { utf8 } from '../record/bytes.ts';
import { sha256 } from '../sha256/native.ts';

const KEY_BYTES = 32;

/** RFC 7638 thumbprint (base64url) → public key. */
export type Issuers = ReadonlyMap<string, Uint8Array>;

/** The keys of a trust set's JSON, or undefined if it is none. */
export function parseIssuers(json: string): Issuers | undefined {
  let set: unknown;
  try {
    set = JSON.parse(json);
  } catch {
    return undefined;
  }
  if (!isObject(set) || !Array.isArray(set['keys'])) return undefined;
  const issuers = new Map<string, Uint8Array>();
  for (const jwk of set['keys'] as unknown[]) {
    const key = isObject(jwk) && !('d' in jwk) ? publicKeyOf(jwk) : undefined;
    if (!key) return undefined;
    issuers.set(thumbprint(key), key);
  }
  return issuers;
}

/** The public key in a JWK, whatever else the JWK says. */
export function publicKeyOf(jwk: Record<string, unknown>): Uint8Array | undefined {
  const { kty, crv, x } = jwk;
  if (kty !== 'OKP' || crv !== 'Ed25519' || typeof x !== 'string') return undefined;
  const key = fromBase64url(x);
  return key?.length === KEY_BYTES ? key : undefined;
}

/** RFC 7638, by SHA-256: the name of an issuer in a grant. */
export function thumbprint(publicKey: Uint8Array): string {
  return toBase64url(sha256(utf8(`{"crv":"Ed25519","kty":"OKP","x":"${toBase64url(publicKey)}"}`)));
}

/** Whether the value is an object in JSON's sense. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
