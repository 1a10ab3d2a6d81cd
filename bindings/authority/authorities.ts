// Owns: which authorities a session's requests may be judged under, which of them is current, and the nonces that lead
// to one.
// Trusts: its caller to record an authority before anything is judged under it.

import { hexOf } from '../hex.ts';
import { shown } from '../shown-text.ts';
import { Authority, openAuthority, type AuthorityOptions, type Place } from './authority.ts';
import { actionScope } from './action.ts';
import { mint, type Grant } from './grant.ts';
import { PlumblineError } from '../error.ts';
import type { GrantSigner } from '../public-key.ts';
import type { Request } from '../request.ts';

const NONCE_BYTES = 16;
/** A nonce that nobody redeems is forgotten when so many have come after it. */
const NONCES_MAX = 1024;
/** How long what a call started may go on, if its step lasts as long. */
const ACTION_MS_MAX = 24 * 60 * 60 * 1000;
const MS = 1000;
const STATEMENT_LENGTH_MAX = 1000;

export class Authorities {
  /** What requests are judged under that no other authority was given for. */
  current: Authority;
  /** The one the session was opened with, which all others go on from. */
  readonly root: Authority;
  readonly #known = new Map<string, Authority>();
  readonly #nonces = new Map<string, Authority>();
  readonly #mediator: GrantSigner;
  readonly #session: string | undefined;

  /** @throws {PlumblineError} as `openAuthority` */
  constructor(
    { tokens, trust }: AuthorityOptions,
    schema: Place['schema'],
    session: string | undefined,
    mediator: GrantSigner,
    nowMs: number,
  ) {
    this.#session = session;
    this.#mediator = mediator;
    const signer = session === undefined ? {} : { mediator: { session, key: mediator.publicJwk } };
    this.root = openAuthority(tokens, { schema, trust, session, ...signer }, nowMs);
    this.current = this.root;
    this.keep(this.root);
  }

  /** The authority of this layer-set digest, in hex. @throws {RangeError} if there is none */
  get(digest: string): Authority {
    const found = this.#known.get(digest);
    if (found === undefined) throw new RangeError('the session has no such authority');
    return found;
  }

  /** From now on requests may be judged under it. */
  keep(authority: Authority): void {
    this.#known.set(hexOf(authority.digest), authority);
  }

  /** Of a call that came to nothing: whoever asks over and over takes up no room. */
  forget(authority: Authority): void {
    this.#known.delete(hexOf(authority.digest));
  }

  /**
   * The authority of a call: below the current one an action grant for what the call needs, in this session only.
   * @throws {PlumblineError} `grant-unbound` in a session without a log, which nothing can be bound to; else as
   * `openAuthority`
   */
  forCall(
    statement: string,
    requests: readonly Request[],
    nowMs: number,
    random: (length: number) => Uint8Array,
  ): Authority {
    const session = this.#session;
    if (session === undefined) {
      throw new PlumblineError('grant-unbound', 'an action grant is good for one session, and this one has no log', {
        hint: 'open the session with a log',
      });
    }
    const step = this.current.chain.at(-1)!;
    const draft = {
      level: 'action' as const,
      statement: oneLine(statement),
      scope: actionScope(requests, step.scope),
      expiresMs: Math.min(step.expiresMs, Math.floor(nowMs / MS) * MS + ACTION_MS_MAX),
      session,
    };
    const mediator = { session, key: this.#mediator.publicJwk };
    const minted = mint(draft, this.#mediator, step, { nowMs, random }, mediator);
    if ('refusal' in minted) throw new PlumblineError(minted.refusal.code, minted.refusal.message);
    return this.current.extend([...this.current.chain.map(tokenOf), minted.grant.token], nowMs);
  }

  /** A nonce that leads to the authority, once. */
  nonceFor(authority: Authority, random: (length: number) => Uint8Array): string {
    const nonce = hexOf(random(NONCE_BYTES));
    this.#nonces.set(nonce, authority);
    if (this.#nonces.size > NONCES_MAX) {
      const [oldest, unused] = this.#nonces.entries().next().value!;
      this.#nonces.delete(oldest);
      this.forget(unused);
    }
    return nonce;
  }

  /** The authority a nonce leads to; the nonce is spent. */
  redeem(nonce: string): Authority | undefined {
    const authority = this.#nonces.get(nonce);
    this.#nonces.delete(nonce);
    return authority;
  }
}

const tokenOf = ({ token }: Grant): string => token;

/** A statement is a line whose characters all show (SPEC §11.1); what a call says of itself need not be. */
function oneLine(text: string): string {
  const line = [...shown(text).trim()].slice(0, STATEMENT_LENGTH_MAX).join('').trim();
  return line === '' ? 'a call' : line;
}
