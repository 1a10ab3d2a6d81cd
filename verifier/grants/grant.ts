// Owns: one grant, taken alone: the form of its token, and its claims. SPEC §11.1.
// Excludes: its signature, and whether it counts (grant-chain.ts).
import { fromBase64url } from '../record/base64url.ts';
import { utf8 } from '../record/bytes.ts';
import { hasControl } from '../record/controls.ts';
import { TOKEN_CHARACTERS_MAX } from '../record/limits.ts';
import { isObject, publicKeyOf, thumbprint } from './issuers.ts';
import { parseExpect, parseScope } from './scope.ts';
import type { Scope } from './scope.ts';

export const LEVELS = ['objective', 'intent', 'plan', 'action'] as const;
export type Level = (typeof LEVELS)[number];

/** The claims of a grant. Seconds are since 1970. */
export interface Grant {
  token: string;
  level: Level;
  statement: string;
  scope: Scope;
  /** What is meant to happen, if the grant says so. */
  expect: Scope | undefined;
  /** Thumbprint of the key that signed. */
  issuer: string;
  expiresS: number;
  /** The key that may sign children; undefined if none may. */
  delegate: { thumbprint: string; publicKey: Uint8Array } | undefined;
  /** Base64url of the SHA-256 of the parent's token; undefined for a root. */
  parent: string | undefined;
  depth: number;
  session: string | undefined;
  uses: number | undefined;
  /** Undefined if the token's third part is not the form of one. */
  signature: Uint8Array | undefined;
}

/** Why a token is no grant: a code of SPEC §11.3, and a message. */
export interface GrantFault {
  code: 'grant-malformed' | 'grant-unknown-claim';
  message: string;
}

const HEADER = 'eyJhbGciOiJFZERTQSIsInR5cCI6InBsdW1ibGluZS1ncmFudCtqd3QifQ';
const TIME_BELOW_S = 253_402_300_800;
const STATEMENT_CHARACTERS_MAX = 1000;
const USES_MAX = 2 ** 32 - 1;
const DEPTH_MAX = 7;
// Of 16 bytes, and of 32, in base64url.
const JTI_DIGITS = 22;
const DIGEST_DIGITS = 43;
const SIGNATURE_BYTES = 64;

type Json = Record<string, unknown>;
type Check = (value: unknown) => boolean;

const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const integer =
  (least: number, most: number): Check =>
  (value) =>
    Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;
const digits =
  (count: number): Check =>
  (value) =>
    typeof value === 'string' && value.length === count && /^[\w-]*$/.test(value);

const CLAIMS: Record<string, Check> = {
  iss: digits(DIGEST_DIGITS),
  jti: digits(JTI_DIGITS),
  iat: integer(0, TIME_BELOW_S - 1),
  exp: integer(0, TIME_BELOW_S - 1),
  cnf: optional((value) => isObject(value) && only(value, ['jwk']) && isKey(value['jwk'])),
  par_hash: optional(digits(DIGEST_DIGITS)),
  del_depth: integer(0, DEPTH_MAX),
  authorization_details: (value) => Array.isArray(value) && value.length === 1 && isObject(value[0]),
};

const DETAIL: Record<string, Check> = {
  type: (value) => value === 'plumbline-grant',
  level: (value) => (LEVELS as readonly unknown[]).includes(value),
  statement: (value) => typeof value === 'string' && isStatement(value),
  scope: isObject,
  expect: optional(isObject),
  session: optional((value) => typeof value === 'string' && /^[!-*,-~]{1,128}$/.test(value)),
  uses: optional(integer(1, USES_MAX)),
};

/** The grant in a token. Its signature is not checked. */
export function parseGrant(token: string): Grant | GrantFault {
  if (token.length > TOKEN_CHARACTERS_MAX) return malformed(`over ${TOKEN_CHARACTERS_MAX} characters`);
  const parts = token.split('.');
  if (parts.length !== 3 || parts[0] !== HEADER) return malformed('not the header of a grant');
  const claims = parseClaims(parts[1]!);
  if (!claims) return malformed('a payload that JSON.stringify would not write');
  const claim = misfit(claims, CLAIMS);
  if (claim !== undefined) return malformed(`claim ${claim}`);
  const [detail] = claims['authorization_details'] as [Json];
  const member = misfit(detail, DETAIL);
  if (member !== undefined) return malformed(`${member} of the detail`);
  if ((claims['del_depth'] === 0) !== (claims['par_hash'] === undefined)) {
    return malformed('par_hash is absent from a root and from nothing else');
  }
  const scope = parseScope(detail['scope']);
  if (typeof scope === 'string') return malformed(scope);
  const expect = detail['expect'] === undefined ? undefined : parseExpect(detail['expect'], scope);
  if (typeof expect === 'string') return malformed(expect);
  const stranger = strange(claims, CLAIMS) ?? strange(detail, DETAIL);
  if (stranger !== undefined) return { code: 'grant-unknown-claim', message: JSON.stringify(stranger) };
  return grantOf(token, claims, detail, { scope, expect });
}

function grantOf(token: string, claims: Json, detail: Json, scopes: Pick<Grant, 'scope' | 'expect'>): Grant {
  const cnf = claims['cnf'] as { jwk: Json } | undefined;
  const publicKey = cnf && publicKeyOf(cnf.jwk);
  const signature = fromBase64url(token.slice(token.lastIndexOf('.') + 1));
  return {
    token,
    level: detail['level'] as Level,
    statement: detail['statement'] as string,
    ...scopes,
    issuer: claims['iss'] as string,
    expiresS: claims['exp'] as number,
    delegate: publicKey && { thumbprint: thumbprint(publicKey), publicKey },
    parent: claims['par_hash'] as string | undefined,
    depth: claims['del_depth'] as number,
    session: detail['session'] as string | undefined,
    uses: detail['uses'] as number | undefined,
    signature: signature?.length === SIGNATURE_BYTES ? signature : undefined,
  };
}

// A JSON text that JSON.stringify would not write, such as one with a key twice, could mean something else to another
// parser.
function parseClaims(encoded: string): Json | undefined {
  const payload = fromBase64url(encoded);
  if (!payload) return undefined;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(payload);
    const claims: unknown = JSON.parse(text);
    return isObject(claims) && JSON.stringify(claims) === text ? claims : undefined;
  } catch {
    return undefined;
  }
}

/** The bytes that a signature of the grant signs. */
export function signedBytes({ token }: Grant): Uint8Array {
  return utf8(token.slice(0, token.lastIndexOf('.')));
}

function isStatement(text: string): boolean {
  const { length } = [...text];
  return length <= STATEMENT_CHARACTERS_MAX && text.trim() !== '' && !hasControl(text);
}

function isKey(jwk: unknown): boolean {
  return isObject(jwk) && only(jwk, ['kty', 'crv', 'x']) && publicKeyOf(jwk) !== undefined;
}

function only(value: Json, names: string[]): boolean {
  return Object.keys(value).every((name) => names.includes(name));
}

function misfit(value: Json, checks: Record<string, Check>): string | undefined {
  return Object.keys(checks).find((name) => !checks[name]!(Object.hasOwn(value, name) ? value[name] : undefined));
}

function strange(value: Json, checks: Record<string, Check>): string | undefined {
  return Object.keys(value).find((name) => !Object.hasOwn(checks, name));
}

function malformed(message: string): GrantFault {
  return { code: 'grant-malformed', message };
}
