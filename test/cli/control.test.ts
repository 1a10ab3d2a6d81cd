// What people say to a running session, over its control channel; and why a record says what it says.

import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { describe, expect, test } from 'vitest';
import { inDirectory, plumb, start } from './plumb.ts';

const PLAN = `
objective: { statement: Refactor the config, expires: 8h, scope: { read: [/], write: [/work] } }
plan: { statement: Split config.ts, scope: { read: [/work], write: [/work] } }
steps:
  - { statement: Look, scope: { read: [/work/src] } }
  - { statement: Write, scope: { read: [/work], write: [/work/src] } }
`;

const request = (action: string, id: string): string =>
  `${JSON.stringify({
    principal: { type: 'Agent', id: 'a' },
    action,
    resource: { type: 'File', id },
    context: { resolved: true },
  })}\n`;

interface Running {
  directory: string;
  child: ChildProcessWithoutNullStreams;
  ask: (action: string, id: string) => Promise<Record<string, unknown>>;
  ended: () => Promise<number | null>;
}

const CONTROL = ['--control', 'control/socket'];

/** A session under the plan, with a control channel, that answers a request at a time. */
function running(use: (running: Running) => Promise<void>): Promise<void> {
  return inDirectory(async (directory) => {
    const run = async (...args: string[]): Promise<string> => {
      const { code, stdout, stderr } = await plumb(args, directory);
      expect([code, stderr], args.join(' ')).toEqual([0, '']);
      return stdout;
    };
    writeFileSync(join(directory, 'trust.json'), await run('grant', 'key', 'issuer.jwk'));
    writeFileSync(join(directory, 'plan.yaml'), PLAN);
    writeFileSync(
      join(directory, 'policy.cedar'),
      'permit (principal, action, resource);\n@verdict("approve") forbid (principal, action == Action::"file.delete", resource);',
    );
    await run('grant', 'plan', 'plan.yaml', '--key', 'issuer.jwk', '-o', 'grants');
    await run('init', '--keys', 'keys', '--seed', 'seed');
    mkdirSync(join(directory, 'control'), { mode: 0o700 });
    const child = start(
      [
        ...'decide --policy policy.cedar --authority required --grant grants/plan.grant --trust trust.json'.split(' '),
        ...'--log log --keys keys --durability write --control control/socket'.split(' '),
      ],
      directory,
    );
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const lines: Interface = createInterface(child.stdout);
    const exited = once(child, 'exit') as Promise<[number | null]>;
    const ask = async (action: string, id: string): Promise<Record<string, unknown>> => {
      child.stdin.write(request(action, id));
      const [line] = (await once(lines, 'line')) as [string];
      return JSON.parse(line) as Record<string, unknown>;
    };
    const ended = async (): Promise<number | null> => {
      child.stdin.end();
      const [code] = await exited;
      expect(stderr).toBe('');
      return code;
    };
    try {
      // It answers once it has begun.
      expect(await ask('file.read', '/work/a')).toMatchObject({ verdict: 'allow' });
      await use({ directory, child, ask, ended });
    } finally {
      child.kill('SIGKILL');
    }
  });
}

