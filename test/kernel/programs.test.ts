// The programs under `plumb run`: each does its work with the scope it needs.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { canAttack, directory, IDENTITIES } from './host.ts';
import { plumbRun, recordsIn } from './mediated.ts';
import { lacking, runProgram } from './programs/run.ts';
import { PROGRAMS } from './programs/table.ts';

const parent = directory('programs-mediated');
const records = recordsIn(parent);
afterAll(() => rmSync(parent, { recursive: true, force: true }));

describe.skipIf(!canAttack).each(IDENTITIES)('under plumb run, as %s (needs Linux)', (who, identity) => {
  for (const [index, program] of PROGRAMS.entries()) {
    if (program.isOwners && identity) continue;
    const lacks = lacking(program, identity);
    test.skipIf(lacks.length > 0)(`${program.name} (needs ${Object.keys(program.needs).join(', ')})`, async () => {
      const { isDone, ...ran } = await runProgram(program, {
        work: join(parent, `${who}-${index}`),
        guarded: (scope, argv) => plumbRun(scope, argv, { records: join(records, who) }),
        ...(identity && { identity }),
      });
      expect(isDone, JSON.stringify(ran, undefined, 1)).toBe(true);
    });
  }
});
