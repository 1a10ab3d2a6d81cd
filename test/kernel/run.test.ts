// A command under `plumb run` behaves as it does alone: status, streams, signals. Its environment and its reach are what the scope
// says, typed or by default; all of it is recorded, verified and replayed; and with its grants it ends.

import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { chmodSync, closeSync, openSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { delimiter, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { jsonLines } from '../cli/plumb.ts';
import type { Identity } from './attacks/run.ts';
import { directory, IDENTITIES } from './host.ts';
import { canLaunch, processesWith, until } from './launching/run-guarded.ts';
import { PLUMB } from './mediated.ts';

const strict = process.env['CI'] === 'true';
const parent = directory('run');
afterAll(() => rmSync(parent, { recursive: true, force: true }));

/** Where a command is run: all of it its user's, and none of it in the scope but `work`, which is where it stands. */
interface Place {
  home: string;
  work: string;
  outside: string;
  state: string;
  /** A directory of programs, found by PATH. */
  bin: string;
  temporary: string;
  identity: Identity | undefined;
}

let places = 0;
function newPlace(identity: Identity | undefined): Place {
  const root = join(parent, String(places++));
  const own = (path: string): void => identity && chownSync(path, identity.uid, identity.gid);
  const at = (name: string): string => {
    const path = join(root, name);
    mkdirSync(path, { recursive: true });
    own(path);
    return path;
  };
  const place = {
    ...{ home: at('home'), work: at('work'), outside: at('outside'), state: at('state'), bin: at('tool/bin') },
    ...{ temporary: at('temporary'), identity },
  };
  for (const secret of [join(place.home, 'note'), join(place.outside, 'note')]) {
    writeFileSync(secret, 'a note\n');
    own(secret);
  }
  return place;
}

interface Started {
  child: ChildProcess;
  stdout: () => string;
  stderr: () => string;
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; stdout: string; stderr: string }>;
}

/** Starts a command line in a place; its standard input is empty. */
function start(argv: readonly string[], place: Place, stdio: StdioOptions = ['ignore', 'pipe', 'pipe']): Started {
  const child = spawn(argv[0]!, argv.slice(1), {
    cwd: place.work,
    stdio,
    env: {
      PATH: `${place.bin}${delimiter}${process.env['PATH']}`,
      HOME: place.home,
      TMPDIR: place.temporary,
      XDG_STATE_HOME: place.state,
      LANG: 'C.UTF-8',
      NAMED: 'by --env',
      UNNAMED: 'a secret',
    },
    ...place.identity,
  });
  const texts = ['', ''];
  [child.stdout, child.stderr].forEach((stream, index) =>
    stream?.setEncoding('utf8').on('data', (text: string) => (texts[index] += text)),
  );
  return {
    child,
    stdout: () => texts[0]!,
    stderr: () => texts[1]!,
    ended: once(child, 'close').then(([code, signal]) => ({ code, signal, stdout: texts[0]!, stderr: texts[1]! })),
  };
}

const plumb = (args: readonly string[], place: Place, stdio?: StdioOptions): Started =>
  start([...PLUMB, ...args], place, stdio);
const run = (command: readonly string[], place: Place, options: readonly string[] = []): Started =>
  plumb(['run', ...options, '--', ...command], place);
const sh = (text: string, ...more: string[]): string[] => ['sh', '-c', text, 'sh', ...more];
const each = (option: string, entries: readonly string[]): string[] => entries.flatMap((entry) => [option, entry]);

/** What programs of the system need. */
const SYSTEM = each('--read', ['/usr', '/bin', '/lib', '/lib64', '/etc', '/dev', '/proc']);
const BLOCKED = /Permission denied|Operation not permitted|EACCES|EPERM/;
/** `plumb` within a line of a shell. */
const PLUMB_RUN = `${PLUMB.map((word) => `'${word}'`).join(' ')} run`;
const NEEDS = 'needs Linux 6.12 with Landlock, outside of any seccomp filter';

describe.skipIf(!strict && !canLaunch).each(IDENTITIES)(`under plumb run, as %s (${NEEDS})`, (who, identity) => {
  describe.concurrent('a command', () => {
    test.each([3, 255])('ends with status %i', async (code) => {
      const ran = await run(sh(`exit ${code}`), newPlace(identity)).ended;
      expect(ran).toEqual({ code, signal: null, stdout: '', stderr: '' });
    });

    test.each(['SIGKILL', 'SIGTERM', 'SIGSEGV'] as const)('dies by %s, and so it looks', async (signal) => {
      const ran = await run(sh(`kill -${signal.slice(3)} $$`), newPlace(identity)).ended;
      expect(ran).toEqual({ code: null, signal, stdout: '', stderr: '' });
    });

    test('that is not executable, or whose execution is not granted, is 126', async () => {
      const place = newPlace(identity);
      writeFileSync(join(place.bin, 'plain'), '#!/bin/sh\n');
      const plain = await run(['plain'], place).ended;
      expect(plain).toMatchObject({ code: 126, stdout: '' });
      expect(plain.stderr).toMatch(/^command-not-executable: .*\/plain.*\n {2}\S/);
      const ungranted = await run(['id'], place, [...SYSTEM, '--exec', '/usr/bin/true']).ended;
      expect(ungranted).toMatchObject({ code: 126, stdout: '' });
      expect(ungranted.stderr).toMatch(/^command-refused: .*\/id .*\n {2}\S/);
    });

    test('has its streams, as many bytes as there are', async () => {
      const place = newPlace(identity);
      const text = 'a line of it\n'.repeat(300_000);
      const started = plumb(['run', '--', ...sh('tee copy; cat copy >&2')], place, ['pipe', 'pipe', 'pipe']);
      started.child.stdin!.end(text);
      const { code, stdout, stderr } = await started.ended;
      expect([code, stdout === text, stderr === text]).toEqual([0, true, true]);
    });

    test('may be a pipe that is left early', async () => {
      const line = `${PLUMB_RUN} -- yes | head -n 1; echo "\${PIPESTATUS[0]}"`;
      expect(await start(['bash', '-c', line], newPlace(identity)).ended).toMatchObject({ stdout: 'y\n141\n' });
    });

    test('finds its pipes blocking, and so they are left', async () => {
      const flags = 'for fd in 0 1 2; do grep flags: /proc/self/fdinfo/$fd; done';
      // Read by a shell into which no Node put descriptors: the pipes are those of the shell, outside and in.
      const line = `true | { ${PLUMB_RUN} -- ${sh(`"${flags.replaceAll('$', '\\$')}"`)
        .slice(0, 2)
        .join(' ')} "${flags.replaceAll('$', '\\$')}"; ${flags}; } 2>&1 | cat`;
      const { stdout } = await start(['bash', '-c', line], newPlace(identity)).ended;
      const found = stdout.split('\n').slice(0, -1);
      expect(found).toHaveLength(6);
      expect(found.filter((one) => Number.parseInt(one.split('\t')[1]!, 8) & 0o4000)).toEqual([]);
    });

    test('whose standard input is closed runs', async () => {
      const line = `${PLUMB_RUN} -- sh -c 'cat; echo ran' <&-`;
      expect(await start(['bash', '-c', line], newPlace(identity)).ended).toMatchObject({ code: 0, stdout: 'ran\n' });
    });

    test('takes what it started in the background with it', async () => {
      const mark = `31${places}.5`;
      const ran = await run(sh(`sleep ${mark} & setsid sleep ${mark} & sleep 0.5; echo ran`), newPlace(identity)).ended;
      expect(ran).toMatchObject({ code: 0, stdout: 'ran\n' });
      expect(processesWith(`sleep\0${mark}`)).toEqual([]);
    });

    test('gets signals, and its handler decides', async () => {
      const text = 'trap "echo hup" HUP; trap "echo term" TERM; trap "echo usr1; exit 5" USR1; echo ready';
      const started = run(sh(`${text}; while :; do sleep 0.05; done`), newPlace(identity));
      for (const [said, signal] of [
        ['ready', 'SIGHUP'],
        ['hup', 'SIGTERM'],
        ['term', 'SIGUSR1'],
      ] as const) {
        await until(`it says ${said}`, () => started.stdout().includes(said));
        started.child.kill(signal);
      }
      expect(await started.ended).toEqual({ code: 5, signal: null, stdout: 'ready\nhup\nterm\nusr1\n', stderr: '' });
    });

    test('without a handler dies by the signal', async () => {
      const started = run(sh('echo ready; exec sleep 1000'), newPlace(identity));
      await until('it is ready', () => started.stdout() !== '');
      started.child.kill('SIGTERM');
      expect(await started.ended).toMatchObject({ code: null, signal: 'SIGTERM' });
    });

    test('sees of the environment what is listed or named, has a directory for temporary files, and no descriptors', async () => {
      const place = newPlace(identity);
      const leak = openSync('/etc/hostname', 'r');
      const text = 'env; echo "mode=$(stat -c %a "$TMPDIR")"; echo x > "$TMPDIR/x" && echo written; ls /proc/self/fd';
      const argv = ['run', '--env', 'NAMED', '--env', 'ABSENT', '--', ...sh(text)];
      const { code, stdout } = await plumb(argv, place, ['ignore', 'pipe', 'pipe', leak, leak]).ended;
      closeSync(leak);
      expect(code).toBe(0);
      const [variables, after] = stdout.split('mode=') as [string, string];
      const env = Object.fromEntries(
        variables
          .trim()
          .split('\n')
          .map((line) => line.split('=') as [string, string]),
      );
      const { TMPDIR, ...others } = env as Record<string, string>;
      // The shell sets those it has not got.
      expect(
        Object.keys(others)
          .filter((name) => !['OLDPWD', 'SHLVL', '_'].includes(name))
          .toSorted(),
      ).toEqual(['HOME', 'LANG', 'NAMED', 'PATH', 'PWD']);
      expect(others).toMatchObject({ HOME: place.home, NAMED: 'by --env', PWD: place.work });
      // The fourth is the directory itself.
      expect(after).toBe('700\nwritten\n0\n1\n2\n3\n');
      expect(TMPDIR!.startsWith(`${place.temporary}/`)).toBe(true);
      expect(readdirSync(place.temporary)).toEqual([]);
    });
  });
});
