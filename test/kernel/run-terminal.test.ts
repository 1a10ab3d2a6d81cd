// `plumb run` in a terminal is the job that its command would be: ^C and ^Z reach it, and it goes on in the foreground.

import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { directory } from './host.ts';
import { canLaunch } from './launching/run-guarded.ts';
import { hasPty, terminal } from './launching/terminal.ts';
import { PLUMB } from './mediated.ts';

const parent = directory('run-terminal');
for (const name of ['work', 'temporary']) mkdirSync(join(parent, name));
afterAll(() => rmSync(parent, { recursive: true, force: true }));

/** What is typed to have a run of a shell, in a directory of its own. */
const typed = (script: string): string =>
  [
    `cd ${join(parent, 'work')};`,
    `HOME=${parent} TMPDIR=${join(parent, 'temporary')} XDG_STATE_HOME=${join(parent, 'state')}`,
    ...PLUMB.map((word) => `'${word}'`),
    `run -- sh -c '${script}'; echo status=$?\n`,
  ].join(' ');

describe.skipIf(!(canLaunch && hasPty))(
  'plumb run in a terminal (needs Linux 6.12 with Landlock, outside of any seccomp filter, and script)',
  () => {
    test('leaves ^C to its command', async () => {
      const tty = terminal();
      tty.type(typed('trap "echo caught; exit 3" INT; echo rea""dy; while :; do sleep 0.05; done'));
      await tty.shows('ready');
      tty.type('\x03');
      await tty.shows('caught');
      expect(await tty.shows(/status=\d+/)).toBe('status=3');
      await tty.end();
    });

    test('dies of ^C as a command that does not handle it', async () => {
      const tty = terminal();
      tty.type(typed('echo rea""dy; exec sleep 600'));
      await tty.shows('ready');
      tty.type('\x03');
      // A shell leaves its line when a command dies of it, so it is asked in another.
      await tty.shows('$ ');
      tty.type('echo status=$?\n');
      expect(await tty.shows(/status=\d+/)).toBe('status=130');
      await tty.end();
    });

    test('stops by ^Z, and goes on in the foreground', async () => {
      const tty = terminal();
      tty.type(typed('echo rea""dy; exec sed -u s/^/got-/'));
      await tty.shows('ready');
      tty.type('\x1a');
      await tty.shows('Stopped');
      tty.type('fg\n');
      tty.type('it goes on\n');
      await tty.shows('got-it goes on');
      tty.type('\x04');
      await tty.shows('$ ');
      tty.type('echo ended=$?\n');
      expect(await tty.shows(/ended=\d+/)).toBe('ended=0');
      await tty.end();
    });
  },
);
