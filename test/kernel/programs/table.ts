// Owns: programs that people run, each with the scope it needs, and how one sees that it did its work.
// Excludes: under which mediation they run (run.ts).

import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Scope } from '../attacks/run.ts';

const PROJECT = fileURLToPath(new URL('../../../', import.meta.url));
const binary = (path: string): string => join(PROJECT, 'node_modules', path);
const NODE = binary('node/bin/node');
const DENO = binary('deno/deno');
const BUN = binary('bun/bin/bun.exe');

/** The directory where npm keeps what the user of the tests fetched before; empty without npm. */
const NPM_CACHE = spawnSync('npm', ['config', 'get', 'cache'], { encoding: 'utf8' }).stdout?.trim() ?? '';
const manifest = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as { dependencies: { koffi: string } };

/** Where a program runs: a directory of its own, made for the run, with `tmp` in it. */
export interface Places {
  work: string;
}

export interface Ran {
  status: number | null;
  stdout: string;
}

export interface Program {
  name: string;
  /** What must be there, each with a command that exits with 0 where it is. */
  needs: Readonly<Record<string, readonly string[]>>;
  /** It uses files of the user of the tests, so that it cannot run as another user. */
  isOwners?: true;
  /** Done before, and unmediated. */
  prepare?(places: Places): void;
  command(places: Places): readonly string[];
  /** What is typed at its terminal, each once it shows a text. Without it, it has no terminal. */
  typed?: readonly (readonly [shown: RegExp, keys: string])[];
  /** Beside reading the system and writing `work`. */
  scope?(places: Places): Partial<Scope>;
  /** Whether it did its work. */
  check(ran: Ran, places: Places): boolean;
}

const DEVICES = [
  '/dev/null',
  '/dev/zero',
  '/dev/urandom',
  '/dev/random',
  '/dev/tty',
  '/dev/ptmx',
  '/dev/pts',
  '/dev/shm',
];

/** Reads the system, writes the directory and the terminal, runs the system's programs, connects to nothing. */
export function scopeOf(program: Program, places: Places): Scope {
  const more = program.scope?.(places) ?? {};
  return {
    read: ['/usr', '/bin', '/lib', '/lib64', '/etc', '/proc', '/sys', ...DEVICES, places.work, ...(more.read ?? [])],
    write: [...DEVICES, places.work, ...(more.write ?? [])],
    exec: ['/usr/', '/bin/', '/lib/', '/lib64/', ...(more.exec ?? [])],
    connect: more.connect ?? [],
    listen: more.listen ?? [],
  };
}

const file = (places: Places, name: string): string => readFileSync(join(places.work, name), 'utf8');
const write = (places: Places, name: string, text: string): void => writeFileSync(join(places.work, name), text);

const BASH = `
set -euo pipefail
mkdir -p a/b && cd a/b
printf '%s\\n' three one two >list
sort list | tee sorted | { read -r first; echo "first $first"; cat >/dev/null; }
diff <(sort list) sorted && echo same
cat <<END >here
$(wc -l <list) lines
END
(sleep 0.1; echo late >>here) & wait
for name in *; do echo "$name"; done
trap 'echo left' EXIT
mv here ../there && ln -s there ../link && cat ../link
chmod 600 sorted && rm list && [ ! -e list ] && echo gone
`;

const GIT = `
set -e
git clone -q origin clone
cd clone
git checkout -q -b more
echo more >>file
git -c user.name=x -c user.email=x@example.invalid commit -q -a -m more
git push -q origin more
git gc -q
git fsck --no-progress
git log --oneline | wc -l
`;

const C = `#include <stdio.h>
#include <pthread.h>
static void *say(void *what) { puts(what); return 0; }
int main(void) {
  pthread_t thread;
  pthread_create(&thread, 0, say, "a thread of a program");
  pthread_join(thread, 0);
  return 7;
}
`;

const PYTHON = `
import hashlib, json, multiprocessing, pathlib, subprocess, tempfile, threading
def square(n):
    return n * n
if __name__ == '__main__':
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory) / 'x'
        path.write_text(json.dumps({'a': 1}))
        path = path.rename(path.with_name('y'))
        assert json.loads(path.read_text()) == {'a': 1}
    threads = [threading.Thread(target=hashlib.sha256, args=(b'x',)) for _ in range(8)]
    [thread.start() for thread in threads], [thread.join() for thread in threads]
    with multiprocessing.get_context('spawn').Pool(2) as pool:
        squares = pool.map(square, range(5))
    print(subprocess.check_output(['echo', *map(str, squares)], text=True), end='')
`;

const NODE_SCRIPT = `
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
const directory = mkdtempSync(join(tmpdir(), 'x-'));
writeFileSync(join(directory, 'x'), 'one ');
appendFileSync(join(directory, 'x'), 'two');
renameSync(join(directory, 'x'), join(directory, 'y'));
const worker = new Worker("require('node:worker_threads').parentPort.postMessage(6 * 7)", { eval: true });
const exited = once(worker, 'exit');
const [answer] = await once(worker, 'message');
await exited;
process.stdout.write(execFileSync('echo', [readFileSync(join(directory, 'y'), 'utf8'), String(answer)], { encoding: 'utf8' }));
rmSync(directory, { recursive: true });
`;

