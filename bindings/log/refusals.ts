// Owns: how calls that were refused before the core was asked become records (SPEC §9.1): equal ones of one second are
// one record, and a storm of them is a bounded number.
// Trusts: its caller for times that never go back. Excludes: recording, and when a second is looked at.

import { hexOf } from '../hex.ts';

/** `guard`: the call meant what no grant opens: keys, logs, controls. `filter`: the system call is not let through. */
export const REFUSERS = ['guard', 'filter'] as const;

/** A call that no decision was made on. */
export interface Refusal {
  by: (typeof REFUSERS)[number];
  /** 1–64 characters of `a-z 0-9 _ -`, as is `call`. */
  cause: string;
  call: string;
  /** The path or address that was meant, in at most 4,096 bytes; null where it cannot be seen. */
  object: string | null;
  /** The layer set that the caller was under. */
  authority: Uint8Array;
}

export interface CountedRefusal extends Refusal {
  count: number;
  firstMs: number;
  timeMs: number;
}

/** How long equal refusals are counted together. */
export const REFUSALS_MS = 1000;
/** Of these, so many are records of their own; the rest is one more. */
const APART_MAX = 63;
/** A verifier takes no record of refusals that lasted longer. */
const LASTED_MS_MAX = 60_000;

/** Refusals, counted until they are recorded. */
export class Refusals {
  readonly #record: (refusal: CountedRefusal) => void;
  readonly #counted = new Map<string, CountedRefusal>();
  #rest: CountedRefusal | undefined;
  #beganMs = 0;

  constructor(record: (refusal: CountedRefusal) => void) {
    this.#record = record;
  }

  /** Whether some were counted for as long as they are. */
  isDue(timeMs: number): boolean {
    return this.#counted.size > 0 && timeMs >= this.#beganMs + REFUSALS_MS;
  }

  add(refusal: Refusal, timeMs: number): void {
    if (this.isDue(timeMs)) this.flush(timeMs);
    if (this.#counted.size === 0) this.#beganMs = timeMs;
    const { by, cause, call, object, authority } = refusal;
    const key = `${by} ${cause} ${call} ${hexOf(authority)} ${object}`;
    const equal = this.#counted.get(key);
    const counted = equal ?? (this.#counted.size < APART_MAX ? undefined : this.#rest);
    if (counted !== undefined) {
      counted.count++;
      return;
    }
    const first = { count: 1, firstMs: timeMs, timeMs };
    if (this.#counted.size < APART_MAX) this.#counted.set(key, { ...refusal, ...first });
    else this.#rest = { by, cause: 'other', call: 'other', object: null, authority, ...first };
  }

  /** Records what was counted. */
  flush(timeMs: number): void {
    const counted = [...this.#counted.values(), ...(this.#rest === undefined ? [] : [this.#rest])];
    this.#counted.clear();
    this.#rest = undefined;
    for (const one of counted) {
      // The host may have slept meanwhile.
      const firstMs = Math.max(one.firstMs, timeMs - LASTED_MS_MAX);
      this.#record({ ...one, firstMs, timeMs });
    }
  }
}
