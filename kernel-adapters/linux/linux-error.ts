// Owns: the one class of operating failures of this adapter, in the form that the host's own have.
// Excludes: refusals of the mediator, which are values, and misuse, which throws TypeError or RangeError.

import { E } from './abi-common.ts';

/** The status a shell gives: 127 the command was not found, 126 it was found and not run, 125 anything before that. */
export type FailureStatus = 125 | 126 | 127;

/** `code` is stable, `message` says what happened, `hint` what to do. It crosses processes as JSON. */
export class LinuxError extends Error {
  readonly code: string;
  readonly hint: string;
  readonly status: FailureStatus;

  constructor(code: string, message: string, hint: string, options: { status?: FailureStatus; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'LinuxError';
    this.code = code;
    this.hint = hint;
    this.status = options.status ?? 125;
  }

  toJSON(): { code: string; message: string; hint: string; status: FailureStatus } {
    return { code: this.code, message: this.message, hint: this.hint, status: this.status };
  }
}

/** `EACCES` of 13, or of -13. */
export const errnoName = (errno: number): string =>
  `E${Object.entries(E).find(([, value]) => value === Math.abs(errno))?.[0] ?? ` ${Math.abs(errno)}`}`;

export const alreadyMediated = (): LinuxError =>
  new LinuxError(
    'already-mediated',
    'this process is mediated already, and the kernel has one supervisor for each process',
    'Inside a guarded tree, start the command directly: it is mediated by what guards the tree.',
  );

/** The result of a call that is not expected to fail. @throws {LinuxError} of this code if it did */
export function check(code: string, call: string, result: number, hint = 'Report this.'): number {
  if (result >= 0) return result;
  throw new LinuxError(code, `${call} failed with ${errnoName(result)}`, hint);
}
