// Owns: writing to standard output, whose reader may be slow or gone.

let gone = false;

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  gone = true;
});

/** Writes when the reader is ready for more. False if there is no reader any more: `plumb … | head` is no failure. */
export async function write(text: string | Uint8Array): Promise<boolean> {
  if (gone) return false;
  await new Promise<void>((resolve) => process.stdout.write(text, () => resolve()));
  return !gone;
}

/** Writes a value as one line of JSON. */
export function writeJson(value: unknown): Promise<boolean> {
  return write(`${JSON.stringify(value)}\n`);
}

/** Whether standard output shows colours, and wants them: https://no-color.org */
export function wantsColour(): boolean {
  return process.stdout.isTTY === true && (process.env['NO_COLOR'] ?? '') === '' && process.env['TERM'] !== 'dumb';
}
