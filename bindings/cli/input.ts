// Owns: reading what a verb is given: a whole file, or standard input line by line.

import { readFile } from 'node:fs/promises';
import { PlumblineError } from '../index.ts';
import { UsageError } from './report-error.ts';

const NEWLINE = 0x0a;

/** The text of a file; of standard input if its name is `-`. @throws {PlumblineError} `unreadable` */
export async function readInput(file: string): Promise<string> {
  try {
    if (file !== '-') return await readFile(file, 'utf8');
    const chunks: Uint8Array[] = [];
    for await (const chunk of process.stdin) chunks.push(chunk as Uint8Array);
    return Buffer.concat(chunks).toString();
  } catch (cause) {
    throw new PlumblineError('unreadable', `${file} cannot be read`, { cause });
  }
}

/** Lines as bytes, without their ends, each as soon as it is complete. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let parts: Uint8Array[] = [];
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      yield Buffer.concat([...parts, chunk.subarray(start, end)]);
      parts = [];
      start = end + 1;
    }
    if (start < chunk.length) parts.push(chunk.subarray(start));
  }
  if (parts.length > 0) yield Buffer.concat(parts);
}

/** A number of things, as an option states it. @throws {UsageError} */
export function readCount(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new UsageError(`${text} is not a number of records`);
}
