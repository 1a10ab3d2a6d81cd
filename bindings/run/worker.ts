// Owns: the mediating thread of a run: its session, the supervisor of the tree's system calls, and which process
// belongs to which call.
// Call: started by mediating-thread.ts. Trusts: the main thread, which made the keys, the grants and the listener.
// Excludes: signals, terminals and the control socket.

import { once } from 'node:events';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import {
  hostSys,
  PROFILES,
  supervise,
  type Asked,
  type Mediate,
  type Supervisor,
  type SupervisorEvent,
} from '../../kernel-adapters/linux/index.ts';
import { TrustSet } from '../authority/issuer-key.ts';
import { VERDICTS } from '../codes.ts';
import { type ControlCommand, controlOf } from '../control.ts';
import type { Decision } from '../decision.ts';
import { openKeys } from '../log/writer-keys.ts';
import type { Asking } from '../mediator-socket.ts';
import type { EntityUid, Request } from '../request.ts';
import { hostRuntime } from '../runtime/index.ts';
import { type Called, openSession, type Session, type Under } from '../session.ts';
import { Attribution } from './attribution.ts';
import {
  toldError,
  type FromWorker,
  type SessionInput,
  type ToWorker,
  type TreeInput,
  type WorkerData,
} from './messages.ts';

const ADAPTER = 'linux/seccomp-notify';
/** As THREAT_MODEL.md says of `plumb run`. */
const LOSSES = ['code-as-data', 'metadata', 'open-descriptors', 'second-names'];
/** SPEC §9.1. Bytes that are no UTF-8 take more room in a text than in a name. */
const OBJECT_BYTES_MAX = 4096;

const { wakeFd } = workerData as WorkerData;
const port = parentPort!;
const say = (message: FromWorker): void => port.postMessage(message);
const nextMessage = async (): Promise<ToWorker> => ((await once(port, 'message')) as [ToWorker])[0];

class Mediator {
  readonly #session: Session;
  readonly #principal: EntityUid;
  readonly #attribution = new Attribution();
  /** Labels of requests that were let through: with a new one, the policy may forbid connections that exist. */
  readonly #labels = new Set<string>();
  #supervisor: Supervisor | undefined;
  #begun = false;
  stopped: string | undefined;
  refused = 0;

  constructor(session: Session, principal: EntityUid) {
    this.#session = session;
    this.#principal = principal;
  }

  /** Answers the tree's system calls until the tree has ended or the session is stopped; then `stopped` says why. */
  async run(input: SessionInput, tree: TreeInput, date: () => number): Promise<void> {
    const supervisor = supervise({
      ...input,
      ...tree,
      wakeFd,
      sys: await hostSys(),
      mediate: this.#mediate,
      redeem: (nonce, { pid }) => this.#redeem(nonce, pid),
      profiles: Object.fromEntries(PROFILES.map((name) => [name, name])),
      now: () => performance.now(),
      date,
      onWake: () => this.#hear(),
      onEvent: (event) => {
        if (event.event === 'parked' && event.approval !== undefined) this.#tell(event.approval);
        else if (event.event === 'refused') this.#record(event);
        else if (event.event === 'killed' || event.event === 'fault') this.refused++;
      },
    });
    this.#supervisor = supervisor;
    say({ ready: true });
    supervisor.run();
  }

  readonly #mediate: Mediate = (requested, { pid }) => {
    // The first process to ask is the command; it asks before it can start another.
    if (!this.#begun) this.#attribution.begin(pid);
    this.#begun = true;
    const requests = [requested].flat().map((one) => this.#asked(one));
    const calls = this.#attribution.authoritiesOf(pid).map((authority): Under => ({ authority, continued: true }));
    const decisions = (calls.length === 0 ? [{}] : calls).map((under) =>
      this.#heeded(this.#session.mediateNow(requests.length === 1 ? requests[0]! : requests, under)),
    );
    return decisions.reduce((one, other) => (severity(other) > severity(one) ? other : one));
  };

  /** A request of the supervisor, in the name of the run's principal. */
  #asked(request: Asked): Request {
    return { principal: this.#principal, ...request } as Request;
  }

  /**
   * Decides what an adapter in the tree asks over the mediator's socket, under the current step whichever process asks.
   */
  #answer({ requests: asked, statement }: Asking): Called {
    const requests = this.#session.withOrigins(asked);
    const called =
      statement === undefined
        ? { decision: this.#session.mediateNow(requests.length === 1 ? requests[0]! : requests) }
        : this.#session.callNow(statement, requests);
    const { verdict, approval } = this.#heeded(called.decision);
    if (verdict === 'approve' && approval !== undefined) this.#tell(approval);
    return called;
  }

  #heeded(decision: Decision): Decision {
    if (decision.verdict === 'block') this.refused++;
    else if (this.#isMarked(decision)) this.#cutForbidden();
    return decision;
  }

  /** Records what was refused without a decision, under the authority that the process was under. */
  #record({ pid, by, cause, call, object }: Extract<SupervisorEvent, { event: 'refused' }>): void {
    const [authority] = this.#attribution.authoritiesOf(pid);
    const seen = object !== null && Buffer.byteLength(object) > OBJECT_BYTES_MAX ? null : object;
    this.#session.refused({ by, cause, call, object: seen, ...(authority === undefined ? {} : { authority }) });
  }

