// Owns: the way tests reach third-party data, which lies beside the project and is never copied into it.
// Excludes: what the data says; every test judges that for itself.

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, test } from 'vitest';

/**
 * The absolute path of `relative` in the folder `shared` beside the repository, or `undefined` if it is absent.
 * With `CI=true` absence throws: a skipped test proves nothing.
 */
export function shared(relative: string): string | undefined {
  const path = fileURLToPath(new URL(`../../shared/${relative}`, import.meta.url));
  if (existsSync(path)) return path;
  if (process.env['CI'] === 'true') throw new Error(`third-party data is absent: ../shared/${relative}`);
  return undefined;
}

/** A `describe` over third-party data: a skip that names what is absent, or, with `CI=true`, a failure. */
export function describeShared(title: string, relative: string, body: (path: string) => void): void {
  const path = shared(relative);
  if (path === undefined) test.skip(`${title}: ../shared/${relative} is absent`);
  else describe(title, () => body(path));
}
