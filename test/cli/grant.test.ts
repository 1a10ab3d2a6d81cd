import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { inDirectory, jsonLines, plumb } from './plumb.ts';

const PLAN = `
objective:
  statement: Refactor the config
  expires: 8h
  scope: { read: [/], write: [/work], exec: [git] }
plan:
  statement: Split config.ts
  scope: { read: [/work], write: [/work/src] }
steps:
  - statement: Read
    scope: { read: [/work/src] }
`;

const read = (id: string): string =>
  JSON.stringify({
    principal: { type: 'Agent', id: 'a' },
    action: 'file.read',
    resource: { type: 'File', id },
    context: { resolved: true },
  });

/** A directory with a key, its trust set, a policy that permits all and the plan above, signed. */
const prepared = (use: (directory: string) => Promise<void>): Promise<void> =>
  inDirectory(async (directory) => {
    const { stdout } = await plumb(['grant', 'key', 'issuer.jwk'], directory);
    writeFileSync(join(directory, 'trust.json'), stdout);
    writeFileSync(join(directory, 'all.cedar'), 'permit (principal, action, resource);');
    writeFileSync(join(directory, 'plan.yaml'), PLAN);
    const planned = await plumb(['grant', 'plan', 'plan.yaml', '--key', 'issuer.jwk', '-o', 'grants'], directory);
    expect(planned).toEqual({ code: 0, stdout: 'grants/plan.grant\ngrants/step-1.grant\n', stderr: '' });
    await use(directory);
  });

const DECIDE = ['decide', '--policy', 'all.cedar', '--authority', 'required'];
const GRANT = ['--grant', 'grants/plan.grant', '--trust', 'trust.json'];

