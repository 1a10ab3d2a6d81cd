// Owns: whether a chain of grants counts: SPEC §11.3. Checks that do not depend on time and session are done once per
// grant.
// Trusts: the trust set and the mediators' keys that it is given.
import { toBase64url } from '../record/base64url.ts';
import { utf8 } from '../record/bytes.ts';
import { verifyEd25519 } from '../record/ed25519.ts';
import type { GrantCode, GrantRefusal } from '../report.ts';
import { LEVELS, parseGrant, signedBytes } from './grant.ts';
import type { Grant, GrantFault } from './grant.ts';
import { thumbprint } from './issuers.ts';
import type { Issuers } from './issuers.ts';
import { beyond } from './scope.ts';
import { GRANTS_MAX } from '../record/limits.ts';
import { sha256 } from '../sha256/native.ts';

/** A grant of a chain, as far as it was checked. `signature`: `unchecked` if a refusal came first. */
export interface Link {
  grant: Grant | undefined;
  signature: 'right' | 'wrong' | 'unchecked';
}

export interface ChainVerdict {
  links: Link[];
  refusal: GrantRefusal | undefined;
}

/** The time and the session that a chain is judged for. */
export interface Occasion {
  nowMs: number;
  session: string;
}

export class GrantChains {
  readonly #issuers: Issuers;
  readonly #mediators: ReadonlyMap<string, Uint8Array>;
  readonly #grants = new Map<string, Grant | GrantFault>();
  readonly #signatures = new Map<string, boolean>();
  readonly #beyond = new Map<string, string | undefined>();

  /** `issuers`: the trust set. `mediators`: public keys that may also sign actions that are bound to the session. */
  constructor(issuers: Issuers, mediators: Uint8Array[]) {
    this.#issuers = issuers;
    this.#mediators = new Map(mediators.map((key) => [thumbprint(key), key]));
  }

  /** `tokens`: from the root down. */
  async check(tokens: readonly string[], occasion: Occasion): Promise<ChainVerdict> {
    const links: Link[] = tokens.map((token) => {
      const read = this.#read(token);
      return { grant: 'code' in read ? undefined : read, signature: 'unchecked' };
    });
    const refusal = lengthFault(tokens) ?? (await this.#firstRefusal(tokens, links, occasion));
    return { links, refusal };
  }

  async #firstRefusal(tokens: readonly string[], links: Link[], occasion: Occasion): Promise<GrantRefusal | undefined> {
    let parent: Grant | undefined;
    for (const [place, token] of tokens.entries()) {
      const read = this.#read(token);
      if ('code' in read) return { ...read, grant: place };
      const wrong = await this.#refuses(read, parent, place, links[place]!, occasion);
      if (wrong) return { code: wrong[0], grant: place, message: wrong[1] };
      parent = read;
    }
    return undefined;
  }

  async #refuses(
    grant: Grant,
    parent: Grant | undefined,
    place: number,
    link: Link,
    { nowMs, session }: Occasion,
  ): Promise<[GrantCode, string] | undefined> {
    if (grant.depth > place) return ['grant-truncated', `of depth ${grant.depth}, in place ${place}`];
    const key = parent ? this.#delegated(grant, parent, session) : this.#issuers.get(grant.issuer);
    if (!key) {
      return parent
        ? ['grant-undelegated', `issued by ${grant.issuer}, which its parent does not name`]
        : ['grant-untrusted', `issued by ${grant.issuer}, which is not in the trust set`];
    }
    const isRight = await this.#isSigned(grant, key);
    link.signature = isRight ? 'right' : 'wrong';
    if (!isRight) return ['grant-forged', `the signature is not by ${grant.issuer}`];
    if (parent && grant.parent !== digestOf(parent)) return ['grant-reparented', 'made for another parent'];
    if (grant.expiresS * 1000 <= nowMs) return ['grant-expired', `expired at ${grant.expiresS} s`];
    const depth = parent ? parent.depth + 1 : 0;
    if (grant.depth !== depth) return ['grant-depth', `of depth ${grant.depth}, not ${depth}`];
    if (!mayStand(grant, parent)) {
      return ['grant-level', `${grant.level} ${parent ? `below ${parent.level}` : 'as a root'}`];
    }
    if (parent && grant.expiresS > parent.expiresS) return ['grant-outlives', 'expires after its parent'];
    const widened = parent && this.#widens(grant, parent);
    if (widened !== undefined) return ['grant-widened', `its parent does not grant ${widened}`];
    if (grant.session !== undefined && grant.session !== session) {
      return ['grant-other-session', `for the session ${grant.session}`];
    }
    return undefined;
  }

  // The public key of the child's issuer, if its parent or the session lets that issuer sign it.
  #delegated(grant: Grant, parent: Grant, session: string): Uint8Array | undefined {
    if (parent.delegate?.thumbprint === grant.issuer) return parent.delegate.publicKey;
    if (grant.level !== 'action' || grant.session !== session) return undefined;
    return this.#mediators.get(grant.issuer);
  }

  #read(token: string): Grant | GrantFault {
    let grant = this.#grants.get(token);
    if (!grant) this.#grants.set(token, (grant = parseGrant(token)));
    return grant;
  }

  async #isSigned(grant: Grant, key: Uint8Array): Promise<boolean> {
    // The token names its key by thumbprint, so the token alone tells what was checked.
    const known = this.#signatures.get(grant.token);
    if (known !== undefined) return known;
    const { signature } = grant;
    const isRight = signature !== undefined && (await verifyEd25519(key, signedBytes(grant), signature));
    this.#signatures.set(grant.token, isRight);
    return isRight;
  }

  // The child's `par_hash` names the parent, so the child's token alone tells which two were compared.
  #widens(grant: Grant, parent: Grant): string | undefined {
    if (!this.#beyond.has(grant.token)) this.#beyond.set(grant.token, beyond(grant.scope, parent.scope));
    return this.#beyond.get(grant.token);
  }
}

function lengthFault({ length }: readonly string[]): GrantRefusal | undefined {
  if (length === 0) return { code: 'grant-truncated', grant: 0, message: 'there is no grant' };
  if (length <= GRANTS_MAX) return undefined;
  return { code: 'grant-depth', grant: GRANTS_MAX, message: `${length} grants, of at most ${GRANTS_MAX}` };
}

function mayStand({ level }: Grant, parent: Grant | undefined): boolean {
  if (!parent) return level === 'objective';
  const step = level === 'plan' && parent.level === 'plan';
  return step || LEVELS.indexOf(level) > LEVELS.indexOf(parent.level);
}

function digestOf({ token }: Grant): string {
  return toBase64url(sha256(utf8(token)));
}
