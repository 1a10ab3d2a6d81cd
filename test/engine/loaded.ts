// Owns: small programs of one schema, loaded with layers, and what is asked and said of them: for tests of the engine's
// state and of grants.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { CODES } from '../../bindings/codes.ts';
import { readDecision, type Decision } from '../../bindings/decision.ts';
import { loadEngine } from '../../bindings/engine.ts';
import { encodeApproval, encodeRevocation, type Selector } from '../../bindings/event.ts';
import { encodeRequest, type Stamp } from '../../bindings/request.ts';
import { compile, type LayerSubject } from '../../engine/compiler/index.ts';
import { cbor } from './assembler.ts';

export const engine = loadEngine(readFileSync(new URL('../../engine/engine.wasm', import.meta.url)));

export const INITIAL = 'ac00000100020003800480050006800780088009830000000a000b80';
const SCHEMA = `
entity U;
@derived("path")
entity P in [P];
type Session = { requests: Long, blocked: Long, outside: Long, recent: Long, surprising: Long, tokens: Long, modelRequests: Long, spend: Long };
action a, b appliesTo { principal: U, resource: [U, P], context: { n: Long, content?: String, @supplied labels: Set<String>, @supplied session: Session } };`;
/** An approval of what `a` does at level 0 within /w, once. */
export const SELECTOR: Selector = {
  action: { type: 'Action', id: 'a' },
  within: { type: 'P', id: '/w' },
  subject: new Uint8Array(32),
  content: null,
  uses: 1,
  expiresMs: 1000,
  timeMs: 0,
};
export const PERMIT = 'permit(principal, action, resource);';
export const APPROVE = '@id("ask") @verdict("approve") forbid(principal, action, resource) when { context.n == 1 };';
export const BLOCK_2 = '@id("two") forbid(principal, action, resource) when { context.n == 2 };';

export const sha256 = (...parts: Uint8Array[]): Uint8Array =>
  createHash('sha256').update(Buffer.concat(parts)).digest();
export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
/** The n-th digest in ascending order. */
export const digest = (n: number): Uint8Array => new Uint8Array(32).with(0, 1 + (n >> 8)).with(1, n & 0xff);
export const head = (n: number): string => hex(n < 24 ? Uint8Array.of(0x80 + n) : Uint8Array.of(0x98, n));

const source = (text: string) => (text === '' ? [] : [{ name: 'policies', text }]);

export function program(policies: string, labels = '', layer?: LayerSubject): Uint8Array {
  const schema = { name: 'schema', text: SCHEMA };
  const compiled = compile({ schema, policies: source(policies), labels: source(labels), authority: 'none' }, layer);
  if ('diagnostics' in compiled) throw new Error(JSON.stringify(compiled.diagnostics));
  return compiled.policy.program;
}

export interface Loaded {
  program: Uint8Array;
  layers: Uint8Array[];
  authority: Uint8Array;
}

export function open({ policies = PERMIT, labels = '', layers = [] as Uint8Array[], state = INITIAL } = {}): Loaded {
  const bytes = program(policies, labels);
  expect([engine.load(bytes), ...layers.map((layer) => engine.pushLayer(layer))]).toEqual([0, ...layers.map(() => 0)]);
  expect(engine.setState(cbor(state))).toBe(0);
  const digests = layers.flatMap((layer) => [cbor('5820'), sha256(layer)]);
  return { program: bytes, layers, authority: sha256(Uint8Array.of(0x80 + layers.length), ...digests) };
}

export interface Asked {
  n?: number | number[];
  action?: string;
  /** A path; else the resource is U::"r". */
  path?: string;
  content?: string;
  continued?: true;
  timeMs?: number;
}

export function requestBytes(
  { authority }: Loaded,
  { n = 0, action = 'a', path, content, continued, timeMs = 100 }: Asked,
): Uint8Array {
  const one = (value: number) => ({
    principal: { type: 'U', id: 'u' },
    action,
    resource: path === undefined ? { type: 'U', id: 'r' } : { type: 'P', id: path },
    context: { n: value, ...(content === undefined ? {} : { content }) },
  });
  const stamp: Stamp = { authority, timeMs, ...(continued === undefined ? {} : { continued }) };
  const bytes = encodeRequest(typeof n === 'number' ? one(n) : n.map(one), stamp);
  if (!(bytes instanceof Uint8Array)) throw new Error(bytes.message);
  return bytes.slice();
}

export function decide(loaded: Loaded, asked: Asked = {}): Decision {
  const bytes = requestBytes(loaded, asked);
  engine.request.set(bytes);
  const packed = engine.decide(bytes.length);
  return readDecision(engine.decision(), packed);
}

export const codeOf = (loaded: Loaded, asked: Asked = {}): string => decide(loaded, asked).code;
export const times = (count: number, loaded: Loaded, asked: Asked = {}): string[] =>
  Array.from({ length: count }, () => codeOf(loaded, asked));

export const approve = (approval: string, expiresMs: number, timeMs = 0): string =>
  noted(encodeApproval({ approval: cbor(approval), expiresMs, timeMs }));
export const revoke = (subject: Uint8Array): string => noted(encodeRevocation(subject));
export const noted = (event: Uint8Array): string => {
  const code = engine.note(event);
  return code === 0 ? 'noted' : CODES[code]!;
};
export const state = (): string => hex(engine.state());

export const layer = (n: number, uses?: number, policies = PERMIT): Uint8Array =>
  program(policies, '', { subject: digest(n), ...(uses === undefined ? {} : { uses }) });
