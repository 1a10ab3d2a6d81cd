import { describe, expect, test } from 'vitest';
import { decisions, doors, drawing, links } from './tidy/docs.ts';
import { longFunctions } from './tidy/functions.ts';
import { arrows, circles, orphans, readableImports } from './tidy/imports.ts';
import { bins, dependencies, lock, pins, targets } from './tidy/manifest.ts';
import { clocks, rings } from './tidy/rings.ts';
import { bans, commentWidths, heads, names, silencers, skips, words } from './tidy/text.ts';
import { readTree, type Rule } from './tidy/tree.ts';

const RULES = [
  arrows,
  circles,
  readableImports,
  orphans,
  names,
  heads,
  commentWidths,
  words,
  bans,
  clocks,
  rings,
  silencers,
  skips,
  pins,
  dependencies,
  targets,
  bins,
  lock,
  links,
  drawing,
  doors,
  longFunctions,
  decisions,
];

describe('the tree', () => {
  const tree = readTree();
  test('is read', () => expect(tree.has('test/tidy.test.ts') && tree.has('.ci/run')).toBe(true));
  test.each(RULES.map((rule) => [rule.name, rule] as const))('keeps the rule: %s', (_, rule) =>
    expect(rule(tree)).toEqual([]),
  );
});

const ARCHITECTURE = [
  '| from | may import |',
  '| `engine/assembly` | nothing |',
  '| `verifier` | `node:`, `cbor-x` |',
  '| `verifier/log` | `verifier/log-files.ts` |',
  '| `bindings` | `node:`, `@noble/hashes` |',
  '| `bindings/cli` | `bindings`, `verifier` |',
].join('\n');

const MANIFEST = { dependencies: {}, devDependencies: {}, bin: {}, exports: {}, files: [], scripts: {} };
const manifest = (part: object): Record<string, string> => ({
  'package.json': JSON.stringify({ ...MANIFEST, ...part }),
});
const importing = (path: string, line: string): Record<string, string> => ({
  'ARCHITECTURE.md': ARCHITECTURE,
  [path]: `${line}\n`,
});
const drawingOf = (...lines: string[]): Record<string, string> => ({
  'ARCHITECTURE.md': ['```', ...lines, '```'].join('\n'),
});

const doorsOf = (cell: string): Record<string, string> => ({
  'ARCHITECTURE.md': `## Where things are\n\n| question | answer |\n|---|---|\n| where | ${cell} |\n\n\`\`\`\n`,
  'package.json': '{}',
  'bindings/a/b.ts': '',
});
const lines = (count: number, name = 'long'): string =>
  ['class A {', `  ${name}(`, '    a: number,', '  ): void {', ...Array(count - 4).fill('    a;'), '  }', '}'].join(
    '\n',
  );

