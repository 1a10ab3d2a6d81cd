// Logs for the verifier's tests: in temporary directories, or in memory where there are many.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { LogFiles } from '../../verifier/log-files.ts';

/** Runs `use` on a directory that holds `files` (path → bytes), and removes it. */
export async function withFiles<T>(
  files: Record<string, Uint8Array>,
  use: (directory: string) => Promise<T>,
): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'plumb-verifier-'));
  try {
    for (const [name, bytes] of Object.entries(files)) {
      mkdirSync(dirname(join(directory, name)), { recursive: true });
      writeFileSync(join(directory, name), bytes);
    }
    return await use(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

export function inMemory(files: Record<string, Uint8Array>, chunkBytes = 1 << 20): LogFiles {
  const names = Object.keys(files).toSorted();
  return {
    segments: async () => names.filter((name) => !name.includes('/')).map((name) => ({ name, isFile: true })),
    blobs: async () => new Set(names.filter((name) => name.includes('/')).map((name) => name.slice('blobs/'.length))),
    async *chunks(name) {
      const bytes = files[name]!;
      for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
    },
  };
}
