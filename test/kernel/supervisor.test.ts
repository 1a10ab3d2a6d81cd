// The supervisor, with rules for a mediator: that effects are decided before they are there, that decisions are
// imposed, and that programs notice nothing else.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { directory, IDENTITIES } from './host.ts';
import { canLaunch } from './launching/run-guarded.ts';
import { supervised } from './supervising/run-supervised.ts';

const hex = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');
const sha256 = (path: string): string => hex(readFileSync(path));
const parent = directory('supervisor');
afterAll(() => rmSync(parent, { recursive: true, force: true }));
let rooms = 0;

describe.skipIf(!canLaunch).each(IDENTITIES)('as %s (needs Linux with Landlock)', (_, identity) => {
  let room = '';
  const at = (name: string): string => join(room, name);
  beforeEach(() => {
    room = join(parent, `${rooms++}`);
    mkdirSync(room);
    chmodSync(room, 0o777);
    writeFileSync(at('file'), 'content\n');
    chmodSync(at('file'), 0o666);
  });

  test('what is opened is decided by its own path, wherever the name leads', async () => {
    mkdirSync(at('deep'));
    const { stdout, decided } = await supervised(
      `cd ${room}/deep && ln -s ../file link 2>/dev/null; cat ../deep/../file; cat /proc/self/cwd/../file`,
      { identity },
    );
    expect(stdout).toBe('content\ncontent\n');
    expect(decided.filter((line) => line.endsWith('/file'))).toEqual(Array(2).fill(`file.read ${at('file')}`));
  });

  test('what is blocked has not happened', async () => {
    const commands = [
      'cat file',
      'echo more >> file',
      'echo x > new',
      'mkdir dir',
      'ln -s file link',
      'ln file hard',
      'mv file moved',
      'rm -f file',
      'chmod 600 file',
      'touch -d 2001-01-01 file',
      'truncate -s 1 file',
      'mkfifo pipe',
      '/bin/true',
    ];
    const before = statSync(at('file'));
    const { stdout } = await supervised(commands.map((each) => `${each} 2>/dev/null; echo $?`).join('; '), {
      identity,
      cwd: room,
      rules: [
        { at: room, verdict: 'block' },
        { at: '/usr/bin/true', verdict: 'block' },
      ],
    });
    expect(stdout.trim().split('\n')).not.toContain('0');
    const after = statSync(at('file'));
    expect([after.mode, after.size, after.nlink]).toEqual([before.mode, before.size, before.nlink]);
    expect(spawnSync('ls', [room]).stdout.toString()).toBe('file\n');
  });

  test('moving and linking are decided for each object together', async () => {
    const { decided, events } = await supervised('echo > b; mv file b && ln b c && rm b c', { identity, cwd: room });
    const [b, c] = [at('b'), at('c')];
    const moved = events.find((event) => event.decided?.[0] === `file.rename ${at('file')}`);
    expect(moved?.decided).toEqual([`file.rename ${at('file')}`, `file.create ${b}`, `file.delete ${b}`]);
    const linked = events.find((event) => event.decided?.includes(`file.create ${c}`));
    expect(linked?.decided).toEqual([`file.read ${b}`, `file.write ${b}`, `file.create ${c}`]);
    expect(decided.slice(-2)).toEqual([`file.delete ${b}`, `file.delete ${c}`]);
  });

  test('a script is decided with its interpreter, and both must pass', async () => {
    writeFileSync(at('script'), '#!/bin/echo  said \n');
    chmodSync(at('script'), 0o755);
    const here = { identity, cwd: room };
    const { stdout, events } = await supervised('./script', here);
    expect(stdout).toBe('said ./script\n');
    expect(events).toContainEqual({
      decided: [`process.exec ${at('script')}`, 'process.exec /usr/bin/echo'],
      verdict: 'allow',
      contents: [at('script'), '/usr/bin/echo'].map(sha256),
    });
    expect((await supervised('./script', { ...here, rules: [{ at: '/usr/bin/echo', verdict: 'block' }] })).code).toBe(
      126,
    );
  });

  test('what is executed is decided with what it holds at the time', async () => {
    const programs = ['#!/bin/true\n', '#!/bin/true\n#\n'];
    const commands = programs.map(
      (text) => `printf '${text.replaceAll('\n', '\\n')}' > run; chmod 755 run; ./run; ./run`,
    );
    const { events } = await supervised(commands.join('; '), { identity, cwd: room });
    const contents = events.filter(({ decided }) => decided?.[0] === `process.exec ${at('run')}`);
    expect(contents.map((event) => event.contents?.[0])).toEqual(programs.flatMap((text) => Array(2).fill(hex(text))));
    // What is too large to be hashed on the way is decided without.
    const large = await supervised('cp /bin/true large; truncate -s 257M large; ./large; echo $?', {
      identity,
      cwd: room,
    });
    expect(large.stdout).toBe('0\n');
    expect(large.events.find(({ decided }) => decided?.[0] === `process.exec ${at('large')}`)).not.toHaveProperty(
      'contents',
    );
  });

  test('read-only lets read, and nothing else', async () => {
    const { stdout } = await supervised('cat file; (echo x > file) 2>&1 | grep -o Read-only', {
      identity,
      cwd: room,
      rules: [{ at: room, verdict: 'read-only' }],
    });
    expect(stdout).toBe('content\nRead-only\n');
  });

  test('restrict and degrade stick to the process and what descends from it, even if its parent is gone', async () => {
    const restricted = await supervised('cat file; echo on; ls file; /bin/true || echo no; (sh -c true); cat file', {
      identity,
      cwd: room,
      rules: [{ action: 'file.read', at: at('file'), verdict: 'restrict', argument: 'cat, ls' }],
    });
    // It is `cat` that was restricted, not the shell.
    expect(restricted.stdout).toContain('content\non\nfile\ncontent');
    const shell = await supervised(
      'read line < file; /bin/true 2>/dev/null || echo no; (/bin/true 2>/dev/null) || echo no',
      {
        identity,
        cwd: room,
        rules: [{ action: 'file.read', at: at('file'), verdict: 'restrict', argument: 'cat, ls' }],
      },
    );
    expect(shell.stdout).toBe('no\nno\n');
    const degraded = await supervised('read line < file; (echo x > file) 2>/dev/null || echo no', {
      identity,
      cwd: room,
      rules: [{ action: 'file.read', at: at('file'), verdict: 'degrade', argument: 'careful' }],
      profiles: { careful: 'read-only' },
    });
    expect(degraded.stdout).toBe('no\n');
  });

  test('a profile nobody knows blocks', async () => {
    const rules = [{ at: room, verdict: 'degrade' as const, argument: 'unknown' }];
    expect((await supervised('cat file', { identity, cwd: room, rules })).code).toBe(1);
  });

  test('approve waits, and is decided again once it is answered', async () => {
    const { stdout, events } = await supervised('cat file', {
      identity,
      cwd: room,
      rules: [{ action: 'file.read', at: at('file'), verdict: 'approve' }],
      on: ({ event, approval }) => (event === 'parked' ? { approve: approval } : undefined),
    });
    expect(stdout).toBe('content\n');
    expect(events).toContainEqual({ answered: 1 });
  });

  test('an approval is for what a program holds, and is asked for again if that changed', async () => {
    writeFileSync(at('run'), '#!/bin/echo one\n');
    chmodSync(at('run'), 0o755);
    const asked: (string | undefined)[] = [];
    const { stdout } = await supervised('./run', {
      identity,
      cwd: room,
      rules: [{ action: 'process.exec', at: at('run'), verdict: 'approve' }],
      on({ event, approval }) {
        if (event !== 'parked') return undefined;
        if (asked.push(approval) === 1) writeFileSync(at('run'), '#!/bin/echo two\n');
        return { approve: approval };
      },
    });
    expect(stdout).toBe('two ./run\n');
    expect(new Set(asked).size).toBe(2);
  });

  test('approve that nobody answers, and defer, end in a refusal', async () => {
    const outcomes = (['approve', 'defer'] as const).map((verdict) =>
      supervised('cat file', {
        identity,
        cwd: room,
        approveTimeoutMs: 100,
        rules: [{ action: 'file.read', at: at('file'), verdict }],
      }),
    );
    for (const outcome of await Promise.all(outcomes)) {
      expect([outcome.code, outcome.stdout]).toEqual([1, '']);
      expect(outcome.events.filter(({ event }) => event === 'expired')).toHaveLength(1);
    }
  });

  test('who is killed while it waits leaves nothing, and a signal with a handler ends the wait', async () => {
    const rules = [{ action: 'file.read', at: at('file'), verdict: 'approve' as const }];
    const killed = await supervised('cat file & sleep 0.3; kill -9 $!; wait $!; echo $?', {
      identity,
      cwd: room,
      rules,
    });
    expect(killed.stdout).toBe('137\n');
    const caught = await supervised(
      'sh -c \'trap "echo caught; exit 3" TERM; read x < file\' & sleep 0.3; kill $!; wait $!; echo $?',
      {
        identity,
        cwd: room,
        rules,
      },
    );
    expect(caught.stdout).toBe('caught\n3\n');
  });

  test('what is protected is out of reach, by any name, and its parents stay where they are', async () => {
    mkdirSync(at('keys'));
    writeFileSync(at('keys/key'), 'secret');
    chmodSync(at('keys'), 0o777);
    const { stdout } = await supervised(
      'cat keys/key; ln -s keys k; cat k/key; mv keys other; cd keys && cat key; ls .; rm -r ../keys; mv ../../$(basename $(dirname $PWD)) ../../away',
      { identity, cwd: room, protect: [at('keys')] },
    );
    expect(stdout).toBe('');
    expect(existsSync(at('keys/key'))).toBe(true);
  });

  test('the supervisor and its guardian are not to be seen into', async () => {
    const { stdout } = await supervised(
      'for p in $PPID $(cut -d" " -f4 /proc/$PPID/stat); do cat /proc/$p/environ /proc/$p/maps /proc/$p/cmdline; ls /proc/$p/fd; done; echo end',
      { identity },
    );
    expect(stdout).toBe('end\n');
  });

  test('a named pipe waits for its other end', async () => {
    const { stdout } = await supervised(
      'mkfifo p; (sleep 0.2; echo first > p) & cat p; (sleep 0.2; cat p) & echo second > p; wait',
      {
        identity,
        cwd: room,
      },
    );
    expect(stdout).toBe('first\nsecond\n');
  });

  test('the umask of who makes a file holds, also for a file without a name', async () => {
    await supervised('umask 077; echo > private; mkdir dir; umask 0; echo > public', { identity, cwd: room });
    expect(['private', 'dir', 'public'].map((name) => statSync(at(name)).mode & 0o777)).toEqual([0o600, 0o700, 0o666]);
  });

  describe('connections', () => {
    let server: Server;
    let port = 0;
    beforeEach(async () => {
      server = createServer((socket) => socket.on('error', () => undefined).resume()).listen(0, '127.0.0.1');
      await once(server, 'listening');
      port = (server.address() as { port: number }).port;
      return () => void server.close();
    });

    test('are decided by address and port, and made by the supervisor', async () => {
      const { stdout, decided } = await supervised('', {
        identity,
        command: '/bin/bash',
        args: [
          '-c',
          `for h in 127.0.0.1 0.0.0.0 ::ffff:127.0.0.1; do (exec 5<>/dev/tcp/$h/${port}) 2>/dev/null && echo ok; done; (exec 5<>/dev/tcp/127.0.0.1/1) 2>/dev/null || echo no`,
        ],
      });
      expect(stdout).toBe('ok\nok\nok\nno\n');
      expect(decided.filter((line) => line.startsWith('net.'))).toEqual([
        ...Array(3).fill(`net.connect 127.0.0.1:${port}`),
        'net.connect 127.0.0.1:1',
      ]);
    });

    test('are blocked, listed and cut', async () => {
      const blocked = await supervised('', {
        identity,
        command: '/bin/bash',
        args: ['-c', `exec 5<>/dev/tcp/127.0.0.1/${port}`],
        rules: [{ action: 'net.connect', verdict: 'block' }],
      });
      expect(blocked.code).toBe(1);
      const { stdout, events } = await supervised('', {
        identity,
        command: '/bin/bash',
        args: ['-c', `exec 5<>/dev/tcp/127.0.0.1/${port}; cat <&5 & cat ${at('file')}; wait; echo over`],
        rules: [{ action: 'file.read', at: at('file'), verdict: 'approve' }],
        on: ({ event, approval }) => (event === 'parked' ? { list: true, cut: true, approve: approval } : undefined),
      });
      expect(events.find(({ connections }) => connections)?.connections).toMatchObject([
        { request: { action: 'net.connect', resource: { id: `127.0.0.1:${port}` } } },
      ]);
      expect(events.find(({ cut }) => cut)?.cut).toEqual({ cut: 1, left: [] });
      expect(stdout).toBe('content\nover\n');
    });
  });

  test('nothing is left open after many programs and files', async () => {
    const { events, code } = await supervised('i=0; while [ $i -lt 200 ]; do /bin/true; i=$((i+1)); done', {
      identity,
      decisions: false,
    });
    const [before, after] = events.flatMap(({ open }) => open ?? []);
    expect(code).toBe(0);
    expect(after).toBeLessThanOrEqual(before!);
    expect(readFileSync(at('file'), 'utf8')).toBe('content\n');
  });
});
