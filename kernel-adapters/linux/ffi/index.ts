// Owns: which FFI there is, told by the globals that runtimes are documented to have.

import type { Sys } from './sys.ts';

export type { Sys };

/** System calls of this thread. Each thread opens its own. */
export async function hostSys(): Promise<Sys> {
  if ('Deno' in globalThis) return (await import('./deno.ts')).openSys();
  if ('Bun' in globalThis) return (await import('./bun.ts')).openSys();
  return (await import('./koffi.ts')).openSys();
}
