// A command under `plumb run` behaves as it does alone: status, streams, signals. Its environment and its reach are
// what the scope says, typed or by default; all of it is recorded, verified and replayed; and with its grants it ends.

import { randomBytes } from 'node:crypto';
import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
} from 'node:fs';
import { rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { text as allOf } from 'node:stream/consumers';
import { createServer, type AddressInfo } from 'node:net';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { parseDraft } from '../../bindings/authority/draft.ts';
import { mint } from '../../bindings/authority/grant.ts';
import { IssuerKey, TrustSet } from '../../bindings/authority/issuer-key.ts';
import { jsonLines } from '../cli/plumb.ts';
import type { Identity } from './attacks/run.ts';
import { directory, IDENTITIES, ORDINARY } from './host.ts';
import { canLaunch, processesWith, until } from './launching/run-guarded.ts';
import { PLUMB } from './mediated.ts';

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
    home: at('home'),
    work: at('work'),
    outside: at('outside'),
    state: at('state'),
    bin: at('tool/bin'),
    temporary: at('temporary'),
    identity,
  };
  for (const secret of [join(place.home, 'note'), join(place.outside, 'note')]) {
    writeFileSync(secret, 'a note\n');
    own(secret);
  }
  return place;
}

/** What runs left behind among temporary files, besides the directory that all sockets of a user are in. */
const leftIn = ({ temporary }: Place): string[] =>
  readdirSync(temporary, { recursive: true })
    .map(String)
    .filter((name) => !/^plumbline-\d+$/.test(name));

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

/** Evaluates lines of a shell, each after its name; says the names of those that succeed. */
const TRY = 'while [ $# -gt 0 ]; do (eval "$2") > /dev/null 2>&1 && echo "$1"; shift 2; done';

/** The names of the lines that succeed, under `plumb run` if there are options to it. */
async function achieved(lines: Record<string, string>, place: Place, options?: readonly string[]): Promise<string[]> {
  const argv = ['bash', '-c', TRY, 'bash', ...Object.entries(lines).flat()];
  const { stdout } = await (options === undefined ? start(argv, place) : run(argv, place, options)).ended;
  return stdout.split('\n').slice(0, -1);
}

const listen = (port: number): string => `'${process.execPath}' -e '${LISTEN}' ${port}`;
const connect = (port: number): string => `exec 3<> /dev/tcp/127.0.0.1/${port}`;

