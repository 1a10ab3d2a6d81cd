// Owns: building the attacks, an arena of targets for each run, and the outcome of a run.
// Excludes: what an outcome should be (table.ts), and under which mediation an attack runs: that is `guarded`.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, copyFileSync, globSync, mkdirSync, openSync, closeSync, readdirSync } from 'node:fs';
import { rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { createSocket, type Socket } from 'node:dgram';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = fileURLToPath(new URL('.', import.meta.url));
/** The address of a listener's port. */
const portOf = (server: Server): number => (server.address() as AddressInfo).port;

const SECRET_TEXT = 'plumbline-secret, which nobody in the tree may read\n';
const RUN_MS_MAX = 60_000;

export type Outcome = 'WON' | 'BLOCKED' | 'N/A';
const STATUS: Record<Outcome, number> = { WON: 0, BLOCKED: 1, 'N/A': 2 };

/** Whom attacks run as: an ordinary user, or, where absent, whoever runs the tests. */
export interface Identity {
  uid: number;
  gid: number;
}

/** What a guarded tree may do in an arena, as a grant's scope (SPEC §11.2). */
export interface Scope {
  read: readonly string[];
  write: readonly string[];
  exec: readonly string[];
  connect: readonly string[];
  listen: readonly string[];
}

/** The command that runs `argv` with no more than `scope`. */
export type Guarded = (scope: Scope, argv: readonly string[]) => readonly string[];

/** No mediation, and a parent of the same user's. */
export const bare: Guarded = (_, argv) => ['/bin/sh', '-c', '"$@"; exit $?', 'sh', ...argv];

/** The names of all attacks: their files in this folder, without the ending. */
export function attackNames(): string[] {
  return readdirSync(HERE)
    .filter((file) => /\.(c|sh)$/.test(file) && file !== 'attack.sh')
    .map((file) => file.replace(/\.\w+$/, ''));
}

async function compile(args: readonly string[]): Promise<void> {
  const child = spawn('gcc', ['-std=gnu17', ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const [status] = (await once(child, 'close')) as [number | null];
  if (status !== 0) throw new Error(`gcc ${args.join(' ')}\n${said}`);
}

/** Compiles every attack and helper into `into`; attacks in shell are copied there. */
export async function build(into: string): Promise<void> {
  const helper = (name: string): string => join(HERE, 'helpers', `${name}.c`);
  const pending = [
    ['-pthread', helper('outside'), '-o', join(into, 'outside')],
    [helper('identity'), '-o', join(into, 'identity')],
    ['-shared', '-fPIC', helper('preload'), '-o', join(into, 'preload.so')],
    ['-nostdlib', '-fno-stack-protector', '-pie', '-fPIE', helper('ungranted'), '-o', join(into, 'ungranted')],
    ...globSync('*.c', { cwd: HERE }).map((file) => [
      '-pthread',
      join(HERE, file),
      '-o',
      join(into, file.replace(/\.c$/, '')),
    ]),
  ];
  const worker = async (): Promise<void> => {
    for (let args = pending.pop(); args !== undefined; args = pending.pop()) await compile(args);
  };
  await Promise.all([worker(), worker()]);
  for (const file of globSync(['*.sh', 'helpers/*.sh'], { cwd: HERE })) {
    copyFileSync(join(HERE, file), join(into, basename(file)));
  }
}

/** Who listens on loopback: each says back what it is sent, one of them at a port that no scope grants. */
export interface Ports {
  granted: number;
  foreign: number;
  close(): void;
}

async function listenTcp(port: number): Promise<Server> {
  const server = createServer((socket) => socket.on('error', () => socket.destroy()).pipe(socket));
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

export async function listen(): Promise<Ports> {
  const granted = await listenTcp(0);
  const foreign = await listenTcp(0);
  const datagrams: Socket = createSocket('udp4');
  datagrams.on('message', (text, { port: from, address }) => datagrams.send(text, from, address));
  datagrams.bind(portOf(foreign), '127.0.0.1');
  await once(datagrams, 'listening');
  return {
    granted: portOf(granted),
    foreign: portOf(foreign),
    close: () => [granted, foreign, datagrams].forEach((server) => server.close()),
  };
}

/** The targets of one run, and what of them is granted. */
export interface Arena {
  /** `ATTACK_…`, but for the supervisor. */
  environment: Readonly<Record<string, string>>;
  scope: Scope;
}

/** An arena in the new directory `root`, all of it the attacker's by the rights of files: only a scope keeps it from anything. */
export function arena(root: string, built: string, ports: Ports, tries: number, identity?: Identity): Arena {
  const path = (name: string): string => join(root, name);
  for (const name of [
    '',
    'vault',
    'work',
    'work/.agent',
    'readonly',
    'readonly/empty',
    'keys',
    'log',
    'run',
    'other',
  ]) {
    mkdirSync(path(name), { mode: 0o755 });
  }
  writeFileSync(path('vault/secret'), SECRET_TEXT, { mode: 0o600 });
  writeFileSync(path('work/.agent/hooks.json'), '{}\n');
  writeFileSync(path('readonly/file'), 'read only\n');
  writeFileSync(path('readonly/confidential'), SECRET_TEXT);
  writeFileSync(path('keys/epoch.key'), 'key\n', { mode: 0o600 });
  writeFileSync(path('log/00000000.cborseq'), 'log\n');
  copyFileSync(join(built, 'ungranted'), path('readonly/program'));
  copyFileSync(join(built, 'preload.so'), path('readonly/preload.so'));
  if (identity) {
    for (const name of globSync(['.', '**', '**/.*', '**/.*/**'], { cwd: root })) {
      chownSync(path(name), identity.uid, identity.gid);
    }
    copyFileSync(join(built, 'identity'), path('identity'));
    chmodSync(path('identity'), 0o4755);
  }
  return {
    environment: {
      PATH: '/usr/local/bin:/usr/bin:/bin',
      ATTACK_SECRET: path('vault/secret'),
      ATTACK_WORK: path('work'),
      ATTACK_READONLY: path('readonly'),
      ATTACK_CONFIDENTIAL: path('readonly/confidential'),
      ATTACK_PROGRAM: path('readonly/program'),
      ATTACK_PRELOAD: path('readonly/preload.so'),
      ATTACK_PORT: `${ports.foreign}`,
      ATTACK_ALLOWED_PORT: `${ports.granted}`,
      ATTACK_CONTROL: path('run/control'),
      ATTACK_KEYS: path('keys/epoch.key'),
      ATTACK_LOG: path('log'),
      ATTACK_HOOKS: path('work/.agent/hooks.json'),
      ATTACK_GIVER: path('other/giver'),
      ATTACK_DATAGRAM: path('other/datagram'),
      ATTACK_ABSTRACT: path('other/abstract'),
      ATTACK_QUEUE: `/${basename(dirname(root))}-${basename(root)}`,
      ATTACK_TRIES: `${tries}`,
      ...(identity && { ATTACK_SETUID: path('identity') }),
    },
    scope: {
      read: ['/usr', '/bin', '/lib', '/lib64', '/etc', '/proc', '/dev/null', built, path('readonly'), path('work')],
      write: ['/dev/null', path('work')],
      exec: ['/usr/bin/', '/bin/', `${built}/`, ...(identity ? [path('identity')] : [])],
      connect: [`127.0.0.1:${ports.granted}`],
      listen: [`127.0.0.1:${ports.granted}`],
    },
  };
}

/** Ends a process and all of its group, which it leads. */
function end(child: ChildProcess): void {
  try {
    process.kill(-child.pid!, 'SIGKILL');
  } catch {
    // It has ended, and nothing of its group is left.
  }
}

/** Starts what attacks reach for where there is no supervisor. */
async function startOutside(
  built: string,
  environment: Arena['environment'],
  identity?: Identity,
): Promise<ChildProcess> {
  const outside = spawn(join(built, 'outside'), [], {
    ...identity,
    env: environment,
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  const said = outside.stdout!.setEncoding('utf8');
  const [first] = (await Promise.race([once(said, 'data'), once(outside, 'close')])) as [unknown];
  if (first !== 'ready\n') throw new Error(`outside: ended with ${String(first)}`);
  return outside;
}

export interface Result {
  outcome: Outcome | 'FAULT';
  /** What the attack said of it; of a fault, all that was written. */
  why: string;
}

/** The outcome that an attack's output and status state. Anything but its one line is a fault. */
export function outcomeOf(stdout: string, stderr: string, status: number | null): Result {
  const [, word, why] = /^(WON|BLOCKED|N\/A): (.+)\n$/.exec(stdout) ?? [];
  if (word !== undefined && STATUS[word as Outcome] === status) return { outcome: word as Outcome, why: why! };
  return { outcome: 'FAULT', why: `status ${status}: ${stdout}${stderr}` };
}

export interface Run {
  name: string;
  /** A new directory. */
  root: string;
  /** Where `build` compiled to. */
  built: string;
  ports: Ports;
  tries: number;
  guarded: Guarded;
  /** The command that `plumb` is inside the tree, of words without spaces. */
  plumb: string;
  /** Whose pid is the supervisor's: that of the process outside, or of the command that `guarded` gives. */
  supervisor: 'outside' | 'guarded';
  identity?: Identity;
}

/** Runs one attack in an arena of its own. */
export async function run({
  name,
  root,
  built,
  ports,
  tries,
  guarded,
  plumb,
  supervisor,
  identity,
}: Run): Promise<Result> {
  const { environment, scope } = arena(root, built, ports, tries, identity);
  const outside = await startOutside(built, environment, identity);
  const pid = supervisor === 'outside' ? `${outside.pid}` : '?';
  const variables = Object.entries({ ...environment, ATTACK_SUPERVISOR: pid, ATTACK_PLUMB: plumb }).map(
    ([key, value]) => `${key}=${value}`,
  );
  const isShell = globSync(`${name}.sh`, { cwd: built }).length > 0;
  const program = isShell ? ['/bin/bash', join(built, `${name}.sh`)] : [join(built, name)];
  // The attack's variables are arguments, so that they pass whatever the environment is made to be; descriptor 3 and
  // ATTACK_TOKEN are what must not pass. The pid of what replaces this shell is the shell's.
  const replace = ['-c', 'exec "${@/#ATTACK_SUPERVISOR=[?]/ATTACK_SUPERVISOR=$$}"', 'bash'];
  const secret = openSync(environment['ATTACK_SECRET']!, 'r');
  const child = spawn('/bin/bash', [...replace, ...guarded(scope, ['/usr/bin/env', ...variables, ...program])], {
    ...identity,
    cwd: environment['ATTACK_WORK'],
    env: { PATH: environment['PATH'], ATTACK_TOKEN: 'token' },
    stdio: ['ignore', 'pipe', 'pipe', secret],
    detached: true,
  });
  closeSync(secret);
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]!.setEncoding('utf8').on('data', (text: string) => (output[stream] += text));
  }
  const limit = setTimeout(() => end(child), RUN_MS_MAX);
  const [status] = (await once(child, 'exit')) as [number | null];
  clearTimeout(limit);
  // What an attack leaves behind holds its output open, and ends with its group.
  end(child);
  if (!child.stdout!.readableEnded) await once(child, 'close');
  outside.stdin!.end();
  await once(outside, 'exit');
  rmSync(root, { recursive: true, force: true });
  return outcomeOf(output.stdout, output.stderr, status);
}
