// plumb-verify as a stranger runs it: the folder copied out with its two dependencies, in Node, Deno and Bun.
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { SEED as SAMPLE_SEED } from '../vectors/log/parts.ts';
import { ofRing, ring } from '../ring.ts';
import { withFiles } from './log-directory.ts';
import { Signer } from '../vectors/log/write.ts';
import {
  ENGINE,
  ERASED,
  HANGING,
  LAYERS,
  OTHER_DECISION,
  OWNER,
  PROGRAM,
  SEED,
  SIGNER,
  hex,
  replayLogFiles,
  under,
} from './replay-log.ts';
import { Person } from '../vectors/grant/write.ts';
import { FILES } from './sample-log.ts';
import type { Session } from './replay-log.ts';

const STRANGER = new Person(2);
const repository = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const RUNTIMES: [string, string[]][] = [
  ['node', [process.execPath]],
  ['deno', [repository('node_modules/.bin/deno'), 'run', '--quiet', '--no-remote', '--allow-read', '--allow-env']],
  ['bun', [repository('node_modules/.bin/bun'), 'run']],
];

const alone = mkdtempSync(join(tmpdir(), 'plumb-verify-'));
cpSync(repository('verifier'), join(alone, 'verifier'), { recursive: true });
for (const dependency of ['cbor-x', '@noble/hashes'] as const) {
  cpSync(repository(`node_modules/${dependency}`), join(alone, 'node_modules', dependency), { recursive: true });
}
const { 'cbor-x': cbor, '@noble/hashes': hashes } = manifest.dependencies;
writeFileSync(
  join(alone, 'package.json'),
  JSON.stringify({ type: 'module', dependencies: { 'cbor-x': cbor, '@noble/hashes': hashes } }),
);
const SEED_TEXT = `# of a test\nplumbline-seed-1 ${SEED.toString('hex')}\n`;
writeFileSync(join(alone, 'seed'), SEED_TEXT);
writeFileSync(join(alone, 'signing.pub'), `${SIGNER.vkey}\n`);
writeFileSync(join(alone, 'stranger.pub'), `${new Signer(Buffer.alloc(32), 'plumbline/stranger').vkey}\n`);
writeFileSync(join(alone, 'published'), replayLogFiles({})['checkpoint']!);
writeFileSync(join(alone, 'trust'), `${hex(ENGINE)}  stand-in\n${hex(PROGRAM)}  a program\n`);
writeFileSync(
  join(alone, 'give-up.ts'),
  `import { parseTrust, replayLog } from './verifier/index.ts';
   import { readFileSync } from 'node:fs';
   const trusted = parseTrust(readFileSync('trust', 'utf8')).trust;
   const { status, reason } = await replayLog(process.argv[2], { trusted, timeoutMs: 1000 });
   console.log(status, reason);
   process.exit(0);`,
);
afterAll(() => rmSync(alone, { recursive: true }));

interface Run {
  exit: number;
  stdout: string;
  stderr: string;
}

function run([command, ...options]: string[], script: string, args: string[]): Promise<Run> {
  return new Promise((resolve) => {
    const env = { ...process.env, PLUMB_SEED: SEED_TEXT };
    const child = execFile(command!, [...options, script, ...args], { cwd: alone, env }, (error, stdout, stderr) =>
      resolve({ exit: error ? Number(error.code) : 0, stdout, stderr }),
    );
    child.stdin!.end(SEED_TEXT);
  });
}

const KEY = ['--key', 'seed'];
const PUBKEY = ['--pubkey', 'signing.pub'];
const REPLAY = ['--replay', '--trust', 'trust'];

