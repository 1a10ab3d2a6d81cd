// Owns: what of an authority a kernel can hold (SPEC §12): constraints as plain data, for adapters to carry out, and the list of what is lost.
// Trusts: a chain whose grants lie within one another; then the last one's lists are what all of them have in common.
// Excludes: the numbers of any kernel, and putting anything in force.

import type { Grant } from '../authority/grant.ts';
import { lowerBpf, type BpfRules } from './bpf.ts';
import { lowerLandlock, type LandlockRules } from './landlock.ts';
import { lossesOf, type Loss } from './losses.ts';
import { lowerSeccomp, type SeccompFamilies } from './seccomp.ts';

/**
 * `exact`: alone, these rules allow nothing that the authority refuses before `expiresMs`. `floor`: they allow more, and count only beneath
 * a mediator that is asked about every effect as well.
 */
export type Binding = 'exact' | 'floor';

export interface Lowered {
  binding: Binding;
  /** The kernel does not forget what it was told: from then on the tree must be gone, or its every effect be mediated. */
  expiresMs: number;
  landlock: LandlockRules;
  seccomp: SeccompFamilies;
  bpf: BpfRules;
  losses: Loss[];
}

/** @throws {RangeError} without a grant */
export function lower(chain: readonly Grant[]): Lowered {
  const last = chain.at(-1);
  if (last === undefined) throw new RangeError('there is no grant to lower');
  const binding = chain.some(({ scope }) => scope.forbid.length > 0) ? 'floor' : 'exact';
  return {
    binding,
    expiresMs: Math.min(...chain.map(({ expiresMs }) => expiresMs)),
    landlock: lowerLandlock(last.scope),
    seccomp: lowerSeccomp(last.scope, binding),
    bpf: lowerBpf(last.scope),
    losses: lossesOf(chain),
  };
}
