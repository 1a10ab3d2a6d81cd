import { Command, Help } from 'commander';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { VERBS } from '../../bindings/cli/verbs.ts';
import { PLUMB_MAIN, VERIFY_MAIN } from '../built.ts';
import { withFiles } from '../verifier/log-directory.ts';
import { FILES } from '../verifier/sample-log.ts';
import { EXAMPLE, inDirectory, jsonLines, plumb, type Ran } from './plumb.ts';

const run = (...args: string[]): Promise<Ran> => inDirectory((directory) => plumb(args, directory));

describe('every verb', () => {
  test.each([
    ['init'],
    ['import swe-agent'],
    ['decide'],
    ['verify'],
    ['replay'],
    ['log show'],
    ['log tail'],
    ['log export'],
    ['log redact'],
    ['log recover'],
    ['conformance cbor'],
    ['policy compile'],
    ['policy check'],
    ['policy fmt'],
    ['policy test'],
    ['policy lower'],
    ['conformance cedar'],
    ['demo'],
  ])('%s --help shows an example and --json', async (verb) => {
    const { code, stdout, stderr } = await run(...verb.split(' '), '--help');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain(`Example: plumb ${verb}`);
    expect(stdout).toContain('--json');
  });
});

test.each(VERBS.map((verb) => [verb.name, verb] as const))('%s is listed as it is', async (name, verb) => {
  const program = new Command().enablePositionalOptions();
  (await verb.load())(program);
  const [command] = program.commands;
  expect([command!.name(), command!.description()]).toEqual([name, verb.description]);
  expect(new Help().subcommandTerm(command!)).toBe(`${name} ${verb.usage}`.trimEnd());
});

test.each([
  [['help', 'verify'], 'Usage: plumb verify [options] <DIR>'],
  [['log', '--help'], 'Usage: plumb log [options] [command]'],
  [['--help'], 'verify [options] <DIR>'],
])('plumb %j', async (words, text) => {
  const { code, stdout, stderr } = await run(...words);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toContain(text);
});

describe('an error', () => {
  test.each([
    ['usage: a verb is needed', [], 2],
    ["usage: unknown command 'nope'", ['nope'], 2],
    ["usage: unknown option '--nope'", ['verify', 'x', '--nope'], 2],
    ["usage: missing required argument 'DIR'", ['verify'], 2],
    ["usage: required option '--policy <P>' not specified", ['decide'], 2],
    ["usage: required option '--seed <FILE>' not specified", ['init'], 2],
    ['usage: the seed does not belong among the keys', ['init', '--keys', '.', '--seed', './seed'], 2],
    ['usage: --json and --seed - both want standard output', ['init', '--seed', '-', '--json'], 2],
    ['usage: --log needs --keys', ['decide', '--policy', 'coding-agent', '--log', 'log'], 2],
    ['usage: --log needs --durability', ['decide', '--policy', 'coding-agent', '--log', 'log', '--keys', 'k'], 2],
    [
      'usage: --keys, --durability, --origin and --publish go with --log',
      ['decide', '--policy', 'coding-agent', '--publish', 'cat'],
      2,
    ],
    ['usage: --all needs --key', ['verify', '.', '--all'], 2],
    ['usage: --all takes only --key, --issuers and --json', ['verify', '.', '--all', '--key', 'x', '--pubkey', 'y'], 2],
    ['usage: --key names where the seed is', ['verify', '.', '--key', 'ab'.repeat(32)], 2],
    ['key-malformed: env:PLUMB_ABSENT is not a seed file', ['verify', '.', '--key', 'env:PLUMB_ABSENT'], 1],
    ['key-unreadable: fd:77 cannot be read (EBADF)', ['verify', '.', '--key', 'fd:77'], 1],
    ['key-unreadable: nokeys/signing cannot be read (ENOENT)', ['log', 'recover', '.', '--keys', 'nokeys'], 1],
    [
      'usage: --authority goes with a single .cedar file',
      ['policy', 'compile', 'coding-agent', '--authority', 'none'],
      2,
    ],
    [
      "usage: option '--durability <D>' argument 'never' is invalid",
      ['decide', '--policy', 'p', '--durability', 'never'],
      2,
    ],
    ['policy-unreadable: nowhere cannot be read (ENOENT)', ['policy', 'compile', 'nowhere'], 1],
    ['unreadable: nowhere.traj cannot be read (ENOENT)', ['import', 'swe-agent', 'nowhere.traj'], 1],
    ['not-a-trajectory: -: the file is not a JSON object', ['import', 'swe-agent', '-'], 1],
    ['unreadable: cannot read nowhere: ENOENT', ['verify', 'nowhere'], 1],
    ['key-unreadable: nokey cannot be read (ENOENT)', ['verify', '.', '--key', 'nokey'], 1],
    ['unreadable: notrust cannot be read (ENOENT)', ['replay', '.', '--trust', 'notrust'], 1],
  ])('%s', async (text, args, exit) => {
    const { code, stdout, stderr } = await run(...args);
    expect([code, stdout]).toEqual([exit, '']);
    expect(stderr.startsWith(text)).toBe(true);
    // What happened, then what to do.
    expect(stderr).toMatch(/^[a-z-]+: .*\n( {2}.+\n)?$/);
  });
});

