// Owns: one agent run: engine, state and log have this one owner, so sequence order is decision order.
// Trusts: the compiled policy to be what its sources say. Everything else that fails ends in `block`.
// Excludes: enforcing. Who calls `mediate` carries the decision out, constraints included, or blocks.

import { createHash } from 'node:crypto';
import type { Policy } from '../engine/compiler/index.ts';
import { openAuthority, type Authority, type AuthorityOptions } from './authority/authority.ts';
import { CODES } from './codes.ts';
import { readDecision, type Decision } from './decision.ts';
import { loadEngine, REQUEST_BYTES_MAX, type Engine } from './engine.ts';
import { TrustSet } from './authority/issuer-key.ts';
import { CborWriter } from './cbor-writer.ts';
import { PlumblineError } from './error.ts';
import { LIMITS } from './log/limits.ts';
import type { Publish } from './log/publisher.ts';
import { DURABILITIES, Recorder, type Durability } from './log/recorder.ts';
import { WriterKeys } from './log/writer-keys.ts';
import { encodeStamp, writeRequest, type EncodedStamp, type Request } from './request.ts';
import type { Runtime } from './runtime/index.ts';

export interface SessionOptions {
  policy: Policy;
  /** Required by a policy that says so. Grants that do not count, for whatever reason, open no session. */
  authority?: AuthorityOptions;
  /** Where decisions are recorded and what is waited for before one is given (SPEC §9.3); `'none'`: they are not. */
  log: LogOptions | 'none';
  /** Required with a log, refused without. */
  keys?: WriterKeys;
  /** Who enforces: recorded with every decision. 1–128 printable ASCII characters. */
  adapter: string;
  runtime: Runtime;
}

export interface LogOptions {
  directory: string;
  durability: Durability;
  /** Names the log (SPEC §9.2); by default at random. */
  origin?: string;
  /** Takes each checkpoint out of the host's reach; rejects if it could not. */
  publish?: Publish;
}

/** SPEC §6.5. */
export const STATE_INITIAL = Uint8Array.from(Buffer.from('a9000001000200038004800500068007800880', 'hex'));
/** SPEC §7: the digest of no layers, SHA-256 of the empty array. */
export const AUTHORITY_NONE = createHash('sha256').update(Uint8Array.of(0x80)).digest();
const ORIGIN = /^[!-*,-~]{1,128}$/;
const ADAPTER = /^[ -~]{1,128}$/;
const MALFORMED_REQUEST = CODES.indexOf('malformed-request');
const REASON_LENGTH_MAX = 256;
const utf8 = new TextEncoder();

/**
 * Loads the engine and the policy, and begins the log.
 * @throws {TypeError} on options that are missing, unknown or of another type; {RangeError} on an origin or adapter that is no name
 * @throws {PlumblineError} `engine-absent`, `engine-unfit`, `program-refused`, `grant-…`, `log-…`
 */
export function openSession(options: SessionOptions): Session {
  checkOptions(options);
  return new Session(options);
}

export class Session {
  readonly #runtime: Runtime;
  readonly #adapter: string;
  readonly #engine: Engine;
  /** Writes into the engine's request window. */
  readonly #writer: CborWriter;
  readonly #program: string;
  readonly #authority: Authority | undefined;
  readonly #recorder: Recorder | undefined;
  #state: Uint8Array = STATE_INITIAL;
  #timeMs = 0;
  #stamp: { timeMs: number; encoded: EncodedStamp } | undefined;
  #failure: PlumblineError | undefined;
  #closed = false;

