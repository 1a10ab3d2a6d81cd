// Owns: one agent run: engine, state and log have this one owner, so sequence order is decision order.
// Trusts: the compiled policy to be what its sources say. Everything else that fails ends in `block`.
// Excludes: enforcing. The caller of `mediate` carries the decision out, constraints included, or blocks.

import { createHash } from 'node:crypto';
import { sensitiveOf, type Policy } from '../engine/compiler/index.ts';
import { keyOf } from './authority/action.ts';
import { Authorities } from './authority/authorities.ts';
import type { Authority } from './authority/authority.ts';
import { CODES, type Code } from './codes.ts';
import { readDecision, type Decision } from './decision.ts';
import { loadEngine, readEngine, STATE_INITIAL, type Engine } from './engine.ts';
import { IssuerKey } from './authority/issuer-key.ts';
import {
  encodeAmounts,
  encodeApproval,
  encodeLabels,
  encodeRevocation,
  encodeSelector,
  type Selector,
} from './event.ts';
import { PlumblineError } from './error.ts';
import { hexOf } from './hex.ts';
import { LoadedLayers } from './loaded-layers.ts';
import { STRENGTHS, type AdapterEntry } from './log/bodies.ts';
import { LIMITS } from './log/limits.ts';
import { Recorder, type Durability } from './log/recorder.ts';
import { Refusals, REFUSALS_MS, REFUSERS, type Refusal } from './log/refusals.ts';
import { isShown } from './shown-text.ts';
import { Origins, type Origin } from './origins.ts';
import { checkOutcome, digestsOf, type Outcome } from './outcome.ts';
import { PendingApprovals, type Pending } from './pending-approvals.ts';
import { AUTHORITY_NONE, type Request } from './request.ts';
import { RequestWindow } from './request-window.ts';
import { checkOptions, type SessionOptions } from './session-options.ts';
import { requestsOf, withOrigin, type ToolCall } from './tool-call.ts';
import type { Runtime } from './runtime/index.ts';

/**
 * The authority that a request is judged under in place of the current one: the hex of its digest. The session knows it
 * already.
 */
export interface Under {
  authority?: string;
  /** It belongs to a call whose use is counted (SPEC §6.6). */
  continued?: true;
}

/** The decision on a call, and, unless it was blocked, the nonce that attributes processes to the call. */
export interface Called {
  decision: Decision;
  nonce?: string;
}

/** A call that an adapter refused before the core was asked. `authority` as in `Under`. */
export interface Refused extends Omit<Refusal, 'authority'> {
  authority?: string;
}

/** What is approved at once; of the level that would ask. */
export interface ApprovedAll extends Pick<Selector, 'within' | 'uses' | 'expiresMs'> {
  /** Id of an `Action`. */
  action: string;
  level: number;
  /** SHA-256 in hex of the file that is run; without it, only what states no content. */
  content?: string;
}

const LEVEL_0 = new Uint8Array(32);
const MALFORMED_REQUEST = CODES.indexOf('malformed-request');
/** SPEC §9.1.1. */
const CLOCK_BACK_MS_MAX = 60_000;
const CLOCK_BACK = 'the clock went back';
const REASON_LENGTH_MAX = 256;
const BY_LENGTH_MAX = 128;
const DIGEST = /^[0-9a-f]{64}$/;
const WORD = /^[a-z0-9_-]{1,64}$/;
const LOSS = /^[a-z0-9-]{1,64}$/;
const OBJECT_BYTES_MAX = 4096;
const utf8 = new TextEncoder();

