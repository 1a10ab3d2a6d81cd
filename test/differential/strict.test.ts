// Generated sessions under the strict lift: the core's decisions and states must be the reference's, byte for byte.

import { expect, test } from 'vitest';
import { ring } from '../ring.ts';
import { CODE } from './reference/codes.ts';
import { loadCore } from './core.ts';
import { compareCedarOfSessions } from './strict-cedar.ts';
import { compareWithReference } from './strict-differential.ts';

const SEED = 20261122;
const SESSIONS = ring === 'first' ? 40 : 160;
const SESSIONS_FOR_CEDAR = ring === 'first' ? 15 : 50;

test(`core and reference agree in ${SESSIONS} sessions of seed ${SEED}`, () => {
  const { disagreement, seen } = compareWithReference(loadCore(), SEED, SESSIONS);
  expect(disagreement).toBeUndefined();
  const elsewhere: number[] = [
    CODE.outOfFuel,
    CODE.noProgram,
    CODE.noState,
    CODE.decisionTooLarge,
    CODE.transaction,
    CODE.stateLimit,
  ];
  const expected = Object.values(CODE).filter((code) => !elsewhere.includes(code));
  expect([...seen.codes.keys()].toSorted((left, right) => left - right)).toEqual(
    expected.toSorted((left, right) => left - right),
  );
});

test(`the reference's answers for Cedar are Cedar's in ${SESSIONS_FOR_CEDAR} sessions of seed ${SEED}`, () => {
  const { disagreement, answers } = compareCedarOfSessions(SEED, SESSIONS_FOR_CEDAR);
  expect(disagreement).toBeUndefined();
  expect(answers).toBeGreaterThan(8 * SESSIONS_FOR_CEDAR);
});
