// Owns: one grant as a token (SPEC §11.1): a compact JWS, its header, its claims; and minting, which refuses what
// widens.
// Trusts: nothing of a token it reads; whether it was signed by who it says is the chain's business (chain.ts).

import { isObject } from '../is-object.ts';
import { isOrigin } from '../log/origin.ts';
import { isShown } from '../shown-text.ts';
import { createHash } from 'node:crypto';
import { widening } from './containment.ts';
import { isPublicJwk, type GrantSigner, type PublicJwk } from '../public-key.ts';
import { isGrantLevel, mayStandBelow, type GrantLevel } from './level.ts';
import { parseExpect, parseScope, type ExpectJson, type Scope, type ScopeJson } from './scope.ts';

/** What a grant says. Times are milliseconds since 1970, in whole seconds. */
export interface Grant {
  level: GrantLevel;
  /** What it is for, in words. */
  statement: string;
  scope: Scope;
  /** What is meant to happen of what may (SPEC §6.7); absent: all of it. */
  expect?: Scope;
  expiresMs: number;
  /** The log whose session it is good for (SPEC §9.2); absent: any. */
  session?: string;
  /** How often it may be used in one session (SPEC §6.6); absent: any number of times. */
  uses?: number;
  /** Who may mint children; absent: nobody. */
  delegate?: PublicJwk;
  /** 0 for a root. */
  depth: number;
  /** The digest of the parent's token in base64url; absent for a root. */
  parent?: string;
  /** The thumbprint of the key that signed it. */
  issuer: string;
  token: string;
}

/** What a grant is minted from. */
export interface Draft {
  level: GrantLevel;
  statement: string;
  scope: ScopeJson;
  expect?: ExpectJson;
  expiresMs: number;
  session?: string;
  uses?: number;
  delegate?: PublicJwk;
}

/** The session whose mediator may sign action grants that are bound to it (SPEC §11.3). */
export interface Mediator {
  session: string;
  key: PublicJwk;
}

/** Why a grant or a chain of grants does not count. */
export interface GrantRefusal {
  code: GrantCode;
  message: string;
}

export type GrantCode =
  | 'grant-malformed'
  | 'grant-unknown-claim'
  | 'grant-truncated'
  | 'grant-untrusted'
  | 'grant-undelegated'
  | 'grant-forged'
  | 'grant-reparented'
  | 'grant-depth'
  | 'grant-level'
  | 'grant-expired'
  | 'grant-outlives'
  | 'grant-widened'
  | 'grant-other-session';

/** As many as the engine has layers (SPEC §7). */
export const GRANTS_MAX = 8;

const HEADER = '{"alg":"EdDSA","typ":"plumbline-grant+jwt"}';
const TYPE = 'plumbline-grant';
const CLAIMS = ['iss', 'jti', 'iat', 'exp', 'cnf', 'par_hash', 'del_depth', 'authorization_details'];
const DETAILS = ['type', 'level', 'statement', 'scope', 'expect', 'session', 'uses'];
const TOKEN_LENGTH_MAX = 65_536;
const STATEMENT_LENGTH_MAX = 1000;
/** The year 10000, which Cedar's datetime cannot write. */
const EXP_MAX = 253_402_300_800;
const DIGEST = /^[A-Za-z0-9_-]{43}$/;
const ID = /^[A-Za-z0-9_-]{22}$/;
const USES_MAX = 2 ** 32 - 1;
const JTI_BYTES = 16;
const MS = 1000;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const refuse = (code: GrantCode, message: string): { refusal: GrantRefusal } => ({ refusal: { code, message } });

/** What `par_hash` of its children says. */
export const digestOf = (token: string): string => createHash('sha256').update(token).digest('base64url');

/**
 * Signs a grant below `parent`, or a root. What does not lie within the parent is refused. The parent's own chain is
 * not looked at: whoever opens a session does.
 */
