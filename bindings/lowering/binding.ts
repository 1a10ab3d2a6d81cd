// Owns: what a lowered rule is worth: whether it says all there is to say, or needs a mediator besides (SPEC §12.2).

import type { ScopeKey } from '../authority/scope.ts';
import { FAMILIES_OF, type Family } from './family.ts';

export interface Bound {
  /**
   * `exact`: what it lets through, the authority allows. `floor`: it lets through more, so `mediated` must be as well.
   */
  binding: 'exact' | 'floor';
  /** The families without whose mediation the rule must not be laid on. */
  mediated: readonly Family[];
}

export const EXACT: Bound = { binding: 'exact', mediated: [] };

export const floorOf = (key: ScopeKey): Bound => ({ binding: 'floor', mediated: FAMILIES_OF[key] });
