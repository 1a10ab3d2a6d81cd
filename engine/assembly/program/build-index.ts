// Owns: building the index of a level's policies, once, at load. A policy whose scope names an entity hangs on that
// constant (on the resource's or the principal's, whichever fewer policies share); all others stand in buckets by
// action. Trusts: the sections it reads, which load.ts checked. Excludes: reading the index (evaluate/candidates.ts).

import { anchorOf, buildAnchors, principalPostings, resourcePostings } from './anchors';
import { LIMIT } from '../numbers/codes';
import { resolve, resolvedId, resolvedIdEnd, resolvedType } from './entity';
import { ACTION_EXACT, NONE } from '../numbers/format';
import { bucket, constant, entityCount, firstEntity, firstSetCount, list, policyAt, policyCount } from './level';
import { POLICY_ARENA } from '../numbers/limits';
import { actionScope, principalScope, resourceScope, scopeEntity } from './policy';
import { addPosting, announcePosting, reservePostings } from './postings';
import { findAction, memberMask } from './find';

const BUCKETS: u32 = 32;

// At POLICY_ARENA: of every policy, the postings it goes to (0: buckets) and its action mask; then of every entity
// constant how many policies name it as resource and as principal.
function chosen(policy: u32): u32 {
  return POLICY_ARENA + (policy << 3);
}

function shares(level: u32, entity: u32): u32 {
  return POLICY_ARENA + (policyCount(level) << 3) + ((entity - firstEntity(level)) << 3);
}

function countShares(level: u32): void {
  memory.fill(POLICY_ARENA + (policyCount(level) << 3), 0, entityCount(level) << 3);
  for (let i: u32 = 0; i < policyCount(level); i++) {
    const resource = scopeEntity(resourceScope(policyAt(level, i)));
    const principal = scopeEntity(principalScope(policyAt(level, i)));
    if (resource !== NONE) store<u32>(shares(level, resource), load<u32>(shares(level, resource)) + 1);
    if (principal !== NONE) store<u32>(shares(level, principal), load<u32>(shares(level, principal), 4) + 1, 4);
  }
}

// The postings of the anchor a policy hangs on, or 0.
function choose(level: u32, policy: u32): u32 {
  const resource = scopeEntity(resourceScope(policy));
  const principal = scopeEntity(principalScope(policy));
  if (resource === NONE) return principal === NONE ? 0 : principalPostings(anchorOf(level, principal));
  if (principal !== NONE && load<u32>(shares(level, principal), 4) < load<u32>(shares(level, resource))) {
    return principalPostings(anchorOf(level, principal));
  }
  return resourcePostings(anchorOf(level, resource));
}

// The bits, by index modulo 32, of the schema's actions that a policy can apply to.
function actionMask(level: u32, policy: u32): u32 {
  const actions = actionScope(policy);
  if (actions === NONE) return 0xffffffff;
  const items = list(level, actions & ~ACTION_EXACT);
  let mask: u32 = 0;
  for (let i: u32 = 1; i <= load<u32>(items); i++) {
    resolve(constant(level, load<u32>(items + (i << 2))));
    const action = resolvedType() === NONE ? NONE : findAction(resolvedType(), resolvedId(), resolvedIdEnd());
    if (action === NONE) continue;
    mask |= (actions & ACTION_EXACT) !== 0 ? 1 << (action & 31) : memberMask(action);
  }
  return mask;
}

function announceAll(level: u32): void {
  for (let i: u32 = 0; i < policyCount(level); i++) {
    const postings = choose(level, policyAt(level, i));
    const mask = actionMask(level, policyAt(level, i));
    store<u32>(chosen(i), postings);
    store<u32>(chosen(i), mask, 4);
    if (postings !== 0) announcePosting(postings);
    else for (let b: u32 = 0; b < BUCKETS; b++) if (((mask >> b) & 1) !== 0) announcePosting(bucket(level, b));
  }
}

function reserveAll(level: u32): bool {
  for (let b: u32 = 0; b < BUCKETS; b++) if (!reservePostings(bucket(level, b))) return false;
  for (let i: u32 = 0; i < entityCount(level); i++) {
    const anchor = anchorOf(level, firstEntity(level) + i);
    if (!reservePostings(resourcePostings(anchor)) || !reservePostings(principalPostings(anchor))) return false;
  }
  return true;
}

function addAll(level: u32): void {
  for (let i: u32 = 0; i < policyCount(level); i++) {
    const postings = load<u32>(chosen(i));
    const mask = load<u32>(chosen(i), 4);
    const isFirst = i < firstSetCount(level);
    if (postings !== 0) addPosting(postings, i, mask, isFirst);
    else
      for (let b: u32 = 0; b < BUCKETS; b++)
        if (((mask >> b) & 1) !== 0) addPosting(bucket(level, b), i, mask, isFirst);
  }
}

/** Builds the index of the newest level; returns 0 or a load reason. */
export function buildIndex(level: u32): u32 {
  if (!buildAnchors(level)) return LIMIT;
  countShares(level);
  announceAll(level);
  if (!reserveAll(level)) return LIMIT;
  addAll(level);
  return 0;
}
