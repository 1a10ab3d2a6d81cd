// The attack of `plumb demo`, as real processes under mediation. What is simulated is test/cli/demo.test.ts.

import { spawnSync } from 'node:child_process';
import { chownSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { inDirectory } from '../cli/plumb.ts';
import { IDENTITIES } from './host.ts';
import { canLaunch } from './launching/run-guarded.ts';
import { PLUMB } from './mediated.ts';

/** What was refused, and at which level, as the demo shows it. */
const refusals = (text: string): (string | undefined)[][] =>
  text
    .split(/^ +[\d-]+ {2}(?=\w)/m)
    .filter((decision) => /^block\b/.test(decision))
    .map((decision) => {
      const above = decision.slice(0, decision.search(/ here\b/));
      return [
        /^block +(\S+)/.exec(decision)?.[1],
        above
          .match(/^ {11}\w+/gm)
          ?.at(-1)
          ?.trim(),
      ];
    });

describe.skipIf(!canLaunch).each(IDENTITIES)(
  'the attack of plumb demo, as %s (needs Linux with Landlock, and bash)',
  (_, identity) => {
    test('is of real processes: each step alone is done, together the last is refused and sends nothing', async () => {
      const { status, stdout, stderr } = await inDirectory(async (directory) => {
        if (identity !== undefined) chownSync(directory, identity.uid, identity.gid);
        const [node, ...main] = PLUMB;
        const env = { PATH: process.env['PATH'], HOME: directory, TMPDIR: directory };
        return spawnSync(node!, [...main, 'demo'], { cwd: directory, env, encoding: 'utf8', ...identity });
      });
      expect([status, stderr]).toEqual([0, '']);
      expect(stdout).not.toContain('simulated');
      const [alone, together] = stdout.split('Together, in one session');
      expect(alone).toMatch(/^ {2}it sends the config to the server +done$/m);
      expect(alone).toMatch(/^ {2}the server received 1 connection, 12 bytes$/m);
      expect(alone).toMatch(/^ {2}it reads the passwords of production +done$/m);
      expect(together).toMatch(/^ {2}it reads the passwords of production +done$/m);
      // As bash tells EACCES.
      expect(together).toMatch(/^ {2}it sends the config to the server .*\/dev\/tcp\/.*: Permission denied$/m);
      expect(together).toMatch(/^ {2}the server received nothing$/m);
      expect(together).toMatch(
        /^ +\d+ {2}allow +file\.read PROJECT\/app\/\.env\n +plan read "PROJECT", intent read "PROJECT", objective read "PROJECT", policy granted$/m,
      );
      expect(together).toMatch(/^ {2}replay {2}replayed \d+ decision records to the same bytes$/m);
      expect(together).toMatch(/^ +\d+-\d+ {2}allow +file\.read of \d+ files of the system$/m);
      expect(refusals(together!)).toEqual([
        ['file.read', 'objective'],
        ['process.exec', 'intent'],
        ['file.write', 'plan'],
        ['net.connect', 'policy'],
      ]);
    });
  },
);
