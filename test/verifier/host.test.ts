// The logs of a host together: SPEC §9.9. Logs and tombstones are by the writer of the vectors.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkTombstone, parseTombstone } from '../../verifier/log/tombstone.ts';
import { describeHost, describeLog, exitCodeOf, verifyHost } from '../../verifier/index.ts';
import type { HostReport, LogOfHost } from '../../verifier/index.ts';
import { BLOBS, SEED, SIGNER, STATES, TIME_MS, close, decided, flip, header, requestAt } from '../vectors/log/parts.ts';
import type { Changes } from '../vectors/log/parts.ts';
import { LogWriter, encode, fields, keyIdOf, rootOf, sha256 } from '../vectors/log/write.ts';

const OTHER_SEED = Buffer.alloc(32, 0x77);
const HOUR_MS = 3_600_000;

interface Session {
  seed: Buffer;
  fromMs: number;
  toMs: number;
  origin: string;
  closed: boolean;
  header: Changes;
  close: Changes;
  /** How many epochs end before its last. */
  epochs: number;
}

/** Log N is of the Nth hour. */
function recordsOf(number: number, changes: Partial<Session> = {}): Buffer[] {
  const fromMs = changes.fromMs ?? TIME_MS + number * HOUR_MS;
  const session = {
    seed: SEED,
    toMs: fromMs + 1000,
    origin: `plumbline/${number}`,
    closed: true,
    epochs: 0,
    ...changes,
  };
  const { seed, toMs, origin } = session;
  const log = new LogWriter(seed, origin, number);
  log.add(0, header({ 1: origin, 10: fromMs, 14: number, 16: keyIdOf(seed, number), ...changes.header }));
  log.add(1, decided({ 0: requestAt(fromMs), 3: fromMs }));
  for (let epoch = 0; epoch < session.epochs; epoch++) {
    log.add(6, fields({ 0: sha256(STATES[1]!), 1: fromMs }));
    log.add(5, fields({ 0: STATES[1]!, 1: fromMs }));
  }
  const end = close({ 1: log.records.length, 2: sha256(STATES[1]!), 3: toMs, ...changes.close });
  if (session.closed) log.add(8, end);
  return log.records;
}

function logFiles(number: number, changes: Partial<Session> = {}): Record<string, Buffer> {
  const records = recordsOf(number, changes);
  const blobs = Object.entries(BLOBS).map(([name, hex]) => [name, Buffer.from(hex, 'hex')] as const);
  return {
    '00000000.cborseq': Buffer.concat(records),
    checkpoint: SIGNER.checkpoint(changes.origin ?? `plumbline/${number}`, records.length, rootOf(records)),
    ...Object.fromEntries(blobs),
  };
}

const tagOf = (record: Buffer) => record.subarray(-32);
const tombstoneOf = (records: Buffer[]) => encode([records[0]!, tagOf(records.at(-2)!), records.at(-1)!]);

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'plumb-host-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function put(name: string, content: Buffer | Record<string, Buffer>): void {
  if (Buffer.isBuffer(content)) return writeFileSync(join(directory, name), content);
  for (const [path, bytes] of Object.entries(content)) {
    mkdirSync(dirname(join(directory, name, path)), { recursive: true });
    writeFileSync(join(directory, name, path), bytes);
  }
}

async function verify(seed = SEED): Promise<{ report: HostReport; logs: LogOfHost[]; exit: number }> {
  const logs: LogOfHost[] = [];
  const report = await verifyHost(directory, { seed }, (log) => void logs.push(log));
  return { report, logs, exit: exitCodeOf(report) };
}

const NOTHING_FOUND = { failed: 0, missing: [], repeated: [], others: [] };