// Issue F.
describe('a word that is no option', () => {
  test.each([
    ['decide', '--nope'],
    ['log', 'redact', '.', '--nope'],
    ['grant', 'create', '--nope=x', '--level', 'plan'],
  ])('is told before one that is missing: %s %s', async (...words) => {
    expect(await run(...words)).toMatchObject({ code: 2, stderr: expect.stringContaining("unknown option '--nope") });
  });
});

function toFull(stream: 'stdout' | 'stderr', main: string, words: readonly string[]) {
  const full = openSync('/dev/full', 'w');
  const stdio = stream === 'stdout' ? (['ignore', full, 'pipe'] as const) : (['ignore', 'pipe', full] as const);
  try {
    const { status, stderr } = spawnSync(process.execPath, [main, ...words], { stdio: [...stdio], encoding: 'utf8' });
    return { status, stderr };
  } finally {
    closeSync(full);
  }
}

// Issue F: --help printed a stack.
describe.skipIf(!existsSync('/dev/full'))('output that cannot be written (needs /dev/full)', () => {
  test.each([['--help'], ['--version'], ['help', 'run'], ...VERBS.map(({ name }) => [name, '--help'])])(
    'is one line: plumb %s %s',
    (...words) => {
      const { status, stderr } = toFull('stdout', PLUMB_MAIN, words);
      expect([status, stderr]).toEqual([1, 'output-unwritable: standard output cannot be written (ENOSPC)\n']);
    },
  );

  test.each([[['--help']], [['--version']], [['LOG']], [['LOG', '--json']]])(
    'is a line and its hint: plumb-verify %j',
    (words) =>
      withFiles(FILES, async (log) => {
        const given = words.map((word) => (word === 'LOG' ? log : word));
        const { status, stderr } = toFull('stdout', VERIFY_MAIN, given);
        expect([status, stderr]).toEqual([1, expect.stringMatching(/^output-unwritable: .*ENOSPC\n {2}.*\n$/)]);
      }),
  );

  test.each([
    [PLUMB_MAIN, ['nope']],
    [PLUMB_MAIN, ['log']],
    [VERIFY_MAIN, []],
  ])('leaves the exit code if it is the error that cannot: %s %j', (main, words) => {
    expect(toFull('stderr', main, words).status).toBe(2);
  });
});

test.each([PLUMB_MAIN, VERIFY_MAIN])('%s --version is that of the package (F)', (main) => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  expect(spawnSync(process.execPath, [main, '--version'], { encoding: 'utf8' })).toMatchObject({
    status: 0,
    stdout: `${version}\n`,
    stderr: '',
  });
});

describe('plumb init', () => {
  const INIT = ['init', '--keys', 'keys', '--seed', 'seed'];

  test('makes keys and a seed for their owner alone, apart, and never overwrites any', async () => {
    await inDirectory(async (directory) => {
      const made = await plumb([...INIT, '--name', 'host.example', '--json'], directory);
      expect(JSON.parse(made.stdout)).toMatchObject({
        keys: 'keys',
        seed: 'seed',
        vkey: expect.stringMatching(/^host\.example\+/),
      });
      const mode = (file: string): number => statSync(join(directory, file)).mode & 0o777;
      expect([mode('seed'), mode('keys'), mode('keys/writer'), mode('keys/signing')]).toEqual([
        0o600, 0o700, 0o600, 0o600,
      ]);
      const texts = (): string[] => ['seed', 'keys/writer'].map((file) => readFileSync(join(directory, file), 'utf8'));
      const before = texts();
      for (const other of [
        INIT,
        ['init', '--keys', 'others', '--seed', 'seed'],
        ['init', '--keys', 'keys', '--seed', 'other'],
      ]) {
        const again = await plumb(other, directory);
        expect([again.code, again.stderr.split(':')[0], texts()]).toEqual([1, 'key-exists', before]);
      }
      // Neither a seed without keys nor keys without a seed is left.
      expect(readdirSync(directory).toSorted()).toEqual(['keys', 'seed']);
    });
  });

  test('shows nothing secret, unless the seed itself is asked for', async () => {
    await inDirectory(async (directory) => {
      const { code, stdout, stderr } = await plumb(['init', '--seed', 'seed'], directory);
      const [, secret] = /([0-9a-f]{64})/.exec(readFileSync(join(directory, 'seed'), 'utf8'))!;
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).toContain(join(directory, 'config', 'plumbline'));
      expect(stdout).not.toMatch(/[0-9a-f]{64}/);
      const files = readdirSync(join(directory, 'config', 'plumbline'), { recursive: true, withFileTypes: true });
      for (const file of files.filter((entry) => entry.isFile())) {
        expect(readFileSync(join(file.parentPath, file.name), 'utf8')).not.toContain(secret);
      }
      const piped = await plumb(['init', '--keys', 'keys', '--seed', '-'], directory);
      expect(piped.stdout).toMatch(/^# .*\nplumbline-seed-1 [0-9a-f]{64}\n$/);
    });
  });
});

