// The tree ends with what guards it: supervisor killed, frozen or killed with its whole group, guardian killed, command
// ended; with processes that have daemonised, that ignore signals, and that are gone when they are found.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { directory, IDENTITIES } from './host.ts';
import { canLaunch, processesWith, start, until, type Started } from './launching/run-guarded.ts';

const folder = directory('guardian');
afterAll(() => rmSync(folder, { recursive: true }));
const comets = `${folder}/comets`;
const source = fileURLToPath(new URL('launching/comets.c', import.meta.url));
const isCompiled = canLaunch && spawnSync('gcc', ['-O2', '-o', comets, source]).status === 0;

/** Long enough for a supervisor to be heard in time on a machine that is busy. */
const STALL_MS = 3_000;
let marks = 0;
const newMark = (): string => `plumbline-mark-${process.pid}-${++marks}`;

/**
 * One that loops, one that has daemonised and loops, one that ignores what can be ignored, and the command itself.
 * Those that loop need nothing of a supervisor.
 */
const FAMILY = `
loop() { while :; do sleep 0.05; done; }
sh -c 'while :; do :; done' "$1" &
setsid sh -c 'setsid sh -c "echo daemon; while :; do :; done" "$0" & exit 0' "$1"
(trap "" TERM HUP INT QUIT TSTP CONT PIPE; loop) &
echo ready; loop`;

async function family(
  identity: Parameters<typeof start>[1],
): Promise<{ run: Started; mark: string; pids: { supervisor: number; guardian: number; command: number } }> {
  const mark = newMark();
  const run = start({ command: 'sh', args: ['-c', FAMILY, 'sh', mark], stallMs: STALL_MS }, identity);
  await until('the family is ready', () => run.stdout().includes('ready'));
  await until('the daemon runs', () => run.stdout().includes('daemon'));
  const { pid, guardianPid } = run.events()[0]!;
  return { run, mark, pids: { supervisor: run.child.pid!, guardian: guardianPid!, command: pid! } };
}

const noneLeft = (mark: string, pids: { supervisor: number; guardian: number }): Promise<void> =>
  until(
    'no process of the tree is left',
    () => processesWith(mark).every((pid) => pid === pids.supervisor) && !isAlive(pids.guardian),
  );
const isAlive = (pid: number): boolean => {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'));
  } catch {
    return false;
  }
};