  /** Use `openSession`, which checks the options. */
  constructor({ policy, authority, log, keys, adapter, runtime }: SessionOptions, limits = LIMITS) {
    this.#runtime = runtime;
    this.#adapter = adapter;
    const wasm = readEngine(runtime);
    this.#engine = loadEngine(wasm);
    this.#writer = new CborWriter(this.#engine.request);
    this.#program = createHash('sha256').update(policy.program).digest('hex');
    const origin =
      log === 'none' ? undefined : (log.origin ?? `plumbline/${Buffer.from(runtime.random(16)).toString('hex')}`);
    if (authority !== undefined) {
      this.#authority = openAuthority(authority, policy.sources.schema, this.#now(), origin);
    }
    this.#start(policy.program, this.#authority?.layers ?? []);
    if (log === 'none') return;
    const subject = {
      engine: wasm,
      program: policy.program,
      layers: this.#authority?.layers ?? [],
      sources: [...sourcesOf(policy), ...(this.#authority?.sources ?? [])],
      sensitive: policy.sensitive,
      state: this.#state,
    };
    this.#recorder = new Recorder({ ...log, origin: origin!, keys: keys!, limits }, subject, this.#now(), runtime);
  }

  /**
   * The decision on a request, on a transaction (an array), or on bytes as they came, whose authority and time are then the
   * caller's. It is recorded, as durably as the log promises, before it is returned. Whatever is wrong with request, engine
   * or log, the answer is `block`: this never rejects.
   */
  async mediate(request: Request | readonly Request[] | Uint8Array): Promise<Decision> {
    let refs: (string | undefined)[] = [];
    try {
      refs = refsOf(request);
      const room = this.#recorder?.room();
      if (room !== undefined) await room;
      if (this.#failure === undefined) {
        const { decision, durable } = this.#decide(request);
        // Only for what takes time: what is settled is to be settled when this returns.
        if (durable !== undefined) await durable;
        return withRefs(decision, refs);
      }
    } catch (cause) {
      // Not the end of the session, if it was closed while this one waited.
      this.#failure ??=
        cause instanceof PlumblineError ? cause : new PlumblineError('session-fault', 'the session failed', { cause });
    }
    return withRefs(this.#notRecorded(this.#failure), refs);
  }

  /**
   * Ends the session and seals its log; every later request is blocked. `reason` is recorded: at most 256 characters.
   * Rejects with a PlumblineError if the log could not be sealed, because of this or of an earlier failure, or, sealed, not published.
   */
  async close(reason: string): Promise<void> {
    if (typeof reason !== 'string' || !reason.isWellFormed()) throw new TypeError('reason must be text');
    if (reason.length > REASON_LENGTH_MAX) throw new RangeError(`reason has at most ${REASON_LENGTH_MAX} characters`);
    if (this.#closed) return;
    this.#closed = true;
    const failure = this.#failure;
    this.#failure ??= new PlumblineError('session-closed', 'the session is closed');
    try {
      if (failure !== undefined) throw failure;
      await this.#recorder?.close(reason, this.#now());
    } finally {
      await this.#recorder?.release();
    }
  }

  #decide(request: Request | readonly Request[] | Uint8Array): { decision: Decision; durable?: Promise<void> } {
    const engine = this.#engine;
    const timeMs = this.#now();
    const { length, message } = this.#place(request, this.#stampAt(timeMs));
    // Taken before the engine has the request: what is recorded is what was asked.
    const asked = this.#recorder === undefined ? undefined : engine.request.slice(0, length);
    const packed = engine.decide(length);
    const answer = engine.decision();
    const decision = readDecision(answer, packed);
    this.#state = engine.state();
    if (message !== undefined) decision.message = message;
    this.#authority?.explain(decision, request);
    if (asked === undefined) return { decision };
    const { seq, durable } = this.#recorder!.decision({
      request: asked,
      malformed: packed >>> 8 === MALFORMED_REQUEST,
      decision: answer,
      adapter: this.#adapter,
      timeMs,
      state: this.#state,
    });
    decision.seq = seq;
    return { decision, ...(durable === undefined ? {} : { durable }) };
  }

  /** Writes the request into the engine's window. What cannot be encoded goes in as its JSON, so that it is decided and recorded. */
  #place(
    request: Request | readonly Request[] | Uint8Array,
    stamp: EncodedStamp,
  ): { length: number; message?: string } {
    if (request instanceof Uint8Array) return { length: this.#placeBytes(request) };
    const refusal = writeRequest(this.#writer, request, stamp);
    if (refusal === undefined) return { length: this.#writer.position };
    // The first byte of JSON text is ASCII or begins a UTF-8 sequence: never the head of a request, a map of 6 to 8, nor of an array.
    return { length: this.#placeBytes(utf8.encode(describe(request))), message: refusal.message };
  }

  /** Bytes as they came; of more than fit, the byte string of their SHA-256 (SPEC §3). */
  #placeBytes(bytes: Uint8Array): number {
    this.#writer.position = 0;
    if (bytes.length <= REQUEST_BYTES_MAX) this.#writer.raw(bytes);
    else this.#writer.bytes(createHash('sha256').update(bytes).digest());
    return this.#writer.position;
  }

  #start(program: Uint8Array, layers: readonly Uint8Array[]): void {
    const fault = this.#engine.load(program);
    if (fault !== 0) {
      const where = `section ${fault >> 8}, reason ${fault & 0xff}`;
      throw new PlumblineError('program-refused', `the engine refuses the program: ${where}`, {
        hint: 'compile the policy with the compiler of the same version',
      });
    }
    for (const layer of layers) {
      if (this.#engine.pushLayer(layer) !== 0) {
        throw new PlumblineError('engine-fault', 'the engine refuses a layer that was compiled for it');
      }
    }
    if (this.#engine.setState(STATE_INITIAL) !== 0) {
      throw new PlumblineError('engine-fault', 'the engine refuses the initial state');
    }
  }

  /** Authority and time as bytes, made once for all requests of one millisecond. */
  #stampAt(timeMs: number): EncodedStamp {
    if (this.#stamp?.timeMs !== timeMs) {
      const authority = this.#authority?.digest ?? AUTHORITY_NONE;
      this.#stamp = { timeMs, encoded: encodeStamp({ authority, timeMs }) };
    }
    return this.#stamp.encoded;
  }

  /** The time a request is stamped with. It never goes back: where the clock does, the last time stands. */
  #now(): number {
    const now = this.#runtime.now();
    if (!Number.isSafeInteger(now)) throw new PlumblineError('clock-fault', 'the clock gives no time');
    this.#timeMs = Math.max(this.#timeMs, now);
    return this.#timeMs;
  }