// What is done to the log, the arguments, the exit code of SPEC §9.5, and a line of the answer.
const RUNS: [string, Session, string[], number, string][] = [
  ['verified', {}, KEY, 0, 'authenticated: 4 records, authentic, sealed'],
  ['verified with the seed in a pipe', {}, ['--key', 'fd:0'], 0, 'authenticated: 4 records, authentic, sealed'],
  ['verified with the seed in a variable', {}, ['--key', 'env:PLUMB_SEED'], 0, 'authenticated: 4 records, authentic'],
  ['verified without the seed', {}, PUBKEY, 0, 'authenticated: 4 records, authentic, sealed'],
  [
    'verified against what was published',
    {},
    [...PUBKEY, '--checkpoint', 'published'],
    0,
    'authenticated: 4 records, authentic, sealed',
  ],
  [
    'another log than the published one',
    { decision: OTHER_DECISION },
    [...PUBKEY, '--checkpoint', 'published'],
    3,
    'the checkpoint given, byte 0',
  ],
  ['another signer', {}, ['--pubkey', 'stranger.pub'], 9, 'other-key: the key given is not the key of this log'],
  ['another seed', {}, ['--key', 'other'], 9, 'other-key: the key given is not the key of this log, whose 4 records'],
  ['another seed, with a replay', {}, ['--key', 'other', ...REPLAY], 9, 'expected key id '],
  [
    'erased',
    { requests: [ERASED] },
    [...KEY, ...REPLAY],
    7,
    '1 decision records have their request redacted and erased',
  ],
  ['replayed', {}, [...KEY, ...REPLAY], 0, 'replayed 2 decision records to the same bytes'],
  ['another seed, unsealed', { closed: false }, ['--key', 'other'], 9, 'other-key: the key given is not the key'],
  ['unsealed', { closed: false }, KEY, 4, 'unsealed: 3 records, '],
  ['diverged', { decision: OTHER_DECISION }, [...KEY, ...REPLAY], 5, 'record 1 diverged in its decision at byte '],
  ['malformed', { decision: Buffer.of(0xff) }, KEY, 6, 'record 1, 00000000.cborseq, byte '],
  ['not trusted', {}, [...KEY, '--replay'], 7, `engine ${hex(ENGINE)} is not trusted`],
  ['not authenticated', {}, [], 8, 'unauthenticated: 4 records, consistent, authenticated by no key, sealed'],
];
writeFileSync(join(alone, 'other'), `plumbline-seed-1 ${'06'.repeat(32)}\n`);

/** The first ring runs Node, the rest Deno and Bun. */
const OF_RING = ofRing(RUNTIMES, ([name]) => name === 'node');

describe.each(OF_RING)('%s', (name, runtime) => {
  test.each(RUNS)('%s', async (__, session, args, exit, line) => {
    await withFiles(replayLogFiles(session), async (directory) => {
      const text = await run(runtime, 'verifier/main.ts', [directory, ...args]);
      expect(text).toEqual({ exit, stdout: expect.stringContaining(line), stderr: '' });
    });
  });

  test('an engine that does not come back does not keep the process', async () => {
    await withFiles(replayLogFiles({ requests: [HANGING] }), async (directory) => {
      const { stdout } = await run(runtime, 'give-up.ts', [directory]);
      expect(stdout).toBe('not-replayed record 1 took longer than 1000 ms\n');
    });
  });

  test('several segments, each in a thread of its own', async () => {
    writeFileSync(join(alone, 'sample-seed'), `plumbline-seed-1 ${SAMPLE_SEED.toString('hex')}\n`);
    await withFiles(FILES, async (directory) => {
      const { exit, stdout } = await run(runtime, 'verifier/main.ts', [directory, '--key', 'sample-seed']);
      expect([exit, stdout]).toEqual([0, expect.stringContaining('authenticated: 15 records, authentic, sealed')]);
    });
    const { checkpoint: __, ['00000001.cborseq']: second, ...rest } = FILES;
    await withFiles({ ...rest, '00000001.cborseq': second!.subarray(0, -1) }, async (directory) => {
      const { exit, stdout } = await run(runtime, 'verifier/main.ts', [directory, '--key', 'sample-seed']);
      expect([exit, stdout]).toEqual([6, expect.stringContaining('record 14, 00000001.cborseq, byte ')]);
    });
  });

  test('--issuers takes the place of whom the log names', async () => {
    writeFileSync(join(alone, 'issuers'), JSON.stringify({ keys: [OWNER.jwk] }));
    writeFileSync(join(alone, 'strangers'), JSON.stringify({ keys: [STRANGER.jwk] }));
    const requests = [under(LAYERS[0])];
    await withFiles(replayLogFiles({ layers: [LAYERS[0]], requests }), async (directory) => {
      const verify = (...args: string[]) => run(runtime, 'verifier/main.ts', [directory, ...KEY, ...args]);
      const recorded = await verify();
      expect([recorded.exit, recorded.stdout]).toEqual([0, expect.stringContaining('issuers as recorded in the log')]);
      const given = await verify('--issuers', 'issuers');
      expect([given.exit, given.stdout]).toEqual([0, expect.stringContaining('issuers as given')]);
      const { exit, stdout } = await verify('--issuers', 'strangers', '--json');
      expect([exit, JSON.parse(stdout).authority.sets[0].refusal.code]).toEqual([3, 'grant-untrusted']);
      const none = await verify('--issuers', 'seed');
      expect([none.exit, none.stderr]).toEqual([1, expect.stringContaining('bad-issuers: seed is not a trust set')]);
    });
  });

  test('without its module it hashes slower, and says so', async () => {
    renameSync(join(alone, 'verifier/sha256/sha256.wasm'), join(alone, 'sha256.wasm'));
    try {
      await withFiles(replayLogFiles({}), async (directory) => {
        const { exit, stdout } = await run(runtime, 'verifier/main.ts', [directory, ...KEY, '--json']);
        const { hashing } = JSON.parse(stdout);
        expect([exit, hashing]).toEqual([0, name === 'bun' ? 'native' : 'portable']);
      });
    } finally {
      renameSync(join(alone, 'sha256.wasm'), join(alone, 'verifier/sha256/sha256.wasm'));
    }
  });

  test('--json', async () => {
    await withFiles(replayLogFiles({}), async (directory) => {
      const { stdout } = await run(runtime, 'verifier/main.ts', [directory, ...KEY, ...REPLAY, '--json']);
      expect(JSON.parse(stdout)).toMatchObject({
        status: 'authenticated',
        records: 4,
        authenticated: 4,
        checkpointed: 4,
        sealed: true,
        replayed: 2,
        hashing: name === 'bun' ? 'native' : 'simd',
      });
    });
  });
});

