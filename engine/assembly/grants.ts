// The loaded layers as grants (SPEC §6.6): whether what the state says of their subjects lets them judge, and counting their uses.

import { equal } from './bytes';
import { REVOKED, USED_UP } from './codes';
import { countUse, hasRevocations, isRevoked, usesLeft, usesOf } from './ledger';
import { hasSubject, levelCount, selectLevel, subject, uses } from './level';
import { isContinued } from './request';

/** Why the current request is refused before anything is evaluated: a code | level << 8, or 0. */
export function refusalOfGrants(): u32 {
  const count = levelCount();
  if (hasRevocations()) {
    for (let level: u32 = 1; level < count; level++) {
      selectLevel(level);
      if (hasSubject() && isRevoked(subject())) return REVOKED | (level << 8);
    }
  }
  for (let level: u32 = 1; level < count; level++) {
    selectLevel(level);
    if (uses() === 0) continue;
    const counted = usesOf(subject());
    if (isContinued() ? counted === 0 : counted >= (uses() as u64)) return USED_UP | (level << 8);
  }
  return 0;
}

// Whether the selected level's subject is that of a level before it whose uses are counted too.
function isRepeated(level: u32): bool {
  const own = subject();
  for (let before: u32 = 1; before < level; before++) {
    selectLevel(before);
    if (uses() !== 0 && equal(subject(), own, 32)) return true;
  }
  return false;
}

/** Whether one more use of every layer can be counted; of what is continued all have a place already. */
export function fitUses(): bool {
  let left = usesLeft();
  for (let level: u32 = 1; level < levelCount(); level++) {
    selectLevel(level);
    if (uses() === 0 || usesOf(subject()) !== 0 || isRepeated(level)) continue;
    if (left === 0) return false;
    left--;
  }
  return true;
}

/** Counts one use of every layer that has a number of them, for what was just released. */
export function countUses(): void {
  if (isContinued()) return;
  for (let level: u32 = 1; level < levelCount(); level++) {
    selectLevel(level);
    if (uses() !== 0) countUse(subject());
  }
}
