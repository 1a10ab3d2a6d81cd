// Parts of the supervisor that need no kernel: what an exec may lead to, what a script names, what an address is
// called, and what is nobody's to touch.

import { describe, expect, test } from 'vitest';
import { definite, endpointOf, netRequest } from '../../kernel-adapters/linux/supervisor/calls/endpoint.ts';
import { Images } from '../../kernel-adapters/linux/supervisor/images.ts';
import { interpreterIn } from '../../kernel-adapters/linux/supervisor/calls/exec.ts';
import { Protection, isWithin, procMountsIn } from '../../kernel-adapters/linux/supervisor/protection.ts';
import type { Kernel } from '../../kernel-adapters/linux/supervisor/kernel.ts';
import type { Process, Task } from '../../kernel-adapters/linux/supervisor/tasks.ts';

/** Images of processes, by path of /proc, and whom they cost their lives. */
function world() {
  const images = new Map<string, string>();
  const killed: number[] = [];
  const signalled: number[] = [];
  const kernel = {
    inodeAt: (path: string) => images.get(path),
    sys: { call: (_nr: number, fd: number, signal: number) => (signal === 9 && signalled.push(fd), 0) },
  };
  const held = new Images(kernel as unknown as Kernel, (pid) => killed.push(pid));
  const runs = (pid: number, image: string | undefined): void =>
    void (image === undefined ? images.delete(`/proc/${pid}/exe`) : images.set(`/proc/${pid}/exe`, image));
  return { held, runs, killed, signalled };
}
const process = (pid: number): Process => ({
  pid,
  fd: 100 + pid,
  narrowing: { only: [], profiles: [] },
  executing: new Map(),
});
const task = (of: Process, tid = of.pid): Task => ({ tid, fd: of.fd, process: of });

/** The launcher, which has executed `program` as was decided. */
function started() {
  const { held, runs, killed, signalled } = world();
  const one = process(1);
  runs(1, 'launcher');
  expect(held.admits(one)).toBe(true);
  expect(held.expect(task(one), 'program')).toBe(true);
  runs(1, 'program');
  expect(held.check(task(one))).toBe(true);
  return { held, runs, killed, signalled, one };
}

describe('an image', () => {
  test('that was decided on goes on, and so does one whose execve failed', () => {
    const { held, runs, killed, one } = started();
    held.expect(task(one), 'other');
    // Still what it was: it failed.
    expect(held.check(task(one))).toBe(true);
    expect(one.executing.size).toBe(0);
    held.expect(task(one), 'other');
    runs(1, 'other');
    expect(held.check(task(one))).toBe(true);
    expect(killed).toEqual([]);
  });

  test('that nobody decided on is killed before its next effect', () => {
    const { held, runs, killed, signalled, one } = started();
    held.expect(task(one), 'other');
    runs(1, 'put there meanwhile');
    expect(held.check(task(one))).toBe(false);
    expect([killed, signalled]).toEqual([[1], [101]]);
  });

  test('that was decided on for somebody else is not what this thread may execute', () => {
    const { held, runs, killed, one } = started();
    const two = process(2);
    runs(2, 'program');
    expect(held.admits(two)).toBe(true);
    held.expect(task(two), 'another');
    held.expect(task(one), 'other');
    runs(1, 'another');
    expect(held.check(task(one))).toBe(false);
    expect(killed).toEqual([1]);
  });

  test('that cannot be told is killed, and expected of nobody', () => {
    const { held, runs, killed, one } = started();
    held.expect(task(one), 'other');
    runs(1, undefined);
    expect(held.expect(task(one), 'program')).toBe(false);
    expect(held.check(task(one))).toBe(false);
    expect(killed).toEqual([1]);
  });

  test('may be any of those that threads of the process asked for, until one of them is there', () => {
    const { held, runs, killed, one } = started();
    held.expect(task(one, 11), 'left');
    held.expect(task(one, 12), 'right');
    // Thread 11 came back, so its own failed; that of 12 may still happen.
    expect(held.check(task(one, 11))).toBe(true);
    runs(1, 'right');
    expect(held.check(task(one))).toBe(true);
    runs(1, 'left');
    held.expect(task(one), 'program');
    runs(1, 'right');
    expect(held.check(task(one))).toBe(false);
    expect(killed).toEqual([1]);
  });

  test('of a process seen for the first time is one that was decided on; the launcher’s only until it has executed', () => {
    const { held, runs, killed } = started();
    for (const [pid, image] of [
      [2, 'program'],
      [3, 'launcher'],
      [4, 'unknown'],
      [5, undefined],
    ] as const) {
      runs(pid, image);
      expect(held.admits(process(pid))).toBe(image === 'program');
    }
    expect(killed).toEqual([3, 4, 5]);
  });
});

