// Owns: building the attacks, an arena of targets for each attack, and the outcome of an attack in a run of its own.
// Excludes: what an outcome should be (table.ts), under which mediation an attack runs (`guarded`), runs that attacks
// share (shared-run.ts).

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, closeSync, copyFileSync, existsSync, globSync, mkdirSync, openSync } from 'node:fs';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { createSocket, type Socket } from 'node:dgram';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = fileURLToPath(new URL('.', import.meta.url));
/** The address of a listener's port. */
const portOf = (server: Server): number => (server.address() as AddressInfo).port;

const SECRET_TEXT = 'plumbline-secret, which nobody in the tree may read\n';
export const RUN_MS_MAX = 60_000;
/** As attack.h is compiled, so are those that include it. */
const THREADS = ['-pthread'];
/** The helper that does what a scope allows, and nothing else. */
export const ALLOWED = 'allowed';

export type Outcome = 'WON' | 'BLOCKED' | 'N/A';
const STATUS: Record<Outcome, number> = { WON: 0, BLOCKED: 1, 'N/A': 2 };

/** The user that attacks run as. Where it is absent, that is the user of the tests. */
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

/** The command that runs `argv` with no more than `scope`, and nothing of `protect`. */
export type Guarded = (scope: Scope, argv: readonly string[], protect?: readonly string[]) => readonly string[];

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

const helper = (name: string): string => join(HERE, 'helpers', name);

/**
 * Compiles what every attack needs into `into`; attacks in shell are copied there. An attack in C is compiled when it
 * is first run (`program`), a quarter faster for the header that is compiled here.
 */
export async function build(into: string): Promise<void> {
  await Promise.all([
    compile([...THREADS, '-x', 'c-header', join(HERE, 'attack.h'), '-o', join(into, 'attack.h.gch')]),
    compile([...THREADS, helper('outside.c'), '-o', join(into, 'outside')]),
    compile([helper('identity.c'), '-o', join(into, 'identity')]),
    compile(['-shared', '-fPIC', helper('preload.c'), '-o', join(into, 'preload.so')]),
    compile([
      '-nostdlib',
      '-fno-stack-protector',
      '-pie',
      '-fPIE',
      helper('ungranted.c'),
      '-o',
      join(into, 'ungranted'),
    ]),
  ]);
  for (const file of globSync(['*.sh', 'helpers/*.sh'], { cwd: HERE })) {
    copyFileSync(join(HERE, file), join(into, basename(file)));
  }
}

/** The command that is an attack, or the helper `allowed`. */
export async function program(name: string, built: string): Promise<string[]> {
  const script = join(built, `${name}.sh`);
  if (existsSync(script)) return ['/bin/bash', script];
  const path = join(built, name);
  if (!existsSync(path)) {
    const source = name === ALLOWED ? helper(`${name}.c`) : join(HERE, `${name}.c`);
    await compile([...THREADS, '-include', join(built, 'attack.h'), source, '-o', path]);
  }
  return [path];
}

/** Listeners on loopback. Each sends back what it receives; no scope grants the port of `foreign`. */
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
  /** What nothing grants. */
  protect: readonly string[];
}

/**
 * An arena in the new directory `root`, all of it the attacker's by the rights of files: only a scope keeps it from
 * anything.
 */
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
    protect: [path('keys'), path('log'), path('run'), path('work/.agent')],
  };
}

/** Ends a process and all of its group, which it leads. */
export function end(child: ChildProcess): void {
  try {
    process.kill(-child.pid!, 'SIGKILL');
  } catch {
    // It has ended, and nothing of its group is left.
  }
}

/** Starts what attacks reach for where there is no supervisor. */
export async function startOutside(
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

/**
 * The command before an attack. Its variables are arguments, so that they pass whatever the environment is made to be.
 */
export function attackIn(environment: Arena['environment'], supervisor: string, plumb: string): string[] {
  const variables = { ...environment, ATTACK_SUPERVISOR: supervisor, ATTACK_PLUMB: plumb };
  return ['/usr/bin/env', ...Object.entries(variables).map(([key, value]) => `${key}=${value}`)];
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
  const { environment, scope, protect } = arena(root, built, ports, tries, identity);
  const outside = await startOutside(built, environment, identity);
  const words = attackIn(environment, supervisor === 'outside' ? `${outside.pid}` : '?', plumb);
  const argv = guarded(scope, [...words, ...(await program(name, built))], protect);
  // Descriptor 3 and ATTACK_TOKEN are what must not pass. The pid of what replaces this shell is the shell's.
  const replace = ['-c', 'exec "${@/#ATTACK_SUPERVISOR=[?]/ATTACK_SUPERVISOR=$$}"', 'bash'];
  const secret = openSync(environment['ATTACK_SECRET']!, 'r');
  const child = spawn('/bin/bash', [...replace, ...argv], {
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
