// Owns: the authority of a session: a chain that counts, the layers it compiles to, their digest, and what it says of a decision.
// Trusts: the trust set. Excludes: judging a request; the engine does, with these layers loaded.

import { createHash } from 'node:crypto';
import type { PolicySources } from '../../engine/compiler/index.ts';
import { CborWriter } from '../cbor-writer.ts';
import type { Decision } from '../decision.ts';
import { PlumblineError } from '../error.ts';
import type { Request } from '../request.ts';
import { verifyChain } from './chain.ts';
import { closestOf } from './containment.ts';
import { GRANTS_MAX, type Grant } from './grant.ts';
import type { TrustSet } from './issuer-key.ts';
import { ACTIONS, compileLayer } from './layer.ts';
import { PARSERS, SCOPE_KEYS } from './scope.ts';

export interface AuthorityOptions {
  /** Compact JWS, from the objective on. */
  tokens: readonly string[];
  /** Whose objectives count. The operator's choice: whoever can add to it can grant anything. */
  trust: TrustSet;
}

const DIGEST_BYTES = 32;

export class Authority {
  readonly chain: readonly Grant[];
  /** Programs, level 1 first. */
  readonly layers: readonly Uint8Array[];
  /** The layer-set digest (SPEC §7). */
  readonly digest: Uint8Array;
  /** What the layers were made from and why they count: Cedar texts, tokens, the trust set. */
  readonly sources: readonly Uint8Array[];

  /** Use `openAuthority`, which verifies the chain. */
  constructor(chain: readonly Grant[], trust: TrustSet, schema: PolicySources['schema']) {
    this.chain = chain;
    const compiled = chain.map((grant) => compileLayer(grant, schema));
    this.layers = compiled.map(({ program }) => program);
    this.digest = digestOfLayers(this.layers);
    const texts = compiled.map(({ sources }) => sources.policies[0]!.text);
    const all = [...texts, ...chain.map(({ token }) => token), JSON.stringify(trust)];
    this.sources = all.map((text) => new TextEncoder().encode(text));
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

/** @throws {PlumblineError} with the refusal's code if the chain does not count; `grant-unfit` if a scope does not fit the schema */
export function openAuthority(
  { tokens, trust }: AuthorityOptions,
  schema: PolicySources['schema'],
  nowMs: number,
  session: string | undefined,
): Authority {
  const verified = verifyChain(tokens, trust, nowMs, session);
  if ('chain' in verified) return new Authority(verified.chain, trust, schema);
  const { code, message } = verified.refusal;
  throw new PlumblineError(code, message, { hint: 'without the authority it was asked for no session opens' });
}

function digestOfLayers(layers: readonly Uint8Array[]): Uint8Array {
  const writer = new CborWriter(new Uint8Array(1 + GRANTS_MAX * (2 + DIGEST_BYTES)));
  writer.array(layers.length);
  for (const layer of layers) writer.bytes(createHash('sha256').update(layer).digest());
  return createHash('sha256').update(writer.written()).digest();
}

/** The entry of the grant's scope that came closest to a request: `read "/work"`. */
function closestTo({ action, resource }: Request, { scope }: Grant): string | undefined {
  const name = typeof action === 'string' ? action : action.id;
  const key = SCOPE_KEYS.find((one) => ACTIONS[one].includes(name));
  if (key === undefined) return undefined;
  const asked = PARSERS[key](resource.id);
  const closest = 'fault' in asked ? undefined : closestOf(asked, scope.entries[key]);
  return closest === undefined ? undefined : `${key} ${JSON.stringify(closest.text)}`;
}