describe('the logs of a host', () => {
  test('come in the order of their numbers, whatever their names', async () => {
    for (const [name, number] of [
      ['c', 0],
      ['a', 1],
      ['b', 2],
    ] as const)
      put(name, logFiles(number));
    const { report, logs, exit } = await verify();
    expect(report).toEqual({ status: 'authenticated', logs: 3, tombstones: 0, ...NOTHING_FOUND });
    expect(exit).toBe(0);
    expect(logs.map(({ name, logNumber, status }) => [name, logNumber, status])).toEqual([
      ['c', 0, 'authenticated'],
      ['a', 1, 'authenticated'],
      ['b', 2, 'authenticated'],
    ]);
    expect(logs[1]).toMatchObject({ firstMs: TIME_MS + HOUR_MS, lastMs: TIME_MS + HOUR_MS + 1000, records: 3 });
  });

  test('are named where they are missing', async () => {
    for (const number of [1, 5, 7]) put(`log-${number}`, logFiles(number));
    const { report, exit } = await verify();
    expect([report.status, exit]).toEqual(['incomplete', 10]);
    expect(report.missing).toEqual([
      [0, 0],
      [2, 4],
      [6, 6],
    ]);
    expect(describeHost(report)).toBe(
      'incomplete: 3 logs, 0 tombstones\nlog 0 is missing\nlogs 2 to 4 are missing\nlog 6 is missing\n',
    );
  });

  test('tell the time between them, and where they overlap', async () => {
    put('0', logFiles(0, { fromMs: TIME_MS, toMs: TIME_MS + 10_000 }));
    put('1', logFiles(1, { fromMs: TIME_MS + 9_500, toMs: TIME_MS + 11_000 }));
    put('2', logFiles(2, { fromMs: TIME_MS + 11_000 }));
    put('3', logFiles(3, { fromMs: TIME_MS + HOUR_MS }));
    const { report, logs } = await verify();
    expect(report.status).toBe('authenticated');
    expect(logs.map(({ sinceMs }) => sinceMs)).toEqual([undefined, -500, 0, HOUR_MS - 12_000]);
    const told = logs.map(describeLog);
    expect(told[0]).toBe(
      '"0", log 0: authenticated, 3 records, 2025-10-09T08:53:20.000Z to 2025-10-09T08:53:30.000Z\n',
    );
    expect(told[1]).toContain('\n  begins 0.5 s before the end of the log before\n');
    expect(told[2]).not.toContain('begins');
    expect(told[3]).toContain('\n  begins 3588 s after the end of the log before\n');
  });

  test('the gravest status decides, and the rest is checked all the same', async () => {
    put('0', { ...logFiles(0), '00000000.cborseq': flip(logFiles(0)['00000000.cborseq']!, -1) });
    put('1', logFiles(1, { closed: false }));
    put('3', logFiles(3));
    const { report, logs, exit } = await verify();
    expect([report.status, exit]).toEqual(['tampered', 3]);
    expect(logs.map(({ status }) => status)).toEqual(['tampered', 'unsealed', 'authenticated']);
    expect(report.missing).toEqual([[2, 2]]);
    expect(describeLog(logs[0]!)).toContain('\n  record 2, 00000000.cborseq, byte ');
  });

  test('a missing number is graver than an unsealed log', async () => {
    put('1', logFiles(1, { closed: false }));
    expect((await verify()).report.status).toBe('incomplete');
  });

  test('none is under another seed', async () => {
    for (const number of [0, 2]) put(String(number), logFiles(number));
    const { report, logs, exit } = await verify(OTHER_SEED);
    expect([report.status, exit, report.missing]).toEqual(['other-key', 9, []]);
    expect(logs.every(({ status }) => status === 'other-key')).toBe(true);
  });

  test("another host's log takes no number", async () => {
    put('0', logFiles(0));
    put('theirs', logFiles(9, { seed: OTHER_SEED, fromMs: TIME_MS - HOUR_MS }));
    const { report, logs } = await verify();
    expect([report.status, report.missing]).toEqual(['other-key', []]);
    expect(logs.map(({ name, sinceMs }) => [name, sinceMs])).toEqual([
      ['0', undefined],
      ['theirs', undefined],
    ]);
  });

  test('a log that is not readable is told after tampered, and before all else', async () => {
    put('0', logFiles(0));
    put('2', logFiles(2));
    rmSync(join(directory, '0', 'blobs'), { recursive: true });
    symlinkSync('/', join(directory, '0', 'blobs'));
    const first = await verify();
    expect([first.report.status, first.report.failed, first.exit]).toEqual(['incomplete', 1, 1]);
    expect(first.logs[0]).toMatchObject({ name: '0', logNumber: 0, status: 'failed', error: { code: 'unreadable' } });
    expect(describeLog(first.logs[0]!)).toMatch(/^"0", log 0: failed\n {2}unreadable: .*\n {2}a log has only/);
    put('2', { checkpoint: Buffer.from('none') });
    const { report, exit } = await verify();
    expect([report.status, exit]).toEqual(['malformed', 6]);
  });

  test('a number that stands twice, and what is no log, are named', async () => {
    put('0', logFiles(0));
    put('copy', logFiles(0));
    put('1', logFiles(1));
    put('1.pruned', tombstoneOf(recordsOf(1)));
    put('notes', Buffer.from('none'));
    put('keys/sub', { writer: Buffer.from('none') });
    symlinkSync(join(directory, '0'), join(directory, 'link'));
    const { report } = await verify();
    expect(report).toEqual({
      status: 'authenticated',
      logs: 3,
      tombstones: 1,
      failed: 0,
      missing: [],
      repeated: [0, 1],
      others: ['keys', 'link', 'notes'],
    });
    expect(describeHost(report)).toContain(
      '\nlog 1 is there more than once\n"keys" is neither a log nor a tombstone\n',
    );
  });

  test('of what is named, people are shown the first', async () => {
    put('0', logFiles(0));
    for (let i = 0; i < 18; i++) put(`other-${i}`, Buffer.of());
    const { report } = await verify();
    expect(report.others).toHaveLength(18);
    expect(describeHost(report)).toMatch(
      /(\n"other-\d+" is neither .*){16}\nand 2 more such, in the report as JSON\n$/,
    );
  });

  test('each is told as soon as it is checked', async () => {
    for (const number of [0, 1]) put(String(number), logFiles(number));
    const seen: string[] = [];
    await verifyHost(directory, { seed: SEED }, ({ status }) => {
      seen.push(status);
      put('1', { checkpoint: Buffer.from('none') });
    });
    expect(seen).toEqual(['authenticated', 'malformed']);
  });

  test.each([
    ['an empty directory', () => {}],
    ['other files', () => put('notes', Buffer.from('none'))],
    [
      'a log itself',
      () => Object.entries(logFiles(0)).forEach(([name, bytes]) => name.includes('/') || put(name, bytes)),
    ],
  ])('%s holds no logs', async (_, fill) => {
    fill();
    await expect(verify()).rejects.toMatchObject({ code: 'no-log' });
  });

  test('a directory that is not there, or a short seed, is no report', async () => {
    await expect(verifyHost(join(directory, 'x'), { seed: SEED }, () => {})).rejects.toMatchObject({
      code: 'unreadable',
    });
    await expect(verify(SEED.subarray(1))).rejects.toThrow(RangeError);
  });

  test('there may be hundreds', async () => {
    const numbers = Array.from({ length: 300 }, (_, i) => i);
    for (const number of numbers)
      put(`${(number * 7) % 300}`, number % 3 === 1 ? tombstoneOf(recordsOf(number)) : logFiles(number));
    const { report, logs } = await verify();
    expect(report).toMatchObject({ status: 'authenticated', logs: 200, tombstones: 100, missing: [] });
    expect(logs.map(({ logNumber }) => logNumber)).toEqual(numbers);
  });
});

