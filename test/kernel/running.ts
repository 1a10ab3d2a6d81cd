// Owns: a run under `plumb run` that is still going on: what it says, and what is said to it over its control channel.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Identity } from './attacks/run.ts';
import { PLUMB } from './mediated.ts';

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** What bash and coreutils need. */
export const SYSTEM: readonly string[] = ['--read', '/', '--exec', '/usr/', '--exec', '/bin/', '--write', '/dev/null'];

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Going {
  child: ChildProcess;
  /** What it wrote so far. */
  said: Ended;
  ended: Promise<Ended>;
}

/** A place of its own for one run, by whom it is run. */
export class Place {
  readonly home: string;
  readonly work: string;
  readonly control: string;
  readonly log: string;
  readonly #identity: Identity | undefined;

  constructor(home: string, identity: Identity | undefined) {
    this.home = home;
    this.work = join(home, 'work');
    this.control = join(home, 'control', 'socket');
    this.log = join(home, 'log');
    this.#identity = identity;
    this.make('.', 0o755);
    this.make('work', 0o755);
    this.make('control', 0o700);
  }

  /** A directory of whoever runs. */
  make(name: string, mode: number): string {
    const path = join(this.home, name);
    mkdirSync(path, { mode });
    return this.#own(path);
  }

  /** A file of whoever runs. */
  put(name: string, text: string): string {
    const path = join(this.home, name);
    writeFileSync(path, text);
    return this.#own(path);
  }

  #own(path: string): string {
    if (this.#identity) chownSync(path, this.#identity.uid, this.#identity.gid);
    return path;
  }

  start(argv: readonly string[]): Going {
    const child = spawn(argv[0]!, argv.slice(1), {
      ...this.#identity,
      cwd: this.work,
      env: { PATH, HOME: this.home, XDG_STATE_HOME: join(this.home, 'state') },
      stdio: 'pipe',
    });
    // A test that fails leaves nothing that goes on.
    onTestFinished(() => void child.kill('SIGKILL'));
    child.stdin.on('error', () => undefined);
    const said: Ended = { code: null, stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said.stderr += text));
    const ended = once(child, 'close').then(([code]) => Object.assign(said, { code: code as number | null }));
    return { child, said, ended };
  }

  plumb(...args: string[]): Promise<Ended> {
    return this.start([...PLUMB, ...args]).ended;
  }

  /** `plumb run` of bash with `script`, whose $0 is the directory for its work. */
  run(options: readonly string[], script: string): Going {
    const control = ['--control', this.control];
    return this.start([...PLUMB, 'run', ...control, ...options, '--', 'bash', '-c', script, this.work]);
  }

  /** With keys, so that its log is found and can be verified. */
  async recorded(): Promise<string[]> {
    const keys = join(this.home, 'keys');
    await this.plumb('init', '--keys', keys, '--seed', join(this.home, 'seed'));
    return ['--log', this.log, '--keys', keys];
  }
}
