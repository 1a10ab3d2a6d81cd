// Owns: asking the mediator, and what its decision means for the call: it goes on, fails, or waits; and for the
// process: what is taken from it from then on.
// Trusts: only verdicts, profiles and arguments that it knows: any other blocks.
// Excludes: what the effect is, and doing it.

import { E } from '../abi.ts';
import type { Decision, Mediate, Profile, Request } from './mediator.ts';
import type { Narrowing, Task, Tasks } from './tasks.ts';

export type Effect = 'read' | 'write' | 'execute' | 'communicate';

/** The call waits: it is decided again once it is approved, or later. */
export interface Park {
  park: 'approve' | 'defer';
  /** What an approval has to name. */
  approval?: string;
}

const EFFECTS: { readonly [action: string]: Effect } = {
  'file.read': 'read',
  'file.write': 'write',
  'file.create': 'write',
  'file.delete': 'write',
  'file.rename': 'write',
  'process.exec': 'execute',
  'net.connect': 'communicate',
  'net.listen': 'communicate',
};

/** What a profile takes away. */
const REFUSED: { readonly [profile in Profile]: readonly Effect[] } = {
  'no-network': ['communicate'],
  'read-only': ['write', 'execute', 'communicate'],
  'no-exec': ['execute'],
};

const BLOCKED: Decision = { verdict: 'block', code: 'adapter', constraints: [] };

export interface Settings {
  mediate: Mediate;
  /** Profiles that policies name. */
  profiles: { readonly [name: string]: Profile };
}

export class Judge {
  readonly #settings: Settings;
  readonly #tasks: Tasks;
  readonly #fault: (error: unknown) => void;

  constructor(settings: Settings, tasks: Tasks, fault: (error: unknown) => void) {
    this.#settings = settings;
    this.#tasks = tasks;
    this.#fault = fault;
  }

  /** Zero: it is recorded, and may be done. Otherwise a negated errno, or that it has to wait. */
  judge(task: Task, requests: readonly Request[]): number | Park {
    const standing = this.#refused(task.process.narrowing, requests);
    const decision = this.#decide(requests, task.process.pid);
    // Recorded even if an earlier decision took the effect from the process.
    if (standing !== 0) return standing;
    const { verdict, approval } = decision;
    if (verdict === 'block') return -E.ACCES;
    if (verdict === 'approve') return approval === undefined ? -E.ACCES : { park: 'approve', approval };
    if (verdict === 'defer') return { park: 'defer' };
    return this.#impose(task, decision, requests);
  }

  #decide(requests: readonly Request[], pid: number): Decision {
    try {
      return this.#settings.mediate(requests.length === 1 ? requests[0]! : requests, { pid });
    } catch (error) {
      this.#fault(error);
      return BLOCKED;
    }
  }

  #impose(task: Task, decision: Decision, requests: readonly Request[]): number {
    const { verdict, constraints } = decision;
    if (verdict === 'allow') return constraints.length === 0 ? 0 : -E.ACCES;
    const only: string[][] = [];
    const profiles: Profile[] = [];
    let passing = false;
    let readOnly = false;
    for (const { verdict: kind, argument } of constraints) {
      if (kind === verdict) passing = true;
      if (kind === 'read-only') readOnly = true;
      else if (kind === 'restrict' && argument !== null) only.push(argument.split(',').map((name) => name.trim()));
      else if (kind === 'degrade' && argument !== null && Object.hasOwn(this.#settings.profiles, argument))
        profiles.push(this.#settings.profiles[argument]!);
      else return -E.ACCES;
    }
    // A verdict that names nothing to impose cannot be imposed.
    if (!passing) return -E.ACCES;
    const added = { only, profiles };
    const refused = this.#refused(readOnly ? { only, profiles: [...profiles, 'read-only'] } : added, requests);
    if (only.length > 0 || profiles.length > 0) this.#tasks.narrow(task.process, added);
    return refused;
  }

  #refused({ only, profiles }: Narrowing, requests: readonly Request[]): number {
    for (const { action, context } of requests) {
      const effect = EFFECTS[action];
      if (effect === undefined) return -E.ACCES;
      if (profiles.some((profile) => REFUSED[profile].includes(effect))) return effect === 'write' ? -E.ROFS : -E.ACCES;
      const program = String(context['program']);
      if (effect === 'execute' && only.some((list) => !list.includes(program))) return -E.ACCES;
    }
    return 0;
  }
}
