// Generated Cedar cases: whoever answers them must agree with cedar-wasm on every decision, reason and error.

import { expect, test } from 'vitest';
import { ring } from '../ring.ts';
import { coreEngine } from './core-answer.ts';
import { loadCore } from './core.ts';
import { compareWithOracle, reference, type Engine } from './cedar-differential.ts';

const SEED = 20261122;
const CASES = ring === 'first' ? 40 : 240;

const blindToErrors: Engine = (each) => reference(each).map((answer) => ({ ...answer, errors: [] }));

test(`the core agrees with Cedar in ${CASES} cases of seed ${SEED}`, () => {
  expect(compareWithOracle(coreEngine(loadCore()), SEED, CASES).disagreement).toBeUndefined();
});

test(`the reference agrees with Cedar in ${CASES} cases of seed ${SEED}`, () => {
  const { disagreement, seen } = compareWithOracle(reference, SEED, CASES);
  expect(disagreement).toBeUndefined();
  // The cases must be worth agreeing on.
  expect(Math.min(seen.allow, seen.requests - seen.allow)).toBeGreaterThan(seen.requests / 10);
  expect(seen.severalReasons).toBeGreaterThan(seen.requests / 5);
  expect(seen.severalErrors).toBeGreaterThan(seen.requests / 5);
});

test.each(ring === 'first' ? ['a disagreement is reported with the smallest case that shows it'] : [])('%s', () => {
  const { disagreement } = compareWithOracle(blindToErrors, SEED, CASES);
  expect(disagreement).toMatch(/^case \d+ of seed 20261122/);
  expect(disagreement!.match(/^(permit|forbid)\(/gm)).toHaveLength(1);
});