async function listening(): Promise<{ port: number; close: () => void }> {
  const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

async function freePort(): Promise<number> {
  const { port, close } = await listening();
  close();
  return port;
}

/** A grant of all that there is to read and run, signed. */
function objective(issuer: IssuerKey): string {
  const nowMs = Date.now();
  const written = { level: 'objective', statement: 'Look', scope: { read: ['/'], exec: ['/usr/'] }, expires: '1h' };
  const parsed = parseDraft(written, nowMs, undefined);
  const minted = 'refusal' in parsed ? parsed : mint(parsed.draft, issuer, undefined, { nowMs, random: randomBytes });
  if ('refusal' in minted) throw new Error(minted.refusal.message);
  return `${minted.grant.token}\n`;
}

interface Decided {
  seq: number;
  action: string;
  id: string;
  decision: { authority?: string };
}

/** The decisions on single requests that a log has. */
async function decisions(log: string, place: Place): Promise<Decided[]> {
  type Line = { seq: number; request: { action: { id: string }; resource: { id: string } }; decision: object };
  const { stdout } = await plumb(['log', 'show', log, '--json'], place).ended;
  return (jsonLines(stdout) as Partial<Line>[])
    .filter((line): line is Line => line.decision !== undefined && line.request?.action !== undefined)
    .map(({ seq, request: { action, resource }, decision }) => ({ seq, action: action.id, id: resource.id, decision }));
}

/**
 * The part of the base64 of a text that does not hang on what stands around it, if `fill` bytes stand before it in its
 * group of three.
 */
function base64Within(text: string, fill: number): string {
  const encoded = Buffer.from(' '.repeat(fill) + text).toString('base64url');
  return encoded.slice(fill === 0 ? 0 : 4, 4 * Math.floor((fill + text.length) / 3));
}

/** The one run that is recorded where runs are that name no log. */
function onlyRun(place: Place): { home: string; log: string; key: string } {
  const runs = join(place.state, 'plumbline', 'runs');
  const [only, ...others] = readdirSync(runs);
  expect(others).toEqual([]);
  const home = join(runs, only!);
  return { home, log: join(home, 'log'), key: join(home, 'keys', 'signing.pub') };
}

/** What programs of the system need. */
const SYSTEM = each('--read', ['/usr', '/bin', '/lib', '/lib64', '/etc', '/dev', '/proc']);
const BLOCKED_EACH = /^cat: .*: Permission denied$/gm;
/** `plumb` within a line of a shell. */
const PLUMB_RUN = `${PLUMB.map((word) => `'${word}'`).join(' ')} run`;
const ASK = fileURLToPath(new URL('ask-mediator.ts', import.meta.url));
const LISTEN =
  'require("net").createServer().on("error", () => process.exit(1)).listen(+process.argv[1], "127.0.0.1", () => process.exit(0))';

describe.skipIf(!canLaunch).each(IDENTITIES)(
  'under plumb run, as %s (needs Linux 6.12 with Landlock, outside of any seccomp filter)',
  (_, identity) => {
    describe.concurrent('a command', () => {
      test('ends with its status', async () => {
        const ran = await run(sh('exit 255'), newPlace(identity)).ended;
        expect(ran).toEqual({ code: 255, signal: null, stdout: '', stderr: '' });
      });

      test.each(['SIGKILL', 'SIGSEGV'] as const)('dies by %s, and so it looks', async (signal) => {
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

      test('finds its pipes blocking, and so they are left, even by one that is not found', async () => {
        const place = newPlace(identity);
        writeFileSync(join(place.work, 'flags'), 'for fd in 0 1 2; do grep flags: "/proc/self/fdinfo/$fd"; done\n');
        // The pipes are a shell's: those that Node gives are none.
        const line = `${PLUMB_RUN} -- sh flags; . ./flags; ${PLUMB_RUN} -- no-such-command; echo "status: $?"; . ./flags`;
        const { stdout } = await start(['bash', '-c', `yes | { ${line}; } 2>&1 | cat`], place).ended;
        expect(stdout).toMatch(/^command-not-found: no-such-command.*\n {2}\S.*\nstatus: 127$/m);
        const flags = [...stdout.matchAll(/^flags:\s*(\d+)$/gm)].map(([, octal]) => Number.parseInt(octal!, 8));
        expect(flags).toHaveLength(9);
        expect(flags.filter((one) => one & constants.O_NONBLOCK)).toEqual([]);
      });

      test('whose standard input is closed runs', async () => {
        const line = `${PLUMB_RUN} -- sh -c 'cat; echo ran' <&-`;
        expect(await start(['bash', '-c', line], newPlace(identity)).ended).toMatchObject({ code: 0, stdout: 'ran\n' });
      });

      test('takes what it started in the background with it', async () => {
        const mark = `31${places}.5`;
        const ran = await run(sh(`sleep ${mark} & setsid sleep ${mark} & sleep 0.5; echo ran`), newPlace(identity))
          .ended;
        expect(ran).toMatchObject({ code: 0, stdout: 'ran\n' });
        expect(processesWith(`sleep\0${mark}`)).toEqual([]);
      });

      test('gets signals, and its handler decides', async () => {
        const text = 'trap "echo hup" HUP; trap "echo term" TERM; trap "echo usr1; exit 3" USR1; echo ready';
        const started = run(sh(`${text}; while :; do sleep 0.05; done`), newPlace(identity));
        for (const [said, signal] of [
          ['ready', 'SIGHUP'],
          ['hup', 'SIGTERM'],
          ['term', 'SIGUSR1'],
        ] as const) {
          await until(`it says ${said}`, () => started.stdout().includes(said));
          started.child.kill(signal);
        }
        expect(await started.ended).toEqual({ code: 3, signal: null, stdout: 'ready\nhup\nterm\nusr1\n', stderr: '' });
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
        ).toEqual(['HOME', 'LANG', 'NAMED', 'PATH', 'PLUMBLINE_SOCKET', 'PWD']);
        expect(others).toMatchObject({ HOME: place.home, NAMED: 'by --env', PWD: place.work });
        // The fourth is the directory itself.
        expect(after).toBe('700\nwritten\n0\n1\n2\n3\n');
        expect(TMPDIR!.startsWith(`${place.temporary}/`)).toBe(true);
        expect(leftIn(place)).toEqual([]);
      });
    });

    test('what its command closes in the directory for temporary files is removed, and changes no status', async () => {
      const place = newPlace(identity);
      const text =
        'mkdir -p "$TMPDIR/a/b"; ln -s "$PWD" "$TMPDIR/a/b/here"; chmod 500 "$TMPDIR/a/b"; chmod 0 "$TMPDIR/a"; exit 4';
      expect(await run(sh(text), place).ended).toEqual({ code: 4, signal: null, stdout: '', stderr: '' });
      expect([leftIn(place), existsSync(place.work)]).toEqual([[], true]);
    });

    describe.concurrent('the scope', () => {
      test('by default is to read the system, write here, run what is installed, and no network', async () => {
        const place = newPlace(identity);
        writeFileSync(join(place.bin, 'tool'), '#!/bin/sh\ncat "${0%/bin/tool}/lib/data"\n');
        chmodSync(join(place.bin, 'tool'), 0o755);
        mkdirSync(join(place.bin, '../lib'));
        writeFileSync(join(place.bin, '../lib/data'), '');
        const server = await listening();
        const allowed = {
          'reads the system': 'cat /etc/hostname',
          'writes here': 'mkdir -p made && echo x > made/it && mv made/it made/that && rm made/that',
          'writes temporary files': 'echo x > "$TMPDIR/x" && rm "$TMPDIR/x"',
          'runs what PATH finds': 'tool',
          discards: 'echo x > /dev/null',
        };
        const refused = {
          'reads home': 'cat ~/note',
          'writes home': 'echo x > ~/new',
          'reads elsewhere': `cat ../outside/note`,
          'reads elsewhere by a link': 'ln -sf ../outside/note link; cat link',
          'writes elsewhere': `echo x >> ../outside/note`,
          'writes the system': 'echo x > /var/tmp/plumbline-$$ && rm /var/tmp/plumbline-$$',
          connects: connect(server.port),
        };
        expect(await achieved({ ...allowed, ...refused }, place)).toEqual(Object.keys({ ...allowed, ...refused }));
        expect(await achieved({ ...allowed, ...refused }, place, [])).toEqual(Object.keys(allowed));
        server.close();
      });

      test('has nothing of what is protected, with a slash at its end or without', async () => {
        const place = newPlace(identity);
        expect((await plumb(['init', '--keys', 'keys', '--seed', '../home/seed'], place).ended).code).toBe(0);
        for (const name of ['hooks', 'others']) {
          mkdirSync(join(place.work, name), { mode: 0o777 });
          chmodSync(join(place.work, name), 0o777);
        }
        const lines = {
          'writes a hook': 'echo x > hooks/it',
          'writes another': 'echo x > others/it',
          'reads keys': 'cat keys/writer',
          'writes the log': 'echo x > log/it',
          'writes beside them': 'echo x > beside',
        };
        const options = ['--protect', 'hooks/', '--protect', 'others', '--log', 'log/', '--keys', 'keys/'];
        expect(await achieved(lines, place, options)).toEqual(['writes beside them']);
        // No decision was made on these; that they were refused is in the log all the same.
        type Refused = { type: string; by: string; cause: string; call: string; object: string };
        const records = jsonLines((await plumb(['log', 'show', 'log', '--json'], place).ended).stdout) as Refused[];
        const refusals = records.filter(({ type, cause }) => type === 'refusal' && cause === 'protected');
        expect(records[1]).toMatchObject({ type: 'adapter', adapter: 'linux/seccomp-notify', strength: 'kernel' });
        expect(refusals.map(({ object }) => object.slice(place.work.length + 1)).toSorted()).toEqual([
          'hooks/it',
          'keys/writer',
          'log/it',
          'others/it',
        ]);
        expect(refusals[0]).toMatchObject({ by: 'guard', call: 'openat', count: 1 });
      });

      test('that is typed is what it says, of what the paths lead to', async () => {
        const place = newPlace(identity);
        const [granted, other] = [await listening(), await listening()];
        const [free, taken] = [await freePort(), await freePort()];
        for (const name of ['in', 'in/deep', 'beside', 'out']) mkdirSync(join(place.work, name));
        for (const name of ['in/deep/note', 'beside/note']) writeFileSync(join(place.work, name), 'a note\n');
        if (identity) chownSync(join(place.work, 'out'), identity.uid, identity.gid);
        symlinkSync('../outside', join(place.work, 'link'));
        const allowed = {
          'reads below a relative path': 'cat in/deep/note',
          'reads by a link': 'cat link/note',
          'reads what the link leads to': 'cat ../outside/note',
          writes: 'echo x > out/it && rm out/it',
          'writes what was not there': 'echo x > new && rm new',
          'runs a program': 'head -n 1 in/deep/note',
          connects: connect(granted.port),
          listens: listen(free),
        };
        const refused = {
          'reads beside it': 'cat beside/note',
          'writes what it may read': 'echo x >> link/note',
          'writes beside it': 'echo x > other && rm other',
          'runs another program': 'tail -n 1 in/deep/note',
          'connects elsewhere': connect(other.port),
          'listens elsewhere': listen(taken),
        };
        const options = [
          ...SYSTEM,
          ...each('--read', ['in', 'link', '/sys', join(process.execPath, '..')]),
          ...each('--write', ['out', './new', '/dev/null']),
          ...each('--exec', ['/usr/bin/bash', '/usr/bin/cat', '/usr/bin/head', '/usr/bin/rm', process.execPath]),
          ...each('--connect', [`127.0.0.1:${granted.port}`]),
          ...each('--listen', [`127.0.0.1:${free}`]),
        ];
        expect(await achieved({ ...allowed, ...refused }, place)).toEqual(Object.keys({ ...allowed, ...refused }));
        expect(await achieved({ ...allowed, ...refused }, place, options)).toEqual(Object.keys(allowed));
        for (const server of [granted, other]) server.close();
      });
    });

    describe.concurrent('the record', () => {
      test('of keys that were made before is authentic, sealed and replayed, and tells why', async () => {
        const place = newPlace(identity);
        const [log, keys, seed] = ['log', 'keys', 'seed'].map((name) => join(place.state, name)) as [
          string,
          string,
          string,
        ];
        expect(await plumb(['init', '--keys', keys, '--seed', seed], place).ended).toMatchObject({ code: 0 });
        const line = 'cat /etc/hostname; cat /etc/shadow; cat ../outside/note; cat "$1"; exit 0';
        const ran = await run(sh(line, keys), place, ['--log', log, '--keys', keys, '--objective', 'Look around'])
          .ended;
        expect(ran.code).toBe(0);
        expect(ran.stderr.match(BLOCKED_EACH)).toHaveLength(3);

        // What is replayed was verified first.
        const replayed = await plumb(['replay', log, '--key', seed], place).ended;
        expect(replayed.stdout).toMatch(/^authenticated: \d+ records, authentic, sealed$/m);
        expect(replayed.stdout).toMatch(/^replayed \d\d+ decision records to the same bytes$/m);
        expect(replayed.code).toBe(0);
        const decided = await decisions(log, place);
        const chain = decided[0]!.decision.authority;
        expect(chain).toMatch(/^[0-9a-f]{64}$/);
        const of = (action: string, id: RegExp): Decided =>
          decided.find((one) => one.action === action && id.test(one.id))!;
        const allowed = { verdict: 'allow', determining: ['granted'], authority: chain };
        expect(of('process.exec', /\/cat$/)).toMatchObject({ decision: allowed });
        expect(of('file.read', /^\/etc\/hostname$/)).toMatchObject({ decision: allowed });
        const hashes = of('file.read', /^\/etc\/shadow$/);
        const note = of('file.read', /outside\/note$/);

        const why = async (seq: number): Promise<string> =>
          (await plumb(['why', String(seq), '--log', log], place).ended).stdout;
        const byPolicy = await why(hashes.seq);
        expect(byPolicy).toMatch(/^record \d+ .* block {2}forbidden {2}\[password-hashes\]$/m);
        expect(byPolicy).toMatch(/^ {2}objective Look around$/m);
        expect(byPolicy).toMatch(/^ {2}policy {4}refused here {2}\[password-hashes\]$/m);
        const byGrant = await why(note.seq);
        expect(byGrant).toMatch(/^ {2}objective Look around\n.*file\.read: not granted; closest is .*\n *block here$/m);
        expect(byGrant).toMatch(/^ {2}policy {4}let it pass$/m);
      });

      test('of a run that names none is among those of its user, and authentic by its public key', async () => {
        const place = newPlace(identity);
        expect(await run(['true'], place).ended).toMatchObject({ code: 0 });
        const { home, log, key } = onlyRun(place);
        expect(statSync(home).mode & 0o777).toBe(0o700);
        const verified = await plumb(['verify', log, '--pubkey', key], place).ended;
        expect(verified.stdout).toMatch(/^authenticated: \d+ records, authentic, sealed$/m);
        expect(verified.code).toBe(0);
      });

      test('holds no argument of the command, which may be a secret', async () => {
        const place = newPlace(identity);
        expect((await run(['true', '--token=5Ecr3t'], place).ended).code).toBe(0);
        const files = readdirSync(place.state, { recursive: true, withFileTypes: true }).filter((file) =>
          file.isFile(),
        );
        expect(files.length).toBeGreaterThan(5);
        // A grant's statement is base64 in its token.
        const texts = ['5Ecr3t', ...[0, 1, 2].map((fill) => base64Within('--token=5Ecr3t', fill))];
        for (const file of files) {
          const bytes = readFileSync(join(file.parentPath, file.name), 'latin1');
          expect(texts.filter((text) => bytes.includes(text))).toEqual([]);
        }
      });

      test('holds what an adapter says of a command in its disclosure alone, and once that is erased nowhere', async () => {
        const place = newPlace(identity);
        const context = { resolved: true, program: 'prog', dynamic: false, command: 'prog --token=5Ecr3t' };
        const asked = { action: 'process.exec', resource: { type: 'File', id: '/usr/bin/prog' }, context };
        const command = [process.execPath, ASK, JSON.stringify({ requests: [asked] })];
        const scope = [...each('--read', ['/']), ...each('--exec', ['/usr/', process.execPath])];
        const ran = await run(command, place, scope).ended;
        expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining('"verdict":"allow"') as string });
        const { home, log } = onlyRun(place);
        const holding = (): string[] =>
          readdirSync(home, { recursive: true, withFileTypes: true })
            .filter((file) => file.isFile())
            .map((file) => join(file.parentPath, file.name))
            .filter((file) => readFileSync(file, 'latin1').includes('5Ecr3t'));
        expect(holding()).toEqual([join(log, 'disclosures', '00000000.cborseq')]);
        const { seq } = (await decisions(log, place)).find(({ id }) => id === '/usr/bin/prog')!;
        expect((await plumb(['log', 'redact', log, '--seq', String(seq)], place).ended).code).toBe(0);
        expect(holding()).toEqual([]);
      });

      test('of a run that was killed in the middle is unsealed, and true', async () => {
        const place = newPlace(identity);
        const started = run(sh('while echo again; do sleep 0.1; done'), place);
        await until('it runs', () => started.stdout() !== '');
        const { log, key } = onlyRun(place);
        const checkpoint = join(log, 'checkpoint');
        const size = (): number => Number(readFileSync(checkpoint, 'utf8').split('\n')[1]);
        await until('a checkpoint is of more than the beginning', () => existsSync(checkpoint) && size() > 10);
        started.child.kill('SIGKILL');
        expect(await started.ended).toMatchObject({ signal: 'SIGKILL' });
        const verified = await plumb(['verify', log, '--pubkey', key], place).ended;
        expect(verified.stdout).toMatch(/^unsealed: \d\d+ records, (of which the first \d\d+ are )?authentic/);
        expect(verified.code).toBe(4);
      });
    });

    test('a run within it is told that it is mediated already', async () => {
      const scope = [...each('--read', ['/']), ...each('--exec', ['/'])];
      const ran = await run([...PLUMB, 'run', '--', 'echo', 'ran'], newPlace(identity), scope).ended;
      expect(ran).toMatchObject({ code: 125, stdout: '' });
      expect(ran.stderr).toMatch(/^already-mediated: .*\n {2}\S/);
    });

    test('on a full disk nothing more is let through, and the run says why', async () => {
      const place = newPlace(identity);
      const log = join(place.outside, 'log');
      mkdirSync(log);
      const made = await plumb(['init', '--keys', join(place.home, 'keys'), '--seed', join(place.home, 'seed')], place)
        .ended;
      expect(made.code).toBe(0);
      const scope = [
        ...each('--read', ['/']),
        ...each('--write', [place.work, '/dev/null']),
        ...each('--exec', ['/usr/']),
      ];
      const record = ['--log', join(log, 'log'), '--keys', join(place.home, 'keys')];
      const loop =
        'exec 2> /dev/null; while cat /etc/hostname > /dev/null; do echo again; done; (echo more > after) || echo refused';
      const argv = [...PLUMB, 'run', ...scope, ...record, '--', ...sh(loop)];
      // In a mount namespace of its own, as only whoever runs it sees.
      const mounted = ['unshare', '-rm', 'sh', '-c', 'mount -t tmpfs -o size=1m x "$0" && exec "$@"', log];
      const ran = await start([...mounted, ...argv], place).ended;
      expect(ran.stdout).toMatch(/^(again\n)+refused\n$/);
      expect(ran.code).toBe(125);
      expect(ran.stderr).toMatch(/^log-unwritable: .*ENOSPC.*\n {2}\S/);
      expect(existsSync(join(place.work, 'after'))).toBe(false);
    });

    test('only who opens a file that somebody has a lease on waits for it', async () => {
      const place = newPlace(identity);
      const file = join(place.work, 'leased');
      writeFileSync(file, 'at last\n');
      if (identity) chownSync(file, identity.uid, identity.gid);
      // F_SETLEASE, F_WRLCK: given back two seconds after somebody wants it.
      const holding = `import fcntl, os, signal, sys, time
signal.signal(signal.SIGIO, lambda *_: (time.sleep(2), fcntl.fcntl(fd, 1024, 2), os._exit(0)))
fd = os.open(sys.argv[1], os.O_RDWR)
fcntl.fcntl(fd, 1024, 1)
print('holds', flush=True)
time.sleep(60)`;
      const holder = start(['/usr/bin/python3', '-c', holding, file], place);
      await until('the lease is held', () => holder.stdout() !== '');
      const ran = await run(sh('cat leased & cat /etc/hostname > /dev/null; echo others first; wait; echo done'), place)
        .ended;
      expect(ran).toMatchObject({ code: 0, stdout: 'others first\nat last\ndone\n', stderr: '' });
      await holder.ended;
    });

    test('who opens while hundreds wait for the other end of a pipe is answered at once, and no more than 256 wait', async () => {
      const waiting = `import os, threading, time
os.mkfifo('pipe')
refused = []
def opens():
    try: os.open('pipe', os.O_RDONLY)
    except OSError as error: refused.append(error.strerror)
for _ in range(400): threading.Thread(target=opens, daemon=True).start()
while len(refused) < 144: time.sleep(0.01)
before = time.monotonic()
open('/etc/hostname').close()
print(time.monotonic() - before < 1, set(refused), flush=True)
os._exit(0)`;
      const ran = await run(['/usr/bin/python3', '-c', waiting], newPlace(identity)).ended;
      expect(ran).toMatchObject({ code: 0, stdout: "True {'Too many open files in system'}\n", stderr: '' });
    });

    test('the end of the grants is the end of all of it', async () => {
      const mark = `31${places}.5`;
      const ran = await run(sh(`setsid sleep ${mark} & exec sleep ${mark}`), newPlace(identity), ['--expires', '2s'])
        .ended;
      expect(ran).toMatchObject({ code: 125, signal: null, stdout: '' });
      expect(ran.stderr).toMatch(/^run-expired: .*\n {2}\S/);
      expect(processesWith(`sleep\0${mark}`)).toEqual([]);
    });
  },
);

