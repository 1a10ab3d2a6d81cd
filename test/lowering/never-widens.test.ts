import { expect, test } from 'vitest';
import { searchWidening } from './never-widens.ts';

const seed = 20261127;

test(`what is lowered never widens, by a model of the kernel and the core (seed ${seed})`, () => {
  const { tally, widening } = searchWidening(seed, 80);
  expect(widening).toBeUndefined();
  // Of every kind a fair share is let through, or all of this would say nothing.
  for (const [kind, allowed] of Object.entries(tally.exact)) expect([kind, allowed > 50]).toEqual([kind, true]);
  expect(Math.min(tally.floor, tally.left)).toBeGreaterThan(500);
});
