// Owns: the loaded layers as grants (SPEC §6.6): whether the state's revocations and uses let a request be decided
// under them, and counting uses, of layers and of their permits (SPEC §6.8). Trusts: the checked layers. Excludes: the
// tables of uses and revocations (state/ledger.ts).

import { equal } from '../value/bytes';
import { REVOKED, USED_UP } from '../numbers/codes';
import { outcomeKind, outcomePolicy } from '../evaluate/candidates';
import { MATCH } from '../evaluate/evaluate';
import { COUNTINGS, COUNTING_SIZE } from '../numbers/limits';
import { countedAt, isCounted } from '../program/policy';
import { outcomesEnd, outcomesFirst, resultAt } from './result';
import { countUses, hasRevocations, isRevoked, usesLeft, usesOf } from '../state/ledger';
import { hasCounted, hasSubject, levelAt, levelCount, subject, uses } from '../program/level';
import { isContinued, requestAt } from '../request/request';

/** Why the request is refused before anything is evaluated: a code | the level's index << 8, or 0. */
export function refusalOfGrants(request: u32): u32 {
  const count = levelCount();
  if (hasRevocations()) {
    for (let at: u32 = 1; at < count; at++) {
      const level = levelAt(at);
      if (hasSubject(level) && isRevoked(subject(level))) return REVOKED | (at << 8);
    }
  }
  for (let at: u32 = 1; at < count; at++) {
    const level = levelAt(at);
    if (uses(level) === 0) continue;
    const counted = usesOf(subject(level));
    if (isContinued(request) ? counted === 0 : counted >= (uses(level) as u64)) return USED_UP | (at << 8);
  }
  return 0;
}

let countings: u32 = 0;
let left: u32 = 0;
let round: u64 = 0;

function countingAt(i: u32): u32 {
  return COUNTINGS + i * COUNTING_SIZE;
}

// One use more of the subject at p; false if the state has no room for it. There are no more subjects here than there.
function collect(p: u32): bool {
  for (let i: u32 = 0; i < countings; i++) {
    const counting = countingAt(i);
    if (!equal(load<u32>(counting), p, 32)) continue;
    store<u32>(counting, load<u32>(counting, 4) + 1, 4);
    return true;
  }
  if (usesOf(p) === 0) {
    if (left === 0) return false;
    left--;
  }
  store<u32>(countingAt(countings), p);
  store<u32>(countingAt(countings), 1, 4);
  countings++;
  return true;
}

// The counted permits of the level with this index that matched in one of the results, each once.
function collectPermits(at: u32, count: u32): bool {
  const level = levelAt(at);
  round++;
  for (let i: u32 = 0; i < count; i++) {
    const end = outcomesEnd(resultAt(i), at);
    for (let outcome = outcomesFirst(resultAt(i), at); outcome < end; outcome += 4) {
      const policy = outcomePolicy(level, outcome);
      if (outcomeKind(outcome) !== MATCH || !isCounted(policy)) continue;
      const digest = countedAt(policy);
      if (load<u64>(digest, 32) === round) continue;
      store<u64>(digest, round, 32);
      if (!collect(digest)) return false;
    }
  }
  return true;
}

/** Collects what is counted once the requests are released, which they will be; false if the state has no room. */
export function collectUses(count: u32): bool {
  countings = 0;
  left = usesLeft();
  // The requests of a transaction are all continued or none is.
  const isCountedAlready = isContinued(requestAt(0));
  for (let at: u32 = 1; at < levelCount(); at++) {
    const level = levelAt(at);
    if (uses(level) !== 0 && !isCountedAlready && !collect(subject(level))) return false;
    if (hasCounted(level) && !collectPermits(at, count)) return false;
  }
  return true;
}

/** Counts what was collected: it was released. */
export function countCollected(): void {
  for (let i: u32 = 0; i < countings; i++) countUses(load<u32>(countingAt(i)), load<u32>(countingAt(i), 4));
}