describe.skipIf(!canLaunch).concurrent.each(ORDINARY)(
  'what cannot be run (needs Linux 6.12 with Landlock, outside of any seccomp filter)',
  (_, identity) => {
    test.each<[what: string, options: string[], code: string]>([
      ['an option that there is not', ['--no-such-option'], 'usage'],
      ['a policy that is not there', ['--policy', 'no-such-policy'], 'policy-unreadable'],
      ['a log without keys', ['--log', 'log'], 'usage'],
      ['keys that are not there', ['--log', 'no/such/log', '--keys', 'no/such/keys'], 'key-unreadable'],
      ['a grant without trust', ['--grant', 'words'], 'usage'],
      ['a grant that is none', ['--grant', 'words', '--trust', 'trust'], 'grant-malformed'],
      ["a grant of another's", ['--grant', 'foreign', '--trust', 'trust'], 'grant-untrusted'],
      ['a host without a port', ['--connect', 'example.org'], 'grant-malformed'],
      ['a value for a variable', ['--env', 'NAME=value'], 'usage'],
      ['a path that is empty', ['--write', ''], 'usage'],
      ['a socket in no directory', ['--control', 'no/such/socket'], 'control-exposed'],
    ])('is told with a hint, and is 125: %s', async (_what, options, code) => {
      const place = newPlace(identity);
      writeFileSync(join(place.work, 'words'), 'no grant\n');
      writeFileSync(join(place.work, 'foreign'), objective(new IssuerKey(randomBytes(32))));
      const trust = new TrustSet([new IssuerKey(randomBytes(32)).publicJwk]);
      writeFileSync(join(place.work, 'trust'), JSON.stringify(trust));
      const ran = await run(sh('echo ran'), place, options).ended;
      expect(ran).toMatchObject({ code: 125, signal: null, stdout: '' });
      expect(ran.stderr).toMatch(new RegExp(`^${code}: .*\\n {2}\\S.*\\n$`));
      expect(leftIn(place)).toEqual([]);
    });
  },
);

