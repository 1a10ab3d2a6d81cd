// All file access of the verifier: a log's directory (SPEC §9), a key, a trust file.
// Follows no link and opens nothing but regular files inside the log. What cannot be read is an operating error.
import { createReadStream } from 'node:fs';
import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

const CHUNK_BYTES = 1 << 20;

/** What keeps the verifier from working; says nothing about the log. */
export class OperatingError extends Error {
  readonly code: string;
  readonly hint: string;

  constructor(code: string, message: string, hint: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
    this.hint = hint;
  }
}

/** What a log consists of, wherever it lies (SPEC §9). Every method rejects with `OperatingError`. */
export interface LogFiles {
  /** Names that end in `.cborseq`, ascending, and whether each is a regular file. */
  segments(): Promise<{ name: string; isFile: boolean }[]>;
  /** Names of the regular files in `blobs/`. */
  blobs(): Promise<Set<string>>;
  /** The bytes of `NNNNNNNN.cborseq` or `blobs/NAME`. */
  chunks(name: string): AsyncIterable<Uint8Array>;
}

export function openLog(directory: string): LogFiles {
  return {
    async segments() {
      const entries = await readable(directory, () => readdir(directory, { withFileTypes: true }));
      return entries
        .filter((entry) => entry.name.endsWith('.cborseq'))
        .map((entry) => ({ name: entry.name, isFile: entry.isFile() }))
        .toSorted((a, b) => (a.name < b.name ? -1 : 1));
    },
    async blobs() {
      const path = join(directory, 'blobs');
      try {
        const entries = await readdir(path, { withFileTypes: true });
        return new Set(entries.filter((entry) => entry.isFile()).map((entry) => entry.name));
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return new Set();
        throw unreadable(path, cause);
      }
    },
    async *chunks(name) {
      const path = join(directory, name);
      try {
        for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_BYTES })) yield chunk as Uint8Array;
      } catch (cause) {
        throw unreadable(path, cause);
      }
    },
  };
}

/** The text of a file named by the user. */
export async function readText(path: string): Promise<string> {
  return readable(path, () => readFile(path, 'utf8'));
}

/** The seed file that `--key` means: the file itself, or `seed` in a directory of keys (SPEC §9.2). */
export async function seedFile(path: string): Promise<string> {
  return (await readable(path, () => stat(path))).isDirectory() ? join(path, 'seed') : path;
}

async function readable<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function unreadable(path: string, cause: unknown): OperatingError {
  const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
  return new OperatingError(
    'unreadable',
    `cannot read ${path}: ${reason}`,
    'check the path and its permissions',
    cause,
  );
}
