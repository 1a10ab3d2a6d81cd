// Owns: who may import whom, and that every file is used.
// Trusts: formatted code (the linter checks it), in which a statement starts a line and a specifier has single quotes.

import { posix } from 'node:path';
import { codeIn, codeOf, sourcesOf, type Rule, type Tree } from './tree.ts';

const SPECIFIER =
  /^(?:import|export)\b[^;]*?\bfrom '([^']+)'|^import '([^']+)'|\b(?:import|createRequire\(import\.meta\.url\))\('([^']+)'\)/gm;
const CODE_URL = /new URL\('(\.[^']+\.(?:ts|mjs|wasm))', import\.meta\.url\)/g;

/** What a file's imports and URLs of code name: paths in the repository, package names, `node:` or `bun:`. */
function dependenciesOf(path: string, text: string): string[] {
  const code = codeIn(text);
  const specifiers = [...code.matchAll(SPECIFIER), ...code.matchAll(CODE_URL)].map(
    (match) => match[1] ?? match[2] ?? match[3]!,
  );
  return specifiers.map((specifier) => {
    // AssemblyScript takes no endings.
    if (specifier.startsWith('.')) return posix.join(posix.dirname(path), specifier).replace(/(\/[\w-]+)$/, '$1.ts');
    const builtIn = /^(node|bun):/.exec(specifier);
    if (builtIn) return builtIn[0];
    return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  });
}

/** The arrow table of ARCHITECTURE.md: a folder, and which folders, single files and packages it may import. */
function arrowsOf(tree: Tree): Map<string, string[]> {
  const rows = tree.get('ARCHITECTURE.md')?.matchAll(/^\| `([^`]+)` \|(.*)\|$/gm) ?? [];
  return new Map(
    [...rows].map(([, from, allowed]) => [from!, [...allowed!.matchAll(/`([^`]+)`/g)].map((item) => item[1]!)]),
  );
}

/** The longest of `folders` that holds `path`. */
const folderOf = (path: string, folders: Iterable<string>): string | undefined =>
  [...folders].filter((folder) => path.startsWith(`${folder}/`)).toSorted((a, b) => b.length - a.length)[0];

export const arrows: Rule = (tree) => {
  const table = arrowsOf(tree);
  return sourcesOf(tree).flatMap(([path, text]) => {
    const from = folderOf(path, table.keys());
    if (from === undefined) return [`${path}: no row of ARCHITECTURE's arrow table holds it`];
    const allowed = [from, ...table.get(from)!];
    return dependenciesOf(path, text)
      .filter((target) => !allowed.includes(target) && !allowed.includes(folderOf(target, table.keys()) ?? target))
      .map((target) => `${path}: ${from} may not import ${target}`);
  });
};

/** Arrows between files go one way, those of types and of workers too. */
export const circles: Rule = (tree) => {
  const imports = new Map(sourcesOf(tree).map(([path, text]) => [path, dependenciesOf(path, text)]));
  const found: string[] = [];
  const settled = new Set<string>();
  const visit = (path: string, trail: string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) found.push(`${[...trail.slice(start), path].join(' → ')}: a circle`);
    if (start >= 0 || settled.has(path)) return;
    for (const target of imports.get(path) ?? []) visit(target, [...trail, path]);
    settled.add(path);
  };
  for (const path of imports.keys()) visit(path, []);
  return found;
};

export const readableImports: Rule = (tree) =>
  sourcesOf(tree).flatMap(([path, text]) => {
    const hidden =
      codeIn(text).match(
        /\bcreateRequire\b(?!\(import\.meta\.url\)\('| \} from 'node:module')|\brequire\(|\bimport\((?!')/g,
      ) ?? [];
    return hidden.map((found) => `${path}: ${found} hides what is imported; use import with a literal`);
  });

/** Where running starts: bins, exports, scripts, tests, and commands that CONTRIBUTING names. */
function entriesOf(tree: Tree): string[] {
  const commands = `${tree.get('package.json')} ${tree.get('CONTRIBUTING.md')}`;
  const built = [...commands.matchAll(/dist\/([\w./-]+)\.c?js/g)].map((match) => `${match[1]}.ts`);
  const run = [...commands.matchAll(/(?<![\w./-])[\w./-]+\.(?:ts|mjs)\b/g)].map((match) => match[0]);
  const tests = codeOf(tree).filter(([path]) => /^test\/.*\.test\.ts$|^vitest\.config\.ts$/.test(path));
  return ['engine/assembly/index.ts', ...built, ...run, ...tests.map(([path]) => path)];
}

export const orphans: Rule = (tree) => {
  const code = new Map(codeOf(tree));
  const reached = new Set<string>();
  const pending = entriesOf(tree);
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const text = code.get(path);
    if (text === undefined || reached.has(path)) continue;
    reached.add(path);
    // A file run in another process or runtime is named by a string: from the root, or from the file itself.
    // One that is built along takes its caller's ending, as the replacement 'name.$1'.
    const named = [...text.matchAll(/'([\w./-]+\.(?:ts|mjs|\$1))'/g)].map((match) => match[1]!.replace('$1', 'ts'));
    pending.push(
      ...dependenciesOf(path, text),
      ...named,
      ...named.map((name) => posix.join(posix.dirname(path), name)),
    );
  }
  return [...code.keys()]
    .filter((path) => !reached.has(path) && !path.endsWith('.d.ts'))
    .map((path) => `${path}: nothing uses it; delete it or name its command in CONTRIBUTING`);
};