describe.skipIf(!canLaunch).each(IDENTITIES.filter(([who]) => who === 'root'))(
  'for a user without a name and a home, by %s (needs Linux 6.12 with Landlock, outside of any seccomp filter)',
  () => {
    const stranger = { uid: 12345, gid: 12345 };
    async function ran(
      variables: (place: Place) => object,
    ): Promise<{ stdout: string; stderr: string; code: number | null }> {
      const place = newPlace(stranger);
      const env = { PATH: process.env['PATH'], TMPDIR: place.temporary, ...variables(place) };
      const child = spawn(PLUMB[0]!, [...PLUMB.slice(1), 'run', '--', ...sh('id -u')], {
        cwd: place.work,
        env,
        ...stranger,
      });
      const [stdout, stderr, [code]] = await Promise.all([
        allOf(child.stdout),
        allOf(child.stderr),
        once(child, 'close'),
      ]);
      return { stdout, stderr, code: code as number | null };
    }

    test('a command runs where there is a place to record it', async () => {
      expect(await ran(({ state }) => ({ XDG_STATE_HOME: state }))).toEqual({ stdout: '12345\n', stderr: '', code: 0 });
    });

    test('otherwise that is what is said', async () => {
      const { stdout, stderr, code } = await ran(() => ({}));
      expect([stdout, code]).toEqual(['', 125]);
      expect(stderr).toMatch(/^run-unrecorded: .*\n {2}name --log and --keys\n$/);
    });
  },
);

