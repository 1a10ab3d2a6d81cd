// Owns: the authority of a session: a chain that counts, the layers it compiles to, their digest, and what it says of a
// decision.
// Trusts: the trust set. Excludes: judging a request; the engine does, with these layers loaded.

import { createHash } from 'node:crypto';
import type { Schema } from '../../engine/compiler/index.ts';
import { CborWriter } from '../cbor-writer.ts';
import type { Decision } from '../decision.ts';
import { PlumblineError } from '../error.ts';
import type { Request } from '../request.ts';
import { keyOf, neededBy } from './action.ts';
import { verifyChain } from './chain.ts';
import { closestOf } from './containment.ts';
import { entryJson } from './entry.ts';
import { GRANTS_MAX, type Grant, type Mediator } from './grant.ts';
import type { TrustSet } from './issuer-key.ts';
import { compileLayer, type Layer } from './layer.ts';

export interface AuthorityOptions {
  /** Compact JWS, from the objective on. */
  tokens: readonly string[];
  /** Whose objectives count. The operator's choice: whoever can add to it can grant anything. */
  trust: TrustSet;
}

/** Where chains are to count. */
export interface Place {
  /** The organisation's, which layers are compiled with. */
  schema: Schema;
  trust: TrustSet;
  /** The origin of the session's log, if it has one. */
  session: string | undefined;
  mediator?: Mediator;
}

const DIGEST_BYTES = 32;

export class Authority {
  readonly chain: readonly Grant[];
  /** Programs, level 1 first. */
  readonly layers: readonly Uint8Array[];
  /** The layer-set digest (SPEC §7). */
  readonly digest: Uint8Array;
  readonly #place: Place;
  readonly #compiled: readonly Layer[];

  /** Use `openAuthority`, which verifies the chain. `above` is an authority that the chain begins with. */
  constructor(chain: readonly Grant[], place: Place, above?: Authority) {
    this.chain = chain;
    this.#place = place;
    const known = above === undefined ? [] : above.#compiled;
    this.#compiled = [...known, ...chain.slice(known.length).map((grant) => compileLayer(grant, place.schema))];
    this.layers = this.#compiled.map(({ program }) => program);
    this.digest = digestOfLayers(this.layers);
  }

  /** What the layers from `level` on were made from: Cedar texts and tokens. */
  sources(level = 0): Uint8Array[] {
    const texts = this.#compiled.slice(level).map(({ text }) => text);
    const tokens = this.chain.slice(level).map(({ token }) => token);
    return [...texts, ...tokens].map((text) => new TextEncoder().encode(text));
  }

  /**
   * The authority of a chain that begins with this one's. Nothing is granted that this one does not grant.
   * @throws {PlumblineError} `grant-elsewhere` if it does not begin so, else as `openAuthority`
   */
  extend(tokens: readonly string[], nowMs: number): Authority {
    if (!this.chain.every(({ token }, index) => tokens[index] === token)) {
      throw new PlumblineError('grant-elsewhere', "the chain does not begin with the session's grants", {
        hint: 'a session goes on below the grants it was opened with, and cannot leave them',
      });
    }
    return new Authority(verified(tokens, this.#place, nowMs), this.#place, this);
  }

  /** Names, in a decision and in those of a transaction, the grant that its level is. */
  explain(decision: Decision, request: Request | readonly Request[] | Uint8Array): void {
    const requests = request instanceof Uint8Array ? [] : [request].flat();
    for (const [index, one] of (decision.transaction ?? [decision]).entries()) this.#explain(one, requests[index]);
    if (decision.transaction === undefined) return;
    const source = decision.transaction.find(({ level, code }) => level === decision.level && code === decision.code);
    if (source?.grant !== undefined) decision.grant = source.grant;
  }

  #explain(decision: Decision, request: Request | undefined): void {
    const grant = decision.level === null ? undefined : this.chain[decision.level - 1];
    if (grant === undefined) return;
    const { level, statement } = grant;
    const closest = decision.code === 'no-permit' && request !== undefined ? closestTo(request, grant) : undefined;
    decision.grant = { level, statement, ...(closest === undefined ? {} : { closest }) };
  }
}

/**
 * @throws {PlumblineError} with the refusal's code if the chain does not count; `grant-unfit` if a scope does not fit
 * the schema
 */
export const openAuthority = (tokens: readonly string[], place: Place, nowMs: number): Authority =>
  new Authority(verified(tokens, place, nowMs), place);

function verified(tokens: readonly string[], { trust, session, mediator }: Place, nowMs: number): Grant[] {
  const found = verifyChain(tokens, trust, nowMs, session, mediator);
  if ('chain' in found) return found.chain;
  const { code, message } = found.refusal;
  throw new PlumblineError(code, message, { hint: 'without the authority it was asked for nothing is decided' });
}

function digestOfLayers(layers: readonly Uint8Array[]): Uint8Array {
  const writer = new CborWriter(new Uint8Array(1 + GRANTS_MAX * (2 + DIGEST_BYTES)));
  writer.array(layers.length);
  for (const layer of layers) writer.bytes(createHash('sha256').update(layer).digest());
  return createHash('sha256').update(writer.written()).digest();
}

/** The entry of the grant's scope that came closest to a request: `read "/work"`. */
function closestTo(request: Request, { scope }: Grant): string | undefined {
  const key = keyOf(request);
  if (key === undefined) return undefined;
  const asked = neededBy(request, key);
  const closest = asked === undefined ? undefined : closestOf(asked, scope.entries[key]);
  return closest === undefined ? undefined : `${key} ${JSON.stringify(entryJson(closest))}`;
}
