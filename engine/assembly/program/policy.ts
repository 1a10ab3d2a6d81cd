// Owns: reading a policy record's fields (SPEC §8.2). Trusts: the record, which load.ts checked. Excludes: whether it
// matches.

import { ATTACHES_COUNTED, EFFECT_PERMIT } from '../numbers/format';

/** The constant that is the policy's id. */
export function policyId(policy: u32): u32 {
  return load<u32>(policy);
}

/** Which set it stands in: SET_LABEL, SET_DECISION or SET_EXPECT. */
export function policySet(policy: u32): u32 {
  return load<u32>(policy, 4);
}

export function isPermit(policy: u32): bool {
  return load<u32>(policy, 8) === EFFECT_PERMIT;
}

/** A forbid's verdict: 1–5 soft, 6 hard; 0 of a permit. */
export function forbidVerdict(policy: u32): u32 {
  return load<u32>(policy, 12);
}

/** The constant that is a soft forbid's argument, or NONE. */
export function policyArgument(policy: u32): u32 {
  return load<u32>(policy, 16);
}

export function policyAttaches(policy: u32): u32 {
  return load<u32>(policy, 20);
}

/** Whether a permit is counted (SPEC §6.8). */
export function isCounted(policy: u32): bool {
  return policyAttaches(policy) === ATTACHES_COUNTED;
}

/** How many uses a counted permit has. */
export function countOf(policy: u32): u32 {
  return load<u32>(policy, 24);
}

/** Once loaded, a counted permit's digest, by which its uses are counted, and behind it a u64 (decide/grants.ts). */
export function countedAt(policy: u32): u32 {
  return load<u32>(policy, 16);
}

// In the place of the argument, which a permit has none of.
export function setCountedAt(policy: u32, digest: u32): void {
  store<u32>(policy, digest, 16);
}

/** The index of the label or clearance it attaches. */
export function policyLabel(policy: u32): u32 {
  return load<u32>(policy, 24);
}

export function principalScope(policy: u32): u32 {
  return policy + 28;
}

export function resourceScope(policy: u32): u32 {
  return policy + 40;
}

/** Of a principal's or resource's scope. */
export function scopeKind(scope: u32): u32 {
  return load<u32>(scope);
}

/** Set in scopeType of a type the schema lacks. */
export const UNKNOWN_TYPE: u32 = 0x80000000;

/**
 * As loaded: the constant that is the type's name, or NONE. Once resolved: the type's index, or that constant and
 * UNKNOWN_TYPE.
 */
export function scopeType(scope: u32): u32 {
  return load<u32>(scope, 4);
}

export function setScopeType(scope: u32, type: u32): void {
  store<u32>(scope, type, 4);
}

/** The entity constant, or NONE. */
export function scopeEntity(scope: u32): u32 {
  return load<u32>(scope, 8);
}

/** The list of actions, with ACTION_EXACT if it is just that one; or NONE. */
export function actionScope(policy: u32): u32 {
  return load<u32>(policy, 52);
}

export function codeStart(policy: u32): u32 {
  return load<u32>(policy, 56);
}

export function codeLength(policy: u32): u32 {
  return load<u32>(policy, 60);
}
