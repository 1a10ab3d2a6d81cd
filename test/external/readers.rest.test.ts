// A log as readers find it that share nothing with this project: pycose for its records, golang.org/x/mod/sumdb for
// checkpoint and tree. `.ci/run` installs them; where they are absent the tests are skipped by name.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, afterAll, describe, expect, test } from 'vitest';
import { LIMITS } from '../../bindings/log/limits.ts';
import { runtime as node } from '../../bindings/runtime/node.ts';
import { Session } from '../../bindings/session.ts';
import { epochKey, macKey, readByHand, type Entry } from '../bindings/by-hand.ts';
import { hex } from '../bindings/bytes.ts';
import { CRASH_POLICY, options, ORIGIN, repeatable, request, SEED } from '../bindings/setting.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const has = (command: string, ...args: string[]): boolean => spawnSync(command, args).status === 0;

const parent = mkdtempSync(join(tmpdir(), 'plumbline-external-'));
afterAll(() => rmSync(parent, { recursive: true }));

/**
 * Records of every kind but recovery and grant, in several epochs and segments, under a tree of two levels of tiles.
 */
async function written(): Promise<{ log: string; entries: Entry[] }> {
  const log = join(parent, 'log');
  const limits = { ...LIMITS, epochRecordsMax: 100, segmentBytesMax: 100_000 };
  const session = new Session({ ...options(repeatable(node), log), policy: CRASH_POLICY }, limits);
  session.adapts('hook', ['approves-itself']);
  session.refused({ by: 'guard', cause: 'key', call: 'openat', object: '/keys/signing' });
  session.approve('0'.repeat(64), 4_000_000_000_000, 'alice');
  for (let turn = 0; turn < 600; turn++) {
    // What has a secret is never recorded short.
    const context = turn % 2 === 0 ? { secret: `${turn}` } : {};
    const decision = await session.mediate({ ...request, context });
    if (turn % 100 === 0) {
      session.outcome(decision, { ending: { status: 0 }, bytes: { in: 1, out: turn }, values: [`${turn}`] });
    }
  }
  await session.close('done');
  return { log, entries: readByHand(log, SEED) };
}
const { log, entries } = await written();

test('the log has records of these types', () => {
  expect([...new Set(entries.map(({ type }) => type))].toSorted((a, b) => a - b)).toEqual([
    0, 1, 2, 3, 5, 6, 8, 9, 10, 11,
  ]);
});

function run(command: string, args: string[], input: string, cwd: string): { said: string; status: number | null } {
  const { status, stdout, stderr } = spawnSync(command, args, { input, cwd, encoding: 'utf8' });
  return { said: (stdout + stderr).trim(), status };
}

/** A record, bit for bit the same but the last. */
function flipped(bytes: Uint8Array): Uint8Array {
  const copy = Buffer.from(bytes);
  copy[copy.length - 1]! ^= 1;
  return copy;
}

const lines = (records: readonly Uint8Array[]): string =>
  records
    .map((record, seq) => {
      const key = hex(macKey(epochKey(SEED, 0, ORIGIN, entries[seq]!.epoch)));
      const previous = seq === 0 ? '' : hex(entries[seq - 1]!.tag);
      return JSON.stringify({ record: hex(record), key, previous });
    })
    .join('\n');

const verifyMac0 = (records: readonly Uint8Array[]) => run('python3', [here('mac0.py')], lines(records), parent);

describe.skipIf(!has('python3', '-c', 'import pycose'))('pycose (needs python3 with pycose)', () => {
  test('verifies every record as COSE_Mac0, the tag before it as external data', () => {
    expect(verifyMac0(entries.map(({ bytes }) => bytes))).toEqual({ said: `verified ${entries.length}`, status: 0 });
  });

  test('refuses a record with a flipped bit', () => {
    const records = entries.slice(0, 5).map(({ bytes }, seq) => (seq === 3 ? flipped(bytes) : bytes));
    expect(verifyMac0(records)).toEqual({ said: 'record 3 does not verify', status: 1 });
  });
});

describe.skipIf(!has('go', 'version'))('golang.org/x/mod/sumdb (needs go)', () => {
  const vkey = readFileSync(`${log}-keys/signing.pub`, 'utf8').trim();
  // What is fetched is told on the first run, and is none of the reader's words.
  beforeAll(() => run('go', ['mod', 'download'], '', here('tlog')));

  const verify = (records: readonly Uint8Array[], key = vkey) =>
    run('go', ['run', '.', log, key], records.map(hex).join('\n'), here('tlog'));

  test('opens the checkpoint and checks an inclusion proof of every record, from the tiles', () => {
    expect(verify(entries.map(({ bytes }) => bytes))).toEqual({ said: `verified ${entries.length}`, status: 0 });
  });

  test('refuses a record with a flipped bit, and another key', () => {
    const records = entries.map(({ bytes }, seq) => (seq === 300 ? flipped(bytes) : bytes));
    expect(verify(records).status).toBe(1);
    const other = vkey.replace(/.{6}$/, (end) => [...end].toReversed().join(''));
    expect(verify([], other).status).toBe(1);
  });
});