export function mint(
  draft: Draft,
  key: GrantSigner,
  parent: Grant | undefined,
  { nowMs, random }: { nowMs: number; random: (length: number) => Uint8Array },
  mediator?: Mediator,
): { grant: Grant } | { refusal: GrantRefusal } {
  const { level, statement, scope, expect, session, uses, delegate } = draft;
  const limits = { ...(session === undefined ? {} : { session }), ...(uses === undefined ? {} : { uses }) };
  // One step further there is no form for it: the engine has no more layers.
  if (parent !== undefined && parent.depth >= GRANTS_MAX - 1) {
    return refuse('grant-depth', `the ${level}: ${GRANTS_MAX} grants are the most`);
  }
  const claims = {
    iss: key.thumbprint,
    jti: Buffer.from(random(JTI_BYTES)).toString('base64url'),
    iat: Math.floor(nowMs / MS),
    exp: Math.floor(draft.expiresMs / MS),
    ...(delegate === undefined ? {} : { cnf: { jwk: { kty: delegate.kty, crv: delegate.crv, x: delegate.x } } }),
    ...(parent === undefined ? {} : { par_hash: digestOf(parent.token) }),
    del_depth: parent === undefined ? 0 : parent.depth + 1,
    authorization_details: [
      { type: TYPE, level, statement, scope, ...(expect === undefined ? {} : { expect }), ...limits },
    ],
  };
  const signed = `${base64url(HEADER)}.${base64url(JSON.stringify(claims))}`;
  const token = `${signed}.${Buffer.from(key.sign(Buffer.from(signed))).toString('base64url')}`;
  const read = readGrant(token);
  if ('refusal' in read) return read;
  const own = isMediators(read.grant, mediator) && key.publicJwk.x === mediator?.key.x;
  if (parent !== undefined && parent.delegate?.x !== key.publicJwk.x && !own) {
    return refuse('grant-undelegated', `the ${parent.level} does not let this key mint below it`);
  }
  const refusal = unfit(read.grant, parent, nowMs);
  return refusal === undefined ? read : { refusal };
}

/** Whether a grant is one that the mediator of its session may sign. */
export const isMediators = ({ level, session }: Grant, mediator: Mediator | undefined): boolean =>
  mediator !== undefined && level === 'action' && session === mediator.session;

/** Why a grant cannot stand below its parent, or not any more. Signatures and digests apart. */
export function unfit(grant: Grant, parent: Grant | undefined, nowMs: number): GrantRefusal | undefined {
  const because = (code: GrantCode, message: string): GrantRefusal => ({
    code,
    message: `the ${grant.level}: ${message}`,
  });
  if (grant.expiresMs <= nowMs) return because('grant-expired', `it ended ${isoTime(grant.expiresMs)}`);
  if (parent === undefined) {
    return grant.level === 'objective' ? undefined : because('grant-level', 'only an objective stands below nothing');
  }
  if (grant.depth !== parent.depth + 1 || grant.depth >= GRANTS_MAX) {
    return because(
      'grant-depth',
      `its depth is ${grant.depth}; its parent's is ${parent.depth}, and ${GRANTS_MAX - 1} is the most`,
    );
  }
  if (!mayStandBelow(grant.level, parent.level)) {
    return because('grant-level', `it cannot stand below the ${parent.level}`);
  }
  if (grant.expiresMs > parent.expiresMs) {
    return because(
      'grant-outlives',
      `it ends ${isoTime(grant.expiresMs)}, after its parent, ${isoTime(parent.expiresMs)}`,
    );
  }
  const wider = widening(grant.scope, parent.scope);
  return wider === undefined ? undefined : because('grant-widened', wider);
}

