// The verifier against authenticated mutants, in the first ring at a modest size. verifier.ts takes any.

import { expect, test } from 'vitest';
import { ring } from '../ring.ts';
import { fuzzVerifier } from './verifier.ts';

const SEED = 20261130;
const TRIES = ring === 'first' ? 1_000 : 20_000;

test(`each mutant of a log has one status, ${TRIES} tries of seed ${SEED}`, async () => {
  const counts = await fuzzVerifier(SEED, TRIES);
  // Mutants must pass and be refused, by each kind of check.
  for (const status of ['malformed', 'tampered', 'authenticated']) {
    expect(counts[status], status).toBeGreaterThan(TRIES / 50);
  }
});
