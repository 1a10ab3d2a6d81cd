// Owns: how an error is told: its text on standard error, and its exit code.

import { CommanderError } from 'commander';
import { PlumblineError } from '../error.ts';
import { OperatingError } from '../../verifier/operating-error.ts';

const OPERATIONAL = 1;
const USAGE = 2;

/** Wrong use of the command line. */
export class UsageError extends Error {
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

/** Tells the error; returns the exit code that goes with it. */
export function reportError(error: unknown): number {
  if (error instanceof UsageError) return told('usage', error.message, error.hint ?? 'see --help', USAGE);
  if (error instanceof CommanderError) {
    // A verb with verbs of its own, alone: its help has been shown.
    if (error.code === 'commander.help') return USAGE;
    return told('usage', error.message.replace(/^error: /, ''), 'see --help', USAGE);
  }
  if (error instanceof PlumblineError || error instanceof OperatingError) {
    const { code, message, hint } = error;
    return told(code, reasoned(message, error.cause), hint, OPERATIONAL);
  }
  return told(
    'bug',
    error instanceof Error ? (error.stack ?? error.message) : String(error),
    'please report it',
    OPERATIONAL,
  );
}

/** Adds the system's word for what failed (`ENOSPC`, `EACCES`), where there is one. */
function reasoned(message: string, cause: unknown): string {
  const code = (cause as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' && !message.includes(code) ? `${message} (${code})` : message;
}

function told(code: string, message: string, hint: string | undefined, exit: number): number {
  tell(`${code}: ${message}\n${hint === undefined ? '' : `  ${hint}\n`}`);
  return exit;
}

let isWatched = false;

/** Writes to standard error. If that cannot be written, only the exit code is left. */
export function tell(text: string): void {
  if (!isWatched) process.stderr.on('error', () => undefined);
  isWatched = true;
  process.stderr.write(text);
}
