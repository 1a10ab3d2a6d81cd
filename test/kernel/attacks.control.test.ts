// The attacks without mediation: each wins what it is after, or the table says what keeps it from that, so that one
// which is stopped under mediation is stopped by that.
// As root every attack runs twice, the second time as an ordinary user; an ordinary user runs each once. The first ring
// runs one of each family, as an ordinary user.

import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ALLOWED, bare, build, listen, run, type Guarded, type Identity, type Ports, type Run } from './attacks/run.ts';
import { agrees, ATTACKS, isFirst, isRefusedHere, TRIES } from './attacks/table.ts';
import { canAttack, directory, EVERY_IDENTITY, ORDINARY } from './host.ts';
import { ofRing } from '../ring.ts';

const users = EVERY_IDENTITY.map(([who, identity]) => ({
  who,
  identity,
  attacks: ofRing(ATTACKS, isFirst(who)),
})).filter(({ attacks }) => attacks.length > 0);
const parent = directory('attacks');
const built = join(parent, 'built');
let ports: Ports;
let arenas = 0;
afterAll(() => rmSync(parent, { recursive: true }));

const attack = (name: string, identity?: Identity, rest: Partial<Run> = {}) =>
  run({
    name,
    root: join(parent, `${arenas++}`),
    built,
    ports,
    tries: TRIES,
    guarded: bare,
    plumb: `bash ${join(built, 'widening.sh')}`,
    supervisor: 'outside',
    ...(identity && { identity }),
    ...rest,
  });

/** Does `first`, and guards no more. */
const after =
  (first: string): Guarded =>
  (_, argv) => ['/bin/sh', '-c', `${first}; exec "$@"`, 'sh', ...argv];

describe.skipIf(!canAttack)('bare (needs Linux, gcc, and no system-call filter over the tests)', () => {
  beforeAll(async () => {
    mkdirSync(built);
    await build(built);
    ports = await listen();
  }, 120_000);
  afterAll(() => ports?.close());

  describe.each(users)('as $who', ({ who, identity, attacks }) => {
    test.each(attacks.map((row) => [row.name, row] as const))('%s', async (name, row) => {
      const result = await attack(name, identity);
      if (isRefusedHere(row)) expect(result.outcome).not.toBe('FAULT');
      else expect(agrees(row[who], result), `${result.outcome}: ${result.why}; expected ${row[who]}`).toBe(true);
    });
  });

  describe.each(ORDINARY)('the runner, as %s', (who, identity) => {
    test(`sets attacks of ${who} on the process that the guarding command becomes`, async () => {
      // Here the attack replaces the command, so that it is its own supervisor, and debugging oneself is refused.
      const { outcome, why } = await attack('ptrace-supervisor', identity, {
        guarded: (_, argv) => argv,
        supervisor: 'guarded',
      });
      expect([outcome, why]).toEqual(['BLOCKED', 'ptrace PTRACE_SEIZE: EPERM']);
    });

    test('does what a scope allows, unless it is not allowed', async () => {
      expect((await attack(ALLOWED, identity)).outcome).toBe('WON');
      for (const [first, why] of [
        ['rm ../readonly/file', 'reading a file: ENOENT'],
        ['ulimit -f 0; trap "" XFSZ', 'changing a descriptor: EFBIG'],
        ['rm giver', 'connecting to a socket of a path: ENOENT'],
      ] as const) {
        expect((await attack(ALLOWED, identity, { guarded: after(first) })).why).toBe(why);
      }
    });

    test('sees an attack stopped by what guards it', async () => {
      for (const name of ['inherited-descriptors', 'inherited-environment']) {
        expect((await attack(name, identity, { guarded: after('exec 3<&-; unset ATTACK_TOKEN') })).outcome).toBe(
          'BLOCKED',
        );
      }
    });

    test('hands the scope to what guards', async () => {
      let granted: unknown;
      await attack('open-directly', identity, { guarded: (scope, argv) => ((granted = scope.connect), argv) });
      expect(granted).toEqual([`127.0.0.1:${ports.granted}`]);
    });
  });
});
