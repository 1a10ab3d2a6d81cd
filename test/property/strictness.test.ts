// What must hold of the strict lift whatever the policies and requests are, asked of the core alone: nothing that is
// added to restrict can loosen, the strict answer is never looser than Cedar's, and order and repetition mean nothing.

import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { decideBytes, loadCore, loadPrograms } from '../differential/core.ts';
import { Random } from '../differential/generate/random.ts';
import { decisionPolicy, level, sessionCase, stepBytes, type SessionCase } from '../differential/generate/sessions.ts';
import { decode, encode, type Item, type MapItem } from '../differential/reference/cbor.ts';
import { VERDICT } from '../differential/reference/codes.ts';
import { INITIAL_STATE, stateBytes } from '../differential/reference/state.ts';
import { buildSession } from '../differential/strict-differential.ts';

const SEED = 20261122;
const SESSIONS = 40;

const core = loadCore();
const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();

interface Outcome {
  verdict: number;
  code: number;
  cedarAllows: boolean | null;
  labels: Item;
}

function outcomeOf({ pairs }: MapItem): Outcome {
  const field = (key: number) => pairs[key]![1];
  const cedar = field(8) as [boolean] | null;
  return { verdict: Number(field(0)), code: Number(field(1)), cedarAllows: cedar && cedar[0], labels: field(6) };
}

/**
 * The outcomes of every step from the state given for it (default: as the session goes), and the states before the
 * steps.
 */
function play(session: SessionCase, states?: Uint8Array[]) {
  const { binaries } = buildSession(session);
  loadPrograms(core, binaries);
  const authority = sha256(encode(binaries.slice(1).map(sha256)));
  const before: Uint8Array[] = [];
  let state = stateBytes(INITIAL_STATE);
  const outcomes = session.steps.map((step, index) => {
    before.push(states?.[index] ?? state);
    expect(core.setState(before.at(-1)!)).toBe(0);
    const answer = decideBytes(core, stepBytes(step, authority));
    state = answer.state;
    const decoded = decode(answer.bytes);
    return ((Array.isArray(decoded) ? decoded : [decoded]) as MapItem[]).map(outcomeOf);
  });
  return { outcomes, before };
}

const sessions = Array.from({ length: SESSIONS }, (_, index) => {
  const random = new Random(SEED + index);
  // Whether authority is required depends on layers, which are added below.
  return { random, session: { ...sessionCase(random), authorityRequired: false } };
});

const plays = sessions.map(({ session }) => play(session));

/** Plays a change of every session from the same states as the session itself; both outcomes of every request. */
function comparePlays(change: (session: SessionCase, random: Random) => SessionCase) {
  return sessions.flatMap(({ session, random }, number) => {
    const { outcomes, before } = plays[number]!;
    const changed = play(change(session, random), before).outcomes;
    return outcomes.flatMap((step, index) => step.map((left, request) => [left, changed[index]![request]!] as const));
  });
}

const blockedOf = (step: Outcome[]): number => step.filter(({ verdict }) => verdict === VERDICT.block).length;
const isLoosened = ([before, after]: readonly [Outcome, Outcome]): boolean => after.verdict < before.verdict;
const isTightened = ([before, after]: readonly [Outcome, Outcome]): boolean => after.verdict > before.verdict;

test.each<[what: string, change: (session: SessionCase, random: Random) => SessionCase]>([
  ['a layer is pushed', (session, random) => ({ ...session, levels: [...session.levels, level(random)] })],
  [
    'a forbid is added',
    (session, random) => {
      const [organisation, ...layers] = session.levels;
      let forbid = decisionPolicy(random);
      while (!forbid.includes('forbid(')) forbid = decisionPolicy(random);
      return { ...session, levels: [[...organisation, forbid], ...layers] };
    },
  ],
  [
    'a permit is taken away',
    (session, random) => {
      const [organisation, ...layers] = session.levels;
      const permits = organisation.filter((text) => text.startsWith('permit('));
      if (permits.length === 0) return session;
      const gone = organisation.indexOf(random.pick(permits));
      return { ...session, levels: [organisation.toSpliced(gone, 1), ...layers] };
    },
  ],
])(`no verdict becomes looser when %s, seed ${SEED}`, (_what, change) => {
  const pairs = comparePlays(change);
  expect(pairs.filter(isLoosened)).toEqual([]);
  expect(pairs.filter(isTightened).length).toBeGreaterThan(5);
});

test(`the order of the policies of a level means nothing to verdict and code, seed ${SEED}`, () => {
  const pairs = comparePlays((session) => ({
    ...session,
    labels: session.labels.toReversed(),
    // What a permit counts is kept by its place (SPEC §6.8).
    levels: session.levels.map((texts) =>
      texts.some((text) => text.includes('@count(')) ? texts : texts.toReversed(),
    ) as SessionCase['levels'],
  }));
  for (const [before, after] of pairs) expect(after).toEqual(before);
});

test(`the same request in the same state has the same answer, seed ${SEED}`, () => {
  for (const [before, after] of comparePlays((session) => session)) expect(after).toEqual(before);
});

test(`what the strict lift allows, Cedar allows, seed ${SEED}`, () => {
  const outcomes = plays.flatMap((each) => each.outcomes.flat());
  const allowed = outcomes.filter(({ verdict }) => verdict === VERDICT.allow);
  expect(allowed.length).toBeGreaterThan(50);
  expect(allowed.filter(({ cedarAllows }) => cedarAllows !== true)).toEqual([]);
  // Not the other way round: strictness is more than Cedar.
  expect(outcomes.some(({ verdict, cedarAllows }) => verdict === VERDICT.block && cedarAllows === true)).toBe(true);
});

test(`a transaction is blocked as a whole or not at all, seed ${SEED}`, () => {
  const transactions = plays.flatMap(({ outcomes }) => outcomes).filter((step) => step.length > 1);
  expect(transactions.filter((step) => blockedOf(step) === 0).length).toBeGreaterThan(0);
  expect(transactions.filter((step) => blockedOf(step) > 0).length).toBeGreaterThan(0);
  expect(transactions.filter((step) => ![0, step.length].includes(blockedOf(step)))).toEqual([]);
});