/** What cannot be run is told, with a hint, and is 125. */
async function told(place: Place, code: string): Promise<void> {
  const ran = await run(sh('echo ran'), place).ended;
  expect(ran).toMatchObject({ code: 125, signal: null, stdout: '' });
  expect(ran.stderr).toMatch(new RegExp(`^${code}: .*\\n {2}\\S.*\\n$`));
}

describe.skipIf(!canLaunch).concurrent.each(ORDINARY)(
  'where nothing can be run (needs Linux 6.12 with Landlock, outside of any seccomp filter)',
  (_, identity) => {
    test('the directory is a person’s own, or holds it, and no scope is named', async () => {
      const place = newPlace(identity);
      await told({ ...place, work: place.home }, 'usage');
      await told({ ...place, work: '/' }, 'usage');
      const ran = await run(sh('echo ran'), { ...place, work: '/' }, ['--read', '/', '--exec', '/usr/']).ended;
      expect(ran).toMatchObject({ code: 0, stdout: 'ran\n' });
    });

    test('there is no room for temporary files', async () => {
      const place = newPlace(identity);
      await told({ ...place, temporary: join(place.temporary, 'absent') }, 'run-no-temporary');
    });

    test('the place of sockets is open to others', async () => {
      const place = newPlace(identity);
      const uid = identity?.uid ?? process.getuid!();
      mkdirSync(join(place.temporary, `plumbline-${uid}`));
      chmodSync(join(place.temporary, `plumbline-${uid}`), 0o777);
      await told(place, 'control-exposed');
    });
  },
);

