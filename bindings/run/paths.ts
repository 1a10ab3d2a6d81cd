// Owns: paths as the kernel reads them back.

import { realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

/**
 * A path as the kernel reads it back: the object is judged, not the name that led to it. A trailing `/`, all below, is
 * kept.
 */
export function canonical(path: string): string {
  const at = kernelPath(path);
  return path.endsWith('/') ? asDirectory(at) : at;
}

/** The same without the slash. Of a path that does not exist, the part that does is resolved and the rest appended. */
export function kernelPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const at = resolve(path);
    return join(kernelPath(dirname(at)), basename(at));
  }
}

/** With a `/` at its end: all below it. */
export const asDirectory = (path: string): string => (path.endsWith('/') ? path : `${path}/`);