  #tell(approval: string): void {
    const pending = this.#session.pending().find((one) => one.approval === approval);
    if (pending !== undefined) say({ waits: pending });
  }

  #redeem(nonce: string, pid: number): boolean {
    // A process stays in its call: otherwise it could choose another call's authority.
    if (this.#attribution.authoritiesOf(pid).length > 0) return false;
    const authority = this.#session.redeem(nonce);
    if (authority === undefined) return false;
    this.#attribution.redeem(pid, authority);
    return true;
  }

  /** Whether the session has a label that it did not have before. */
  #isMarked({ labels, transaction }: Decision): boolean {
    const before = this.#labels.size;
    for (const label of [labels, ...(transaction ?? []).map((one) => one.labels)].flat()) this.#labels.add(label);
    return this.#labels.size > before;
  }

  /**
   * Decides every existing connection again, before the effect that brought the label, and cuts all if one is not
   * allowed any more. A connection that goes on does not count as a new use of a grant.
   */
  #cutForbidden(): void {
    for (const { request } of this.#supervisor!.connections()) {
      if (this.#session.mediateNow(this.#asked(request), { continued: true }).verdict === 'allow') continue;
      this.refused += this.#supervisor!.cut().left.length + 1;
      return;
    }
  }

  /** Carries out the messages that the main thread has sent. */
  #hear(): void {
    for (let said = receiveMessageOnPort(port); said !== undefined; said = receiveMessageOnPort(port)) {
      const message = said.message as ToWorker;
      if ('cover' in message) this.#session.cover();
      else if ('end' in message) this.#stop(message.end);
      else if ('id' in message)
        this.#reply(message.id, () =>
          'asking' in message ? this.#answer(message.asking) : this.#obey(message.command),
        );
    }
  }

  #reply(id: number, carryOut: () => unknown): void {
    try {
      say({ id, ok: carryOut() });
    } catch (error) {
      say({ id, error: toldError(error) });
    }
  }

  #obey(command: ControlCommand): unknown {
    const done = controlOf(this.#session, () => this.#stop('stopped'))(command);
    if (command.verb === 'approve') this.#supervisor!.answer(command.digest);
    if (command.verb === 'approve-all') {
      for (const { approval } of this.#session.pending()) this.#supervisor!.answer(approval);
    }
    return done;
  }

  #stop(reason: string): void {
    this.stopped = reason;
    this.#supervisor!.stop();
  }
}

const severity = ({ verdict }: Decision): number => VERDICTS.indexOf(verdict);

async function main(): Promise<void> {
  const runtime = await hostRuntime();
  const first = await nextMessage();
  if (!('session' in first)) return say({ refused: 0 });
  const input = first.session;
  const session = openSession({
    policy: input.policy,
    authority: { tokens: input.tokens, trust: new TrustSet(input.trust) },
    log: { directory: input.log, durability: input.durability },
    keys: openKeys(input.keys, runtime),
    adapter: ADAPTER,
    runtime,
  });
  session.adapts('kernel', LOSSES);
  const mediator = new Mediator(session, input.principal);
  let reason = 'the supervisor failed';
  try {
    const next = await nextMessage();
    if ('tree' in next) {
      await mediator.run(input, next.tree, runtime.now);
      reason = mediator.stopped ?? 'the command ended';
    } else if ('end' in next) reason = next.end;
  } finally {
    await session.close(reason);
  }
  say({ refused: mediator.refused });
}

main()
  .catch((error: unknown) => say({ refused: 0, failure: toldError(error) }))
  .finally(() => port.close());