describe('plumb grant', () => {
  test('objects of tools and what is expected are written, signed and shown', () =>
    prepared(async (directory) => {
      const pay = { tool: 'bank/pay', targets: ['landlord@*'], amountMax: 900, orAsk: true };
      const options = ['--level', 'objective', '--statement', 'Pay the rent', '--expires', '1h', '--write', '/work'];
      const expected = [
        '--expect',
        'write=/work/rent',
        '--expect',
        `tools={"tool":"bank/pay","targets":["landlord@*"],"amountMax":900}`,
      ];
      const created = await plumb(
        ['grant', 'create', ...options, '--tools', JSON.stringify(pay), '--tools', 'bank/list', ...expected],
        directory,
      );
      expect(created).toMatchObject({ code: 0, stderr: '' });
      writeFileSync(join(directory, 'rent.json'), created.stdout);
      await plumb(['grant', 'sign', 'rent.json', '--key', 'issuer.jwk', '-o', 'rent.grant'], directory);
      const shown = await plumb(['grant', 'show', 'rent.grant', '--json'], directory);
      const { orAsk: _, ...meant } = pay;
      expect(JSON.parse(shown.stdout)).toMatchObject([
        { scope: { tools: [pay, 'bank/list'] }, expect: { write: ['/work/rent'], tools: [meant] } },
      ]);
      const { stdout } = await plumb(['grant', 'show', 'rent.grant'], directory);
      expect(stdout).toContain(`  tools    ${JSON.stringify(pay)}\n`);
      expect(stdout).toContain('  expects write /work/rent\n');
    }));

  test('a plan is signed, counts, and holds what is decided under it', () =>
    prepared(async (directory) => {
      const verified = await plumb(
        ['grant', 'verify', 'grants/step-1.grant', '--trust', 'trust.json', '--json'],
        directory,
      );
      expect(verified.code).toBe(0);
      expect(JSON.parse(verified.stdout)).toMatchObject([
        { level: 'objective', statement: 'Refactor the config' },
        { level: 'plan', scope: { write: ['/work/src'], exec: [] } },
        { level: 'plan', statement: 'Read' },
      ]);
      const decided = await plumb([...DECIDE, ...GRANT], directory, `${read('/work/a')}\n${read('/etc/passwd')}\n`);
      expect(jsonLines(decided.stdout)).toMatchObject([
        { verdict: 'allow' },
        { verdict: 'block', code: 'no-permit', level: 2, grant: { level: 'plan', closest: 'read "/work"' } },
      ]);
    }));

  test('a grant is written, signed below another, and shown as the policy it is', () =>
    inDirectory(async (directory) => {
      const run = (...args: string[]) => plumb(['grant', ...args], directory);
      writeFileSync(join(directory, 'trust.json'), (await run('key', 'issuer.jwk')).stdout);
      const objective = [
        '--level',
        'objective',
        '--statement',
        'Refactor',
        '--expires',
        '8h',
        '--read',
        '/',
        '--read',
        '/x',
      ];
      const written = await run('create', ...objective, '--delegate', 'trust.json');
      writeFileSync(join(directory, 'objective.json'), written.stdout);
      expect(await run('sign', 'objective.json', '--key', 'issuer.jwk', '-o', 'objective.grant')).toMatchObject({
        code: 0,
      });
      const child = await run('create', '--level', 'plan', '--statement', 'Read', '--read', '/work');
      const signed = await plumb(
        ['grant', 'sign', '-', '--key', 'issuer.jwk', '--parent', 'objective.grant'],
        directory,
        child.stdout,
      );
      expect(signed.stdout.trim().split('\n')).toHaveLength(2);
      writeFileSync(join(directory, 'plan.grant'), signed.stdout);
      expect(await run('verify', 'plan.grant', '--trust', 'trust.json')).toMatchObject({ code: 0 });
      expect((await run('show', 'plan.grant')).stdout).toContain('plan: Read\n  read     /work\n  until    ');
      expect((await run('show', 'plan.grant', '--cedar', 'plan')).stdout).toContain('@id("plan.read.0")\npermit (');
      const again = await run('sign', 'objective.json', '--key', 'issuer.jwk', '-o', 'objective.grant');
      expect([again.code, again.stderr.split(':')[0]]).toEqual([1, 'exists']);
    }));

  test('the key that signs is shown by nothing', () =>
    prepared(async (directory) => {
      const { d } = JSON.parse(readFileSync(join(directory, 'issuer.jwk'), 'utf8')) as { d: string };
      const { stdout } = await plumb(['grant', 'show', 'grants/plan.grant', '--json'], directory);
      expect(stdout + readFileSync(join(directory, 'trust.json'), 'utf8')).not.toContain(d);
    }));

  test.each<[code: string, why: string, exit: number, args: string[], input?: string]>([
    [
      'grant-widened',
      'a step that widens',
      1,
      ['grant', 'plan', '-', '--key', 'issuer.jwk', '-o', 'x'],
      PLAN.replace('read: [/work/src]', 'read: [/etc]'),
    ],
    [
      'grant-undelegated',
      'a child where none was asked for',
      1,
      ['grant', 'sign', '-', '--key', 'issuer.jwk', '--parent', 'grants/step-1.grant'],
      'level: plan\nstatement: more\nscope: {}\n',
    ],
    [
      'grant-malformed',
      'aliases',
      1,
      ['grant', 'plan', '-', '--key', 'issuer.jwk', '-o', 'x'],
      'objective: &a [1]\nplan: *a\n',
    ],
    [
      'grant-malformed',
      'a name given twice',
      1,
      ['grant', 'sign', '-', '--key', 'issuer.jwk'],
      'level: plan\nlevel: objective\n',
    ],
    ['grant-malformed', 'no chain', 1, ['grant', 'show', 'plan.yaml']],
    [
      'grant-untrusted',
      'an issuer nobody trusts',
      1,
      ['grant', 'verify', 'grants/plan.grant', '--trust', 'other.json'],
    ],
    ['grant-untrusted', 'the same, to decide', 1, [...DECIDE, '--grant', 'grants/plan.grant', '--trust', 'other.json']],
    [
      'trust-malformed',
      'a private key for a trust set',
      1,
      ['grant', 'verify', 'grants/plan.grant', '--trust', 'issuer.jwk'],
    ],
    ['usage', 'grants without issuers', 2, [...DECIDE, '--grant', 'grants/plan.grant']],
    ['usage', 'a name for no log', 2, [...DECIDE, '--origin', 'x']],
    ['usage', 'no verb', 2, ['grant', 'revive']],
  ])('%s: %s', (code, _why, exit, args, input) =>
    prepared(async (directory) => {
      const other = await plumb(['grant', 'key', 'other.jwk'], directory);
      writeFileSync(join(directory, 'other.json'), other.stdout);
      const ran = await plumb(args, directory, input);
      expect([ran.code, ran.stderr.split(':')[0], ran.stdout]).toEqual([exit, code, '']);
    }),
  );

  test('a chain bound to a log is good for that one only', () =>
    prepared(async (directory) => {
      await plumb(['init', '--keys', 'keys', '--seed', 'seed'], directory);
      const bound = `level: objective\nstatement: Read\nexpires: 1h\nsession: example.org/run-1\nscope: { read: [/work] }\n`;
      await plumb(['grant', 'sign', '-', '--key', 'issuer.jwk', '-o', 'bound.grant'], directory, bound);
      const decide = (log: string, ...more: string[]) =>
        plumb(
          [
            ...DECIDE,
            '--grant',
            'bound.grant',
            '--trust',
            'trust.json',
            '--log',
            log,
            '--keys',
            'keys',
            '--durability',
            'write',
            ...more,
          ],
          directory,
          read('/work/a'),
        );
      expect((await decide('a')).stderr).toMatch(/^grant-other-session: /);
      expect((await decide('b', '--origin', 'example.org/run-1')).stdout).toContain('"verdict":"allow"');
    }));
});