const statusOf = (bytes: Buffer) => {
  const parsed = parseTombstone(bytes);
  return parsed ? (checkTombstone(parsed, SEED).finding?.status ?? 'authenticated') : 'none';
};

describe('a tombstone', () => {
  test('says which log was there, from when to when, and how long it was', async () => {
    put('0', logFiles(0));
    put('1', tombstoneOf(recordsOf(1, { epochs: 3 })));
    put('2', logFiles(2));
    const { report, logs } = await verify();
    expect(report).toMatchObject({ status: 'authenticated', logs: 2, tombstones: 1, missing: [] });
    const firstMs = TIME_MS + HOUR_MS;
    expect(logs[1]).toMatchObject({
      name: '1',
      isTombstone: true,
      logNumber: 1,
      origin: 'plumbline/1',
      firstMs,
      lastMs: firstMs + 1000,
      records: 9,
      sealed: true,
      sinceMs: HOUR_MS - 1000,
    });
    expect(describeLog(logs[1]!)).toMatch(/^"1", log 1, pruned: authenticated, 9 records, /);
  });

  const records = recordsOf(0);
  const [first, decision, last] = records as [Buffer, Buffer, Buffer];
  const stone = (parts: { header?: Buffer; previous?: Buffer; close?: Buffer }) =>
    encode([parts.header ?? first, parts.previous ?? tagOf(decision), parts.close ?? last]);
  const ended = (changes: Changes) => tombstoneOf(recordsOf(0, { close: changes }));
  test.each([
    ['tampered', 'the tag of the header', stone({ header: flip(first, -1) })],
    ['tampered', 'the tag of the close', stone({ close: flip(last, -1) })],
    ['tampered', 'the tag before', stone({ previous: flip(tagOf(decision), 0) })],
    ['tampered', 'the close of another log', stone({ close: recordsOf(0, { origin: 'plumbline/x' }).at(-1)! })],
    ['tampered', 'the header of another log', stone({ header: recordsOf(0, { origin: 'plumbline/x' })[0]! })],
    ['tampered', 'no header', stone({ header: decision })],
    ['tampered', 'no close', stone({ previous: tagOf(first), close: decision })],
    ['tampered', 'a header alone', encode([first, Buffer.alloc(32), first])],
    ['tampered', "a later segment's header", tombstoneOf(recordsOf(0, { header: { 2: 1, 3: 0 } }))],
    ['tampered', 'another number of records', ended({ 1: 3 })],
    ['tampered', 'an end before its beginning', ended({ 3: TIME_MS - 1 })],
    ['malformed', 'a header cut short', stone({ header: first.subarray(0, -1) })],
    ['malformed', 'a byte behind the close', stone({ close: Buffer.concat([last, Buffer.of(0)]) })],
    ['malformed', 'a header without its log number', tombstoneOf(recordsOf(0, { header: { 14: undefined } }))],
    ['malformed', 'a close without its reason', ended({ 0: undefined })],
    ['malformed', 'no records', encode([Buffer.of(1), Buffer.alloc(32), Buffer.of(1)])],
    ['other-key', 'a log of another seed', tombstoneOf(recordsOf(0, { seed: OTHER_SEED }))],
  ] as const)('is %s with %s', async (status, _, bytes) => {
    put('stone', bytes);
    const { report, logs } = await verify();
    expect(report.status).toBe(status);
    expect(logs[0]!.fault?.file).toBe('stone');
  });

  test('is tampered with a close of one epoch by its payload, and of another by its frame', async () => {
    const log = new LogWriter(SEED, 'plumbline/0', 0);
    const end = close({ 1: 2, 2: sha256(STATES[1]!) });
    log.previous = Buffer.from(tagOf(decision));
    log.payload(encode([8, 2, 1, end]), { kid: 0, keyOf: 1 });
    put('stone', stone({ close: log.records[0]! }));
    const { report, logs } = await verify();
    expect([report.status, logs[0]!.fault?.expected]).toEqual(['tampered', 'epoch 1']);
  });

  test('gives no keys beyond its limit of epochs', async () => {
    const log = new LogWriter(SEED, 'plumbline/0', 0);
    log.payload(encode([8, 2, 2 ** 17 + 1, close({ 1: 2, 2: sha256(STATES[1]!) })]), { kid: 2 ** 17 + 1, keyOf: 0 });
    put('stone', stone({ close: log.records[0]! }));
    const { report, logs } = await verify();
    expect([report.status, logs[0]!.fault?.expected]).toEqual(['malformed', 'at most 131072 epochs']);
  });

  test.each([
    ['an item behind it', Buffer.concat([tombstoneOf(records), Buffer.of(0)])],
    ['a part more', encode([first, tagOf(decision), last, Buffer.of()])],
    ['a short tag', encode([first, Buffer.alloc(31), last])],
    ['text for bytes', encode(['', Buffer.alloc(32), last])],
    ['a megabyte', Buffer.alloc(1 << 20)],
  ])('is none with %s', async (_, bytes) => {
    put('0', logFiles(0));
    put('stone', bytes);
    const { report } = await verify();
    expect([report.status, report.others]).toEqual(['authenticated', ['stone']]);
  });

  test('is none, or has a fault, with a bit of any byte flipped', () => {
    const whole = tombstoneOf(records);
    expect(statusOf(whole)).toBe('authenticated');
    const seen = new Set<string>();
    for (let byte = 0; byte < whole.length; byte++) {
      for (let bit = 0; bit < 8; bit++) {
        const flipped = Buffer.from(whole);
        flipped[byte]! ^= 1 << bit;
        seen.add(statusOf(flipped));
      }
    }
    expect([...seen].toSorted()).toEqual(['malformed', 'none', 'other-key', 'tampered']);
  });
});

