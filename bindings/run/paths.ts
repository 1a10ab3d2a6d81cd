// Owns: paths as the kernel reads them back.

import { realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

/** A path as the kernel reads it back: what is judged is the object, not the name that led to it. A trailing `/` stays: all below. */
export function canonical(path: string): string {
  const at = kernelPath(path);
  return path.endsWith('/') ? asDirectory(at) : at;
}

/** The same without the slash. Of what is not there yet, what there is of its directory, and the rest. */
export function kernelPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const at = resolve(path);
    return join(kernelPath(dirname(at)), basename(at));
  }
}

/** A directory in the form that means all below it. */
export const asDirectory = (path: string): string => (path.endsWith('/') ? path : `${path}/`);
