// Owns: rules about package.json.

import { codeOf, sourcesOf, type Rule, type Tree } from './tree.ts';

interface Manifest {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  bin: Record<string, string>;
  exports: Record<string, string>;
  files: string[];
  scripts: Record<string, string>;
}

const manifestOf = (tree: Tree): Manifest => JSON.parse(tree.get('package.json')!) as Manifest;

export const pins: Rule = (tree) => {
  const { dependencies, devDependencies } = manifestOf(tree);
  return Object.entries({ ...dependencies, ...devDependencies })
    .filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
    .map(([name, version]) => `package.json: ${name} ${version} is not an exact version`);
};

const imports = (text: string, name: string): boolean => new RegExp(`(from|import|import\\() ?'${name}[/']`).test(text);

export const dependencies: Rule = (tree) => {
  const manifest = manifestOf(tree);
  const sources = sourcesOf(tree);
  const shipped = sources.filter(([path]) => !path.endsWith('/build.ts'));
  const unused = Object.keys(manifest.dependencies)
    .filter((name) => !sources.some(([, text]) => imports(text, name)))
    .map((name) => `package.json: nothing that ships imports ${name}`);
  const unshipped = Object.keys(manifest.devDependencies).flatMap((name) =>
    shipped
      .filter(([, text]) => imports(text, name))
      .map(([path]) => `${path}: ${name} is only a development dependency`),
  );
  return [...unused, ...unshipped];
};

/** What is built keeps its path under dist; code changes its ending. */
const sourceOf = (path: string): string => path.replace(/^(\.\/)?dist\//, '').replace(/\.c?js$/, '.ts');

// Built by `npm run build:engine`, so not in the tree.
const BUILT = 'engine/engine.wasm';

export const targets: Rule = (tree) => {
  const { bin, exports, files, scripts } = manifestOf(tree);
  const scripted = Object.values(scripts).flatMap(
    (script) => script.match(/(?<![\w./-])[\w./-]+\.(?:ts|mjs|json)\b/g) ?? [],
  );
  const named = [
    ...Object.values(bin),
    ...Object.values(exports),
    ...files.filter((path) => path !== 'dist'),
    ...scripted,
  ];
  return named
    .map(sourceOf)
    .filter((path) => path !== BUILT && !tree.has(path))
    .map((path) => `package.json: ${path} does not exist`);
};

export const bins: Rule = (tree) =>
  Object.values(manifestOf(tree).bin)
    .map(sourceOf)
    .filter((path) => !codeOf(tree).some(([other, text]) => other === path && text.startsWith('#!/usr/bin/env node\n')))
    .map((path) => `${path}: a bin starts with #!/usr/bin/env node`);

interface Lock {
  packages: Record<string, { optionalDependencies?: Record<string, string> }>;
}

/** `npm ci` refuses a lock without entries for other platforms, and npm leaves out those its registry did not serve. */
export const lock: Rule = (tree) => {
  const { packages } = JSON.parse(tree.get('package-lock.json')!) as Lock;
  return Object.values(packages)
    .flatMap(({ optionalDependencies }) => Object.keys(optionalDependencies ?? {}))
    .filter((name) => !(`node_modules/${name}` in packages))
    .map((name) => `package-lock.json: ${name} has no entry, and npm ci will fail`);
};
