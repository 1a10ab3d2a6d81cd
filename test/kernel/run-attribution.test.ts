// Which call a process belongs to, told from what the kernel says of who started it; real processes, which start others
// and end.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Attribution } from '../../bindings/run/attribution.ts';

/** Over a tick, in which starts and redemptions are counted. */
const TICK_MS = 30;

/** A shell that starts another for each line it reads, and tells its number; its children read nothing. */
async function shell(): Promise<{ pid: number; starts: () => Promise<number>; ends: () => Promise<void> }> {
  const child: ChildProcess = spawn('sh', [
    '-c',
    'while read -r line; do sleep 600 < /dev/null > /dev/null & echo $!; done',
  ]);
  const lines = createInterface(child.stdout!);
  const started: number[] = [];
  onTestFinished(() => {
    child.kill('SIGKILL');
    for (const pid of started) process.kill(pid, 'SIGKILL');
  });
  return {
    pid: child.pid!,
    async starts() {
      await sleep(TICK_MS);
      child.stdin!.write('\n');
      const [line] = (await once(lines, 'line')) as [string];
      started.push(Number(line));
      return Number(line);
    },
    async ends() {
      const exited = once(child, 'exit');
      child.stdin!.end();
      await exited;
    },
  };
}

/** One whose first process is this one, which starts all others here. */
function begun(): Attribution {
  const attribution = new Attribution();
  attribution.begin(process.pid);
  return attribution;
}

describe.skipIf(process.platform !== 'linux')('a process (needs Linux)', () => {
  test('belongs to no call where there was none', async () => {
    const attribution = begun();
    const { pid } = await shell();
    expect(attribution.authoritiesOf(pid)).toEqual([]);
  });

  test('belongs to the call whose nonce it or what started it redeemed, and others do not', async () => {
    const attribution = begun();
    const [one, other] = [await shell(), await shell()];
    attribution.redeem(one.pid, 'A');
    expect([attribution.authoritiesOf(one.pid), attribution.authoritiesOf(await one.starts())]).toEqual([['A'], ['A']]);
    expect([attribution.authoritiesOf(other.pid), attribution.authoritiesOf(await other.starts())]).toEqual([[], []]);
  });

  test('that was asked about stays what it is when its parent ends', async () => {
    const attribution = begun();
    const [one, other] = [await shell(), await shell()];
    attribution.redeem(one.pid, 'A');
    attribution.redeem(other.pid, 'B');
    const child = await one.starts();
    expect(attribution.authoritiesOf(child)).toEqual(['A']);
    await one.ends();
    expect(attribution.authoritiesOf(child)).toEqual(['A']);
  });

  test('whose parent ended before belongs to every call that was begun when it started, and to no later one', async () => {
    const attribution = begun();
    const [one, other, later] = [await shell(), await shell(), await shell()];
    attribution.redeem(one.pid, 'A');
    attribution.redeem(other.pid, 'B');
    const child = await one.starts();
    await sleep(TICK_MS);
    attribution.redeem(later.pid, 'C');
    await one.ends();
    expect(attribution.authoritiesOf(child)).toEqual(['A', 'B']);
  });

  test('that was started, and left, before any call belongs to none', async () => {
    const attribution = begun();
    const [one, other] = [await shell(), await shell()];
    const child = await one.starts();
    await one.ends();
    await sleep(TICK_MS);
    attribution.redeem(other.pid, 'A');
    expect(attribution.authoritiesOf(child)).toEqual([]);
  });

  test('that is gone has no more than the calls', async () => {
    const attribution = begun();
    const [one, other] = [await shell(), await shell()];
    attribution.redeem(one.pid, 'A');
    await other.ends();
    expect(attribution.authoritiesOf(other.pid)).toEqual(['A']);
  });
});