export const PROGRAMS: readonly Program[] = [
  {
    name: 'a bash script',
    needs: { bash: ['bash', '--version'] },
    command: () => ['bash', '-c', BASH],
    check: ({ status, stdout }) =>
      status === 0 && stdout === 'first one\nsame\nhere\nlist\nsorted\n3 lines\nlate\ngone\nleft\n',
  },
  {
    name: 'git clone, commit, push and gc of a local repository',
    needs: { git: ['git', '--version'] },
    prepare: (places) => {
      mkdirSync(join(places.work, 'made'));
      write(places, 'made/file', 'one\n');
    },
    // The first repository is made in the tree as well; the clone then links to its objects.
    command: () => [
      'bash',
      '-c',
      `set -e; git init -q --initial-branch=main made; git -C made add file; \
git -C made -c user.name=x -c user.email=x@example.invalid commit -q -m one; git clone -q --bare made origin; ${GIT}`,
    ],
    check: ({ status, stdout }, places) =>
      status === 0 && stdout === '2\n' && file(places, 'clone/file') === 'one\nmore\n',
  },
  {
    name: 'npm ci of this project, offline',
    needs: {
      npm: ['npm', '--version'],
      'what this project needs in its cache': [
        'grep',
        '-rqsF',
        `koffi-${manifest.dependencies.koffi}.tgz`,
        `${NPM_CACHE}/_cacache/index-v5`,
      ],
    },
    isOwners: true,
    prepare: (places) => {
      for (const name of ['package.json', 'package-lock.json', '.npmrc']) {
        copyFileSync(join(PROJECT, name), join(places.work, name));
      }
    },
    // What only development needs is not in every cache; scripts fetch binaries.
    command: () => [
      'npm',
      'ci',
      '--offline',
      '--omit=dev',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--cache',
      NPM_CACHE,
    ],
    // npm keeps its own files in the cache current, and finds out what settings its owner has.
    scope: () => ({ read: [NPM_CACHE], write: [NPM_CACHE] }),
    check: ({ status, stdout }, places) =>
      status === 0 && /added \d+ packages/.test(stdout) && file(places, 'node_modules/koffi/package.json') !== '',
  },
  {
    name: 'gcc, and the program it makes',
    needs: { gcc: ['gcc', '--version'] },
    prepare: (places) => write(places, 'x.c', C),
    command: () => ['bash', '-c', 'gcc -O2 -pthread -o x x.c && ./x; echo $?'],
    scope: ({ work }) => ({ exec: [`${work}/`] }),
    check: ({ status, stdout }) => status === 0 && stdout === 'a thread of a program\n7\n',
  },
  {
    name: 'python3 with threads, processes and temporary files',
    needs: { python3: ['/usr/bin/python3', '--version'] },
    prepare: (places) => write(places, 'x.py', PYTHON),
    command: () => ['/usr/bin/python3', 'x.py'],
    check: ({ status, stdout }) => status === 0 && stdout === '0 1 4 9 16\n',
  },
  {
    name: 'node with a worker and a child',
    needs: { node: [NODE, '--version'] },
    prepare: (places) => write(places, 'x.mjs', NODE_SCRIPT),
    command: () => [NODE, 'x.mjs'],
    scope: () => ({ read: [NODE], exec: [NODE] }),
    check: ({ status, stdout }) => status === 0 && stdout === 'one two 42\n',
  },
  {
    name: 'deno with a worker and a child',
    needs: { deno: [DENO, '--version'] },
    prepare: (places) => write(places, 'x.mjs', NODE_SCRIPT),
    command: () => [DENO, 'run', '--allow-all', '--no-remote', 'x.mjs'],
    scope: () => ({ read: [DENO], exec: [DENO] }),
    check: ({ status, stdout }) => status === 0 && stdout === 'one two 42\n',
  },
  {
    name: 'bun with a worker and a child',
    needs: { bun: [BUN, '--version'] },
    prepare: (places) => write(places, 'x.mjs', NODE_SCRIPT),
    command: () => [BUN, 'run', 'x.mjs'],
    scope: () => ({ read: [BUN], exec: [BUN] }),
    check: ({ status, stdout }) => status === 0 && stdout === 'one two 42\n',
  },
  {
    name: 'a full-screen editor at a terminal',
    needs: { script: ['script', '--version'], vi: ['vi', '--version'] },
    command: () => ['vi', '-u', 'NONE', '-n', 'x.txt'],
    typed: [[/"x\.txt"/, 'ityped at a terminal\u001b:wq\r']],
    // It addresses the screen by escapes.
    check: ({ status, stdout }, places) =>
      status === 0 && stdout.includes('\u001b[') && file(places, 'x.txt') === 'typed at a terminal\n',
  },
  {
    name: 'a shell with jobs at a terminal',
    needs: { script: ['script', '--version'], bash: ['bash', '--version'], sed: ['sed', '--version'] },
    command: () => ['bash', '--norc', '--noprofile', '-i'],
    // A job answers, is stopped by ^Z, taken up again, answers, and is ended by ^C.
    typed: [
      [/[$#] $/, `sed 's/x/began &/'\n`],
      [/\r\n/, 'x\n'],
      [/began x\r\n/, '\u001a'],
      [/Stopped/, 'fg\n'],
      [/sed 's.*\r\n/, 'x\n'],
      [/began x\r\n/, '\u0003'],
      [/[$#] $/, 'echo "status $?"; exit 5\n'],
    ],
    check: ({ status, stdout }) => status === 5 && stdout.includes('status 130\r\n'),
  },
  {
    name: 'a terminal of its own making',
    needs: { script: ['script', '--version'] },
    command: () => ['script', '-qec', 'tty >seen; stty size >>seen; exit 6', 'typescript'],
    check: ({ status }, places) => status === 6 && file(places, 'seen').startsWith('/dev/pts/'),
  },
];
