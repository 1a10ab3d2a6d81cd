// Owns: which runtime this is, told by the globals it is documented to have.

import type { Runtime } from './runtime.ts';

export type { Runtime };

/** The capabilities of the runtime this runs in. */
export async function hostRuntime(): Promise<Runtime> {
  if ('Deno' in globalThis) return (await import('./deno.ts')).runtime;
  if ('Bun' in globalThis) return (await import('./bun.ts')).runtime;
  return (await import('./node.ts')).runtime;
}
