import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { inDirectory, plumb } from './plumb.ts';

const PLAN = `
objective:
  statement: Refactor the config
  expires: 8h
  scope: { read: [/], write: [/work], exec: [/usr/bin/], connect: ['*.example:443', '*:53'], dynamic: true }
plan:
  statement: Split config.ts
  scope: { read: [/work], write: [/work], exec: [/usr/bin/], connect: ['a.example:443', '10.0.0.1:53'], dynamic: true }
steps:
  - statement: Read
    scope: { read: [/work/src] }
`;

const prepared = (use: (directory: string, chain: string) => Promise<void>): Promise<void> =>
  inDirectory(async (directory) => {
    await plumb(['grant', 'key', 'issuer.jwk'], directory);
    writeFileSync(join(directory, 'plan.yaml'), PLAN);
    const planned = await plumb(['grant', 'plan', 'plan.yaml', '--key', 'issuer.jwk', '-o', 'grants'], directory);
    expect(planned.code).toBe(0);
    await use(directory, readFileSync(join(directory, 'grants', 'plan.grant'), 'utf8'));
  });

const lower = (directory: string, target: string, ...more: string[]) =>
  plumb(['policy', 'lower', '--grant', 'grants/plan.grant', '--target', target, ...more], directory);

describe('plumb policy lower', () => {
  test('tells the rules, then what is lost, in columns', () =>
    prepared(async (directory) => {
      const { code, stdout, stderr } = await lower(directory, 'landlock');
      expect([code, stderr]).toEqual([0, '']);
      const [head, rules, title, losses] = stdout.split('\n\n');
      expect(head).toMatch(/^landlock, until \d{4}-\d\d-\d\dT[\d:]{8}\.000Z$/);
      expect(rules).toContain(
        [
          '  exact    /usr/bin (directory only)  execute',
          '  exact    /work                      read-file read-dir write-file truncate',
        ].join('\n'),
      );
      expect(rules).toContain('\n  floor    port 443                   connect-tcp');
      expect(title).toBe('not lowered, and what happens instead');
      expect(losses).toMatch(
        /^ {2}mediated {2}connect "a\.example:443" {2,}the kernel sees addresses, not names \(connect udp\)$/m,
      );
      expect(losses).toMatch(/^ {2}ended {5}expiry [\dT:.-]+Z {2,}rules of the kernel/m);
    }));

  test.each([
    ['seccomp', /^ {2}open +kernel \(landlock\) +open openat openat2 creat$/m],
    ['seccomp', /^ {2}unix-socket +deny +socket; AF_UNIX$/m],
    ['bpf', /^ {2}exact {2}10\.0\.0\.1\/32 +connect 53$/m],
    ['bpf', /^ {2}exact {2}\/usr\/bin \(directory only\) {2}exec$/m],
  ])('tells the rules of %s: %s', (target, line) =>
    prepared(async (directory) => expect((await lower(directory, target)).stdout).toMatch(line)),
  );

  test('gives the same as JSON, one by one and all in one, from a file and from standard input', () =>
    prepared(async (directory, chain) => {
      const all = JSON.parse((await lower(directory, 'json')).stdout) as Record<string, unknown>;
      expect(Object.keys(all)).toEqual(['target', 'landlock', 'seccomp', 'bpf']);
      for (const target of ['landlock', 'seccomp', 'bpf']) {
        expect(JSON.parse((await lower(directory, target, '--json')).stdout)).toEqual(all[target]);
      }
      const piped = await plumb(['policy', 'lower', '--grant', '-', '--target', 'json'], directory, chain);
      expect(JSON.parse(piped.stdout)).toEqual(all);
    }));

  test.each<[code: string, why: string, exit: number, args: string[], input?: (lines: string[]) => string]>([
    ['grant-malformed', 'no chain', 1, ['--grant', 'plan.yaml', '--target', 'landlock']],
    ['grant-truncated', 'nothing', 1, ['--grant', '-', '--target', 'json']],
    ['grant-truncated', 'no objective', 1, ['--grant', '-', '--target', 'bpf'], ([, plan]) => plan!],
    [
      'grant-reparented',
      'one grant twice',
      1,
      ['--grant', '-', '--target', 'bpf'],
      ([objective]) => `${objective}\n${objective}`,
    ],
    ['unreadable', 'no file', 1, ['--grant', 'nowhere', '--target', 'landlock']],
    ['usage', 'no target', 2, ['--grant', 'grants/plan.grant']],
    ['usage', 'another target', 2, ['--grant', 'grants/plan.grant', '--target', 'ebpf']],
    ['usage', 'no chain named', 2, ['--target', 'json']],
  ])('%s: %s', (code, _why, exit, args, input = () => '') =>
    prepared(async (directory, chain) => {
      const ran = await plumb(['policy', 'lower', ...args], directory, input(chain.trim().split('\n')));
      expect([ran.code, ran.stderr.split(':')[0], ran.stdout]).toEqual([exit, code, '']);
    }),
  );
});
