// Owns: what `bench/start` starts: the commands of a package, the conditions they start under, and the check that each
// does what it should.
// Excludes: measuring them.

import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const PRESETS = fileURLToPath(new URL('../../bindings/presets/', import.meta.url));
const DECISIONS = 100;

/** A file that is read in a project: `coding-agent` allows it. */
const REQUEST = `${JSON.stringify({
  principal: { type: 'Agent', id: 'agent' },
  action: 'file.read',
  resource: { type: 'File', id: '/srv/app/src/main.ts' },
  context: { resolved: true },
})}\n`;

export const CONDITIONS = ['plain', 'fresh HOME', 'policy changed'] as const;
export type Condition = (typeof CONDITIONS)[number];

export interface Command {
  name: string;
  /** Times of `node -e 0` that it may take, on an idle machine. */
  aim: number | undefined;
  /** Whether it reads a policy, so that a changed one makes a difference. */
  readsPolicy: boolean;
  args: (policies: Policies) => readonly string[];
  input: string;
  isRight: (stdout: string) => boolean;
}

/** Where the policies of a start are: the names of presets, or directories. */
interface Policies {
  'coding-agent': string;
  run: string;
}

export interface Start {
  argv: readonly string[];
  cwd: string;
  env: { readonly [name: string]: string };
  input: string;
}

/** A package built at `root`, and a directory for what its commands make. */
export class Package {
  readonly root: string;
  readonly commands: readonly Command[];
  readonly #main: string;
  readonly #directory: string;
  #changes = 0;

  constructor(root: string, directory: string) {
    this.root = resolve(root);
    this.#directory = directory;
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { bin: { plumb: string } };
    this.#main = join(this.root, manifest.bin.plumb);
    for (const name of ['home', 'project', 'tmp']) mkdirSync(join(directory, name), { recursive: true });
    const [log, keys, seed] = [join(directory, 'log'), join(directory, 'keys'), join(directory, 'seed')];
    this.commands = [
      {
        name: '--help',
        aim: 1.5,
        readsPolicy: false,
        args: () => ['--help'],
        input: '',
        isRight: (stdout) => stdout.startsWith('Usage: plumb'),
      },
      {
        name: 'decide',
        aim: 3,
        readsPolicy: true,
        args: (policies) => ['decide', '--policy', policies['coding-agent']],
        input: REQUEST,
        isRight: (stdout) => (JSON.parse(stdout) as { verdict: string }).verdict === 'allow',
      },
      {
        name: 'verify',
        aim: undefined,
        readsPolicy: false,
        args: () => ['verify', log, '--key', seed],
        input: '',
        isRight: (stdout) => stdout.includes(`allow ${DECISIONS}\n`),
      },
      {
        name: 'run -- true',
        aim: 6,
        readsPolicy: true,
        args: (policies) => ['run', '--policy', policies.run, '--', 'true'],
        input: '',
        isRight: (stdout) => stdout === '',
      },
    ];
    const make = (args: readonly string[], input: string): void =>
      void answer({ ...this.#start(args, join(directory, 'home')), input });
    make(['init', '--keys', keys, '--seed', seed], '');
    const decide = ['decide', '--policy', 'coding-agent', '--log', log, '--keys', keys, '--durability', 'write'];
    make(decide, REQUEST.repeat(DECISIONS));
  }

  /** How a command is started next under a condition; every call makes a fresh HOME or changes the policy anew. */
  start(command: Command, condition: Condition): Start {
    const home =
      condition === 'fresh HOME' ? mkdtempSync(join(this.#directory, 'home-')) : join(this.#directory, 'home');
    const policies =
      condition === 'policy changed' ? this.#changedPolicies() : { 'coding-agent': 'coding-agent', run: 'run' };
    return { ...this.#start(command.args(policies), home), input: command.input };
  }

  #start(args: readonly string[], home: string): Omit<Start, 'input'> {
    const tmp = join(this.#directory, 'tmp');
    return {
      argv: [process.execPath, this.#main, ...args],
      cwd: join(this.#directory, 'project'),
      env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', HOME: home, TMPDIR: tmp },
    };
  }

  /** Copies of the presets, a byte of which differs from what was shipped and from every copy before. */
  #changedPolicies(): Policies {
    const change = `// ${String(++this.#changes).padStart(6)}\n`;
    const copyOf = (preset: string): string => {
      const copy = join(this.#directory, `changed-${preset}`);
      cpSync(join(PRESETS, preset), copy, { recursive: true });
      const policy = join(copy, 'policy.cedar');
      writeFileSync(policy, readFileSync(join(PRESETS, preset, 'policy.cedar'), 'utf8') + change);
      return copy;
    };
    return { 'coding-agent': copyOf('coding-agent'), run: copyOf('run') };
  }
}

/** What a start prints. @throws if it fails, or prints anything on standard error */
export function answer({ argv, cwd, env, input }: Start): string {
  const { status, stdout, stderr, error } = spawnSync(argv[0]!, argv.slice(1), { cwd, env, input, encoding: 'utf8' });
  if (status === 0 && stderr === '') return stdout;
  throw new Error(`${argv.join(' ')} ended with ${status}: ${error?.message ?? stderr}`);
}