/** A script's line of `length` bytes, without its end. */
const line = (length: number): Buffer => Buffer.from(`#!/${'x'.repeat(length - 3)}`);

describe('an interpreter', () => {
  const ENOEXEC = -8;
  test.each([
    ['#!/bin/sh\n', '/bin/sh'],
    ['#!/bin/sh', '/bin/sh'],
    ['#! \t /bin/sh \t -e -x\nmore', '/bin/sh'],
    ['#!/bin/sh\0-e\n', '/bin/sh'],
    ['#!sh\n', 'sh'],
    ['#!/b\u{e9}n\n', '/b\u{e9}n'],
    ['', undefined],
    ['#', undefined],
    [' #!/bin/sh\n', undefined],
    ['\x7fELF', undefined],
    ['#!\n/bin/sh', ENOEXEC],
    ['#! \t \n', ENOEXEC],
    ['#!', ENOEXEC],
    ['#!\0/bin/sh\n', ENOEXEC],
  ])('of %j is %s', (text, expected) => expect(interpreterIn(Buffer.from(text))).toBe(expected));

  test('that the kernel would cut off is none', () => {
    expect(interpreterIn(line(255))).toBe(`/${'x'.repeat(252)}`);
    expect(interpreterIn(line(256))).toBe(ENOEXEC);
    // Its arguments may be cut off.
    expect(interpreterIn(Buffer.from(`#!/bin/sh ${'x'.repeat(246)}`))).toBe('/bin/sh');
  });

  test('whose path is not UTF-8 is none', () => {
    expect(interpreterIn(Buffer.from('23212f62ff0a', 'hex'))).toBe(ENOEXEC);
  });
});

const v4 = (ip: string, port: number): Buffer =>
  Buffer.from([2, 0, port >> 8, port & 255, ...ip.split('.').map(Number), ...Array(8).fill(0)]);
const v6 = (hex: string, port: number): Buffer =>
  Buffer.concat([Buffer.from([10, 0, port >> 8, port & 255, 0, 0, 0, 0]), Buffer.from(hex, 'hex'), Buffer.alloc(4)]);
const MAPPED = '00000000000000000000ffff';
const named = (address: Buffer): string | undefined => endpointOf(definite(address))?.name;

