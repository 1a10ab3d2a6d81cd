// Owns: building what is not JavaScript: OPA's policy (needs go) and the host of native Cedar (needs cargo). What is
// built stays outside the sources; the second run finds it.

import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const BUILT = fileURLToPath(new URL('../../node_modules/.cache/bench-decide/', import.meta.url));

export const OPA_POLICY = join(BUILT, 'policy.wasm');
export const CEDAR_NATIVE = join(BUILT, 'release/cedar-native');

/** Returns why it could not be built. A toolchain that is there and fails is an error. */
export function buildOpa(): string | undefined {
  if (!isThere('go', 'version')) return 'needs go';
  const compiler = join(BUILT, 'opa-compile');
  run('go', ['build', '-o', compiler, '.'], join(HERE, 'opa'));
  run(compiler, [join(HERE, 'opa/policy.rego'), OPA_POLICY, 'bench/allow'], HERE);
  return undefined;
}

/** Returns why it could not be built. */
export function buildCedarNative(): string | undefined {
  if (!isThere('cargo', '--version')) return 'needs cargo';
  run('cargo', ['build', '--quiet', '--release', '--locked', '--target-dir', BUILT], join(HERE, 'cedar-native'));
  return undefined;
}

const isThere = (command: string, ask: string): boolean => spawnSync(command, [ask]).status === 0;

function run(command: string, args: string[], folder: string): void {
  mkdirSync(BUILT, { recursive: true });
  const { status } = spawnSync(command, args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error(`${command} ${args[0]} fails`);
}
