// The attacks under `plumb run`: each is stopped, or is a loss that the table and THREAT_MODEL name.
// What each wins without mediation is attacks.control.test.ts.

import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { build, listen, run, type Guarded, type Identity, type Ports } from './attacks/run.ts';
import { ATTACKS } from './attacks/table.ts';
import { canAttack, directory, IDENTITIES } from './host.ts';
import { PLUMB, plumbRun, recordsIn, writePolicy } from './mediated.ts';

/** A race is run to its end by `ATTACK_TRIES=20000`; here each gets as far as a few seconds go. */
const TRIES = Number(process.env['ATTACK_TRIES'] ?? 2000);

describe.skipIf(!canAttack)('under plumb run (needs Linux, gcc, and no system-call filter over the tests)', () => {
  const parent = directory('attacks-mediated');
  const built = join(parent, 'built');
  const records = recordsIn(parent);
  const policy = writePolicy(parent);
  let ports: Ports;
  let arenas = 0;

  beforeAll(async () => {
    mkdirSync(built);
    await build(built);
    ports = await listen();
  }, 120_000);
  afterAll(() => {
    ports?.close();
    rmSync(parent, { recursive: true, force: true });
  });

  const attack = (name: string, identity?: Identity) => {
    const root = join(parent, `${arenas++}`);
    const of = (path: string): string => join(root, path);
    const protect = [of('keys'), of('log'), of('run'), of('work/.agent')];
    const guarded: Guarded = (scope, argv) =>
      plumbRun(scope, argv, { records: join(records, identity === undefined ? 'own' : 'user'), policy, protect });
    return run({
      name,
      root,
      built,
      ports,
      tries: TRIES,
      guarded,
      plumb: PLUMB.join(' '),
      supervisor: 'guarded',
      ...(identity && { identity }),
    });
  };

  describe.each(IDENTITIES)('as %s', (_, identity) => {
    test.each(ATTACKS.map((row) => [row.name, row.mediated] as const))('%s', async (name, mediated) => {
      const { outcome, why } = await attack(name, identity);
      expect(outcome === 'N/A' ? mediated : outcome, why).toBe(mediated);
    });
  });
});