describe.skipIf(!canLaunch).each(IDENTITIES)(
  'a run of %s (needs Linux 6.12 with Landlock, outside of any seccomp filter)',
  (_, identity) => {
    test('reaches no other run’s sockets, records or keys, whatever it may write', async () => {
      const place = newPlace(identity);
      const other = run(sh('echo runs; exec sleep 60'), place);
      await until('the other runs', () => other.stdout() !== '');
      const names = [place.temporary, join(place.state, 'plumbline')].flatMap((path) =>
        readdirSync(path, { recursive: true }).map((name) => join(path, String(name))),
      );
      const [socket] = names.filter((name) => name.endsWith('/socket'));
      const [writer] = names.filter((name) => name.endsWith('/keys/writer'));
      const connecting = `require("node:net").connect(${JSON.stringify(socket)}).on("connect", () => process.exit(0)).on("error", () => process.exit(1))`;
      const lines = {
        socket: `'${process.execPath}' -e '${connecting}'`,
        listing: `ls '${join(place.state, 'plumbline', 'runs')}'`,
        keys: `cat '${writer}'`,
      };
      const scope = [...each('--read', ['/']), ...each('--write', ['/']), ...each('--exec', ['/'])];
      expect(await achieved(lines, place, scope)).toEqual([]);
      expect(await achieved({ listing: lines.listing, keys: lines.keys }, place)).toEqual(['listing', 'keys']);
      other.child.kill('SIGTERM');
      await other.ended;
    });
  },
);
