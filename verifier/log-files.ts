// Owns: all file access of the verifier: a log's directory (SPEC §9), a key, a trust file.
// Trusts: nothing about a log's directory: it follows no link inside it and reads regular files alone. A file that
// cannot be read is an operating error.
import { constants, readSync } from 'node:fs';
import { lstat, open, opendir, readFile, readdir } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OperatingError } from './operating-error.ts';

const CHUNK_BYTES = 1 << 18;
// A key, a checkpoint, a trust set or a trust file is far below this.
const GIVEN_BYTES_MAX = 1 << 20;
// O_NONBLOCK: to open a pipe does not wait for its writer.
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * The files of a log, wherever they lie (SPEC §9). Names are paths in the log. Every method rejects with
 * `OperatingError`.
 */
export interface LogFiles {
  /** Names that end in `.cborseq`, ascending. */
  segments(): Promise<string[]>;
  /** Whether a name in the log's directory is that of a regular file. */
  isFile(name: string): Promise<boolean>;
  /** Names in a directory; none if it is absent. */
  names(directory: string): Promise<string[]>;
  /** Every regular file below a directory. */
  tree(directory: string): AsyncIterable<string>;
  /** The bytes of a file; each chunk is good until the next is asked for. */
  chunks(name: string): AsyncIterable<Uint8Array>;
  /** Length in bytes, at most the first `head` bytes and at most the last `tail` bytes. */
  ends(name: string, head: number, tail: number): Promise<{ bytes: number; head: Uint8Array; tail: Uint8Array }>;
  /** The bytes of a regular file, or as many as tell that it is longer than `bytesMax`; undefined if it is absent. */
  whole(name: string, bytesMax: number): Promise<Uint8Array | undefined>;
}

export function openLog(directory: string): LogFiles {
  const path = (name: string) => join(directory, name);

  // By directory in the log: whether it and those above it were checked.
  const followed = new Map<string, Promise<void>>();

  /** Makes sure that no directory on the way from the log to `name` is a link. */
  async function noLinkTo(name: string): Promise<void> {
    const above = dirname(name);
    if (above === '.') return;
    let checked = followed.get(above);
    if (!checked) followed.set(above, (checked = noLinkTo(above).then(() => noLink(above))));
    await checked;
  }

  async function noLink(name: string): Promise<void> {
    const status = await lstat(path(name)).catch((cause: unknown) => absent(path(name), cause));
    if (status?.isSymbolicLink()) throw notRegular(path(name), 'a directory');
  }

  async function openFile(name: string): Promise<FileHandle> {
    await noLinkTo(name);
    return readable(path(name), async () => {
      const file = await open(path(name), FLAGS);
      if ((await file.stat()).isFile()) return file;
      await file.close();
      throw notRegular(path(name), 'a regular file');
    });
  }

  async function withFile<T>(name: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
    const file = await openFile(name);
    try {
      return await readable(path(name), () => use(file));
    } finally {
      await file.close();
    }
  }

  async function* tree(below: string): AsyncIterable<string> {
    await noLink(below);
    const entries = await opendir(path(below)).catch((cause: unknown) => absent(path(below), cause));
    if (!entries) return;
    for await (const entry of entries) {
      const name = `${below}/${entry.name}`;
      if (entry.isDirectory()) yield* tree(name);
      else if (entry.isFile()) yield name;
    }
  }

  return {
    async segments() {
      const names = await readable(directory, () => readdir(directory));
      return names.filter((name) => name.endsWith('.cborseq')).toSorted();
    },
    async isFile(name) {
      return (await readable(path(name), () => lstat(path(name)))).isFile();
    },
    async names(below) {
      await noLinkTo(below);
      await noLink(below);
      return (await readdir(path(below)).catch((cause: unknown) => absent(path(below), cause))) ?? [];
    },
    tree,
    async *chunks(name) {
      const file = await openFile(name);
      // The next chunk is read while this one is used.
      const buffers = [new Uint8Array(CHUNK_BYTES), new Uint8Array(CHUNK_BYTES)] as const;
      const read = (buffer: Uint8Array) => {
        const result = readable(path(name), () => file.read(buffer, 0, CHUNK_BYTES));
        // The error is thrown when the next chunk is asked for. Until then it counts as handled.
        result.catch(() => undefined);
        return result;
      };
      let coming = read(buffers[0]);
      try {
        for (let turn = 0; ; turn = 1 - turn) {
          const { bytesRead } = await coming;
          if (bytesRead === 0) return;
          coming = read(buffers[1 - turn]!);
          yield buffers[turn]!.subarray(0, bytesRead);
        }
      } finally {
        await coming.catch(() => undefined);
        await file.close();
      }
    },
    ends(name, headBytes, tailBytes) {
      return withFile(name, async (file) => {
        const { size: bytes } = await file.stat();
        const head = new Uint8Array(Math.min(headBytes, bytes));
        const tail = new Uint8Array(Math.min(tailBytes, bytes));
        await file.read(head, 0, head.length, 0);
        await file.read(tail, 0, tail.length, bytes - tail.length);
        return { bytes, head, tail };
      });
    },
    async whole(name, bytesMax) {
      try {
        return await withFile(name, async (file) => {
          const { size } = await file.stat();
          const bytes = new Uint8Array(Math.min(size, bytesMax + 1));
          let filled = 0;
          while (filled < bytes.length) {
            const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, filled);
            if (bytesRead === 0) break;
            filled += bytesRead;
          }
          return bytes.subarray(0, filled);
        });
      } catch (error) {
        if (error instanceof OperatingError && (error.cause as NodeJS.ErrnoException)?.code === 'ENOENT')
          return undefined;
        throw error;
      }
    },
  };
}

