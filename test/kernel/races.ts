// Owns: the command `node test/kernel/races.ts --tries N [--only PATTERN]`: attacks under a supervisor that mediates by
// scope alone, without a floor: by default those that race, with N tries. Prints what came of each; exits 1 if one of
// them won.

import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import ensureBuilt from '../built.ts';
import { build, listen, run } from './attacks/run.ts';
import { ATTACKS } from './attacks/table.ts';
import { directory, EVERY_IDENTITY } from './host.ts';
import { guardedBy } from './supervising/guarded-by.ts';

const { values } = parseArgs({
  options: { tries: { type: 'string', default: '20000' }, only: { type: 'string', default: '-race$' } },
});
const tries = Number(values.tries);
if (!Number.isInteger(tries) || tries < 1) throw new RangeError('--tries takes a number of tries');
ensureBuilt();
const parent = directory('races');
const built = join(parent, 'built');
mkdirSync(built);
await build(built);
const ports = await listen();
const only = new RegExp(values.only);
const names = ATTACKS.map(({ name }) => name).filter((name) => only.test(name));
let wins = 0;
for (const [who, identity] of EVERY_IDENTITY) {
  for (const [index, name] of names.entries()) {
    const root = join(parent, `${who}-${index}`);
    const plumb = `bash ${join(built, 'widening.sh')}`;
    const { outcome, why } = await run({
      name,
      root,
      built,
      ports,
      tries,
      plumb,
      guarded: guardedBy(root),
      supervisor: 'guarded',
      ...(identity && { identity }),
    });
    if (outcome === 'WON') wins++;
    process.stdout.write(`${who} ${name}: ${outcome}: ${why}\n`);
  }
}
ports.close();
rmSync(parent, { recursive: true });
process.exitCode = wins === 0 ? 0 : 1;
