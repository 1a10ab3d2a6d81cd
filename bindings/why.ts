// Owns: the reason of a record: the chain from the request up to the objective, and at each level the entry that
// granted it or came closest.
// Trusts: the log's content. Chain and issuers are checked here; that the log is authentic, the verifier checks.
// Excludes: deciding. Entries are matched with a request by their names; the decision is the core's, as recorded.

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { verifyChain } from './authority/chain.ts';
import { closestOf, isWithin } from './authority/containment.ts';
import { readGrant, type Grant, type GrantRefusal } from './authority/grant.ts';
import { keyOf, neededBy } from './authority/action.ts';
import { entryJson } from './authority/entry.ts';
import { parseTrustSet, type TrustSet } from './authority/issuer-key.ts';
import type { PublicJwk } from './public-key.ts';
import type { GrantLevel } from './authority/level.ts';
import { CborWriter } from './cbor-writer.ts';
import type { Decision } from './decision.ts';
import { PlumblineError } from './error.ts';
import { BLOBS } from './log/log-directory.ts';
import { readRecords, START, type DecisionView, type HeaderView } from './log/read-log.ts';
import type { RequestView } from './request-view.ts';
import type { Files } from './runtime/runtime.ts';

/** What a grant's scope says of a request: the entry that holds it, or else the one that comes closest. */
export interface ScopeAnswer {
  action: string;
  resource: string;
  granted?: string;
  /** It would hold it, had it not permitted as many requests already as it counts. */
  counted?: string;
  closest?: string;
}

export interface LevelAnswer {
  level: GrantLevel;
  statement: string;
  /** Whether the decision names this level as the one that refused, or constrained. */
  refused: boolean;
  expiresMs: number;
  issuer: string;
  /** SHA-256 of the token, in hex: what a revocation names. */
  grant: string;
  requests: ScopeAnswer[];
}

export interface Why {
  seq: number;
  timeMs: number;
  decision: Decision;
  requests: RequestView[];
  /** From the level nearest to the request up to the objective; empty without authority. */
  levels: LevelAnswer[];
  /** Whether the chain counts at the time of the decision, and where the list of issuers came from. */
  chain: { refusal?: GrantRefusal; issuers: 'given' | 'as recorded' } | null;
  /**
   * Of all requests up to and with this one: how many each level refused, by level; and how many of the last 32 were
   * refused by a grant.
   */
  drift: Drift;
}

export interface Drift {
  requests: number;
  outside: number[];
  recent: number;
}

const RECENT = 32;
const SUBJECT_START = 32;
const SUBJECT_END = 64;

/**
 * @throws {PlumblineError} `no-record`, `no-decision` if the record is of another kind, `blob-absent`, `log-…`
 */
export function explainRecord(directory: string, seq: number, files: Files, trust: TrustSet | undefined): Why {
  let header: HeaderView | undefined;
  const sets = new Map<string, readonly string[]>();
  const drift = new DriftCount();
  for (const record of readRecords(directory, files, { ...START }, true)) {
    if (record.type === 'header') header = record;
    if (record.type === 'header' || record.type === 'grant') sets.set(digestOfSet(record.layers), record.layers);
    if (record.type === 'decision') drift.add(record.decision);
    if (record.seq !== seq) continue;
    if (record.type !== 'decision') {
      throw new PlumblineError('no-decision', `record ${seq} is no decision: ${record.type}`);
    }
    return explain(directory, record, header!, sets, drift.now(), files, trust);
  }
  throw new PlumblineError('no-record', `${directory} has no record ${seq}`);
}

/** How far a log's requests went beyond what was granted, up to its end. */
export function driftOf(directory: string, files: Files): Drift {
  const drift = new DriftCount();
  for (const record of readRecords(directory, files, { ...START }, false)) {
    if (record.type === 'decision') drift.add(record.decision);
  }
  return drift.now();
}

/** As the engine counts (SPEC §6.5). */
class DriftCount {
  #requests = 0;
  readonly #outside: number[] = [];
  #last: boolean[] = [];

  add(decision: Decision): void {
    for (const { verdict, code, level } of decision.transaction ?? [decision]) {
      const refused = verdict === 'block' && code !== 'transaction';
      const by = level ?? 0;
      this.#requests++;
      if (refused) this.#outside[by] = (this.#outside[by] ?? 0) + 1;
      this.#last = [...this.#last, refused && by > 0].slice(-RECENT);
    }
  }

