// Owns: the error of a verifier that cannot work.

/** Why the verifier cannot work. It says nothing about the log. */
export class OperatingError extends Error {
  readonly code: string;
  readonly hint: string;

  constructor(code: string, message: string, hint: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
    this.hint = hint;
  }
}
