// Usage: node test/differential/run.ts --cases N --seed S
// Runs the generated comparisons at any size: core and reference against cedar-wasm, then core against the reference
// under the strict lift. Prints a line each and, on a disagreement, the smallest case that shows it; exits with 1 then.

import { parseArgs } from 'node:util';
import { compareWithOracle, reference } from './cedar-differential.ts';
import { coreEngine } from './core-answer.ts';
import { loadCore } from './core.ts';
import { compareCedarOfSessions } from './strict-cedar.ts';
import { compareWithReference } from './strict-differential.ts';

const { values } = parseArgs({ options: { cases: { type: 'string' }, seed: { type: 'string' } } });
const [cases, seed] = [Number(values.cases), Number(values.seed)];
if (!Number.isSafeInteger(cases) || !Number.isSafeInteger(seed)) {
  throw new RangeError('usage: node test/differential/run.ts --cases N --seed S');
}

const core = loadCore();
const comparisons: [string, () => { disagreement: string | undefined }][] = [
  ['core, cedar-wasm', () => compareWithOracle(coreEngine(core), seed, cases)],
  ['reference, cedar-wasm', () => compareWithOracle(reference, seed, cases)],
  ['core, reference: strict lift', () => compareWithReference(core, seed, cases)],
  ['reference, cedar-wasm: sessions', () => compareCedarOfSessions(seed, cases)],
];
for (const [name, compare] of comparisons) {
  const { disagreement, ...seen } = compare();
  const verdict = disagreement === undefined ? 'no disagreement' : `DISAGREEMENT in ${disagreement}`;
  console.log(`${name}: cases ${cases} seed ${seed} ${JSON.stringify(seen, mapsAsLists)}: ${verdict}`);
  if (disagreement !== undefined) process.exitCode = 1;
}

function mapsAsLists(_key: string, value: unknown): unknown {
  return value instanceof Map ? Object.fromEntries(value) : value;
}
