// Whether the grants whose layers are loaded still stand (SPEC §6.6): revoked ones, and uses that are counted out; and counting a use.
// Owns no state: state.ts keeps it, level.ts knows the layers.

import { REVOKED, USED_UP } from './codes';
import { hasSubject, levelCount, selectLevel, subject, uses } from './level';
import { USES_MAX } from './limits';
import { revokedTable, usesTable } from './state';
import { entryNumber, findEntry, putEntry, tableCount } from './table';

let level: u32 = 0;

/** The outermost level whose grant does not stand, as refusedBy found it. */
export function refusedLevel(): u32 {
  return level;
}

/** The code that the grants of the loaded layers refuse a request with, or 0. */
export function refusedBy(continued: bool): u32 {
  if (tableCount(revokedTable()) > 0) {
    for (level = 1; level < levelCount(); level++) {
      selectLevel(level);
      if (hasSubject() && findEntry(revokedTable(), subject()) !== 0) return REVOKED;
    }
  }
  for (level = 1; level < levelCount(); level++) {
    selectLevel(level);
    if (uses() === 0) continue;
    const entry = findEntry(usesTable(), subject());
    const used: u64 = entry === 0 ? 0 : entryNumber(entry);
    if (continued ? used === 0 : used >= (uses() as u64)) return USED_UP;
  }
  return 0;
}

/** Whether one more use of each loaded layer that has a number fits the state. */
export function fitsUse(): bool {
  let more: u32 = 0;
  for (let i: u32 = 1; i < levelCount(); i++) {
    selectLevel(i);
    if (uses() !== 0 && findEntry(usesTable(), subject()) === 0) more++;
  }
  return tableCount(usesTable()) + more <= USES_MAX;
}

/** Counts one use of each loaded layer that has a number. */
export function countUse(): void {
  for (let i: u32 = 1; i < levelCount(); i++) {
    selectLevel(i);
    if (uses() === 0) continue;
    const entry = findEntry(usesTable(), subject());
    putEntry(usesTable(), subject(), entry === 0 ? 1 : entryNumber(entry) + 1);
  }
}
