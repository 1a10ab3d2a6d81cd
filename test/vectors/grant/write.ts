// Writes grants from SPEC §11 for vectors, proper ones and such as nobody should mint. Shares nothing with bindings or
// the verifier.
import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

export type Json = Record<string, unknown>;

const b64 = (bytes: Uint8Array | string) => Buffer.from(bytes).toString('base64url');
export const digestOf = (token: string) => createHash('sha256').update(token).digest();

/** Somebody who signs grants, with a key that repeats. */
export class Person {
  readonly #key: KeyObject;
  readonly jwk: { kty: 'OKP'; crv: 'Ed25519'; x: string };
  readonly thumbprint: string;

  constructor(seed: number) {
    // The DER of an Ed25519 private key (RFC 8410) around its 32 bytes.
    const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, seed)]);
    this.#key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    const spki = createPublicKey(this.#key).export({ format: 'der', type: 'spki' });
    this.jwk = { kty: 'OKP', crv: 'Ed25519', x: b64(spki.subarray(-32)) };
    this.thumbprint = createHash('sha256')
      .update(`{"crv":"Ed25519","kty":"OKP","x":"${this.jwk.x}"}`)
      .digest('base64url');
  }

  sign(text: string): Buffer {
    return sign(null, Buffer.from(text), this.#key);
  }
}

export const HEADER = { alg: 'EdDSA', typ: 'plumbline-grant+jwt' };

/** How a token may be written wrongly. */
export interface WrongToken {
  header?: Json;
  /** The payload as text, in place of what JSON.stringify writes. */
  payload?: (text: string) => string | Uint8Array;
  signature?: (right: Buffer) => Uint8Array;
  /** Who signs, if not the issuer. */
  signer?: Person;
}

export function tokenOf(claims: Json, issuer: Person, wrong: WrongToken = {}): string {
  const text = JSON.stringify(claims);
  const signed = `${b64(JSON.stringify(wrong.header ?? HEADER))}.${b64(wrong.payload?.(text) ?? text)}`;
  const right = (wrong.signer ?? issuer).sign(signed);
  return `${signed}.${b64(wrong.signature?.(right) ?? right)}`;
}

/** One grant of a chain: what differs from a proper one. `undefined` leaves a claim out. */
export interface Step {
  issuer: Person;
  delegate?: Person | undefined;
  claims?: Json;
  detail?: Json;
  wrong?: WrongToken;
}

const NOW_S = 1_760_000_000;
export const NOW_MS = NOW_S * 1000;
export const EXPIRES_S = NOW_S + 3_600;
const LEVELS = ['objective', 'intent', 'plan', 'action'];

/** The tokens of a chain, each the parent of the next, with whatever its steps say. */
export function chainOf(steps: Step[]): string[] {
  const tokens: string[] = [];
  for (const [place, { issuer, delegate, claims, detail, wrong }] of steps.entries()) {
    const whole = {
      iss: issuer.thumbprint,
      jti: b64(Buffer.alloc(16, place + 1)),
      iat: NOW_S - 60,
      exp: EXPIRES_S,
      ...(delegate && { cnf: { jwk: delegate.jwk } }),
      ...(place > 0 && { par_hash: b64(digestOf(tokens[place - 1]!)) }),
      del_depth: place,
      authorization_details: [
        {
          type: 'plumbline-grant',
          level: LEVELS[Math.min(place, 2)],
          statement: `step ${place}`,
          scope: { read: ['/work'] },
          ...detail,
        },
      ],
      ...claims,
    };
    tokens.push(tokenOf(whole, issuer, wrong));
  }
  return tokens;
}
