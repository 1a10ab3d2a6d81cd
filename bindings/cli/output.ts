// Owns: writing to standard output, whose reader may be slow or gone.

import { PlumblineError } from '../error.ts';

let failure: NodeJS.ErrnoException | undefined;
let isWatched = false;

/** An error is kept until the next write asks, so that the verb can end what it has begun: a log, above all. */
function watch(): void {
  if (isWatched) return;
  isWatched = true;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    failure ??= error;
  });
}

/**
 * Writes when the reader is ready for more. False if there is no reader any more: `plumb … | head` is no failure.
 * @throws {PlumblineError} `output-unwritable`
 */
export async function write(text: string | Uint8Array): Promise<boolean> {
  watch();
  if (failure === undefined) {
    await new Promise<void>((resolve) =>
      process.stdout.write(text, (error) => {
        failure ??= error ?? undefined;
        resolve();
      }),
    );
  }
  if (failure === undefined) return true;
  if (failure.code === 'EPIPE') return false;
  throw new PlumblineError('output-unwritable', 'standard output cannot be written', { cause: failure });
}

/** Writes a value as one line of JSON. */
export function writeJson(value: unknown): Promise<boolean> {
  return write(`${JSON.stringify(value)}\n`);
}

/** Whether standard output shows colours, and wants them: https://no-color.org */
export function wantsColour(): boolean {
  return process.stdout.isTTY === true && (process.env['NO_COLOR'] ?? '') === '' && process.env['TERM'] !== 'dumb';
}
