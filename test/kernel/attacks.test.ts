// The attacks under `plumb run`: each is stopped, or is a loss that the table and THREAT_MODEL name.
// What each wins without mediation is attacks.control.test.ts.
//
// Attacks that leave no trace share guarded runs, each in its own arena; those of ALONE have a run to themselves. That
// an attack is stopped in a shared run must not come from what an earlier one broke, so three things hold for each of
// them:
// - Just before it and just after it, in its arena and in the same run, `helpers/allowed.c` does one of each kind of
//   thing that the scope allows (files, programs, threads, signals, sockets, loopback). If a label stuck, a grant was
//   lost, or the mediator refuses everything, it fails.
// - An errno that stops it is one that mediation refuses with (table.ts); any other says that it missed its target.
// - At its end the run exits as its driver does: the supervisor has ended none of it.
// Its targets, the process outside that it reaches for, and what is protected are its arena's, as in a run of its own.
// A shared scope grants what its arenas' scopes grant; none of those lies in another arena.

import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ALLOWED, build, listen, run, type Guarded, type Identity, type Ports, type Result } from './attacks/run.ts';
import { SharedRun } from './attacks/shared-run.ts';
import { ALONE, ATTACKS, isFirst, isRefusal, type Attack } from './attacks/table.ts';
import { canAttack, directory, EVERY_IDENTITY } from './host.ts';
import { ofRing } from '../ring.ts';
import { PLUMB, plumbRun, recordsIn, writePolicy } from './mediated.ts';

/** A race is run to its end by `ATTACK_TRIES=20000`; here each gets as far as a few seconds go. */
const TRIES = Number(process.env['ATTACK_TRIES'] ?? 2000);
/** What shares a run: as many arenas as a grant has room for. */
const SHARED_MAX = 64;

const users = EVERY_IDENTITY.map(([who, identity]) => {
  const attacks = ofRing(ATTACKS, isFirst(who));
  const shared = attacks.filter(({ name }) => ALONE[name] === undefined);
  const batches = Array.from({ length: Math.ceil(shared.length / SHARED_MAX) }, (_, index) =>
    shared.slice(index * SHARED_MAX, (index + 1) * SHARED_MAX),
  );
  return { who, identity, batches, alone: attacks.filter(({ name }) => ALONE[name] !== undefined) };
}).filter(({ batches }) => batches.length > 0);
const titled = (attacks: readonly Attack[]) => attacks.map((row) => [row.name, row.mediated] as const);

function expectMediated(name: string, result: Result, mediated: Attack['mediated']): void {
  expect(result.outcome === 'N/A' ? mediated : result.outcome, result.why).toBe(mediated);
  expect(isRefusal(name, result), result.why).toBe(true);
}

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

  const newRoot = (): string => join(parent, `${arenas++}`);
  const options = (identity?: Identity) => {
    const guarded: Guarded = (scope, argv, protect) =>
      plumbRun(scope, argv, {
        records: join(records, identity === undefined ? 'own' : 'user'),
        policy,
        ...(protect && { protect }),
      });
    return { built, ports, tries: TRIES, guarded, plumb: PLUMB.join(' '), ...(identity && { identity }) };
  };

  describe.each(users)('as $who', ({ identity, batches, alone }) => {
    describe.each(batches.map((batch) => [batch[0]!.name, batch] as const))(
      'in one run, from %s on',
      (_first, batch) => {
        const roots = new Map<string, string>();
        let together: SharedRun;
        beforeAll(() => {
          for (const { name } of batch) roots.set(name, newRoot());
          together = new SharedRun({ ...options(identity), roots: [...roots.values()] });
        });
        afterAll(() => together?.end());

        test.each(titled(batch))('%s', async (name, mediated) => {
          const [before, result, after] = await together.attack(roots.get(name)!, [ALLOWED, name, ALLOWED]);
          expect(before!.outcome, `allowed, before: ${before!.why}`).toBe('WON');
          expectMediated(name, result!, mediated);
          expect(after!.outcome, `allowed, after: ${after!.why}`).toBe('WON');
        });

        test('and the run ends as it should', async () => expect(await together.end()).toBe(0));
      },
    );

    test.each(titled(alone))('%s, alone', async (name, mediated) => {
      expectMediated(name, await run({ ...options(identity), name, root: newRoot(), supervisor: 'guarded' }), mediated);
    });
  });
});