  #notRecorded(failure: PlumblineError): Decision {
    return {
      verdict: 'block',
      code: 'not-recorded',
      level: 0,
      constraints: [],
      determining: [],
      errors: [],
      labels: [],
      clearances: [],
      cedar: null,
      program: this.#program,
      authority: Buffer.from(this.#authority?.digest ?? AUTHORITY_NONE).toString('hex'),
      version: 0,
      failure,
    };
  }
}

function describe(request: unknown): string {
  try {
    return JSON.stringify(request, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value)) ?? '';
  } catch {
    // A cycle, or nesting without end.
    return '';
  }
}

const refsOf = (request: Request | readonly Request[] | Uint8Array): (string | undefined)[] =>
  request instanceof Uint8Array ? [] : (Array.isArray(request) ? request : [request]).map(refOf);

const refOf = (request: Request | null | undefined): string | undefined =>
  typeof request?.ref === 'string' ? request.ref : undefined;

/** Gives each decision its request's `ref`, and that of a whole transaction its source's. */
function withRefs(decision: Decision, refs: readonly (string | undefined)[]): Decision {
  for (const [index, one] of [decision, ...(decision.transaction ?? [])].entries()) {
    const ref = refs[Math.max(0, index - 1)];
    if (ref !== undefined) one.ref = ref;
  }
  return decision;
}

export function readEngine(runtime: Runtime): Uint8Array {
  try {
    return runtime.files.readFileSync(new URL('../engine/engine.wasm', import.meta.url));
  } catch (cause) {
    throw new PlumblineError('engine-absent', 'the engine cannot be read', {
      hint: 'npm run build:engine makes it',
      cause,
    });
  }
}

function sourcesOf({ sources: { schema, policies, labels, links } }: Policy): Uint8Array[] {
  const texts = [schema, ...policies, ...labels].map(({ text }) => text);
  return [...texts, ...(links === undefined ? [] : [JSON.stringify(links)])].map((text) => utf8.encode(text));
}

function checkOptions(options: SessionOptions): void {
  checkKeys(options, ['policy', 'authority', 'log', 'keys', 'adapter', 'runtime']);
  const { policy, authority, log, keys, adapter, runtime } = options;
  if (!(policy?.program instanceof Uint8Array)) throw new TypeError('policy must be a compiled policy');
  if (!Array.isArray(policy.sensitive)) throw new TypeError('policy must say which attributes are sensitive');
  if (authority !== undefined) checkAuthority(authority);
  if (typeof runtime?.lockDirectory !== 'function') throw new TypeError('runtime must be a Runtime');
  if (typeof adapter !== 'string') throw new TypeError('adapter must be text');
  if (!ADAPTER.test(adapter)) throw new RangeError('adapter must be 1-128 printable ASCII characters');
  if (log === 'none') {
    if (keys !== undefined) throw new TypeError("keys are of no use with log 'none'");
    return;
  }
  checkKeys(log, ['directory', 'durability', 'origin', 'publish']);
  if (!(keys instanceof WriterKeys)) throw new TypeError('keys are required with a log');
  if (typeof log.directory !== 'string' || log.directory === '') throw new TypeError('log.directory must be a path');
  if (!DURABILITIES.includes(log.durability)) {
    throw new TypeError(`log.durability must be one of ${DURABILITIES.join(', ')}`);
  }
  if (log.publish !== undefined && typeof log.publish !== 'function') {
    throw new TypeError('log.publish must be a function');
  }
  if (log.origin !== undefined && !ORIGIN.test(log.origin)) {
    throw new RangeError('log.origin must be 1-128 printable ASCII characters without space and +');
  }
}

function checkAuthority(authority: AuthorityOptions): void {
  checkKeys(authority, ['tokens', 'trust']);
  const { tokens, trust } = authority;
  if (!Array.isArray(tokens) || !tokens.every((token) => typeof token === 'string')) {
    throw new TypeError('authority.tokens must be a list of tokens');
  }
  if (!(trust instanceof TrustSet)) throw new TypeError('authority.trust must be a TrustSet');
}

function checkKeys(value: object, keys: readonly string[]): void {
  if (typeof value !== 'object' || value === null) throw new TypeError('options must be an object');
  for (const key of Object.keys(value)) if (!keys.includes(key)) throw new TypeError(`unknown option: ${key}`);
}
