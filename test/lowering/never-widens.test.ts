import { expect, test } from 'vitest';
import { ring } from '../ring.ts';
import { searchWidening } from './never-widens.ts';

const seed = 20261127;
const ROUNDS = ring === 'first' ? 16 : 80;

test(`what is lowered never widens, by a model of the kernel and the core (${ROUNDS} rounds, seed ${seed})`, () => {
  const { tally, widening } = searchWidening(seed, ROUNDS);
  expect(widening).toBeUndefined();
  // Of every kind a fair share is let through, or all of this would say nothing.
  for (const [kind, allowed] of Object.entries(tally.exact)) expect([kind, allowed > ROUNDS / 2]).toEqual([kind, true]);
  expect(Math.min(tally.floor, tally.left)).toBeGreaterThan(6 * ROUNDS);
});
