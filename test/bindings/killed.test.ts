// Writers killed at random moments, their logs recovered and read.

import { expect, test } from 'vitest';
import { ring } from '../ring.ts';
import { crash } from './crash.ts';

const KILLS = ring === 'first' ? 4 : 200;

test(`a writer killed at any moment loses nothing that was given (${KILLS} runs; more: node test/bindings/crash.ts)`, async () => {
  const seed = Math.floor(Math.random() * 2 ** 32);
  console.log(`seed ${seed}`);
  const outcome = await crash(KILLS, seed);
  console.log(JSON.stringify(outcome));
  expect(outcome.given).toBeGreaterThan(4 * KILLS);
}, 600_000);