describe('plumb import', () => {
  test('prints every request of the example, from a file and from standard input alike', async () => {
    await inDirectory(async (directory) => {
      const file = await plumb(['import', 'swe-agent', EXAMPLE], directory);
      const piped = await plumb(['import', 'swe-agent', '-'], directory, readFileSync(EXAMPLE));
      expect(file.code).toBe(0);
      expect(piped.stdout).toBe(file.stdout);
      const refs = jsonLines(file.stdout).map((item) => ([item].flat()[0] as { ref: string }).ref.split(':')[0]);
      expect(new Set(refs)).toEqual(new Set(Array.from({ length: 13 }, (_, index) => `step ${index + 1}`)));
    });
  });
});

describe('plumb policy compile', () => {
  test('gives the same bytes in two processes', async () => {
    await inDirectory(async (directory) => {
      const [one, two] = await Promise.all(
        ['one', 'two'].map((name) => plumb(['policy', 'compile', 'coding-agent', '-o', name], directory)),
      );
      expect(readFileSync(join(directory, 'one'))).toEqual(readFileSync(join(directory, 'two')));
      expect(one!.stdout).toMatch(/^[0-9a-f]{64} {2}coding-agent\n$/);
      expect(two!.stdout).toBe(one!.stdout);
    });
  });

  test('names file, line, column and line of what is wrong', async () => {
    await inDirectory(async (directory) => {
      writeFileSync(join(directory, 'bad.cedar'), '\npermit(principal, action resource);\n');
      const { code, stderr } = await plumb(['policy', 'compile', 'bad.cedar', '--authority', 'none'], directory);
      expect(code).toBe(1);
      expect(stderr).toMatch(/^policy-invalid: bad\.cedar:2:26: /);
      expect(stderr).toContain('\n  permit(principal, action resource);\n                           ^\n');
    });
  });

  test('asks whether a single file requires authority', async () => {
    await inDirectory(async (directory) => {
      writeFileSync(join(directory, 'p.cedar'), 'permit(principal, action, resource);');
      const { code, stderr } = await plumb(['policy', 'compile', 'p.cedar'], directory);
      expect([code, stderr]).toMatchObject([2, expect.stringContaining('does not say whether authority is required')]);
    });
  });

  test.each([
    ['policy.json cannot be read (ENOENT)', undefined],
    ['policy.json is not JSON', '{'],
    ['policy.json has an unknown key "autority"', '{"autority":"none"}'],
    ['policy.json does not say whether authority is required', '{}'],
    ['policy.json does not say whether authority is required', '{"authority":"maybe"}'],
    ['policy.json is not an object', 'null'],
  ])('refuses a directory whose %s', async (message, settings) => {
    await inDirectory(async (directory) => {
      mkdirSync(join(directory, 'policy'));
      writeFileSync(join(directory, 'policy', 'policy.cedar'), 'permit(principal, action, resource);');
      if (settings !== undefined) writeFileSync(join(directory, 'policy', 'policy.json'), settings);
      const { code, stderr } = await plumb(['policy', 'compile', './policy'], directory);
      expect([code, stderr]).toMatchObject([1, expect.stringContaining(message)]);
    });
  });

  test('says where it cannot write', async () => {
    const { code, stderr } = await run('policy', 'compile', 'coding-agent', '-o', 'no/where');
    expect([code, stderr]).toEqual([1, 'unwritable: no/where cannot be written (ENOENT)\n']);
  });
});

describe('a key', () => {
  test('that others can read is refused', async () => {
    await inDirectory(async (directory) => {
      await plumb(['init', '--keys', 'keys', '--seed', 'seed'], directory);
      chmodSync(join(directory, 'seed'), 0o644);
      const { code, stderr } = await plumb(['verify', '.', '--key', 'seed'], directory);
      expect([code, stderr.split(':')[0]]).toEqual([1, 'key-exposed']);
    });
  });
});