// One violation each, and the message that must name it.
const PLANTED: [rule: Rule, why: string, files: Record<string, string>, message: string][] = [
  [
    arrows,
    'verifier → bindings',
    importing('verifier/a.ts', `import { x } from '../bindings/x.ts';`),
    'verifier may not import bindings/x.ts',
  ],
  [
    arrows,
    'bindings → verifier',
    importing('bindings/a.ts', `export * from '../verifier/x.ts';`),
    'bindings may not import verifier/x.ts',
  ],
  [
    arrows,
    'bindings → its cli',
    importing('bindings/a.ts', `import '../bindings/cli/main.ts';`),
    'bindings may not import bindings/cli/main.ts',
  ],
  [
    arrows,
    'a type',
    importing('verifier/a.ts', `import type { X } from '../bindings/x.ts';`),
    'verifier may not import bindings/x.ts',
  ],
  [
    arrows,
    'names over several lines',
    importing('verifier/a.ts', `import {\n  x,\n  y,\n} from '../bindings/x.ts';`),
    'bindings/x.ts',
  ],
  [
    arrows,
    'a dynamic import',
    importing('verifier/a.ts', `const x = await import('jose');`),
    'verifier may not import jose',
  ],
  [
    arrows,
    'a worker',
    importing('verifier/a.ts', `new Worker(new URL('../bindings/x.ts', import.meta.url));`),
    'bindings/x.ts',
  ],
  [
    arrows,
    'a part of a scoped package',
    importing('verifier/a.ts', `import { x } from '@noble/hashes/hmac.js';`),
    '@noble/hashes',
  ],
  [
    arrows,
    'a built-in',
    importing('engine/assembly/a.ts', `import { x } from 'node:fs';`),
    'engine/assembly may not import node:',
  ],
  [
    arrows,
    'outside the table',
    importing('kernel-adapters/a.ts', `const x = 1;`),
    "no row of ARCHITECTURE's arrow table",
  ],
  [
    arrows,
    'a file beside one that is allowed',
    importing('verifier/log/a.ts', `import '../log-files.ts';\nimport '../verify.ts';`),
    'verifier/log may not import verifier/verify.ts',
  ],
  [
    circles,
    'two files that import each other',
    { 'bindings/a.ts': `import { b } from './b.ts';`, 'bindings/b.ts': `import type { A } from './a.ts';` },
    'bindings/a.ts → bindings/b.ts → bindings/a.ts: a circle',
  ],
  [
    circles,
    'a worker that imports what starts it',
    { 'bindings/a.ts': `new URL('./b.ts', import.meta.url);`, 'bindings/b.ts': `import './a.ts';` },
    ': a circle',
  ],
  [readableImports, 'a computed import', { 'bindings/a.ts': 'await import(name);' }, 'import( hides'],
  [readableImports, 'require', { 'bindings/a.ts': `const x = require('x');` }, 'require( hides'],
  [
    readableImports,
    'a computed require',
    { 'bindings/a.ts': 'createRequire(import.meta.url)(name);' },
    'createRequire hides',
  ],
  [
    arrows,
    'a package loaded when it is needed',
    importing('verifier/a.ts', `const x = createRequire(import.meta.url)('jose');`),
    'verifier may not import jose',
  ],
  [orphans, 'an unused file', { ...manifest({}), 'bindings/a.ts': '' }, 'bindings/a.ts: nothing uses it'],
  [
    orphans,
    'a test vitest does not match',
    { ...manifest({}), 'test/a.spec.ts': '' },
    'test/a.spec.ts: nothing uses it',
  ],
  [
    orphans,
    'a file only it itself uses',
    { ...manifest({}), 'test/a.ts': `import './a.ts';` },
    'test/a.ts: nothing uses it',
  ],
  [names, 'camel case', { 'bindings/openSession.ts': '' }, 'bindings/openSession.ts: not kebab-case'],
  [names, 'an underscore', { 'test/a_b/c.ts': '' }, 'test/a_b/c.ts'],
  [names, 'capitals below the root', { 'docs/NOTES.md': '' }, 'docs/NOTES.md'],
  [heads, 'code first', { 'verifier/a.ts': 'export const x = 1;\n// Owns: nothing.\n' }, 'verifier/a.ts: no head'],
  [commentWidths, 'a line that is not wrapped', { 'test/a.c': `  // ${'x'.repeat(116)}\n` }, 'test/a.c:1: a comment'],
  [words, 'a machine path', { 'SPEC.md': `see ${['', 'work', 'main', 'x'].join('/')}` }, 'a path of one machine'],
  [words, 'a registry', { 'package.json': `https://registry.${'npm'}js.org/x` }, 'a registry host'],
  [words, 'an author', { 'README.md': `Co-authored-${'by'}: x` }, 'how it was written'],
  [words, 'a page of elsewhere', { 'bindings/a.ts': `// DESIG${'N'} §7` }, 'a page that is not in this repository'],
  [words, 'an unfinished note', { 'bindings/a.ts': `// ${'TO'}DO: later` }, 'an unfinished note'],
  [bans, 'the clock', { 'bindings/a.ts': `const t = Date.${'now'}();` }, '; take a clock'],
  [bans, 'randomness', { 'verifier/a.ts': 'const r = Math.random();' }, 'Math.random; take randomness'],
  [bans, 'the environment', { 'kernel-adapters/a.ts': `process.env['HOME']` }, 'process.env; take it'],
  [bans, 'printing', { 'verifier/a.ts': 'console.log(1)' }, 'console.log; return a value'],
  [bans, 'evaluation', { 'bindings/cli/a.ts': 'new Function(x)' }, 'new Function; write'],
  [clocks, 'a clock in a test', { 'test/a.test.ts': `const t = Date.${'now'}();` }, 'test the order of events'],
  [clocks, 'a test that sleeps', { 'test/a.ts': `set${'Timeout'}(resolve, 5)` }, 'test the order of events'],
  [rings, 'a file of the rest that is not listed', { 'test/a.rest.test.ts': '' }, 'list it in test/ring.ts'],
  [
    rings,
    'a divided file that is not listed',
    { 'test/a.test.ts': `import { IDENTITIES } from './kernel/${'host'}.ts';` },
    'list it in test/ring.ts',
  ],
  [rings, 'a listed file that is gone', { 'test/ring.ts': `'test/a.rest.test.ts'` }, 'there is no test/a.rest.test.ts'],
  [
    rings,
    'a listed file that divides nothing',
    { 'test/ring.ts': `'test/a.test.ts'`, 'test/a.test.ts': '' },
    'runs in both rings and divides nothing',
  ],
  [silencers, 'a silenced type', { 'bindings/cli/a.ts': '// @ts-ignore' }, '@ts-ignore silences'],
  [silencers, 'a silenced lint', { 'bindings/cli/a.ts': '// oxlint-disable-next-line no-var' }, 'give the reason'],
  [skips, 'only', { 'test/a.test.ts': `test.${'only'}('x', () => {});` }, 'leaves tests out'],
  [
    skips,
    'a skip without a reason',
    { 'test/a.test.ts': `test.${'skip'}('x', () => {});` },
    'does not say what it needs',
  ],
  [
    skips,
    'a conditional skip without a reason',
    { 'test/a.test.ts': `describe.${'skipIf'}(!x)('y', () => {});` },
    'does not say what it needs',
  ],
  [pins, 'a range', manifest({ dependencies: { x: '^1.0.0' } }), 'x ^1.0.0 is not an exact version'],
  [dependencies, 'an unused dependency', manifest({ dependencies: { x: '1.0.0' } }), 'nothing that ships imports x'],
  [
    dependencies,
    'shipping code on a development dependency',
    { ...manifest({ devDependencies: { x: '1.0.0' } }), 'bindings/a.ts': `import { y } from 'x';` },
    'bindings/a.ts: x is only a development dependency',
  ],
  [
    targets,
    'an export of nothing',
    manifest({ exports: { './a': './dist/bindings/a.js' } }),
    'bindings/a.ts does not exist',
  ],
  [targets, 'a script of nothing', manifest({ scripts: { a: 'node bindings/a.ts' } }), 'bindings/a.ts does not exist'],
  [
    bins,
    'a bin without its first line',
    { ...manifest({ bin: { a: 'dist/a.js' } }), 'a.ts': '// Owns: a.\n' },
    'a.ts: a bin starts with',
  ],
  [
    lock,
    'another platform left out',
    {
      'package-lock.json': JSON.stringify({ packages: { 'node_modules/a': { optionalDependencies: { b: '1.0.0' } } } }),
    },
    'b has no entry',
  ],
  [links, 'a dead link', { 'docs/a.md': '[x](../b.md)' }, 'docs/a.md: links to b.md'],
  [drawing, 'an absent file', { ...drawingOf('engine/ x', '  a.ts'), 'engine/b.ts': '' }, 'draws engine/a.ts'],
  [
    decisions,
    'a decision that the index does not list',
    { 'docs/decisions/0001-a.md': '# 1. A\n', 'docs/decisions/README.md': '' },
    '| 1 | [A](0001-a.md) |',
  ],
  [drawing, 'a folder left out', { ...drawingOf('engine/ x'), 'engine/a/b.ts': '' }, 'does not draw engine/a/'],
  [doors, 'a door to nowhere', doorsOf('`bindings/b`'), 'ARCHITECTURE.md: bindings/b does not exist'],
  [
    doors,
    'a file that is not there',
    doorsOf('`bindings/a/b.ts`, `bindings/a/c.ts`'),
    'bindings/a/c.ts does not exist',
  ],
  [doors, 'a path in a command', doorsOf('`npx vitest run test/a.test.ts`'), 'test/a.test.ts does not exist'],
  [doors, 'a script that is not there', doorsOf('`npm run trust`'), 'there is no script trust'],
  [doors, 'what came, still to come', doorsOf('`bindings/a` (to come)'), 'bindings/a is there, and not to come'],
  [longFunctions, 'a method of 70 lines', { 'bindings/a.ts': lines(70) }, 'bindings/a.ts long: 70 lines'],
  [
    longFunctions,
    'an arrow function of 70 lines',
    { 'verifier/a.ts': ['const long = () => {', ...Array(68).fill('  a;'), '};'].join('\n') },
    'verifier/a.ts long: 70 lines',
  ],
  [
    longFunctions,
    'a listed function that is short',
    { 'verifier/log-files.ts': lines(20, 'openLog') },
    'openLog: is not long any more',
  ],
];

describe('a planted violation is found by', () => {
  test.each(PLANTED.map(([rule, ...rest]) => [rule.name, ...rest, rule] as const))(
    '%s: %s',
    (_, __, files, message, rule) => {
      expect(rule(new Map(Object.entries(files)))).toEqual([expect.stringContaining(message)]);
    },
  );
});
