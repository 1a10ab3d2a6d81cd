// Owns: whether a chain of grants counts (SPEC §11.3): who signed it, whom it follows, and that nothing widens on the
// way; and whether it is a chain at all.
// Trusts: the trust set alone. Excludes: what the grants allow; the engine judges that, layer by layer.

import { createPublicKey, verify } from 'node:crypto';
import {
  digestOf,
  GRANTS_MAX,
  isMediators,
  readGrant,
  unfit,
  type Grant,
  type GrantCode,
  type GrantRefusal,
  type Mediator,
} from './grant.ts';
import { thumbprintOf, type PublicJwk } from '../public-key.ts';
import type { TrustSet } from './issuer-key.ts';

/**
 * The grants of a chain from the objective on, or why it does not count. `session` is the origin of the session's log,
 * if it has one; a grant bound to a session counts there only. `mediator` may have signed action grants of its session.
 */
export function verifyChain(
  tokens: readonly string[],
  trust: TrustSet,
  nowMs: number,
  session: string | undefined,
  mediator?: Mediator,
): { chain: Grant[] } | { refusal: GrantRefusal } {
  const miscounted = countFault(tokens.length);
  if (miscounted !== undefined) return { refusal: miscounted };
  const chain: Grant[] = [];
  for (const [index, token] of tokens.entries()) {
    const read = readGrant(token);
    if ('refusal' in read) return refuse(read.refusal.code, index, read.refusal.message);
    const { grant } = read;
    const parent = chain.at(-1);
    const misplaced = placeFault(grant, index);
    if (misplaced !== undefined) return refuse(misplaced.code, index, misplaced.message);
    const signer = parent === undefined ? trust.key(grant.issuer) : signerBelow(parent, grant, mediator);
    if (signer === undefined && parent === undefined) {
      return refuse('grant-untrusted', index, `its issuer ${grant.issuer} is not in the trust set`);
    }
    if (signer === undefined || thumbprintOf(signer) !== grant.issuer) {
      return refuse('grant-undelegated', index, `its issuer ${grant.issuer} is not who its parent delegates to`);
    }
    if (!isSigned(token, signer))
      return refuse('grant-forged', index, `it is not signed by its issuer ${grant.issuer}`);
    const refusal = descentFault(grant, parent, nowMs);
    if (refusal !== undefined) return refuse(refusal.code, index, refusal.message);
    if (grant.session !== undefined && grant.session !== session) {
      return refuse('grant-other-session', index, `it is good for the session ${grant.session} only`);
    }
    chain.push(grant);
  }
  return { chain };
}

/** Whoever a grant below `parent` has to be signed by. */
function signerBelow(parent: Grant, grant: Grant, mediator: Mediator | undefined): PublicJwk | undefined {
  if (mediator === undefined || thumbprintOf(mediator.key) !== grant.issuer) return parent.delegate;
  return isMediators(grant, mediator) ? mediator.key : parent.delegate;
}

/**
 * Why grants that were read are no chain. Who signed them, whether the objective is one that counts and whose session
 * it is are not asked: for what describes a chain, never for what acts on one.
 */
export function chainFault(chain: readonly Grant[], nowMs: number): GrantRefusal | undefined {
  const miscounted = countFault(chain.length);
  if (miscounted !== undefined) return miscounted;
  for (const [index, grant] of chain.entries()) {
    const fault = placeFault(grant, index) ?? descentFault(grant, chain[index - 1], nowMs);
    if (fault !== undefined) return refuse(fault.code, index, fault.message).refusal;
  }
  return undefined;
}

function countFault(count: number): GrantRefusal | undefined {
  if (count === 0) return { code: 'grant-truncated', message: 'there is no grant' };
  if (count <= GRANTS_MAX) return undefined;
  return { code: 'grant-depth', message: `there are ${count} grants; ${GRANTS_MAX} are the most` };
}

function placeFault({ depth }: Grant, index: number): GrantRefusal | undefined {
  if (depth <= index) return undefined;
  return { code: 'grant-truncated', message: `it stands at depth ${depth}: what is above it is missing` };
}

function descentFault(grant: Grant, parent: Grant | undefined, nowMs: number): GrantRefusal | undefined {
  if (parent !== undefined && grant.parent !== digestOf(parent.token)) {
    return { code: 'grant-reparented', message: 'it was minted below another parent' };
  }
  return unfit(grant, parent, nowMs);
}

const refuse = (code: GrantCode, index: number, message: string): { refusal: GrantRefusal } => ({
  refusal: { code, message: `grant ${index + 1}: ${message}` },
});

function isSigned(token: string, jwk: PublicJwk): boolean {
  const end = token.lastIndexOf('.');
  const text = token.slice(end + 1);
  const signature = Buffer.from(text, 'base64url');
  if (signature.toString('base64url') !== text) return false;
  const key = createPublicKey({ key: { ...jwk }, format: 'jwk' });
  return verify(null, Buffer.from(token.slice(0, end)), key, signature);
}
