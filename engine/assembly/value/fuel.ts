// Owns: the step budget of one decide (SPEC §5.1, code 15). An operation that cannot be finished, for steps or for
// memory, ends here. Trusts: its callers to count their steps. Excludes: what a step costs.

import { FUEL } from '../numbers/limits';

let left: i32 = 0;

export function refuel(): void {
  left = FUEL;
}

/** Takes n steps. A loop asks isSpent in time. */
export function spend(n: u32): void {
  left -= n as i32;
}

export function isSpent(): bool {
  return left < 0;
}

/** Memory ran out: the same as no step left. */
export function exhaust(): void {
  left = -1;
}
