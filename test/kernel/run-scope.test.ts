// The authority that `plumb run` makes of what was typed, or of where it was typed: which paths it names, whose word it
// is, until when.

import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Grant, readGrant } from '../../bindings/authority/grant.ts';
import { hostRuntime } from '../../bindings/runtime/index.ts';
import { checkOptions } from '../../bindings/cli/run.ts';
import { mintAuthority } from '../../bindings/run/authority.ts';
import type { ScopeOptions } from '../../bindings/run/scope-options.ts';
import { canonical } from '../../bindings/run/paths.ts';
import { PLUMB_MAIN } from '../built.ts';

const NOW_MS = Date.UTC(2030, 0, 1);
const runtime = { ...(await hostRuntime()), now: () => NOW_MS, random: (bytes: number) => randomBytes(bytes) };
const parent = realpathSync(mkdtempSync(join(tmpdir(), 'plumbline-run-scope-')));
const [home, work, temporary] = ['home', 'home/work', 'temporary'].map((name) => join(parent, name)) as [
  string,
  string,
  string,
];
const started = process.cwd();
for (const name of [work, temporary, join(work, 'in'), join(parent, 'tool/bin'), join(parent, 'tool/lib')]) {
  mkdirSync(name, { recursive: true });
}
symlinkSync('../../temporary', join(work, 'link'));
writeFileSync(join(parent, 'tool/bin/tool'), '#!/bin/sh\n', { mode: 0o755 });

beforeEach(() => {
  vi.stubEnv('HOME', home);
  vi.stubEnv('PATH', '/usr/bin:/bin');
  process.chdir(work);
});
afterEach(() => {
  vi.unstubAllEnvs();
  process.chdir(started);
});
afterAll(() => rmSync(parent, { recursive: true, force: true }));

async function grantOf(options: ScopeOptions, command: readonly string[] = ['true']): Promise<Grant> {
  const { tokens, trust } = mintAuthority(options, command, work, temporary, runtime);
  expect([tokens.length, trust.toJSON().keys.length]).toEqual([1, 1]);
  const read = readGrant(tokens[0]!);
  if ('refusal' in read) throw new Error(read.refusal.message);
  return read.grant;
}

type Scope = Record<'read' | 'write' | 'exec' | 'connect' | 'listen', string[]>;
const scopeOf = async (options: ScopeOptions): Promise<Scope> => {
  const { entries } = (await grantOf(options)).scope;
  const texts = Object.entries(entries).map(([name, list]) => [name, list.map(({ text }) => text)]);
  return Object.fromEntries(texts) as Scope;
};

describe('what is typed', () => {
  test('is what paths lead to, relative and by links, whether there or not', async () => {
    const scope = await scopeOf({ read: ['in', 'link', './new/deep', '/'], write: ['new'], exec: ['in/', 'in/x'] });
    expect(scope).toMatchObject({
      read: [join(work, 'in'), temporary, join(work, 'new/deep'), '/'],
      write: [join(work, 'new'), temporary],
      exec: [`${join(work, 'in')}/`, join(work, 'in/x')],
    });
  });

  test('of programs may be a name, which is what PATH finds', async () => {
    vi.stubEnv('PATH', `/no/such:${join(parent, 'tool/bin')}`);
    expect(await scopeOf({ exec: ['tool'] })).toMatchObject({ exec: [join(parent, 'tool/bin/tool')] });
    await expect(scopeOf({ exec: ['no-such-tool'] })).rejects.toMatchObject({ code: 'command-not-found' });
  });

  test('is all there is, but for the directory for temporary files', async () => {
    const { read, write, exec, connect, listen } = await scopeOf({ connect: ['127.0.0.1:80'] });
    expect([read, write]).toEqual([[temporary], [temporary]]);
    expect([exec, connect, listen].map(({ length }) => length)).toEqual([0, 1, 0]);
  });

  test('is refused where it is no scope, with a hint', async () => {
    for (const options of [{ connect: ['host'] }, { expires: 'soon' }, { read: ['/a\0b'] }]) {
      await expect(grantOf(options)).rejects.toMatchObject({ code: 'grant-malformed', hint: expect.any(String) });
    }
  });

  test.each<[why: string, options: Parameters<typeof checkOptions>[0]]>([
    ['a grant without trust', { grant: 'g' }],
    ['trust without a grant', { trust: 't' }],
    ['a grant and a scope', { grant: 'g', trust: 't', read: ['/'] }],
    ['a grant and an objective', { grant: 'g', trust: 't', objective: 'x' }],
  ])('is not understood: %s', (_why, options) => {
    expect(() => checkOptions(options, work)).toThrow(
      expect.objectContaining({ message: expect.stringMatching(/--(grant|trust)/) }),
    );
  });

  test('says what it is for, or else names the program alone, in one line', async () => {
    expect((await grantOf({ objective: 'Fix it' })).statement).toBe('Fix it');
    expect((await grantOf({}, ['deploy', '--token=x'])).statement).toBe('Run deploy');
    expect((await grantOf({}, ['a\n\u202eb'])).statement).toBe('Run a b');
    expect((await grantOf({}, ['x'.repeat(5000)])).statement).toHaveLength(1000);
  });

  test('ends when it says, by default after a day', async () => {
    expect((await grantOf({ expires: '90s' })).expiresMs - NOW_MS).toBe(90_000);
    expect((await grantOf({})).expiresMs - NOW_MS).toBe(24 * 3_600_000);
  });
});

