// Builds the index of a level's policies, once, at load. A policy whose scope names an entity hangs on that constant (on the
// resource's or the principal's, whichever fewer policies share); all others stand in buckets by action.
// Trusts the sections it reads: load.ts checked them.

import { anchorOf, buildAnchors, principalPostings, resourcePostings } from './anchors';
import { LIMIT } from './codes';
import { resolve, resolvedId, resolvedIdEnd, resolvedType } from './entity';
import { ACTION_EXACT, NONE } from './format';
import { bucket, constant, entityCount, firstEntity, list, policyAt, policyCount } from './level';
import { POLICY_ARENA } from './limits';
import { actionScope, isLabelPolicy, principalScope, resourceScope, scopeEntity } from './policy';
import { addPosting, announcePosting, reservePostings } from './postings';
import { findAction, memberMask } from './find';

const BUCKETS: u32 = 32;

// At POLICY_ARENA: of every policy, the postings it goes to (0: buckets) and its action mask; then of every entity constant
// how many policies name it as resource and as principal.
function chosen(policy: u32): u32 {
  return POLICY_ARENA + (policy << 3);
}

function shares(entity: u32): u32 {
  return POLICY_ARENA + (policyCount() << 3) + ((entity - firstEntity()) << 3);
}

function countShares(): void {
  memory.fill(POLICY_ARENA + (policyCount() << 3), 0, entityCount() << 3);
  for (let i: u32 = 0; i < policyCount(); i++) {
    const resource = scopeEntity(resourceScope(policyAt(i)));
    const principal = scopeEntity(principalScope(policyAt(i)));
    if (resource !== NONE) store<u32>(shares(resource), load<u32>(shares(resource)) + 1);
    if (principal !== NONE) store<u32>(shares(principal), load<u32>(shares(principal), 4) + 1, 4);
  }
}

// The postings of the anchor a policy hangs on, or 0.
function choose(policy: u32): u32 {
  const resource = scopeEntity(resourceScope(policy));
  const principal = scopeEntity(principalScope(policy));
  if (resource === NONE) return principal === NONE ? 0 : principalPostings(anchorOf(principal));
  if (principal !== NONE && load<u32>(shares(principal), 4) < load<u32>(shares(resource))) {
    return principalPostings(anchorOf(principal));
  }
  return resourcePostings(anchorOf(resource));
}

// The bits, by index modulo 32, of the schema's actions that a policy can apply to.
function actionMask(policy: u32): u32 {
  const actions = actionScope(policy);
  if (actions === NONE) return 0xffffffff;
  const items = list(actions & ~ACTION_EXACT);
  let mask: u32 = 0;
  for (let i: u32 = 1; i <= load<u32>(items); i++) {
    resolve(constant(load<u32>(items + (i << 2))));
    const action = resolvedType() === NONE ? NONE : findAction(resolvedType(), resolvedId(), resolvedIdEnd());
    if (action === NONE) continue;
    mask |= (actions & ACTION_EXACT) !== 0 ? 1 << (action & 31) : memberMask(action);
  }
  return mask;
}

function announceAll(): void {
  for (let i: u32 = 0; i < policyCount(); i++) {
    const postings = choose(policyAt(i));
    const mask = actionMask(policyAt(i));
    store<u32>(chosen(i), postings);
    store<u32>(chosen(i), mask, 4);
    if (postings !== 0) announcePosting(postings);
    else for (let b: u32 = 0; b < BUCKETS; b++) if (((mask >> b) & 1) !== 0) announcePosting(bucket(b));
  }
}

function reserveAll(): bool {
  for (let b: u32 = 0; b < BUCKETS; b++) if (!reservePostings(bucket(b))) return false;
  for (let i: u32 = 0; i < entityCount(); i++) {
    const anchor = anchorOf(firstEntity() + i);
    if (!reservePostings(resourcePostings(anchor)) || !reservePostings(principalPostings(anchor))) return false;
  }
  return true;
}

function addAll(): void {
  for (let i: u32 = 0; i < policyCount(); i++) {
    const postings = load<u32>(chosen(i));
    const mask = load<u32>(chosen(i), 4);
    const labels = isLabelPolicy(policyAt(i));
    if (postings !== 0) addPosting(postings, i, mask, labels);
    else for (let b: u32 = 0; b < BUCKETS; b++) if (((mask >> b) & 1) !== 0) addPosting(bucket(b), i, mask, labels);
  }
}

/** Builds the index of the newest level; returns 0 or a load reason. */
export function buildIndex(): u32 {
  if (!buildAnchors()) return LIMIT;
  countShares();
  announceAll();
  if (!reserveAll()) return LIMIT;
  addAll();
  return 0;
}
