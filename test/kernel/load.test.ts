// The supervisor under load: signals all the time, many threads at once, many programs one after the other. Everything
// comes to what it should, nobody is stuck, and nothing is left behind.
// `MEDIATED_EXECS` sets how many programs the rest runs, 10,000 if it is not set.

import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ring } from '../ring.ts';
import { canAttack, directory, EVERY_IDENTITY, IDENTITIES } from './host.ts';
import { supervised, type Outcome } from './supervising/run-supervised.ts';

const EXECS = ring === 'first' ? 500 : Number(process.env['MEDIATED_EXECS'] ?? 10_000);
/** Descriptors of threads that ended are let go in sweeps, of as many. */
const SWEEP = 64;
const parent = directory('load');
let server: Server;

const compile = (name: string): void => {
  const source = fileURLToPath(new URL(`supervising/${name}.c`, import.meta.url));
  const { stderr } = spawnSync('gcc', ['-std=gnu17', '-pthread', source, '-o', join(parent, name)], {
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
};

/** Fields of /proc/PID/stat behind the name: state, parent, and so on. */
const fieldsOf = (pid: number | string): string[] => {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ');
  } catch {
    return [];
  }
};

/** What there is of a run, seen from outside. */
function census(guardianPid: number, pid: number) {
  const supervisor = Number(fieldsOf(guardianPid)[1]);
  const ours = new Set([supervisor, guardianPid, pid]);
  const numbers = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const zombies = numbers.filter((name) => {
    const [state, of] = fieldsOf(name);
    return state === 'Z' && ours.has(Number(of));
  });
  return {
    descriptors: readdirSync(`/proc/${supervisor}/fd`).length,
    threads: readdirSync(`/proc/${supervisor}/task`).length,
    zombies: zombies.length,
  };
}

/** A directory for what runs as `who`, and names in it. */
function arena(who: string): (name: string) => string {
  const at = (name: string): string => join(parent, who, name);
  mkdirSync(at('.'));
  chmodSync(at('.'), 0o777);
  for (const name of ['begin', 'end']) writeFileSync(at(name), '');
  writeFileSync(at('file'), 'content\n');
  return at;
}

describe.skipIf(!canAttack)('under load (needs Linux and gcc)', () => {
  beforeAll(async () => {
    compile('storm');
    compile('execs');
    server = createServer((socket) => socket.on('error', () => undefined).resume()).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(() => {
    server?.close();
    rmSync(parent, { recursive: true, force: true });
  });

  describe.each(IDENTITIES)('as %s', (who, identity) => {
    let at: (name: string) => string;
    beforeAll(() => void (at = arena(who)));

    const storm = (threads: number, rounds: number, alarm: number): Promise<Outcome> =>
      supervised('', {
        identity,
        command: join(parent, 'storm'),
        args: [threads, rounds, (server.address() as AddressInfo).port, alarm].map(String),
        cwd: at('.'),
        decisions: false,
      });

    test('signals that another thread handles interrupt nothing', async () => {
      const { stdout, stderr, code } = await storm(2, 200, 1);
      expect([stderr, code]).toEqual(['', 0]);
      expect(stdout).toMatch(/^400 rounds, 0 wrong, 0 interrupted, [1-9]\d* signals\n$/);
    });

    test('a signal every millisecond changes no result, and interrupts nothing that would be restarted', async () => {
      const { stdout, stderr, code } = await storm(1, 1000, 1);
      expect([stderr, code]).toEqual(['', 0]);
      expect(stdout).toMatch(/^1000 rounds, 0 wrong, 0 interrupted, [1-9]\d* signals\n$/);
    });

    test('where a handler wants no restart, calls are interrupted, and right when made again', async () => {
      const { stdout, stderr, code } = await storm(1, 1000, 2);
      expect([stderr, code]).toEqual(['', 0]);
      expect(stdout).toMatch(/^1000 rounds, 0 wrong, \d+ interrupted, [1-9]\d* signals\n$/);
    });

    test('200 threads that open and connect at once are all done', async () => {
      const { stdout, stderr, code } = await storm(200, 10, 0);
      expect([stderr, code]).toEqual(['', 0]);
      expect(stdout).toBe('2000 rounds, 0 wrong, 0 interrupted, 0 signals\n');
    });
  });

  describe.each(ring === 'first' ? IDENTITIES : EVERY_IDENTITY)('as %s', (who, identity) => {
    test(`after ${EXECS} programs there are as many threads, descriptors and zombies as before`, async () => {
      const at = arena(`${who}-execs`);
      let pids = { guardianPid: 0, pid: 0 };
      const counted: ReturnType<typeof census>[] = [];
      const { code, events } = await supervised('', {
        identity,
        command: join(parent, 'execs'),
        args: [`${EXECS}`],
        cwd: at('.'),
        decisions: false,
        rules: ['begin', 'end'].map((name) => ({ action: 'file.read', at: at(name), verdict: 'approve' })),
        on({ guardianPid, pid, event, approval }) {
          if (guardianPid !== undefined) pids = { guardianPid, pid: pid! };
          if (event !== 'parked') return undefined;
          counted.push(census(pids.guardianPid, pids.pid));
          return { approve: approval };
        },
      });
      const [before, after] = counted;
      console.log(`${who}: ${EXECS} programs: before ${JSON.stringify(before)}, after ${JSON.stringify(after)}`);
      expect(code).toBe(0);
      expect(before!.zombies).toBe(0);
      expect(after).toEqual({ ...before, descriptors: after!.descriptors });
      expect(after!.descriptors).toBeLessThanOrEqual(before!.descriptors + SWEEP);
      const [opened, left] = events.flatMap(({ open }) => open ?? []);
      expect(left).toBeLessThanOrEqual(opened!);
    }, 300_000);
  });
});