  now(): Drift {
    const outside = Array.from(this.#outside, (count) => count ?? 0);
    return { requests: this.#requests, outside, recent: this.#last.filter(Boolean).length };
  }
}

function explain(
  directory: string,
  { seq, timeMs, decision, request }: DecisionView & { seq: number },
  { origin, vkeys, trust: recorded }: HeaderView,
  sets: ReadonlyMap<string, readonly string[]>,
  drift: Drift,
  files: Files,
  given: TrustSet | undefined,
): Why {
  const requests = 'malformed' in request ? [] : [request].flat();
  const layers = sets.get(decision.authority) ?? [];
  const tokens = layers.map((layer) => {
    const subject = Buffer.from(readBlob(directory, layer, files).subarray(SUBJECT_START, SUBJECT_END)).toString('hex');
    return { subject, token: Buffer.from(readBlob(directory, subject, files)).toString() };
  });
  const levels = tokens.map(({ subject, token }, index) => {
    const read = readGrant(token);
    if ('refusal' in read) throw new PlumblineError(read.refusal.code, `grant ${index + 1}: ${read.refusal.message}`);
    return answerOf(read.grant, subject, decision.level === index + 1 ? decision.code : undefined, requests);
  });
  const about = { seq, timeMs, decision, requests, levels: levels.toReversed(), drift };
  if (tokens.length === 0) return { ...about, chain: null };
  const issuers = given ?? recordedTrust(directory, recorded, files);
  const verified = verifyChain(
    tokens.map(({ token }) => token),
    issuers,
    timeMs,
    origin,
    { session: origin, key: keyOfVkey(vkeys[0]!) },
  );
  const said = given === undefined ? ('as recorded' as const) : ('given' as const);
  return { ...about, chain: { issuers: said, ...('refusal' in verified ? { refusal: verified.refusal } : {}) } };
}

/** @param code the decision's, if this level refused, or constrained */
function answerOf(
  grant: Grant,
  digest: string,
  code: Decision['code'] | undefined,
  requests: readonly RequestView[],
): LevelAnswer {
  const { level, statement, expiresMs, issuer } = grant;
  return {
    level,
    statement,
    refused: code !== undefined,
    expiresMs,
    issuer,
    grant: digest,
    requests: requests.map((one) => scopeAnswer(one, grant, code === 'no-permit')),
  };
}

function scopeAnswer(request: RequestView, { scope }: Grant, unpermitted: boolean): ScopeAnswer {
  const { action, resource, context } = request;
  const about = { action: action.id, resource: resource.id };
  const key = keyOf(request);
  if (key === undefined) return about;
  // An entry of addresses is judged by the address, which the adapter states beside the name.
  const names = [resource.id, ...(key === 'connect' || key === 'listen' ? [addressed(resource.id, context)] : [])];
  const asked = names.flatMap(
    (id) => (id === undefined ? undefined : neededBy({ resource: { ...resource, id }, context }, key)) ?? [],
  );
  const entries = scope.entries[key];
  const holding = entries.find((entry) => asked.some((one) => isWithin(one, [entry], key)));
  if (holding !== undefined) {
    const held = `${key} ${JSON.stringify(entryJson(holding))}`;
    return unpermitted && holding.limits?.count !== undefined
      ? { ...about, counted: held }
      : { ...about, granted: held };
  }
  const closest = asked[0] === undefined ? undefined : closestOf(asked[0], entries);
  return closest === undefined ? about : { ...about, closest: `${key} ${JSON.stringify(entryJson(closest))}` };
}

/** The endpoint with the address in place of the name. */
function addressed(endpoint: string, context: RequestView['context']): string | undefined {
  const { fn, arg } = (context['address'] as { __extn?: { fn: string; arg: string } } | undefined)?.['__extn'] ?? {};
  if (fn !== 'ip' || arg === undefined) return undefined;
  const port = endpoint.slice(endpoint.lastIndexOf(':') + 1);
  return arg.includes(':') ? `[${arg}]:${port}` : `${arg}:${port}`;
}

function recordedTrust(directory: string, digest: string | null, files: Files): TrustSet {
  if (digest === null) throw new PlumblineError('trust-malformed', 'the log names no trust set');
  return parseTrustSet(Buffer.from(readBlob(directory, digest, files)).toString(), join(BLOBS, digest));
}

/** @throws {PlumblineError} `blob-absent`, `log-malformed` if it is not what its name says */
function readBlob(directory: string, digest: string, files: Files): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = files.readFileSync(join(directory, BLOBS, digest));
  } catch (cause) {
    throw new PlumblineError('blob-absent', `${join(directory, BLOBS, digest)} cannot be read`, { cause });
  }
  if (createHash('sha256').update(bytes).digest('hex') === digest) return bytes;
  throw new PlumblineError('log-malformed', `${join(BLOBS, digest)} is not what its name says`);
}

/** SPEC §7. */
function digestOfSet(layers: readonly string[]): string {
  const writer = new CborWriter(new Uint8Array(8 + layers.length * 34));
  writer.array(layers.length);
  for (const layer of layers) writer.bytes(Buffer.from(layer, 'hex'));
  return createHash('sha256').update(writer.written()).digest('hex');
}

/** The Ed25519 key of a vkey: `NAME+KEYHASH+BASE64(01 ‖ key)`. */
const keyOfVkey = (vkey: string): PublicJwk => ({
  kty: 'OKP',
  crv: 'Ed25519',
  x: Buffer.from(vkey.split('+').slice(2).join('+'), 'base64').subarray(1).toString('base64url'),
});
