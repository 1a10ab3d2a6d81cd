// Usage: node test/fuzz/run.ts --tries N --seed S
// The fuzz tests at any size: N tries as each of request, state, program, layer and event. Stops at the first
// violation, naming its try.

import { parseArgs } from 'node:util';
import { fuzz } from './fuzz.ts';

const { values } = parseArgs({ options: { tries: { type: 'string' }, seed: { type: 'string' } } });
const [tries, seed] = [Number(values.tries), Number(values.seed)];
if (!Number.isSafeInteger(tries) || !Number.isSafeInteger(seed)) {
  throw new RangeError('usage: node test/fuzz/run.ts --tries N --seed S');
}
for (const kind of ['request', 'state', 'program', 'layer', 'event'] as const) {
  const { accepted } = fuzz(kind, seed, tries);
  console.log(`${kind}: tries ${tries} seed ${seed} accepted ${accepted}: no violation`);
}
