// What system calls come to under the supervisor, beside what they come to without: the same program, the same lines.

import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canAttack, directory, IDENTITIES } from './host.ts';
import { supervised } from './supervising/run-supervised.ts';

const parent = directory('effects');
const program = join(parent, 'effects');
const ENVIRONMENT = { PATH: '/usr/bin:/bin' };
afterAll(() => rmSync(parent, { recursive: true, force: true }));

interface Difference {
  /** What the line begins with. */
  line: string;
  why: string;
  /** As whom it shows. */
  who?: 'root' | 'user';
}

const BYTES = 'paths are text to the engine, so bytes that are none have no name to decide on';
const UNNAMED = 'it has no path to decide on';
const EITHER = 'refused either way, by another name';
const HOW = 'flags in memory may change, and nobody may count on a cache: callers fall back';

const INTENDED: readonly Difference[] = [
  { line: String.raw`open("n\xff", O_RDONLY)`, why: BYTES },
  { line: String.raw`open("n\xff", O_RDONLY | O_CREAT, 0600)`, why: BYTES },
  { line: './n\ufffd: ', why: BYTES },
  { line: 'openat(gone, ".", O_RDONLY)', why: 'a directory that was removed has no path to decide on' },
  { line: 'opening(AT_FDCWD, "file", (struct open_how){.resolve = RESOLVE_CACHED})', why: HOW },
  { line: 'opening(AT_FDCWD, "file", (struct open_how){.flags = O_PATH})', why: HOW },
  { line: 'mknod("odd2", S_IFLNK | 0600, 0)', why: EITHER },
  { line: 'mknod("device", ', why: 'whoever can make a device can read any disk', who: 'root' },
  { line: './device: ', why: 'whoever can make a device can read any disk', who: 'root' },
  { line: 'rmdir("..")', why: EITHER },
  { line: 'rmdir("new/..")', why: EITHER },
  { line: 'rmdir("/")', why: EITHER },
  { line: 'utimensat(AT_FDCWD, "missing", omitted, 0)', why: 'nothing is to be done, and the kernel looks at nothing' },
  {
    line: 'bind(server, (struct sockaddr *)(&here), 2)',
    why: 'it would get an abstract name, which no grant can name',
  },
  { line: 'connect(fresh, (struct sockaddr *)(&abstract), 19)', why: 'no grant can name an abstract name' },
  { line: 'execve("unreadable", ', why: 'nobody can tell what it leads to', who: 'user' },
  { line: 'syscall(SYS_execveat, script, "", ', why: UNNAMED },
];

const beginning = (lines: readonly string[], start: string): string[] => lines.filter((line) => line.startsWith(start));

describe.skipIf(!canAttack).each(IDENTITIES)('as %s (needs Linux and gcc)', (who, identity) => {
  beforeAll(() => {
    const source = fileURLToPath(new URL('supervising/effects.c', import.meta.url));
    expect(spawnSync('gcc', ['-std=gnu17', '-pthread', '-w', source, '-o', program]).stderr.toString()).toBe('');
  });

  test('calls that have effects have the results they have without a supervisor, but for those that are meant to differ', async () => {
    const rooms = ['bare', 'supervised'].map((name) => join(parent, `${who}-${name}`));
    for (const room of rooms) {
      mkdirSync(room);
      chmodSync(room, 0o777);
    }
    const bare = spawnSync(program, { cwd: rooms[0]!, env: ENVIRONMENT, encoding: 'utf8', ...identity });
    const { stdout, stderr, events } = await supervised('', {
      identity,
      command: program,
      args: [],
      cwd: rooms[1]!,
      env: ENVIRONMENT,
      decisions: false,
    });
    expect(events.filter(({ event }) => event === 'fault')).toEqual([]);
    expect(stderr).toBe(bare.stderr);
    const [expected, found] = [bare.stdout, stdout].map((text) => text.split('\n')) as [string[], string[]];
    const intended = INTENDED.filter((each) => (each.who ?? who) === who).map(({ line }) => line);
    const same = (line: string): boolean => !intended.some((start) => line.startsWith(start));
    expect(found.filter(same)).toEqual(expected.filter(same));
    // One that does not differ is no longer meant to.
    for (const start of intended) expect(beginning(found, start)).not.toEqual(beginning(expected, start));
    expect(expected.length).toBeGreaterThan(600);
  });
});
