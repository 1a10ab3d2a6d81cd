// Owns: what the house rules look at: the project's own text files, by path.

import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Paths from the root of the repository, with `/`, and the text of each file. */
export type Tree = ReadonlyMap<string, string>;

/** A house rule: a message `path: what is wrong, and what to do` for each violation. */
export type Rule = (tree: Tree) => string[];

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FOREIGN = /^(node_modules|dist|coverage|\.git)(\/|$)|\.(wasm|tgz)$/;

export function readTree(): Tree {
  const paths = globSync(['**', '.*', '.ci/*'], {
    cwd: ROOT,
    withFileTypes: true,
    exclude: ({ name }) => FOREIGN.test(name),
  })
    .filter((entry) => entry.isFile() && entry.name !== '.git')
    .map((entry) => `${entry.parentPath}/${entry.name}`.slice(ROOT.length).replace(/^\//, ''));
  return new Map(paths.toSorted().map((path) => [path, readFileSync(ROOT + path, 'utf8')]));
}

/** Files of code, this project's tests and settings included. */
export function codeOf(tree: Tree): [path: string, text: string][] {
  return [...tree].filter(([path]) => /\.(ts|mjs)$/.test(path));
}

/** Code that ships or builds what ships. */
export function sourcesOf(tree: Tree): [path: string, text: string][] {
  return codeOf(tree).filter(([path]) => /^(engine|bindings|verifier|kernel-adapters)\//.test(path));
}

/** The text without lines that only comment. */
export const codeIn = (text: string): string => text.replace(/^\s*(\/\/|\*|\/\*).*$/gm, '');
