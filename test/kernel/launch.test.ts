// A command launched under floor and filter behaves as without them: status, streams, signals, terminal and jobs; what
// it should not inherit it does not; and what cannot be guarded is not run.

import { chmodSync, closeSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { directory, IDENTITIES, ORDINARY } from './host.ts';
import { canLaunch, SCRIPT, start, until } from './launching/run-guarded.ts';
import { hasPty, terminal } from './launching/terminal.ts';

const folder = directory('launch');
afterAll(() => rmSync(folder, { recursive: true }));

const sh = (text: string, ...more: string[]): { command: string; args: string[] } => ({
  command: 'sh',
  args: ['-c', text, 'sh', ...more],
});

describe.skipIf(!canLaunch).each(IDENTITIES)(
  'a command of %s (needs Linux 6.12 with Landlock, outside of any seccomp filter)',
  (_, identity) => {
    test.each([0, 1, 7, 255])('ends with status %i', async (code) => {
      expect(await start(sh(`exit ${code}`), identity).ended).toEqual({ code, signal: null });
    });

    test.each(['SIGKILL', 'SIGTERM', 'SIGUSR1', 'SIGPIPE'] as const)('dies by %s, and so it looks', async (signal) => {
      expect(await start(sh(`kill -${signal.slice(3)} $$`), identity).ended).toEqual({ code: null, signal });
    });

    test('that dies by a real-time signal did not succeed', async () => {
      const run = start(sh('kill -40 $$'), identity);
      await run.ended;
      expect(run.events().at(-1)).toEqual({ ending: { signal: 40 } });
    });

    test.each<[what: string, command: string, code: number, failure: string]>([
      ['is not in PATH', 'no-such-command', 127, 'command-not-found'],
      ['is not there', '/no/such/command', 127, 'command-not-found'],
      ['is no program', '/etc/passwd', 126, 'command-refused'],
      ['is a directory', '/etc', 126, 'command-refused'],
    ])('that %s is not run', async (_what, command, code, failure) => {
      const run = start({ command, args: [] }, identity);
      expect(await run.ended).toEqual({ code, signal: null });
      expect(run.events().at(-1)).toMatchObject({ failed: { code: failure } });
    });

    test('leaves no core dump, and cannot have the kernel write one', async () => {
      const run = start(sh('ulimit -Sc; ulimit -Hc; ulimit -c unlimited 2>/dev/null || echo refused'), identity);
      await run.ended;
      expect(run.stdout()).toBe('0\n0\nrefused\n');
    });

    test('whose directory is not there is not run', async () => {
      const run = start({ ...sh('echo ran'), cwd: '/no/such/directory' }, identity);
      expect(await run.ended).toEqual({ code: 125, signal: null });
      expect(run.events().at(-1)).toMatchObject({ failed: { code: 'working-directory' } });
      expect(run.stdout()).toBe('');
    });

    test('that is found and not executable is named', async () => {
      const bin = `${folder}/${identity?.uid ?? 'self'}`;
      mkdirSync(bin);
      writeFileSync(`${bin}/plain`, '#!/bin/sh\n');
      chmodSync(`${bin}/plain`, 0o644);
      const run = start({ command: 'plain', args: [], env: { PATH: `/no/such:${bin}` } }, identity);
      expect(await run.ended).toEqual({ code: 126, signal: null });
      expect(run.events().at(-1)).toMatchObject({ failed: { code: 'command-not-executable' } });
    });

    test('has its streams', async () => {
      const text = 'line\n'.repeat(200_000);
      const run = start(sh('cat; echo err >&2'), identity);
      run.child.stdin!.end(text);
      expect(await run.ended).toEqual({ code: 0, signal: null });
      expect(run.stdout() === text).toBe(true);
      expect(run.stderr()).toBe('err\n');
    });

    test('may be a pipe that is left early', async () => {
      const run = start(sh('yes | head -n 2; exec 2>/dev/null; yes | head -n 1'), identity);
      expect(await run.ended).toEqual({ code: 0, signal: null });
      expect(run.stdout()).toBe('y\ny\ny\n');
    });

    test('inherits arguments, directory and environment as given, and nothing else', async () => {
      const run = start(
        {
          ...sh('printf "%s\\n" "$@" "$PWD"; env', 'a b', '', 'é'),
          env: { PATH: '/usr/bin:/bin', X: '1=2\n3' },
          cwd: '/usr',
        },
        identity,
      );
      expect(await run.ended).toEqual({ code: 0, signal: null });
      const [first, second, third, cwd, ...env] = run.stdout().split('\n');
      expect([first, second, third, cwd]).toEqual(['a b', '', 'é', '/usr']);
      expect(env.join('\n')).not.toContain('UNLISTED');
      expect(env.filter((line) => !/^(PWD|OLDPWD|SHLVL|_)=/.test(line))).toEqual(
        expect.arrayContaining(['PATH=/usr/bin:/bin', 'X=1=2', '3']),
      );
    });

    test('inherits no descriptor but its streams', async () => {
      const leak = openSync('/etc/hostname', 'r');
      const run = start({ command: 'ls', args: ['/proc/self/fd'] }, identity, leak);
      closeSync(leak);
      expect(await run.ended).toEqual({ code: 0, signal: null });
      // The fourth is the directory itself.
      expect(run.stdout()).toBe('0\n1\n2\n3\n');
    });

    test('has no signal blocked or ignored, no privilege to gain, and no capability over the machine', async () => {
      const run = start({ command: 'cat', args: ['/proc/self/status'] }, identity);
      expect(await run.ended).toEqual({ code: 0, signal: null });
      const field = (name: string): string => new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(run.stdout())![1]!;
      expect([field('SigBlk'), field('SigIgn')]).toEqual(['0000000000000000', '0000000000000000']);
      expect([field('NoNewPrivs'), field('Seccomp'), field('CapInh'), field('CapAmb')]).toEqual([
        '1',
        '2',
        '0000000000000000',
        '0000000000000000',
      ]);
      // CHOWN to SETUID, NET_BIND_SERVICE, IPC_LOCK.
      expect(BigInt(`0x${field('CapEff')}`) & ~0x44ffn).toBe(0n);
      expect(BigInt(`0x${field('CapPrm')}`) & ~0x44ffn).toBe(0n);
    });

    test('is in the group and session of its supervisor', async () => {
      const run = start({ command: 'cat', args: ['/proc/self/stat'] }, identity);
      await run.ended;
      const [, group, session] = run.stdout().split(') ')[1]!.split(' ').slice(1);
      expect([group, session]).toEqual([String(run.child.pid), String(run.child.pid)]);
    });

    test('gets the signals that its supervisor is sent', async () => {
      const run = start(sh('trap "echo got; exit 5" TERM; echo ready; while :; do sleep 0.05; done'), identity);
      await until('it is ready', () => run.stdout().includes('ready'));
      run.child.kill('SIGTERM');
      expect(await run.ended).toEqual({ code: 5, signal: null });
      expect(run.stdout()).toBe('ready\ngot\n');
    });

    test('cannot signal its supervisor or guardian', async () => {
      const run = start(sh('kill -9 $PPID; echo $?; kill -9 $(ps -o ppid= -p $PPID); echo $?'), identity);
      expect(await run.ended).toEqual({ code: 0, signal: null });
      expect(run.stdout()).toBe('1\n1\n');
    });
  },
);

describe.skipIf(!canLaunch).each(ORDINARY)(
  'launching again (needs Linux 6.12 with Landlock, outside of any filter)',
  () => {
    test('inside a guarded tree is refused', async () => {
      const given = JSON.stringify({ command: 'echo', args: ['ran'] });
      const run = start({ command: process.execPath, args: [SCRIPT, given] });
      expect(await run.ended).toEqual({ code: 125, signal: null });
      expect(run.stderr()).toContain('already-mediated');
      expect(run.stdout()).toBe('');
    });

    test('and again in one process leaves no descriptor and no process behind', async () => {
      const run = start({ command: 'true', args: [], times: 5 });
      expect(await run.ended).toEqual({ code: 0, signal: null });
      const counts = run.events().filter((event) => 'open' in event) as unknown as { open: number; children: string }[];
      expect(counts).toHaveLength(5);
      // The first run starts what stays, such as the pool of threads.
      expect(new Set(counts.slice(1).map(({ open }) => open)).size).toBe(1);
      expect(counts.map(({ children }) => children)).toEqual(['', '', '', '', '']);
    });
  },
);

/** Long enough for a supervisor to be heard in time on a machine that is busy. */
const STALL_MS = 3_000;
const quoted = (given: object): string => `'${process.execPath}' '${SCRIPT}' '${JSON.stringify(given)}'`;

describe.skipIf(!(canLaunch && hasPty)).each(ORDINARY)(
  'in a terminal (needs Linux 6.12 with Landlock, and script)',
  () => {
    test('a command has the terminal', async () => {
      const tty = terminal();
      tty.type(`${quoted(sh('tty && test -t 0 && test -t 1 && echo is""-a-tty; stty size'))}\n`);
      await tty.shows('/dev/pts/');
      await tty.shows('is-a-tty');
      await tty.shows(/\d+ \d+/);
      await tty.end();
    });

    test('^C is for the command to take', async () => {
      const tty = terminal();
      tty.type(
        `${quoted(sh('trap "echo caught; exit 3" INT; echo rea""dy; while :; do sleep 0.05; done'))}; echo status=$?\n`,
      );
      await tty.shows('ready');
      tty.type('\x03');
      await tty.shows('caught');
      await tty.shows('status=3');
      await tty.end();
    });

    test('^Z stops the job for longer than a stall may last, and fg goes on with it', async () => {
      const tty = terminal();
      tty.type(`${quoted({ ...sh('echo rea""dy; exec sed -u s/^/got-/'), stallMs: STALL_MS })}\n`);
      await tty.shows('ready');
      tty.type('\x1a');
      await tty.shows('Stopped');
      await sleep(2 * STALL_MS);
      tty.type('fg\n');
      tty.type('it goes on\n');
      await tty.shows('got-it goes on');
      tty.type('\x04');
      tty.type('echo status=$?\n');
      await tty.shows('status=0');
      await tty.end();
    });

    test('a command in the background that wants the terminal stops, and fg goes on with it', async () => {
      const tty = terminal();
      tty.type(`${quoted({ ...sh('exec sed -u s/^/got-/'), stallMs: STALL_MS })} &\n`);
      await tty.shows('[1]');
      // bash tells with its next prompt.
      for (let shown = false; !shown;) {
        tty.type('jobs\n');
        shown = (await tty.shows(/Stopped|Running/)) === 'Stopped';
      }
      await sleep(2 * STALL_MS);
      tty.type('fg\n');
      tty.type('it goes on\n');
      await tty.shows('got-it goes on');
      tty.type('\x04');
      tty.type('echo status=$?\n');
      await tty.shows('status=0');
      await tty.end();
    });

    test('a shell inside has jobs of its own', async () => {
      const tty = terminal();
      const env = { PATH: process.env['PATH'], PS1: '<\\w>', TERM: 'dumb' };
      tty.type(`${quoted({ command: 'bash', args: ['--norc', '--noprofile', '-i'], env, cwd: '/usr' })}\n`);
      await tty.shows('</usr>');
      tty.type('sed -u s/^/got-/\n');
      tty.type('one\n');
      await tty.shows('got-one');
      tty.type('\x1a');
      await tty.shows('Stopped');
      tty.type('fg\n');
      tty.type('two\n');
      await tty.shows('got-two');
      tty.type('\x04');
      await tty.shows('</usr>');
      tty.type('exit 4\n');
      await tty.shows('$ ');
      tty.type('echo status=$?\n');
      await tty.shows('status=4');
      await tty.end();
    });
  },
);