describe('over its control channel a session', () => {
  test('is told what is approved, once', () =>
    running(async ({ directory, ask, ended }) => {
      const nothing = { code: 0, stdout: '', stderr: 'nothing waits for approval\n' };
      expect(await plumb(['approve', ...CONTROL], directory)).toEqual(nothing);
      expect(await plumb(['approve', '--json', ...CONTROL], directory)).toEqual({
        code: 0,
        stdout: '[]\n',
        stderr: '',
      });
      const { approval } = await ask('file.delete', '/work/a');
      const pending = await plumb(['approve', ...CONTROL], directory);
      expect(pending.stdout).toBe(`${String(approval)}  (record 2)\n  file.delete File::"/work/a", level 0\n`);
      const approved = await plumb(['approve', String(approval), '--for', '1h', ...CONTROL], directory);
      expect(approved).toEqual({ code: 0, stdout: `approved ${String(approval)}\n`, stderr: '' });
      expect(await ask('file.delete', '/work/a')).toMatchObject({ verdict: 'allow', code: 'approved' });
      expect(await ask('file.delete', '/work/a')).toMatchObject({ verdict: 'approve' });
      expect(await ended()).toBe(0);
      const shown = await plumb(['log', 'show', 'log'], directory);
      expect(shown.stdout).toMatch(/^ +3 {2}\S+ {2}approved [0-9a-f]{64} until \S+ {2}by \S+$/m);
    }));

  test('is told what is approved before it asks, so many times, within a directory', () =>
    running(async ({ directory, ask, ended }) => {
      const all = [
        'approve',
        ...CONTROL,
        '--all',
        '--action',
        'file.delete',
        '--within',
        'Dir::/work/build',
        '--uses',
        '2',
      ];
      const approved = await plumb([...all, '--level', '0'], directory);
      expect(approved).toEqual({
        code: 0,
        stdout: 'approved file.delete within Dir::/work/build at level 0, 2 times\n',
        stderr: '',
      });
      expect(await ask('file.delete', '/work/src/a')).toMatchObject({ verdict: 'approve' });
      expect(await ask('file.delete', '/work/build/a')).toMatchObject({ verdict: 'allow', code: 'approved' });
      expect(await ask('file.delete', '/work/build/b')).toMatchObject({ verdict: 'allow', code: 'approved' });
      expect(await ask('file.delete', '/work/build/c')).toMatchObject({ verdict: 'approve' });
      // Another level's question it does not answer.
      await plumb([...all, '--level', '1'], directory);
      expect(await ask('file.delete', '/work/build/c')).toMatchObject({ verdict: 'approve' });
      expect((await plumb([...all, '--level', '3'], directory)).stderr).toMatch(/^no-level: /);
      expect(await ended()).toBe(0);
      const shown = await plumb(['log', 'show', 'log'], directory);
      expect(shown.stdout).toMatch(/approved file\.delete within \/work\/build, 2 times until/);
    }));

  test('is told its step, and what is revoked', () =>
    running(async ({ directory, ask, ended }) => {
      const stepped = await plumb(['grant', 'step', 'grants/step-1.grant', ...CONTROL], directory);
      expect(stepped).toEqual({ code: 0, stdout: 'the current step is now that of grants/step-1.grant\n', stderr: '' });
      expect(await ask('file.read', '/work/a')).toMatchObject({
        verdict: 'block',
        level: 3,
        grant: { statement: 'Look' },
      });
      await plumb(['grant', 'step', 'grants/step-2.grant', ...CONTROL], directory);
      expect(await ask('file.write', '/work/src/a')).toMatchObject({ verdict: 'allow' });
      const revoked = await plumb(['grant', 'revoke', 'grants/plan.grant', ...CONTROL], directory);
      expect(revoked.stdout).toBe('revoked the plan: Split config.ts\n');
      expect(await ask('file.write', '/work/src/a')).toMatchObject({ verdict: 'block', code: 'revoked', level: 2 });
      expect(await ended()).toBe(0);

      const why = await plumb(['why', '3', '--log', 'log', '--issuers', 'trust.json'], directory);
      expect(why.stderr).toBe('');
      expect(why.stdout.split('\n').slice(1)).toEqual([
        '  file.read /work/a',
        '',
        '  plan      Look',
        '            file.read: not granted; closest is read "/work/src"',
        '            block here',
        '  plan      Split config.ts',
        '            file.read: granted by read "/work"',
        '  objective Refactor the config',
        '            file.read: granted by read "/"',
        '  policy    let it pass',
        '',
        '  every grant is signed and counts, by the issuers given',
        '  drift: of 2 requests refused by level 3 1; of the last 32, 1 by a grant',
        '',
      ]);
      const drift = await plumb(['log', 'drift', 'log'], directory);
      expect(drift.stdout).toMatch(
        /^drift: of 4 requests refused by level 2 1, level 3 1; of the last 32, 2 by a grant\n$/,
      );
      expect((await plumb(['why', '0', '--log', 'log'], directory)).stderr).toMatch(/^no-decision: /);
    }));

  test('is stopped, and seals its log', () =>
    running(async ({ directory, child }) => {
      const exited = once(child, 'exit');
      expect(await plumb(['stop', ...CONTROL], directory)).toEqual({ code: 0, stdout: 'stopped\n', stderr: '' });
      expect((await exited)[0]).toBe(0);
      expect((await plumb(['verify', 'log', '--key', 'seed'], directory)).code).toBe(0);
      expect((await plumb(['stop', ...CONTROL], directory)).stderr).toMatch(/^control-unreachable: /);
    }));

  test('answers what is no command, and goes on', () =>
    running(async ({ directory, ask, ended }) => {
      const say = (line: string): Promise<string> =>
        new Promise((resolve, reject) => {
          const socket = createConnection(join(directory, 'control/socket'), () => socket.write(line));
          let said = '';
          socket.on('data', (chunk) => (said += chunk.toString()));
          socket.on('close', () => resolve(said));
          socket.on('error', reject);
        });
      for (const line of ['\n', 'x\n', '{}\n', '{"verb":"approve"}\n', '{"verb":"stop","now":true}\n', '[]\n']) {
        expect(JSON.parse(await say(line)), line).toMatchObject({ error: { code: 'control-malformed' } });
      }
      expect(JSON.parse(await say('{"verb":"approve","digest":"x","expiresMs":1,"by":"x"}\n'))).toHaveProperty('error');
      expect(JSON.parse(await say('{"verb":"step","tokens":["x"]}\n'))).toMatchObject({
        error: { code: 'grant-elsewhere' },
      });
      expect(await say('x'.repeat((1 << 20) + 1))).toBe('');
      expect(await ask('file.read', '/work/a')).toMatchObject({ verdict: 'allow' });
      expect(await ended()).toBe(0);
    }));
});

const ALL = ['--all', '--action', 'file.delete', '--level', '0', '--uses', '1'];

test.each([
  ['usage', ['approve', 'nonsense', ...CONTROL]],
  ['usage', ['approve', ...CONTROL, '--all']],
  ['usage', ['approve', ...CONTROL, '--action', 'file.delete']],
  ['usage', ['approve', ...CONTROL, ...ALL, '--within', '/work']],
  ['usage', ['approve', ...CONTROL, ...ALL, '--within', 'Dir::/work', '--content', 'x']],
  ['usage', ['approve', ...CONTROL, ...ALL, '--within', 'Dir::/work', '--uses', '0']],
  ['usage', ['approve', ...CONTROL, ...ALL, '--within', 'Dir::/work', '--uses', String(2 ** 32)]],
  ['usage', ['approve', '00'.repeat(32), '--for', 'ever', ...CONTROL]],
  ['control-unreachable', ['approve', ...CONTROL]],
  ['control-exposed', ['decide', '--policy', 'coding-agent', '--control', 'open/socket']],
  ['log-unreadable', ['why', '1', '--log', 'log']],
  ['usage', ['why', 'x', '--log', 'log']],
])('%s: plumb %s', (code, args) =>
  inDirectory(async (directory) => {
    mkdirSync(join(directory, 'open'), { mode: 0o755 });
    const ran = await plumb(args, directory, '');
    expect([ran.stderr.split(':')[0], ran.stdout]).toEqual([code, '']);
  }),
);
