// Owns: reading what a verb is given: a whole file, or standard input line by line.

import { readFile } from 'node:fs/promises';
import { PlumblineError } from '../error.ts';
import { parseExtension } from '../../engine/compiler/extension.ts';
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
    throw new PlumblineError('unreadable', `${file} cannot be read`, {
      hint: 'name a file, or - for standard input',
      cause,
    });
  }
}

/** Bytes put together up to a limit: what a reader holds is bounded, whatever is sent. */
export class Bounded {
  readonly #bytesMax: number;
  #parts: Uint8Array[] = [];
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get empty(): boolean {
    return this.#bytes === 0;
  }

  add(part: Uint8Array): void {
    const kept = part.subarray(0, this.#bytesMax - this.#bytes);
    if (kept.length === 0) return;
    this.#parts.push(kept);
    this.#bytes += kept.length;
  }

  take(): Buffer {
    const whole = Buffer.concat(this.#parts);
    this.#parts = [];
    this.#bytes = 0;
    return whole;
  }
}

/** Lines as bytes, without their ends, each as soon as it is complete. Of a longer one, its first `bytesMax` bytes. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>, bytesMax: number): AsyncGenerator<Buffer> {
  const line = new Bounded(bytesMax);
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      line.add(chunk.subarray(start, end));
      yield line.take();
      start = end + 1;
    }
    line.add(chunk.subarray(start));
  }
  if (!line.empty) yield line.take();
}

/** A number of things, as an option states it. @throws {UsageError} */
export function readCount(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new UsageError(`${text} is not a number of records`);
}

/** A duration in Cedar's form (90s, 10m, 8h30m), in milliseconds. @throws {UsageError} */
export function readDuration(text: string): number {
  const value = parseExtension('duration', text);
  const ms = typeof value === 'object' && 'duration' in value ? Number(value.duration) : 0;
  if (ms > 0 && Number.isSafeInteger(ms)) return ms;
  throw new UsageError(`${text} is not a duration`, 'as in 90s, 10m, 8h');
}