/** The grant a token states. Nothing is checked but its form. */
export function readGrant(token: string): { grant: Grant } | { refusal: GrantRefusal } {
  const claims = readClaims(token);
  if (typeof claims === 'string') return refuse('grant-malformed', claims);
  const { iss, jti, iat, exp, cnf, par_hash: parent, del_depth: depth, authorization_details: details } = claims;
  if (!matches(iss, DIGEST)) return refuse('grant-malformed', 'iss: must be the thumbprint of a key');
  if (!matches(jti, ID)) return refuse('grant-malformed', 'jti: must be 16 bytes in base64url');
  if (!isCount(iat, EXP_MAX)) return refuse('grant-malformed', 'iat: must be seconds since 1970');
  if (!isCount(exp, EXP_MAX)) return refuse('grant-malformed', 'exp: must be seconds since 1970');
  if (parent !== undefined && !matches(parent, DIGEST)) {
    return refuse('grant-malformed', 'par_hash: must be a SHA-256 in base64url');
  }
  if (!isCount(depth, GRANTS_MAX)) return refuse('grant-malformed', `del_depth: must be below ${GRANTS_MAX}`);
  if ((depth === 0) !== (parent === undefined))
    return refuse('grant-malformed', 'par_hash: a root has none, all else has');
  if (cnf !== undefined && !isDelegate(cnf))
    return refuse('grant-malformed', 'cnf: must be {"jwk": an Ed25519 public key}');
  if (!Array.isArray(details) || details.length !== 1 || !isObject(details[0])) {
    return refuse('grant-malformed', 'authorization_details: must be one object');
  }
  const [detail] = details as [Record<string, unknown>];
  const { type, level, statement, session, uses } = detail;
  if (type !== TYPE) return refuse('grant-malformed', `type: must be ${TYPE}`);
  if (!isGrantLevel(level)) return refuse('grant-malformed', 'level: must be objective, intent, plan or action');
  if (!isStatement(statement)) {
    return refuse('grant-malformed', `statement: must be a line of 1-${STATEMENT_LENGTH_MAX} characters that all show`);
  }
  if (session !== undefined && !(typeof session === 'string' && isOrigin(session))) {
    return refuse('grant-malformed', 'session: must be the origin of a log');
  }
  if (uses !== undefined && (uses === 0 || !isCount(uses, USES_MAX + 1))) {
    return refuse('grant-malformed', `uses: must be 1-${USES_MAX}`);
  }
  const parsed = parseScope(detail['scope']);
  if ('fault' in parsed) return refuse('grant-malformed', parsed.fault);
  const expected = expectOf(detail, parsed.scope);
  if ('fault' in expected) return refuse('grant-malformed', expected.fault);
  const unknown = unknownIn(claims, CLAIMS) ?? unknownIn(detail, DETAILS);
  if (unknown !== undefined) return refuse('grant-unknown-claim', `there is no claim ${JSON.stringify(unknown)}`);
  const grant = {
    level,
    statement,
    scope: parsed.scope,
    ...expected,
    expiresMs: exp * MS,
    ...(session === undefined ? {} : { session }),
    ...(uses === undefined ? {} : { uses }),
    ...(cnf === undefined ? {} : { delegate: cnf.jwk }),
    depth,
    ...(parent === undefined ? {} : { parent }),
    issuer: iss,
    token,
  };
  return { grant };
}

/** What the detail of a grant expects, if it says; it may not expect what it does not allow. */
function expectOf(detail: { readonly [name: string]: unknown }, scope: Scope): { expect?: Scope } | { fault: string } {
  if (!Object.hasOwn(detail, 'expect')) return {};
  const parsed = parseExpect(detail['expect']);
  if ('fault' in parsed) return parsed;
  const wider = widening(parsed.expect, scope);
  return wider === undefined ? parsed : { fault: `expect is not within scope: ${wider}` };
}

/** The claims of a compact JWS with the one header there is, or what is wrong. */
function readClaims(token: string): Record<string, unknown> | string {
  if (token.length > TOKEN_LENGTH_MAX) {
    return `must have at most ${TOKEN_LENGTH_MAX} characters as a token, and has ${token.length}: list less`;
  }
  const [header, payload, signature, ...rest] = token.split('.');
  if (signature === undefined || rest.length > 0) return 'must be a compact JWS';
  if (header !== base64url(HEADER)) return `must have the header ${HEADER}`;
  const bytes = Buffer.from(payload!, 'base64url');
  if (bytes.toString('base64url') !== payload) return 'must be base64url';
  try {
    const text = utf8.decode(bytes);
    const claims: unknown = JSON.parse(text);
    // One form only: a name given twice, of which another reader might see the other, does not survive this.
    if (isObject(claims) && JSON.stringify(claims) === text) return claims;
  } catch {
    // Not UTF-8, or not JSON.
  }
  return 'must be an object in JSON without spaces, each name given once';
}

function unknownIn(object: Record<string, unknown>, known: readonly string[]): string | undefined {
  return Object.keys(object).find((name) => !known.includes(name));
}

const base64url = (text: string): string => Buffer.from(text).toString('base64url');
const isoTime = (ms: number): string => new Date(ms).toISOString();
const matches = (value: unknown, pattern: RegExp): value is string => typeof value === 'string' && pattern.test(value);
const isCount = (value: unknown, max: number): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) < max;
const isDelegate = (cnf: unknown): cnf is { jwk: PublicJwk } =>
  isObject(cnf) && Object.keys(cnf).length === 1 && isPublicJwk(cnf['jwk']);

/** People are shown it, in terminals too: no control characters, and none that turn the direction of writing. */
const isStatement = (value: unknown): value is string =>
  typeof value === 'string' &&
  value.isWellFormed() &&
  value.trim() !== '' &&
  [...value].length <= STATEMENT_LENGTH_MAX &&
  isShown(value);
