// Owns: grants to test with: keys that repeat, drafts that fit below one another, tokens that were meddled with.

import { mint, type Draft, type Grant } from '../../bindings/authority/grant.ts';
import { IssuerKey } from '../../bindings/authority/issuer-key.ts';
import { EXPIRES_MS, NOW_MS } from './judge.ts';

export const key = (seed: number): IssuerKey => new IssuerKey(new Uint8Array(32).fill(seed));

export const DRAFTS: Record<'objective' | 'intent' | 'plan', Draft> = {
  objective: {
    level: 'objective',
    statement: 'Refactor the config',
    scope: { read: ['/'], write: ['/work'], exec: ['git'] },
    expiresMs: EXPIRES_MS,
  },
  intent: {
    level: 'intent',
    statement: 'Split the file',
    scope: { read: ['/'], write: ['/work'], exec: ['git'] },
    expiresMs: EXPIRES_MS,
  },
  plan: { level: 'plan', statement: 'Edit', scope: { read: ['/work'], write: ['/work/src'] }, expiresMs: EXPIRES_MS },
};

/** A grant that has to count. */
export function minted(draft: Draft, by: IssuerKey, parent?: Grant): Grant {
  const result = mint(draft, by, parent, { nowMs: NOW_MS, random: (length) => new Uint8Array(length).fill(9) });
  if ('refusal' in result) throw new Error(`${result.refusal.code}: ${result.refusal.message}`);
  return result.grant;
}

/** The grant's token with its claims changed; signed by `by`, or with the signature it had. */
export function resigned(
  { token }: Grant,
  change: (claims: Record<string, unknown>) => unknown,
  by: IssuerKey | undefined,
): string {
  const [header, payload, signature] = token.split('.');
  const claims = JSON.parse(Buffer.from(payload!, 'base64url').toString()) as Record<string, unknown>;
  change(claims);
  const signed = `${header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
  return `${signed}.${by === undefined ? signature : Buffer.from(by.sign(Buffer.from(signed))).toString('base64url')}`;
}