describe.skipIf(!canLaunch).each(IDENTITIES)(
  'the tree of %s is dead (needs Linux 6.12 with Landlock, outside of any seccomp filter)',
  (_, identity) => {
    test('after its supervisor was killed', async () => {
      const { run, mark, pids } = await family(identity);
      process.kill(pids.supervisor, 'SIGKILL');
      await run.ended;
      await noneLeft(mark, pids);
    });

    test('after its supervisor was killed with all of its process group', async () => {
      const { run, mark, pids } = await family(identity);
      process.kill(-pids.supervisor, 'SIGKILL');
      await run.ended;
      await noneLeft(mark, pids);
    });

    test('after its supervisor stood still for longer than the limit', async () => {
      const { run, mark, pids } = await family(identity);
      process.kill(pids.supervisor, 'SIGSTOP');
      await noneLeft(mark, pids);
      process.kill(pids.supervisor, 'SIGCONT');
      expect(await run.ended).toEqual({ code: 125, signal: null });
      expect(run.events().at(-1)).toMatchObject({ failed: { code: 'tree-killed' } });
    });

    test('after its guardian was killed', async () => {
      const { run, mark, pids } = await family(identity);
      process.kill(pids.guardian, 'SIGKILL');
      expect(await run.ended).toEqual({ code: 125, signal: null });
      expect(run.events().at(-1)).toMatchObject({ failed: { code: 'guardian-died' } });
      await noneLeft(mark, pids);
    });

    test('after its guardian was killed, and no other child of the supervisor is', async () => {
      const mark = newMark();
      const text = `setsid sh -c 'while :; do :; done' "$1" & echo ready; sleep 60`;
      const run = start({ command: 'sh', args: ['-c', text, 'sh', mark], bystander: true }, identity);
      await until('it is ready', () => run.stdout().includes('ready'));
      process.kill(run.events()[0]!.guardianPid!, 'SIGKILL');
      expect(await run.ended).toEqual({ code: 125, signal: null });
      expect(run.events().at(-1)).toEqual({ bystander: true });
      expect(processesWith(mark)).toEqual([]);
    });

    test('after its guardian was killed, however deep it is', async () => {
      const mark = newMark();
      const text = `if [ $2 = 0 ]; then echo ready; exec sleep 60; else sh -c "$0" "$0" "$1" $(($2 - 1)); fi; exit 0`;
      const run = start({ command: 'sh', args: ['-c', text, text, mark, '40'] }, identity);
      await until('it is ready', () => run.stdout().includes('ready'));
      process.kill(run.events()[0]!.guardianPid!, 'SIGKILL');
      // Only when all are gone are its streams closed.
      expect(await run.ended).toEqual({ code: 125, signal: null });
      expect(processesWith(mark)).toEqual([]);
    });

    test('after its guardian stood still and its supervisor was killed, once the guardian goes on', async () => {
      const { run, mark, pids } = await family(identity);
      process.kill(pids.guardian, 'SIGSTOP');
      process.kill(pids.supervisor, 'SIGKILL');
      // Its streams are still held by the tree.
      await once(run.child, 'exit');
      process.kill(pids.guardian, 'SIGCONT');
      await noneLeft(mark, pids);
    });

    test('after its command ended, and the status is the command’s', async () => {
      const mark = newMark();
      const text = `setsid sh -c 'while :; do :; done' "$1" & echo ready; exit 6`;
      const run = start({ command: 'sh', args: ['-c', text, 'sh', mark] }, identity);
      expect(await run.ended).toEqual({ code: 6, signal: null });
      expect(processesWith(mark)).toEqual([]);
    });

    test.skipIf(!isCompiled)('though its processes are gone when they are found (needs gcc)', async () => {
      const mark = newMark();
      const run = start({ command: comets, args: [mark, '20'], stallMs: STALL_MS }, identity);
      await until('the comets fly', () => processesWith(mark).length > 15);
      const { guardianPid } = run.events()[0]!;
      process.kill(run.child.pid!, 'SIGKILL');
      await run.ended;
      await noneLeft(mark, { supervisor: run.child.pid!, guardian: guardianPid! });
    });

    test.skipIf(!isCompiled)('though its guardian was killed amid them (needs gcc)', async () => {
      const mark = newMark();
      const run = start({ command: comets, args: [mark, '20'], stallMs: STALL_MS }, identity);
      await until('the comets fly', () => processesWith(mark).length > 15);
      const { guardianPid } = run.events()[0]!;
      process.kill(guardianPid!, 'SIGKILL');
      expect(await run.ended).toEqual({ code: 125, signal: null });
      await noneLeft(mark, { supervisor: run.child.pid!, guardian: guardianPid! });
    });

    test('lives on while its supervisor is slow but not silent, and orphans are reaped', async () => {
      const text = `
i=0; while [ $i -lt 30 ]; do (sh -c 'exit 0' &) ; i=$((i+1)); done; sleep 4
cat /proc/[0-9]*/stat 2>/dev/null | awk -v parent=$PPID '{ sub(/^.*\\) /, ""); if ($1 == "Z" && $2 == parent) n++ } END { print "zombies", n + 0 }'`;
      const run = start({ command: 'sh', args: ['-c', text], stallMs: STALL_MS }, identity);
      expect(await run.ended).toEqual({ code: 0, signal: null });
      expect(run.stdout()).toBe('zombies 0\n');
    });
  },
);

// A run starts its guardian before it knows that there is something to run.
describe.skipIf(!canLaunch)(
  'a guardian that is not needed leaves nothing behind (needs Linux 6.12 with Landlock, outside of any seccomp filter)',
  () => {
    test.each([
      ['at-once', 'closes', { code: 0, signal: null }],
      ['later', 'closes', { code: 0, signal: null }],
      ['at-once', 'dies', { code: null, signal: 'SIGKILL' }],
      ['later', 'dies', { code: null, signal: 'SIGKILL' }],
    ])('if its supervisor %s %s', async (when, how, ending) => {
      const script = fileURLToPath(new URL('launching/unneeded.ts', import.meta.url));
      const child = spawn(process.execPath, [script, when, how], { stdio: ['ignore', 'pipe', 'pipe'] });
      let said = '';
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (text) => (said += text));
      // Guardian and launcher have these streams too, so they are closed when all three are gone.
      const [code, signal] = await once(child, 'close');
      expect([{ code, signal }, said]).toEqual([ending, '']);
    });
  },
);