describe('an endpoint', () => {
  test.each([
    [v4('127.0.0.1', 80), '127.0.0.1:80'],
    [v4('255.255.255.255', 65535), '255.255.255.255:65535'],
    [v6(`${MAPPED}c0000201`, 443), '192.0.2.1:443'],
    [v6('00000000000000000000000000000001', 1), '[::1]:1'],
    [v6('00000000000000000000000000000000', 0), '[::]:0'],
    // RFC 5952.
    [v6('20010db8000000000000000000020001', 1), '[2001:db8::2:1]:1'],
    [v6('20010db8000000010001000100010001', 1), '[2001:db8:0:1:1:1:1:1]:1'],
    [v6('20010000000000010000000000000001', 1), '[2001:0:0:1::1]:1'],
    [v6('20010db8000000000001000000000001', 1), '[2001:db8::1:0:0:1]:1'],
    [v6('00010000000000000000000000000000', 1), '[1::]:1'],
    [v6('fe80abcd00000000ABCD0000000000FF', 1), '[fe80:abcd::abcd:0:0:ff]:1'],
    [v6('0000000000000000000000000a000001', 1), '[::a00:1]:1'],
  ])('%# has one name: %s', (address, name) => expect(endpointOf(address)?.name).toBe(name));

  test('is none if the address is cut off, or of another family', () => {
    for (const address of [
      Buffer.alloc(0),
      Buffer.from([2]),
      v4('127.0.0.1', 80).subarray(0, 15),
      v6('00'.repeat(16), 80).subarray(0, 23),
      Buffer.from([1, 0, ...Buffer.from('/run/socket')]),
      Buffer.from([0, 2, ...Array(26).fill(0)]),
    ])
      expect(endpointOf(address)).toBeUndefined();
    // The scope may be left out.
    expect(endpointOf(v6(`${'00'.repeat(15)}01`, 80).subarray(0, 24))?.name).toBe('[::1]:80');
  });

  test('that is no address in particular is this machine', () => {
    expect(named(v4('0.0.0.0', 80))).toBe('127.0.0.1:80');
    expect(named(v6('00'.repeat(16), 80))).toBe('[::1]:80');
    expect(named(v6(`${MAPPED}00000000`, 80))).toBe('127.0.0.1:80');
    expect(named(v4('0.0.0.1', 80))).toBe('0.0.0.1:80');
    expect(named(v4('192.0.2.1', 80))).toBe('192.0.2.1:80');
  });

  test('is asked for with its address', () => {
    expect(netRequest('listen', endpointOf(v4('127.0.0.1', 80))!)).toEqual({
      action: 'net.listen',
      resource: { type: 'Endpoint', id: '127.0.0.1:80' },
      context: { protocol: 'tcp', address: { __extn: { fn: 'ip', arg: '127.0.0.1' } } },
    });
  });
});

describe('the guard', () => {
  const MOUNTS = [
    '24 1 0:5 / /proc rw,nosuid shared:7 - proc proc rw',
    String.raw`30 1 0:5 / /mnt/a\040b\134c rw - proc proc rw`,
    '31 1 8:1 / / rw - ext4 /dev/sda1 rw',
    '32 1 0:9 / /sys/proc rw - procession none rw',
    '',
  ].join('\n');
  const guard = new Protection(['/keys', '/log/run'], [10, 11], procMountsIn(MOUNTS));
  const own = { pid: 20 } as Process;

  test('finds every mount of proc, whatever its name', () => {
    expect(procMountsIn(MOUNTS)).toEqual(['/proc', String.raw`/mnt/a b\c`]);
  });

  test.each([
    '/keys',
    '/keys/epoch',
    '/log/run/0',
    String.raw`/mnt/a b\c`,
    String.raw`/mnt/a b\c/self/environ`,
    '/proc/10',
    '/proc/10/status',
    '/proc/11/task/11/status',
    '/proc/21/environ',
    '/proc/21/mem',
    '/proc/21/fd/3',
    '/proc/21/root',
    '/proc/21/task/22/mem',
    '/proc/21/cmdline/x',
    '/proc/21/status\n',
  ])('closes %j', (path) => expect(guard.forbids(path, own)).toBe(true));

  test.each([
    '/',
    '/key',
    '/keys2',
    '/log',
    '/mnt',
    '/proc',
    '/proc/meminfo',
    '/proc/sys/kernel/hostname',
    '/proc/20/environ',
    '/proc/20/fd/3',
    '/proc/21',
    '/proc/21/status',
    '/proc/21/task/22/stat',
    '/processes/10/status',
  ])('leaves %j to the policy', (path) => expect(guard.forbids(path, own)).toBe(false));

  test('holds what leads to what is closed', () => {
    expect(['/', '/log', '/log/run', '/keys', '/mnt'].every((path) => guard.holds(path))).toBe(true);
    expect(['/log/run/0', '/lo', '/other'].some((path) => guard.holds(path))).toBe(false);
  });

  test('takes a prefix for a directory, not for letters', () => {
    expect(isWithin('/a/b', '/a')).toBe(true);
    expect(isWithin('/ab', '/a')).toBe(false);
    expect(isWithin('/', '/')).toBe(true);
    expect(isWithin('/x', '/')).toBe(true);
    expect(isWithin('/', '/a')).toBe(false);
  });
});
