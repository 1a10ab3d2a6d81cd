// Owns: what `npm run build` does before tsc writes the types: an empty dist, the code in few files, and the data that
// it reads. dist/verifier has all of the verifier's program in it, and runs wherever it is copied to.
// Call: node .ci/dist.ts. Trusts: rolldown to keep what the code does. The programs are
// CommonJS and have the dependencies in them that are JavaScript alone: of 36 ms that `import` of the modules that
// commander takes adds to a start, `require` of one file adds 12 (Node 26.10). What is imported by others stays
// ECMAScript modules.

import { cpSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown, type ModuleFormat, type Plugin } from 'rolldown';

const root = fileURLToPath(new URL('..', import.meta.url));
const { dependencies, engines, exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  dependencies: Record<string, string>;
  engines: { node: string };
  exports: Record<string, string>;
};

/** Started by Node: by a person, by another of these, or as a thread. */
const PROGRAMS = [
  'bindings/cli/main',
  'bindings/run/worker',
  'kernel-adapters/linux/guardian',
  'kernel-adapters/linux/launcher',
];
const VERIFIER_PROGRAMS = ['verifier/main', 'verifier/log/segment-worker', 'verifier/replay/replay-worker'];
/** Imported, or started by what is imported. */
const MODULES = [
  ...Object.values(exports)
    .filter((path) => path.endsWith('.js'))
    .map((path) => path.replace(/^\.\/dist\/(.*)\.js$/, '$1')),
  'kernel-adapters/linux/guardian',
  'kernel-adapters/linux/launcher',
  'kernel-adapters/linux/probe-child',
  ...VERIFIER_PROGRAMS.slice(1),
];
/** Loaded when they are needed, and not JavaScript alone. */
const NATIVE = ['@cedar-policy/cedar-wasm', 'koffi', 'cbor-extract'];

/** Code finds data and programs beside itself: in dist as in the tree, wherever rolldown puts the code. */
function keepsPlaces(extension: string): Plugin {
  const PLACE = /__place_of__\("([^"]+)"\)/g;
  return {
    name: 'keeps-places',
    transform(code, id) {
      if (!code.includes('import.meta.url') || id.includes('node_modules')) return null;
      const path = relative(root, id).replace(/ts$/, extension);
      return { code: code.replaceAll('import.meta.url', `__place_of__("${path}")`) };
    },
    renderChunk(code, { fileName }) {
      const place = (path: string): string => {
        const to = JSON.stringify(relative(dirname(fileName), path));
        return extension === 'js'
          ? `new URL(${to}, import.meta.url).href`
          : `require("node:url").pathToFileURL(require("node:path").join(__dirname, ${to})).href`;
      };
      return { code: code.replace(PLACE, (_, path: string) => place(path)) };
    },
  };
}

/** The first thing that a program does, in words that every Node reads: later ones may not exist in an old one. */
function refusesOldNode(): Plugin {
  const [, major, minor] = /^>=(\d+)\.(\d+)$/.exec(engines.node)!;
  const check = `(function () {
  var found = process.version.slice(1).split('.').map(Number);
  if (found[0] > ${major} || (found[0] === ${major} && found[1] >= ${minor})) return;
  console.error('node-too-old: Plumbline needs Node ${major}.${minor} or newer, and this is Node ' + found.join('.'));
  console.error('  install Node >= ${major}.${minor}, and see that it comes first on PATH');
  process.exit(1);
})();`;
  return {
    name: 'refuses-old-node',
    renderChunk(code) {
      const [shebang] = /^#!.*\n/.exec(code) ?? [];
      return shebang === undefined ? null : { code: `${shebang}${check}\n${code.slice(shebang.length)}` };
    },
  };
}

/** Returns the paths of the modules that went in. */
async function bundle(
  paths: readonly string[],
  format: ModuleFormat,
  external: readonly string[],
  dist: string,
  chunks = 'chunks',
): Promise<string[]> {
  const extension = format === 'cjs' ? 'cjs' : 'js';
  const programs = new Set(paths.map((path) => join(root, `${path}.ts`)));
  const bundled = await rolldown({
    input: Object.fromEntries(paths.map((path) => [path, join(root, `${path}.ts`)])),
    platform: 'node',
    external: (id) => /^(node|bun):/.test(id) || external.some((name) => id === name || id.startsWith(`${name}/`)),
    plugins: [keepsPlaces(extension), refusesOldNode()],
    // Of ours, no module does anything by being loaded but those that are started. So what a folder's index.ts passes
    // on is loaded where it is used.
    treeshake: { moduleSideEffects: (id) => id.includes('node_modules') || programs.has(id) },
    onLog(level, { message }) {
      throw new Error(`${level}: ${message}`);
    },
  });
  const { output } = await bundled.write({
    dir: dist,
    format,
    entryFileNames: `[name].${extension}`,
    chunkFileNames: `${chunks}/[name]-[hash].${extension}`,
    // Names are kept: they are what a fault's stack is told by.
    minify: format === 'cjs' && { compress: true, mangle: false, codegen: true },
  });
  return output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []));
}

/** The licences of what is in the programs, which ask to be passed on with it. */
function licences(modules: readonly string[]): string {
  const packages = new Set(modules.map((id) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0]));
  return [...packages]
    .filter((directory) => directory !== undefined)
    .toSorted()
    .map((directory) => {
      const [file] = globSync('{LICENSE,LICENCE,license}*', { cwd: directory });
      if (file === undefined) throw new Error(`${directory} has no licence`);
      return `${relative(join(root, 'node_modules'), directory)}\n\n${readFileSync(join(directory, file), 'utf8')}`;
    })
    .join('\n\n');
}

const dist = join(root, 'dist');

// What an earlier build left must not be published.
rmSync(dist, { recursive: true, force: true });
const verifier = await bundle(VERIFIER_PROGRAMS, 'cjs', NATIVE, dist, 'verifier/chunks');
const modules = [...verifier];
// One by one: they share no memory, and of what they share on the disk, each file takes half a millisecond to find.
for (const program of PROGRAMS) modules.push(...(await bundle([program], 'cjs', NATIVE, dist)));
writeFileSync(join(dist, 'LICENCES'), licences(modules));
writeFileSync(join(dist, 'verifier/LICENCES'), licences(verifier));
await bundle(MODULES, 'esm', Object.keys(dependencies), dist);

for (const pattern of [
  'engine/engine.wasm',
  'engine/schema/*',
  'bindings/presets/*/*.{cedar,json}',
  'verifier/trusted.txt',
  'verifier/sha256/sha256.wasm',
  'docs/examples/*.traj',
]) {
  for (const path of globSync(pattern, { cwd: root })) cpSync(join(root, path), join(dist, path));
}