describe('by default', () => {
  test('the directory and that for temporary files are written and run, and home is not read', async () => {
    const scope = await scopeOf({});
    expect(scope.write.filter((path) => !path.startsWith('/dev/'))).toEqual([work, temporary]);
    expect(scope.read).toEqual(expect.arrayContaining([work, temporary, '/usr', '/etc']));
    expect(scope.exec).toEqual(expect.arrayContaining([`${work}/`, `${temporary}/`, '/usr/']));
    expect([...scope.read, ...scope.exec]).not.toEqual(expect.arrayContaining([expect.stringMatching(`^${home}/?$`)]));
    expect([scope.connect, scope.listen]).toEqual([[], []]);
  });

  test('nothing is named twice, by a link or below another', async () => {
    vi.stubEnv('PATH', '/usr/bin:/bin:/usr/local/bin');
    const { read, exec } = await scopeOf({});
    for (const list of [read, exec]) {
      const isBelow = (one: string) =>
        list.some((other) => other !== one && one.startsWith(other.replace(/\/?$/, '/')));
      expect(list.filter(isBelow)).toEqual([]);
      expect(list.map(canonical)).toEqual(list);
    }
  });

  test('what PATH finds is read and run, with the libraries beside it', async () => {
    const bin = join(parent, 'tool/bin');
    vi.stubEnv('PATH', `/usr/bin:${bin}:/no/such:relative:`);
    const { read, exec } = await scopeOf({});
    expect(read).toEqual(expect.arrayContaining([bin, join(parent, 'tool/lib')]));
    expect(exec).toContain(`${bin}/`);
    expect([...read, ...exec].filter((path) => /no\/such|relative/.test(path))).toEqual([]);
  });

  test('a PATH with all of home in it does not open home', async () => {
    vi.stubEnv('PATH', `/usr/bin:${home}:${parent}:/`);
    const { read, exec } = await scopeOf({});
    expect([...read, ...exec].filter((path) => [home, parent, ''].includes(path.replace(/\/$/, '')))).toEqual([]);
  });

  test("git's settings are read, and nothing else of home", async () => {
    writeFileSync(join(home, '.gitconfig'), '');
    const { read } = await scopeOf({});
    expect(read.filter((path) => path.startsWith(`${home}/`))).toEqual([join(home, '.gitconfig'), work]);
  });
});

const minted = (options: ScopeOptions, directory: string) => () =>
  mintAuthority(options, ['true'], directory, temporary, runtime);
const fault = (code: string, message: RegExp, hint: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message), hint: expect.stringMatching(hint) });

// Issue F: each was told as something else.
describe('what is wrong is said', () => {
  test.each(['', 'home'])('of HOME=%j', (value) => {
    vi.stubEnv('HOME', value);
    expect(() => checkOptions({}, work)).toThrow(fault('no-home', /^HOME is "(home)?"/, /set it/));
  });

  test('of a directory with a *', () => {
    expect(minted({}, join(parent, 'a*b'))).toThrow(
      fault('grant-malformed', /a\*b": .*holds a \*/, /current directory/),
    );
  });

  test('of a scope that is too long', () => {
    const read = Array.from({ length: 5000 }, (_, index) => join(work, String(index)));
    const message = /at most 65536 characters as a token, and has \d{6}/;
    expect(minted({ read }, work)).toThrow(fault('grant-malformed', message, /directory stands for all/));
  });

  test('of a directory whose name is not UTF-8', () => {
    const script = `mkdir "$(printf 'n\\377')" && cd "$(printf 'n\\377')" && exec "$0" "$1" run -- true`;
    const { status, stderr } = spawnSync('sh', ['-c', script, process.execPath, PLUMB_MAIN], { encoding: 'utf8' });
    expect(status).toBe(125);
    expect(stderr).toMatch(/^run-nowhere: the path of the current directory is not UTF-8: .*\n {2}.*\n$/);
  });
});

test('a path that is not there is below what there is of its directory', () => {
  expect(canonical('link/a/b')).toBe(join(temporary, 'a/b'));
  expect(canonical('new/')).toBe(`${join(work, 'new')}/`);
  expect(canonical('/')).toBe('/');
});