// Arguments, exit code, first line of standard error.
const REFUSED: [string, string[], number, string][] = [
  ['no directory', [], 2, 'usage: one log directory is needed'],
  ['two directories', ['a', 'b'], 2, 'usage: one log directory is needed'],
  ['an unknown option', ['.', '--secret', 'x'], 2, "usage: Unknown option '--secret'"],
  ['--checkpoint alone', ['.', '--checkpoint', 'published'], 2, 'usage: --checkpoint needs --pubkey'],
  ['--trust alone', ['.', '--trust', 'trust'], 2, 'usage: --trust needs --replay'],
  ['no such directory', ['none'], 1, 'unreadable: cannot read none: ENOENT'],
  ['a directory without a log', ['verifier'], 1, 'no-log: the directory holds no log'],
  ['no such key', ['.', '--key', 'none'], 1, 'unreadable: cannot read none: ENOENT'],
  ['a key without end', ['.', '--key', '/dev/zero'], 1, 'too-large: /dev/zero has over 1048576 bytes'],
  ['a key that is none', ['.', '--key', 'trust'], 1, 'bad-key: trust is not a seed'],
  [
    'a variable that is not set',
    ['.', '--key', 'env:NO_SUCH_SEED'],
    1,
    'no-key: NO_SUCH_SEED is not in the environment',
  ],
  ['a descriptor that is not open', ['.', '--key', 'fd:99'], 1, 'unreadable: cannot read file descriptor 99: EBADF'],
  ['a vkey that is none', ['.', '--pubkey', 'seed'], 1, 'bad-pubkey: seed is not an Ed25519 verifier key'],
  [
    'a checkpoint that is none',
    ['.', ...PUBKEY, '--checkpoint', 'seed'],
    1,
    'bad-checkpoint: what was given is not a checkpoint',
  ],
  [
    'a checkpoint by another signer',
    ['.', '--pubkey', 'stranger.pub', '--checkpoint', 'published'],
    1,
    'bad-checkpoint: the checkpoint given is not signed by plumbline/stranger',
  ],
  [
    'a trust file that is none',
    ['.', '--replay', '--trust', 'seed'],
    1,
    'bad-trust: seed:2 is not a line of a trust file',
  ],
];

// Of the program alone, whatever runs it.
if (ring === 'first') {
  test.each(REFUSED)('refuses %s', async (_, args, exit, message) => {
    const result = await run([process.execPath], 'verifier/main.ts', args);
    expect(result).toEqual({ exit, stdout: '', stderr: expect.stringMatching(/^[^\n]+\n {2}[^\n]+\n$/) });
    expect(result.stderr.startsWith(message)).toBe(true);
  });

  test('--help shows an example', async () => {
    const { exit, stdout } = await run([process.execPath], 'verifier/main.ts', ['--help']);
    expect([exit, stdout]).toEqual([0, expect.stringContaining('Example: plumb-verify ')]);
  });

  test('what a file name holds does not reach the terminal as it is', async () => {
    await withFiles({ '\u001b[2J.cborseq': Buffer.alloc(0) }, async (directory) => {
      const { stdout } = await run([process.execPath], 'verifier/main.ts', [directory]);
      expect(stdout).toMatch(/^[\n -~]*$/);
    });
  });
}
