// Owns: the one class of operating failures: what could not be done, why, and what to do about it.
// Excludes: refusals, which are values, and misuse of the API, which throws TypeError or RangeError.

/**
 * An operating failure. `code` is stable, `message` says what happened, `hint` what to do, `cause` what lay behind it.
 */
export class PlumblineError extends Error {
  readonly code: string;
  readonly hint: string | undefined;

  constructor(code: string, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'PlumblineError';
    this.code = code;
    this.hint = options.hint;
  }

  // `cause` stays out: what lies behind a failure may carry more than its reader should see.
  toJSON(): { code: string; message: string; hint?: string } {
    return { code: this.code, message: this.message, ...(this.hint === undefined ? {} : { hint: this.hint }) };
  }
}
