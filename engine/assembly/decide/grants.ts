// Owns: the loaded layers as grants (SPEC §6.6): whether the state's revocations and uses let a request be decided
// under them, and counting uses. Trusts: the checked layers. Excludes: the tables of uses and revocations
// (state/ledger.ts).

import { equal } from '../value/bytes';
import { REVOKED, USED_UP } from '../numbers/codes';
import { countUse, hasRevocations, isRevoked, usesLeft, usesOf } from '../state/ledger';
import { hasSubject, levelAt, levelCount, subject, uses } from '../program/level';
import { isContinued } from '../request/request';

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

// Whether the subject of the level with this index is that of a level before it whose uses are counted too.
function isRepeated(at: u32): bool {
  const own = subject(levelAt(at));
  for (let i: u32 = 1; i < at; i++) {
    const before = levelAt(i);
    if (uses(before) !== 0 && equal(subject(before), own, 32)) return true;
  }
  return false;
}

/** Whether one more use of every layer can be counted; a continued request has its place already. */
export function fitUses(): bool {
  let left = usesLeft();
  for (let at: u32 = 1; at < levelCount(); at++) {
    const level = levelAt(at);
    if (uses(level) === 0 || usesOf(subject(level)) !== 0 || isRepeated(at)) continue;
    if (left === 0) return false;
    left--;
  }
  return true;
}

/** Counts one use of every layer that has a number of them, for what was just released. */
export function countUses(request: u32): void {
  if (isContinued(request)) return;
  for (let at: u32 = 1; at < levelCount(); at++) {
    const level = levelAt(at);
    if (uses(level) !== 0) countUse(subject(level));
  }
}
