// What `npm pack` makes of `dist` (built.ts), installed and run: its dependencies are linked from this checkout, so it
// needs no network.

import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ENGINE, hex, PROGRAM, replayLogFiles, SEED } from './verifier/replay-log.ts';
import { withFiles } from './verifier/log-directory.ts';
import { canLaunch } from './kernel/launching/run-guarded.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const temporary = mkdtempSync(join(tmpdir(), 'plumbline-package-'));
const app = join(temporary, 'app');
const installed = join(app, 'node_modules/plumbline');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  bin: Record<string, string>;
  dependencies: Record<string, string>;
  exports: Record<string, string>;
  files: string[];
};

const tarball = (): string => readdirSync(temporary).find((name) => name.endsWith('.tgz'))!;

beforeAll(() => {
  const build = join(temporary, 'build');
  for (const path of ['package.json', 'README.md', 'LICENSE', ...manifest.files]) {
    cpSync(join(root, path), join(build, path), { recursive: true });
  }
  execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', temporary], { cwd: build });
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['-xzf', join(temporary, tarball()), '--strip-components=1', '-C', installed]);
  for (const name of Object.keys(manifest.dependencies)) {
    mkdirSync(dirname(join(app, 'node_modules', name)), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), join(app, 'node_modules', name));
  }
}, 120_000);

afterAll(() => rmSync(temporary, { recursive: true }));

test('it holds what is documented and no sources', () => {
  const paths = readdirSync(installed, { recursive: true, encoding: 'utf8' });
  expect(paths).toContain('LICENSE');
  expect(paths).toContain('README.md');
  expect(paths.filter((path) => path.startsWith('test') || (path.endsWith('.ts') && !path.endsWith('.d.ts')))).toEqual(
    [],
  );
});

test('it is small, and in few files but for its types', () => {
  const code = readdirSync(installed, { recursive: true, encoding: 'utf8' }).filter((path) => /\.c?js$/.test(path));
  // One for each source would be more than 280.
  expect(code.length).toBeLessThan(140);
  // Each program has what it uses in its own file, so that it starts sooner (decision 83).
  expect(statSync(join(temporary, tarball())).size).toBeLessThan(1_000_000);
  // Programs have these in them.
  expect(readFileSync(join(installed, 'dist/LICENCES'), 'utf8')).toMatch(/^commander$/m);
});

test('plumb --help loads what it says and nothing else', () => {
  const count = join(temporary, 'count.cjs');
  writeFileSync(
    count,
    "process.on('exit', () => require('fs').writeSync(2, `${Object.keys(require.cache).join('\\n')}\\n`));\n",
  );
  const main = join(installed, manifest.bin['plumb']!);
  const { stderr } = spawnSync(process.execPath, ['-r', count, main, '--help'], { cwd: app, encoding: 'utf8' });
  const loaded = stderr.split('\n').filter((path) => path.includes('plumbline/') || path.includes('node_modules'));
  expect(loaded.length).toBeGreaterThan(0);
  expect(loaded.length).toBeLessThan(6);
});

test.each(Object.entries(manifest.bin))('%s --help runs', (name, path) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(installed, path), '--help'], {
    cwd: app,
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain(name);
});

// Issue F: `bug:`, and the stack of what an old Node does not know.
test.each(Object.entries(manifest.bin))('%s says in a line and its hint which Node it needs (F)', (_name, path) => {
  const pretend = "Object.defineProperty(process, 'version', { value: 'v20.20.2' })";
  const preload = ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`];
  const script = join(installed, path);
  const { status, stdout, stderr } = spawnSync(process.execPath, [...preload, script, '--help'], { encoding: 'utf8' });
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/^node-too-old: .*needs Node 22\.18 or newer.*20\.20\.2\n {2}install Node >= 22\.18.*\n$/);
  expect(readFileSync(script, 'utf8').indexOf('process.version')).toBeLessThan(200);
});

test.each(Object.keys(manifest.exports))('%s resolves', (name) => {
  const specifier = JSON.stringify(name.replace(/^\./, 'plumbline'));
  const code = name.includes('.', 1)
    ? `(await import('node:fs')).readFileSync(new URL(import.meta.resolve(${specifier})))`
    : `if (Object.keys(await import(${specifier})).length === 0) throw new Error('nothing is exported')`;
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    cwd: app,
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});

test("the README's program runs and says what its comment says", () => {
  const program = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(root, 'README.md'), 'utf8'))![1]!;
  writeFileSync(
    join(app, 'schema.cedarschema'),
    'entity Agent, Service;\naction deploy appliesTo { principal: Agent, resource: Service };\n',
  );
  writeFileSync(join(app, 'policy.cedar'), '@id("nobody") permit (principal == Agent::"nobody", action, resource);\n');
  writeFileSync(join(app, 'example.ts'), program);
  writeFileSync(join(app, 'package.json'), '{ "type": "module" }');
  const { status, stdout, stderr } = spawnSync(process.execPath, ['example.ts'], { cwd: app, encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout.trimEnd()).toBe(/console\.log\(.*\/\/ (.*)/.exec(program)![1]);
});

const plumb = (...args: string[]) =>
  spawnSync(process.execPath, [join(installed, manifest.bin['plumb']!), ...args], {
    cwd: app,
    env: { ...process.env, XDG_STATE_HOME: join(temporary, 'state') },
    encoding: 'utf8',
  });

const bin = (name: string): string => join(root, 'node_modules/.bin', name);
test.each([
  ['node', [process.execPath]],
  ['deno', [bin('deno'), 'run', '--quiet', '--no-remote', '--allow-read', '--allow-env']],
  ['bun', [bin('bun'), 'run']],
])('dist/verifier runs wherever it is copied to, in %s (F)', async (name, [command, ...options]) => {
  const alone = join(temporary, `alone-${name}`);
  cpSync(join(installed, 'dist/verifier'), alone, { recursive: true });
  await withFiles(replayLogFiles({}), async (log) => {
    writeFileSync(join(alone, 'seed'), `plumbline-seed-1 ${SEED.toString('hex')}\n`);
    writeFileSync(join(alone, 'trust'), `${hex(ENGINE)}  stand-in\n${hex(PROGRAM)}  a program\n`);
    const args = ['main.cjs', log, '--key', 'seed', '--replay', '--trust', 'trust'];
    const ran = spawnSync(command!, [...options, ...args], { cwd: alone, encoding: 'utf8' });
    expect([ran.status, ran.stderr]).toEqual([0, '']);
    expect(ran.stdout).toContain('replayed 2 decision records to the same bytes');
  });
});

test('plumb demo runs to its end', () => {
  const { status, stdout, stderr } = plumb('demo');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  // Its attack is real where `plumb run` can be started, which is a file of its own.
  expect(stdout.includes('simulated: ')).toBe(!canLaunch);
});

test.skipIf(!canLaunch)('plumb run finds its thread, guardian and launcher (needs Linux with Landlock)', () => {
  const { status, stdout, stderr } = plumb('run', '--', 'echo', 'hi');
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: 'hi\n', stderr: '' });
  const [run] = readdirSync(join(temporary, 'state/plumbline/runs'));
  expect(plumb('log', 'show', join(temporary, 'state/plumbline/runs', run!, 'log')).stdout).toMatch(
    /process\.exec \/\S*echo/,
  );
});
