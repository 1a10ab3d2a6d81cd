// Owns: a terminal of its own with a shell in it, as a person would use them.

import { spawn, spawnSync } from 'node:child_process';
import { until } from './run-guarded.ts';

export const hasPty: boolean = spawnSync('script', ['--version']).status === 0;

/** bash in a terminal of its own; what it shows, and typing into it. */
export function terminal(): {
  /** Waits for a text; gives what was found. */
  shows: (text: RegExp | string) => Promise<string>;
  type: (text: string) => void;
  end: () => Promise<void>;
} {
  const child = spawn('script', ['-qfc', 'bash --norc --noprofile -i', '/dev/null'], {
    env: { PATH: process.env['PATH'], PS1: '$ ', TERM: 'dumb', HISTFILE: '' },
  });
  let shown = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (shown += text));
  child.stdin.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  return {
    async shows(text) {
      const find = (): [at: number, found: string] => {
        if (typeof text === 'string') return [shown.indexOf(text), text];
        const match = text.exec(shown);
        return [match?.index ?? -1, match?.[0] ?? ''];
      };
      await until(`the terminal shows ${text}, and not: ${shown}`, () => find()[0] >= 0);
      const [at, found] = find();
      shown = shown.slice(at + 1);
      return found;
    },
    type: (text) => void child.stdin.write(text),
    async end() {
      child.stdin.end('\x04exit\n');
      await closed;
    },
  };
}
