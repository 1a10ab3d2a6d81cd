// The core against random and mutated bytes, in the first ring at a modest size. run.ts takes any.

import { expect, test } from 'vitest';
import { ring } from '../ring.ts';
import { fuzz } from './fuzz.ts';

const SEED = 20261122;

const TRIES = [
  ['request', 6_000],
  ['state', 4_000],
  ['program', 4_000],
  ['layer', 2_000],
  ['event', 4_000],
] as const;
/** Of which the first ring has a part. */
const PART = ring === 'first' ? 32 : 1;

test.each(TRIES.map(([kind, tries]) => [kind, tries / PART] as const))(
  `any bytes as %s, %i tries of seed ${SEED}`,
  (kind, tries) => {
    const { accepted } = fuzz(kind, SEED, tries);
    // Both what is taken and what is refused must have been tried.
    expect(accepted).toBeGreaterThan(tries / 50);
    expect(accepted).toBeLessThan(tries - tries / 50);
  },
);
