// Temporary log directories for the verifier's tests.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

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