/**
 * Loads the engine and the policy, and begins the log.
 * @throws {TypeError} on options that are missing, unknown or of another type; {RangeError} on an origin or adapter
 * that is no name
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
  readonly #window: RequestWindow;
  readonly #program: string;
  readonly #authorities: Authorities | undefined;
  readonly #layers: LoadedLayers;
  readonly #recorder: Recorder | undefined;
  #state: Uint8Array = STATE_INITIAL;
  readonly #pending = new PendingApprovals();
  readonly #origins = new Origins();
  readonly #refusals = new Refusals((refusal) => this.#recorder?.refusal(refusal, this.#adapter));
  /** Calls the recording of refusals off. */
  #recordsLater: (() => void) | undefined;
  #timeMs = 0;
  #failure: PlumblineError | undefined;
  #closed = false;

  /** Use `openSession`, which checks the options. */
  constructor({ policy, authority, log, keys, adapter, runtime }: SessionOptions, limits = LIMITS) {
    this.#runtime = runtime;
    this.#adapter = adapter;
    const wasm = readEngine(runtime);
    this.#engine = loadEngine(wasm);
    this.#program = createHash('sha256').update(policy.program).digest('hex');
    const origin =
      log === 'none' ? undefined : (log.origin ?? `plumbline/${Buffer.from(runtime.random(16)).toString('hex')}`);
    if (authority !== undefined) {
      // Without a log no grant can be bound to the session, and this key never signs.
      const mediator = keys?.signer ?? new IssuerKey(runtime.random(32));
      this.#authorities = new Authorities(authority, policy.sources.schema, origin, mediator, this.#now());
    }
    this.#layers = new LoadedLayers(this.#engine, policy.program);
    this.#layers.load(this.#authorities?.root);
    if (this.#engine.setState(STATE_INITIAL) !== 0) {
      throw new PlumblineError('engine-fault', 'the engine refuses the initial state');
    }
    const createdMs = this.#now();
    this.#window = new RequestWindow(this.#engine, createdMs);
    if (log === 'none') return;
    const subject = {
      engine: wasm,
      program: policy.program,
      layers: this.#authorities?.root.layers ?? [],
      sources: [...sourcesOf(policy), ...(this.#authorities?.root.sources() ?? [])],
      ...(authority === undefined ? {} : { trust: utf8.encode(JSON.stringify(authority.trust)) }),
      sensitive: sensitiveOf(policy.program),
      state: this.#state,
    };
    this.#recorder = new Recorder({ ...log, origin: origin!, keys: keys!, limits }, subject, createdMs, runtime);
  }

  /**
   * The decision on a request, on a transaction (an array), or on bytes as they came, whose authority and time are then
   * the caller's: a time that no record of now may have makes them no request. It is recorded, as durably as the log
   * promises, before it is returned. Whatever is wrong with request, engine or log, the answer is `block`: this never
   * rejects.
   */
  async mediate(request: Request | readonly Request[] | Uint8Array, under: Under = {}): Promise<Decision> {
    let refs: (string | undefined)[] = [];
    try {
      refs = refsOf(request);
      const room = this.#recorder?.room();
      if (room !== undefined) await room;
      if (this.#failure === undefined) {
        const { decision, durable } = this.#decide(request, under);
        // Without a promise there is nothing to wait for, and awaiting nothing would still cost a turn of the event
        // loop.
        if (durable !== undefined) await durable;
        return withRefs(decision, refs);
      }
    } catch (cause) {
      this.#fail(cause);
    }
    return withRefs(this.#notRecorded(this.#failure!), refs);
  }

  /**
   * The same without waiting, for an adapter whose caller is stopped meanwhile. It takes a log whose durability is
   * waited for on the spot.
   * @throws {TypeError} if the log's durability is `group`
   */
  mediateNow(request: Request | readonly Request[], under: Under = {}): Decision {
    if (this.#durability === 'group') throw new TypeError('with the durability group, decisions are waited for');
    let refs: (string | undefined)[] = [];
    try {
      refs = refsOf(request);
      if (this.#failure === undefined) return withRefs(this.#decide(request, under).decision, refs);
    } catch (cause) {
      this.#fail(cause);
    }
    return withRefs(this.#notRecorded(this.#failure!), refs);
  }

  /**
   * Approves the requests of an approval digest (SPEC §6.6), once, until it expires. `by` names the approver: 1–128
   * characters.
   * @throws {PlumblineError} `state-limit` if too many approvals wait already; `log-…`, `session-…`: then all is
   * blocked from now on
   */
  approve(digest: string, expiresMs: number, by: string): void {
    if (!DIGEST.test(digest)) throw new TypeError('an approval names a SHA-256 in hex');
    if (!Number.isSafeInteger(expiresMs) || expiresMs < 0)
      throw new RangeError('expiresMs must be milliseconds since 1970');
    const approval = Buffer.from(digest, 'hex');
    const code = this.#note((timeMs) => encodeApproval({ approval, expiresMs, timeMs }), by);
    // The event was not taken: the state is as before.
    if (code !== undefined) throw full();
  }

  /**
   * Approves whatever a selector is for (SPEC §6.6), where the grant of this level, or the policy (0), would ask. `by`
   * as in `approve`.
   * @throws {PlumblineError} as `approve`; `no-level` if the current step has no such level
   */
  approveAll({ action, level, content, ...rest }: ApprovedAll, by: string): void {
    const grant = level === 0 ? undefined : this.#authorities?.current.chain[level - 1];
    if (level !== 0 && grant === undefined) {
      throw new PlumblineError('no-level', `there is no level ${level}`, {
        hint: 'level 0 is the policy, 1 the first grant of the current step, and so on',
      });
    }
    const subject = grant === undefined ? LEVEL_0 : createHash('sha256').update(grant.token).digest();
    const selector = { ...rest, action: { type: 'Action', id: action }, content: content ?? null, subject };
    const code = this.#note((timeMs) => encodeSelector({ ...selector, timeMs }), by);
    if (code !== undefined) throw full();
  }

  /**
   * Revokes a grant, by the SHA-256 of its token in hex: whatever is judged under it from now on is blocked.
   * @throws {PlumblineError} as `approve`; a revocation that does not fit ends the session
   */
  revoke(grant: string, by: string): void {
    if (!DIGEST.test(grant)) throw new TypeError('a revocation names a SHA-256 in hex');
    const code = this.#note(() => encodeRevocation(Buffer.from(grant, 'hex')), by);
    // The event was not taken, so the grant would stay in force.
    if (code !== undefined) throw this.#fail(full());
  }

  /**
   * Goes on to a step of the plan: a chain that begins with the grants the session was opened with. From now on,
   * requests without an authority of their own are judged under it. Returns the authority's digest in hex.
   * @throws {PlumblineError} `grant-…` if it does not count, and the step before stays; `log-…`, and all is blocked
   */
  step(tokens: readonly string[]): string {
    const authorities = this.#needAuthorities();
    const authority = authorities.root.extend(tokens, this.#now());
    this.#admit(authority, true);
    authorities.current = authority;
    return hexOf(authority.digest);
  }

  /**
   * Judges a call that a hook or proxy mediates, under an action grant of its own: the current step's scope as far as
   * `requests`, all that the call is known to do, need it. They are one transaction.
   * @throws {PlumblineError} `grant-…` if no grant can be minted, and nothing was judged; {TypeError} without authority
   */
  async call(statement: string, requests: readonly Request[]): Promise<Called> {
    const authority = this.#authorityFor(statement, requests);
    return this.#called(authority, await this.mediate(whole(requests), { authority }));
  }

  /**
   * The same without waiting, as `mediateNow`.
   * @throws as `call` and `mediateNow`
   */
  callNow(statement: string, requests: readonly Request[]): Called {
    const authority = this.#authorityFor(statement, requests);
    return this.#called(authority, this.mediateNow(whole(requests), { authority }));
  }

  /**
   * Records how the session's adapter holds decisions from now on, and codes of what it cannot hold.
   * @throws {PlumblineError} `log-…`, `session-…`: then all is blocked from now on
   */
  adapts(strength: AdapterEntry['strength'], losses: readonly string[]): void {
    if (!STRENGTHS.includes(strength)) throw new TypeError(`strength must be one of ${STRENGTHS.join(', ')}`);
    if (!losses.every((loss) => LOSS.test(loss))) throw new RangeError('a loss is 1-64 characters of a-z 0-9 -');
    if (this.#failure !== undefined) throw this.#failure;
    const entry = { adapter: this.#adapter, strength, losses, timeMs: this.#now() };
    this.#attempt(() => this.#recorder?.adapter(entry));
  }

  /**
   * Records what came of a call that was decided.
   * @throws {TypeError} if the log has no decision of this `seq`; {TypeError | RangeError} on what an outcome cannot
   * say, a label that is none of the policy's among it. Then nothing is recorded
   * @throws {PlumblineError} `log-…`, `session-…`, and `state-limit` if a label does not fit: then all is blocked from
   * now on
   */
  outcome({ seq = 0 }: Pick<Decision, 'seq'>, outcome: Outcome): void {
    const { ending = null, bytes = null, parts = {}, event, values = [] } = outcome;
    checkOutcome(outcome);
    const seen = digestsOf(values);
    if (this.#recorder?.hasDecision(seq) === false) throw new TypeError('an outcome is that of a recorded decision');
    if (this.#failure !== undefined) throw this.#failure;
    const timeMs = this.#now();
    const noted = event === undefined ? null : this.#noteResult(event);
    const entry = { decision: seq, timeMs, ending, bytes, parts, noted, values: seen };
    this.#attempt(() => this.#recorder?.outcome({ ...entry, adapter: this.#adapter }));
    this.#origins.note(seen, event !== undefined && 'labels' in event ? event.labels : []);
  }

  /**
   * The requests of a call of a tool, to be judged together: as `mediate`, or `call`, takes them. Where its targets
   * were stated is told from the objective and from the outcomes of this session.
   */
  requestsOf(call: ToolCall): Request[] {
    return this.withOrigins(requestsOf(call));
  }

  /** Requests of calls of tools with what this session knows of their targets' origins, whatever they say of that. */
  withOrigins(requests: readonly Request[]): Request[] {
    const objective = this.#authorities?.root.chain[0]!.statement;
    const originOf = (target: string): Origin => this.#origins.of(target, objective);
    return requests.map((request) => (keyOf(request) === 'tools' ? withOrigin(request, originOf) : request));
  }

  /**
   * Counts a call that the adapter refused without asking: it is recorded within a second, together with its equals,
   * and is no part of the session's counters. A failure shows in the next decision.
   * @throws {TypeError | RangeError} on what a refusal cannot say
   */
  refused({ authority, ...refused }: Refused): void {
    const { by, cause, call, object } = refused;
    if (!REFUSERS.includes(by)) throw new TypeError(`by must be one of ${REFUSERS.join(', ')}`);
    if (typeof cause !== 'string' || typeof call !== 'string') throw new TypeError('cause and call must be text');
    if (!WORD.test(cause) || !WORD.test(call))
      throw new RangeError('cause and call are 1-64 characters of a-z 0-9 _ -');
    if (object !== null && (!object.isWellFormed() || Buffer.byteLength(object) > OBJECT_BYTES_MAX)) {
      throw new RangeError(`object must be text of at most ${OBJECT_BYTES_MAX} bytes`);
    }
    if (this.#failure !== undefined || this.#recorder === undefined) return;
    try {
      const judge = authority === undefined ? this.#authorities?.current : this.#needAuthorities().get(authority);
      this.#refusals.add({ ...refused, authority: judge?.digest ?? AUTHORITY_NONE }, this.#now());
      this.#recordsLater ??= this.#runtime.after(REFUSALS_MS, () => this.#recordRefusals());
    } catch (error) {
      this.#fail(error);
    }
  }

  /** What was asked for and waits for an approval, the oldest first. */
  pending(): Pending[] {
    return this.#pending.list();
  }

  /** The authority of a nonce, in hex; the nonce is spent. `undefined`: it is unknown, or was spent before. */
  redeem(nonce: string): string | undefined {
    const authority = this.#authorities?.redeem(nonce);
    return authority === undefined ? undefined : hexOf(authority.digest);
  }

  /**
   * Records refusals that are due, and writes a checkpoint over records that none covers, for a host whose thread waits
   * for its adapter alone. A failure shows in the next decision.
   */
  cover(): void {
    if (this.#failure !== undefined) return;
    try {
      if (this.#refusals.isDue(this.#now())) this.#refusals.flush(this.#timeMs);
      this.#recorder?.cover();
    } catch (cause) {
      this.#fail(cause);
    }
  }

  /**
   * Ends the session and seals its log; every later request is blocked. `reason` is recorded: at most 256 characters.
   * Rejects with a PlumblineError if the log could not be sealed, because of this or of an earlier failure, or, sealed,
   * not published. After the clock went back (`clock-went-back`) the log is sealed, and the recorded reason is that.
   */
  async close(reason: string): Promise<void> {
    if (typeof reason !== 'string' || !reason.isWellFormed()) throw new TypeError('reason must be text');
    if (reason.length > REASON_LENGTH_MAX) throw new RangeError(`reason has at most ${REASON_LENGTH_MAX} characters`);
    if (this.#closed) return;
    this.#closed = true;
    if (this.#failure === undefined) this.#tick();
    const failure = this.#failure;
    this.#failure ??= new PlumblineError('session-closed', 'the session is closed');
    this.#recordsLater?.();
    try {
      const isWhole = failure === undefined || failure.code === 'clock-went-back';
      if (isWhole) {
        this.#refusals.flush(this.#timeMs);
        await this.#recorder?.close(failure === undefined ? reason : CLOCK_BACK, this.#timeMs);
      }
      if (failure !== undefined) throw failure;
    } finally {
      await this.#recorder?.release();
    }
  }

  /** The authority of a call, in hex. */
  #authorityFor(statement: string, requests: readonly Request[]): string {
    const authority = this.#needAuthorities().forCall(statement, requests, this.#now(), this.#runtime.random);
    this.#admit(authority, false);
    return hexOf(authority.digest);
  }

  #called(digest: string, decision: Decision): Called {
    const authorities = this.#needAuthorities();
    const authority = authorities.get(digest);
    if (decision.verdict !== 'block') return { decision, nonce: authorities.nonceFor(authority, this.#runtime.random) };
    authorities.forget(authority);
    return { decision };
  }

  get #durability(): Durability | undefined {
    return this.#recorder?.durability;
  }

  #needAuthorities(): Authorities {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#authorities === undefined) throw new TypeError('the session was opened without authority');
    return this.#authorities;
  }

  /** Records an authority; then requests may be judged under it. */
  #admit(authority: Authority, current: boolean): void {
    const { layers } = authority;
    const sources = authority.sources(this.#authorities!.root.chain.length);
    this.#attempt(() => this.#recorder?.grant({ layers, sources, current, timeMs: this.#now() }));
    this.#authorities!.keep(authority);
  }

  /** Takes an event into the state and records it. Returns `state-limit` if the core has no room for it. */
  #note(eventAt: (timeMs: number) => Uint8Array, by: string): 'state-limit' | undefined {
    if (typeof by !== 'string' || !isShown(by)) throw new TypeError('by must be text of which all shows');
    if (by === '' || by.length > BY_LENGTH_MAX) throw new RangeError(`by has 1-${BY_LENGTH_MAX} characters`);
    if (this.#failure !== undefined) throw this.#failure;
    const timeMs = this.#now();
    const event = eventAt(timeMs);
    const code = this.#take(event);
    if (code === 'state-limit') return code;
    if (code !== 'permitted') throw this.#unfit(code);
    this.#window.begin(timeMs);
    this.#attempt(() => this.#recorder?.event({ event, by, timeMs, state: this.#state }));
    return undefined;
  }

  /** Takes what came back with a result into the state. */
  #noteResult(result: NonNullable<Outcome['event']>): { event: Uint8Array; state: Uint8Array } {
    const event = 'labels' in result ? encodeLabels(result.labels) : encodeAmounts(result.counted);
    const code = this.#take(event);
    if (code === 'malformed-request' && 'labels' in result) {
      throw new RangeError(`not all of these are labels of the policy: ${result.labels.join(', ')}`);
    }
    // The label would be lost.
    if (code === 'state-limit') throw this.#fail(full());
    if (code !== 'permitted') throw this.#unfit(code);
    return { event, state: this.#state };
  }

  #take(event: Uint8Array): Code | undefined {
    const code = CODES[this.#engine.note(event)];
    if (code === 'permitted') this.#state = this.#engine.state();
    return code;
  }

  #unfit(code: Code | undefined): PlumblineError {
    return this.#fail(new PlumblineError('engine-fault', `the engine refuses an event that was made for it: ${code}`));
  }

  #recordRefusals(): void {
    this.#recordsLater = undefined;
    if (this.#failure !== undefined) return;
    try {
      this.#refusals.flush(this.#now());
    } catch (cause) {
      this.#fail(cause);
    }
  }

  #attempt(body: () => void): void {
    try {
      body();
    } catch (cause) {
      throw this.#fail(cause);
    }
  }

  /** From now on all is blocked. The first failure is kept; a closed session stays closed. */
  #fail(cause: unknown): PlumblineError {
    this.#failure ??=
      cause instanceof PlumblineError ? cause : new PlumblineError('session-fault', 'the session failed', { cause });
    return this.#failure;
  }

  #decide(
    request: Request | readonly Request[] | Uint8Array,
    { authority, continued }: Under,
  ): { decision: Decision; durable?: Promise<void> } {
    const engine = this.#engine;
    const timeMs = this.#now();
    if (this.#refusals.isDue(timeMs)) this.#refusals.flush(timeMs);
    const judge = authority === undefined ? this.#authorities?.current : this.#needAuthorities().get(authority);
    this.#layers.load(judge);
    const { length, message } = this.#window.write(request, { timeMs, authority: judge?.digest, continued });
    // Copied before the engine runs, so that the record has the request as it was asked.
    const asked = this.#recorder === undefined ? undefined : engine.request.slice(0, length);
    const packed = engine.decide(length);
    const answer = engine.decision();
    const decision = readDecision(answer, packed);
    this.#state = engine.state();
    if (message !== undefined) decision.message = message;
    judge?.explain(decision, request);
    if (asked === undefined) {
      this.#pending.note(decision, request);
      return { decision };
    }
    const { seq, durable } = this.#recorder!.decision({
      request: asked,
      malformed: packed >>> 8 === MALFORMED_REQUEST,
      decision: answer,
      adapter: this.#adapter,
      timeMs,
      state: this.#state,
    });
    decision.seq = seq;
    this.#pending.note(decision, request);
    return { decision, ...(durable === undefined ? {} : { durable }) };
  }

  /**
   * The time that requests and records are stamped with. It never goes back: if the clock does, the last time is used
   * again, and if the clock goes back further than that can last, the session is over.
   */
  #now(): number {
    this.#tick();
    if (this.#failure !== undefined) throw this.#failure;
    return this.#timeMs;
  }

  #tick(): void {
    const now = this.#runtime.now();
    if (!Number.isSafeInteger(now)) this.#fail(new PlumblineError('clock-fault', 'the clock gives no time'));
    else if (now < this.#timeMs - CLOCK_BACK_MS_MAX) {
      this.#fail(
        new PlumblineError('clock-went-back', `the clock went back by ${this.#timeMs - now} ms`, {
          hint: 'it was wrong before, and with it the times in the log, or it is wrong now; begin another session',
        }),
      );
    } else this.#timeMs = Math.max(this.#timeMs, now);
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
      authority: hexOf(this.#authorities?.current.digest ?? AUTHORITY_NONE),
      version: 0,
      failure,
    };
  }
}

const full = (): PlumblineError =>
  new PlumblineError('state-limit', 'the session cannot hold any more of these', {
    hint: 'approvals make room when they are used or expire; what was revoked is kept for good',
  });

const whole = (requests: readonly Request[]): Request | readonly Request[] =>
  requests.length === 1 ? requests[0]! : requests;

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

function sourcesOf({ sources: { schema, policies, labels, links } }: Policy): Uint8Array[] {
  const texts = [schema, ...policies, ...labels].map(({ text }) => text);
  return [...texts, ...(links === undefined ? [] : [JSON.stringify(links)])].map((text) => utf8.encode(text));
}
