// Owns: what tests of processes run: the package as built, which is made anew when something that goes into it has
// changed. Before the tests, vitest.config.ts has it made once. Trusts: modification times.

import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const { bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { bin: Record<string, string> };

/** The file of `plumb`, as the package has it. */
export const PLUMB_MAIN: string = join(root, bin['plumb']!);
/** The file of `plumb-verify`, as the package has it. */
export const VERIFY_MAIN: string = join(root, bin['plumb-verify']!);

const MODULES = ['engine/engine.wasm', 'verifier/sha256/sha256.wasm'];
/** Folders stand for what was removed from them. */
const INPUTS = [
  ...MODULES,
  'package.json',
  '.ci/dist.ts',
  'tsconfig*.json',
  ...['engine/compiler', 'engine/schema', 'bindings', 'verifier', 'kernel-adapters'].map((folder) => `${folder}/**`),
];

const modifiedMs = (path: string): number => statSync(join(root, path)).mtimeMs;

function make(script: string): void {
  const { status, stdout, stderr } = spawnSync('npm', ['run', '-s', script], { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`npm run ${script} failed\n${stdout}${stderr}`);
}

/** Makes the engine if there is none, and `dist` if it is older than its sources. */
export default function build(): void {
  if (!MODULES.every((path) => existsSync(join(root, path)))) make('build:engine');
  const newest = globSync(INPUTS, { cwd: root }).reduce((ms, path) => Math.max(ms, modifiedMs(path)), 0);
  if (!existsSync(PLUMB_MAIN) || modifiedMs(bin['plumb']!) < newest) make('build:dist');
}
