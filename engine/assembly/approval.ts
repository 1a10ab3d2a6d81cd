// The approval of one decide (SPEC §6.6): its digest, whether the state has it, and whether any policy asked for it.
// The digest costs a SHA-256 over the requests, so it is made when a soft forbid with `approve` is first met.

import { digest, selectLevel, selectedLevel } from './level';
import { POLICY_ARENA } from './limits';
import { authorityDigest } from './load';
import { requestTime, selectRequest, writeAsked } from './request';
import { sha256 } from './sha256';
import { approvalsTable } from './state';
import { entryNumber, findEntry, removeEntry } from './table';

const DIGEST: u32 = memory.data(32, 8) as u32;

let count: u32 = 0;
let current: u32 = 0;
let asked: bool = false;
let lifted: bool = false;

/** Begins a decide of this many requests. */
export function beginApproval(requests: u32): void {
  count = requests;
  asked = false;
  lifted = false;
}

/** Which request is being decided: it is selected again after the others were looked at. */
export function setApprovalRequest(i: u32): void {
  current = i;
}

/** Whether the state's approval lifts `approve` from these requests; asking is remembered. */
export function isLifted(): bool {
  if (!asked) {
    asked = true;
    makeDigest();
    const entry = findEntry(approvalsTable(), DIGEST);
    const time = requestTime();
    lifted = entry !== 0 && (time < 0 || entryNumber(entry) > (time as u64));
  }
  return lifted;
}

/** Whether any policy asked; then the digest is there. */
export function wasAsked(): bool {
  return asked;
}

/** Whether an approval lifted `approve` here. */
export function wasLifted(): bool {
  return asked && lifted;
}

export function approvalDigest(): u32 {
  return DIGEST;
}

/** The approval is used up. */
export function spendApproval(): void {
  const entry = findEntry(approvalsTable(), DIGEST);
  if (entry !== 0) removeEntry(approvalsTable(), entry);
}

// Between policies their arena holds nothing.
function makeDigest(): void {
  const level = selectedLevel();
  selectLevel(0);
  memory.copy(POLICY_ARENA, digest(), 32);
  memory.copy(POLICY_ARENA + 32, authorityDigest(), 32);
  let p: u32 = POLICY_ARENA + 64;
  for (let i: u32 = 0; i < count; i++) {
    selectRequest(i);
    p = writeAsked(p);
  }
  selectRequest(current);
  sha256(POLICY_ARENA, p - POLICY_ARENA, DIGEST);
  selectLevel(level);
}
