// Logs for the verifier's tests: in temporary directories, or in memory where there are many.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { LogFiles } from '../../verifier/log-files.ts';
import type { VerifyReport } from '../../verifier/report.ts';
import { inOrder } from '../../verifier/log/runner.ts';
import { createHasher } from '../../verifier/sha256/hasher.ts';
import { verifyFiles } from '../../verifier/verify.ts';
import type { Anchors } from '../../verifier/verify.ts';

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
  const below = (directory: string) => names.filter((name) => name.startsWith(`${directory}/`));
  return {
    segments: async () => names.filter((name) => !name.includes('/') && name.endsWith('.cborseq')),
    isFile: async () => true,
    names: async (directory) => [
      ...new Set(below(directory).map((name) => name.slice(directory.length + 1).split('/')[0]!)),
    ],
    async *tree(directory) {
      yield* below(directory);
    },
    async *chunks(name) {
      const bytes = files[name]!;
      for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
    },
    async ends(name, head, tail) {
      const bytes = files[name]!;
      return {
        bytes: bytes.length,
        head: bytes.subarray(0, head),
        tail: bytes.subarray(Math.max(0, bytes.length - tail)),
      };
    },
    whole: async (name) => files[name],
  };
}

/** The SIMD module, as built. */
export const WASM = readFileSync(new URL('../../verifier/sha256/sha256.wasm', import.meta.url));
const hasher = createHasher('simd', WASM);

/** Verifies a log in memory, in this thread. */
export function verifyInMemory(
  files: Record<string, Uint8Array>,
  anchors: Anchors,
  { chunkBytes = 1 << 20, by = hasher } = {},
): Promise<VerifyReport> {
  const log = inMemory(files, chunkBytes);
  return verifyFiles(log, anchors, inOrder(log, by));
}
