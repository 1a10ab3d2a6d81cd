// The programs without mediation: each does its work here, so that one which does not under mediation is kept from it
// by that.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { bare } from './attacks/run.ts';
import { directory, IDENTITIES } from './host.ts';
import { lacking, runProgram } from './programs/run.ts';
import { PROGRAMS } from './programs/table.ts';

const parent = directory('programs');
afterAll(() => rmSync(parent, { recursive: true }));

describe.each(IDENTITIES)('bare, as %s', (who, identity) => {
  for (const [index, program] of PROGRAMS.entries()) {
    if (program.isOwners && identity) continue;
    const lacks = lacking(program, identity);
    test.skipIf(lacks.length > 0)(`${program.name} (needs ${Object.keys(program.needs).join(', ')})`, async () => {
      const work = join(parent, `${who}-${index}`);
      const { isDone, ...ran } = await runProgram(program, {
        work,
        guarded: bare,
        ...(identity && { identity }),
      });
      expect(isDone, JSON.stringify(ran, undefined, 1)).toBe(true);
    });
  }
});