const runScript = (script: string, ...args: string[]): Promise<{ exit: number; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    const seed = `plumbline-seed-1 ${SEED.toString('hex')}\n`;
    const env = { ...process.env, PLUMB_SEED: seed };
    execFile(process.execPath, [script, ...args], { env }, (error, stdout, stderr) =>
      resolve({ exit: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });

describe('plumb-verify --all', () => {
  const main = fileURLToPath(new URL('../../verifier/main.ts', import.meta.url));
  const run = (...args: string[]) => runScript(main, ...args);

  test('is the same as plumb verify --all', async () => {
    put('0', logFiles(0));
    put('2', logFiles(2));
    const plumb = fileURLToPath(new URL('../../bindings/cli/main.ts', import.meta.url));
    const args = ['--all', directory, '--key', 'env:PLUMB_SEED'];
    const [one, other] = [await run(...args), await runScript(plumb, 'verify', ...args)];
    expect(other.stdout).toBe(one.stdout);
    expect([one.exit, other.exit]).toEqual([10, 10]);
  });

  test('says a line for each log and one for all, and exits with the gravest status', async () => {
    put('0', logFiles(0));
    put('2', tombstoneOf(recordsOf(2)));
    const { exit, stdout } = await run('--all', directory, '--key', 'env:PLUMB_SEED');
    expect(stdout).toMatch(
      /^"0", log 0: authenticated.*\n"2", log 2, pruned: authenticated.*\n .*\nincomplete: 1 logs, 1 tombstones\n/,
    );
    expect(exit).toBe(10);
  });

  test('or as JSON', async () => {
    put('0', logFiles(0));
    const { exit, stdout } = await run('--all', directory, '--key', 'env:PLUMB_SEED', '--json');
    const [log, all] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect([exit, log!['name'], all!['logs']]).toEqual([0, '0', 1]);
  });

  test.each([
    [1, 'no-log: ', ['--key', 'env:PLUMB_SEED']],
    [2, 'usage: --all needs --key\n', []],
    [2, 'usage: --all takes only --key, --issuers and --json\n', ['--key', 'env:PLUMB_SEED', '--replay']],
    [2, 'usage: --all takes only --key, --issuers and --json\n', ['--key', 'env:PLUMB_SEED', '--pubkey', 'x']],
  ])('exits %i with %j', async (exit, stderr, options) => {
    const ran = await run('--all', directory, ...options);
    expect(ran.exit).toBe(exit);
    expect(ran.stderr.slice(0, stderr.length)).toBe(stderr);
  });
});
