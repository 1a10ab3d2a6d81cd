// Owns: one guarded run in which attacks follow one another, each in its own arena, asked for and observed from
// outside. Trusts: helpers/driver.sh, which starts them in the tree and says how each ended.
// Excludes: which attacks may share a run (table.ts).

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  arena,
  attackIn,
  end,
  outcomeOf,
  program,
  RUN_MS_MAX,
  startOutside,
  type Arena,
  type Result,
  type Run,
  type Scope,
} from './run.ts';

export interface Options extends Pick<Run, 'built' | 'ports' | 'tries' | 'guarded' | 'plumb' | 'identity'> {
  /** New directories, an arena each. */
  roots: readonly string[];
}

/** What the driver writes after a command. */
const STATUS = /\0(\d+)\n$/;

/** What a scope of all of `arenas` grants; to each of them what it grants alone. */
function together(arenas: readonly Arena[]): Scope {
  const all = (key: keyof Scope): string[] => [...new Set(arenas.flatMap(({ scope }) => scope[key]))];
  return { read: all('read'), write: all('write'), exec: all('exec'), connect: all('connect'), listen: all('listen') };
}

export class SharedRun {
  readonly #options: Options;
  readonly #arenas: ReadonlyMap<string, Arena>;
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;
  readonly #output = { stdout: '', stderr: '' };
  #onStatus: ((status: number) => void) | undefined;

  constructor(options: Options) {
    const { roots, built, ports, tries, guarded, identity } = options;
    const arenas = roots.map((root) => [root, arena(root, built, ports, tries, identity)] as const);
    this.#options = options;
    this.#arenas = new Map(arenas);
    const made = arenas.map(([, one]) => one);
    const { environment } = made[0]!;
    const driver = ['/bin/bash', join(built, 'driver.sh')];
    const [command, ...args] = guarded(
      together(made),
      driver,
      made.flatMap(({ protect }) => protect),
    );
    this.#child = spawn(command!, args, {
      ...identity,
      cwd: environment['ATTACK_WORK'],
      env: { PATH: environment['PATH'] },
      stdio: 'pipe',
      detached: true,
    });
    this.#child.stdin!.on('error', () => undefined);
    for (const stream of ['stdout', 'stderr'] as const) {
      this.#child[stream]!.setEncoding('utf8').on('data', (text: string) => {
        this.#output[stream] += text;
        const status = STATUS.exec(this.#output.stdout)?.[1];
        if (status !== undefined) this.#onStatus?.(Number(status));
      });
    }
    this.#ended = once(this.#child, 'close').then(([status]) => status as number | null);
  }

  /**
   * Runs `names` one after another in the arena of `root`, with what is outside of it alive; then the arena is gone.
   */
  async attack(root: string, names: readonly string[]): Promise<Result[]> {
    const { built, plumb, identity } = this.#options;
    const { environment } = this.#arenas.get(root)!;
    const outside = await startOutside(built, environment, identity);
    const words = attackIn(environment, `${this.#child.pid}`, plumb);
    const results: Result[] = [];
    for (const name of names) {
      results.push(await this.#run([environment['ATTACK_WORK']!, ...words, ...(await program(name, built)), '', '']));
    }
    outside.stdin!.end();
    await once(outside, 'exit');
    rmSync(root, { recursive: true, force: true });
    return results;
  }

  /** The exit status of the run, in which nothing more is asked for. */
  async end(): Promise<number | null> {
    this.#child.stdin!.end();
    return this.#ended;
  }

  async #run(lines: readonly string[]): Promise<Result> {
    this.#output.stdout = this.#output.stderr = '';
    const limit = setTimeout(() => end(this.#child), RUN_MS_MAX);
    const told = new Promise<number>((resolve) => (this.#onStatus = resolve));
    this.#child.stdin!.write(lines.join('\n'));
    const status = await Promise.race([told, this.#ended.then((exit) => `the run ended with ${exit}`)]);
    clearTimeout(limit);
    const { stdout, stderr } = this.#output;
    if (typeof status === 'string') return { outcome: 'FAULT', why: `${status}: ${stdout}${stderr}` };
    return outcomeOf(stdout.replace(STATUS, ''), stderr, status);
  }
}