/** What lies in a directory. A link is `other`, wherever it leads. */
export async function entriesOf(directory: string): Promise<{ name: string; kind: 'directory' | 'file' | 'other' }[]> {
  const entries = await readable(directory, () => readdir(directory, { withFileTypes: true }));
  return entries.map((entry) => {
    const kind = entry.isDirectory() ? 'directory' : entry.isFile() ? 'file' : 'other';
    return { name: entry.name, kind };
  });
}

/** The bytes of a file that ships with the verifier; undefined if it is absent. */
export async function readShipped(name: string): Promise<Uint8Array | undefined> {
  const path = fileURLToPath(new URL(name, import.meta.url));
  return readFile(path).catch((cause: unknown) => absent(path, cause));
}

/** The bytes of a file named by the user, or of a pipe. */
export async function readBytes(path: string): Promise<Uint8Array> {
  return readable(path, async () => {
    const file = await open(path);
    try {
      return await upToLimit(path, async (rest) => (await file.read(rest)).bytesRead);
    } finally {
      await file.close();
    }
  });
}

/** All bytes of an open file descriptor, a file or a pipe. */
export async function readDescriptor(fd: number): Promise<Uint8Array> {
  const name = `file descriptor ${fd}`;
  return readable(name, () => upToLimit(name, async (rest) => readSync(fd, rest)));
}

async function upToLimit(name: string, read: (rest: Uint8Array) => Promise<number>): Promise<Uint8Array> {
  const bytes = new Uint8Array(GIVEN_BYTES_MAX + 1);
  let filled = 0;
  for (let count = -1; count !== 0 && filled < bytes.length; filled += count)
    count = await read(bytes.subarray(filled));
  if (filled <= GIVEN_BYTES_MAX) return bytes.slice(0, filled);
  throw new OperatingError(
    'too-large',
    `${name} has over ${GIVEN_BYTES_MAX} bytes`,
    'no file that this takes is so long',
  );
}

async function readable<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    throw cause instanceof OperatingError ? cause : unreadable(path, cause);
  }
}

// Undefined if the cause is that the path does not exist.
function absent(path: string, cause: unknown): undefined {
  const { code } = cause as NodeJS.ErrnoException;
  if (code !== 'ENOENT' && code !== 'ENOTDIR') throw unreadable(path, cause);
  return undefined;
}

function notRegular(path: string, what: string): OperatingError {
  return new OperatingError(
    'unreadable',
    `${path} is not ${what}`,
    'a log has only regular files and directories; remove it',
  );
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
