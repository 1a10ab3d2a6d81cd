// Owns: what the bindings offer about lowering: what of an authority a kernel can hold, and what it cannot (SPEC §12).
// Trusts: grants that were read. Whether they count is not asked: nothing is decided here. Excludes: calling any
// kernel.

import type { Grant } from '../authority/grant.ts';
import { bpfOf, type BpfConstraints } from './bpf.ts';
import { landlockOf, type LandlockConstraints } from './landlock.ts';
import { reachOf, type Reach } from './reach.ts';
import { seccompOf, type SeccompConstraints } from './seccomp.ts';

export type { Bound } from './binding.ts';
export type { AddressRule, BpfConstraints } from './bpf.ts';
export type { Family } from './family.ts';
export type { FsRight, LandlockConstraints, NetRight, PathRule, PortRule } from './landlock.ts';
export type { Loss } from './loss.ts';
export type { FamilyRule, SeccompConstraints } from './seccomp.ts';

interface AllConstraints {
  target: 'json';
  landlock: LandlockConstraints;
  seccomp: SeccompConstraints;
  bpf: BpfConstraints;
}

/** What each target gives. */
export interface Lowered {
  landlock: LandlockConstraints;
  seccomp: SeccompConstraints;
  bpf: BpfConstraints;
  json: AllConstraints;
}

export type LoweringTarget = keyof Lowered;

const LOWER: { [Target in LoweringTarget]: (reach: Reach) => Lowered[Target] } = {
  landlock: landlockOf,
  seccomp: seccompOf,
  bpf: bpfOf,
  json: (reach) => ({ target: 'json', landlock: landlockOf(reach), seccomp: seccompOf(reach), bpf: bpfOf(reach) }),
};

export const LOWERING_TARGETS = Object.keys(LOWER) as LoweringTarget[];

/**
 * The constraints that a kernel can hold of what these grants allow together, and the losses: all that it cannot. Plain
 * data.
 * @throws {RangeError} if there is no grant, or no such target
 */
export function lower<Target extends LoweringTarget>(chain: readonly Grant[], target: Target): Lowered[Target] {
  if (chain.length === 0) throw new RangeError('there is no grant to lower');
  if (!Object.hasOwn(LOWER, target)) throw new RangeError(`there is no target ${JSON.stringify(target)}`);
  return LOWER[target](reachOf(chain));
}
