// Owns: `--publish CMD`: a command that gets each checkpoint on standard input and takes it out of this host's reach.

import { spawn } from 'node:child_process';
import type { Publish } from '../log/publisher.ts';

// What publishes waits for a network; what hangs is not to keep a log from being closed.
const PUBLISH_MS_MAX = 60_000;

/** Runs `command` in a shell for each checkpoint. It rejects unless the command exits with 0. */
export function publishWith(command: string): Publish {
  return (checkpoint) =>
    new Promise((resolve, reject) => {
      // Standard output is for decisions.
      const child = spawn(command, {
        shell: true,
        stdio: ['pipe', process.stderr, process.stderr],
        timeout: PUBLISH_MS_MAX,
      });
      child.on('error', reject);
      child.on('close', (code, signal) => {
        if (code === 0) resolve();
        else reject(new Error(`the command ended with ${signal ?? code}`));
      });
      // A command that does not read says so by its exit code.
      child.stdin.on('error', () => {});
      child.stdin.end(checkpoint);
    });
}
