// Owns: postings: which policies hang on one anchor or stand in one bucket of the index, those of the level's first set
// in front, each with the actions it can apply to. A range of postings is three addresses, wherever it lies: first, end
// of the first set, end. Trusts: build-index.ts. Excludes: where ranges lie.

import { allocateInLevel } from './level';

const FIRST: u32 = 0;
const SECOND: u32 = 4;
const END: u32 = 8;

export const POSTINGS_BYTES: u32 = 12;
export const POSTING_STEP: u32 = 8; // policy, action mask

export function postingsStart(postings: u32, isFirst: bool): u32 {
  return load<u32>(postings + (isFirst ? FIRST : SECOND));
}

export function postingsEnd(postings: u32, isFirst: bool): u32 {
  return load<u32>(postings + (isFirst ? SECOND : END));
}

export function postingPolicy(posting: u32): u32 {
  return load<u32>(posting);
}

/** The actions (bits, index modulo 32) that the policy of this posting can apply to. */
export function postingActions(posting: u32): u32 {
  return load<u32>(posting, 4);
}

/** While the index is built, before reserve: one more posting will come. */
export function announcePosting(postings: u32): void {
  store<u32>(postings, load<u32>(postings, END) + POSTING_STEP, END);
}

/** Makes room for those announced; false if there is none. */
export function reservePostings(postings: u32): bool {
  const p = allocateInLevel(load<u32>(postings, END));
  store<u32>(postings, p, FIRST);
  store<u32>(postings, p, SECOND);
  store<u32>(postings, p, END);
  return p !== 0;
}

/** Adds a posting; policies come in program order, so those of the first set in front. */
export function addPosting(postings: u32, policy: u32, actions: u32, isFirst: bool): void {
  const p = load<u32>(postings, END);
  store<u32>(p, policy);
  store<u32>(p, actions, 4);
  store<u32>(postings, p + POSTING_STEP, END);
  if (isFirst) store<u32>(postings, p + POSTING_STEP, SECOND);
}
