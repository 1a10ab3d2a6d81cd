// The Landlock floor under a supervisor that lets everything through: what it does not grant is refused by the kernel.

import { chmodSync, existsSync, mkdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Floor, Right } from '../../kernel-adapters/linux/index.ts';
import { directory, IDENTITIES } from './host.ts';
import { canLaunch, start } from './launching/run-guarded.ts';

const folder = directory('landlock');
const open = `${folder}/open`;
const secret = `${folder}/secret`;
const one = `${folder}/one`;
const server = createServer((socket) => socket.end());
const abstract = createServer((socket) => socket.end());
const NAME = `plumbline-landlock-${process.pid}`;
let port = 0;

beforeAll(async () => {
  mkdirSync(open);
  chmodSync(open, 0o777);
  for (const path of [secret, one, `${open}/file`]) {
    writeFileSync(path, 'content\n');
    chmodSync(path, 0o666);
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await new Promise<void>((resolve) => abstract.listen(`\0${NAME}`, resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server.close();
  abstract.close();
  rmSync(folder, { recursive: true });
});

const READ: Right[] = ['execute', 'read-file', 'read-dir'];
const SYSTEM: Floor['paths'] = ['/usr', '/lib', '/lib64', '/bin', '/etc', '/proc', process.execPath]
  .map((path) => ({ path, is: 'any' as const, rights: READ }))
  .concat({ path: '/dev/null', is: 'any', rights: ['read-file', 'write-file'] });

describe.skipIf(!canLaunch).each(IDENTITIES)(
  'the floor of %s (needs Linux 6.12 with Landlock, outside of any seccomp filter)',
  (_, identity) => {
    async function output(text: string, floor: Floor['paths']): Promise<string> {
      const run = start({ command: 'sh', args: ['-c', text], floor: [...SYSTEM, ...floor] }, identity);
      await run.ended;
      return run.stdout();
    }
    const can = async (text: string, floor: Floor['paths']): Promise<boolean> =>
      (await output(`if ( ${text} ) >/dev/null 2>&1; then echo yes; else echo no; fi`, floor)) === 'yes\n';

    test('refuses what it does not name', async () => {
      expect(await can(`cat ${secret}`, [])).toBe(false);
      expect(await can(`cat ${secret}`, [{ path: open, is: 'any', rights: READ }])).toBe(false);
      expect(await can(`cat ${secret}`, [{ path: secret, is: 'any', rights: ['write-file'] }])).toBe(false);
      expect(await can(`cat ${secret}`, [{ path: secret, is: 'any', rights: ['read-file'] }])).toBe(true);
    });

    test.each<[what: string, text: string, rights: Right[]]>([
      ['reading', `cat ${open}/file`, ['read-file']],
      ['listing', `ls ${open}`, ['read-dir']],
      ['writing', `echo more >> ${open}/file`, ['write-file']],
      ['truncating', `: > ${open}/file`, ['write-file', 'truncate']],
      ['making files', `: > ${open}/new-$$`, ['write-file', 'make-reg']],
      ['making directories', `mkdir ${open}/dir-$$`, ['make-dir']],
      ['removing directories', `mkdir ${open}/dir-$$ && rmdir ${open}/dir-$$`, ['make-dir', 'remove-dir']],
      ['making links', `ln -s x ${open}/link-$$`, ['make-sym']],
      ['making pipes', `mkfifo ${open}/fifo-$$`, ['make-fifo']],
      ['removing files', `mkfifo ${open}/fifo-$$ && rm ${open}/fifo-$$`, ['make-fifo', 'remove-file']],
    ])('has a right for %s, and no less is enough', async (_what, text, rights) => {
      expect(await can(text, [{ path: open, is: 'any', rights }])).toBe(true);
      const [, ...less] = rights.toReversed();
      expect(await can(text, [{ path: open, is: 'any', rights: less }])).toBe(false);
    });

    test('executes only what it lets be executed', async () => {
      const program = `${open}/program-${identity?.uid ?? 'self'}`;
      writeFileSync(program, '#!/bin/sh\nexit 0\n');
      chmodSync(program, 0o755);
      expect(await can(program, [{ path: open, is: 'any', rights: ['read-file'] }])).toBe(false);
      expect(await can(program, [{ path: open, is: 'any', rights: ['read-file', 'execute'] }])).toBe(true);
    });

    test('gives a file what a file can have', async () => {
      expect(
        await can(`cat ${one} && echo more >> ${one}`, [
          { path: one, is: 'any', rights: ['read-file', 'read-dir', 'write-file', 'refer'] },
        ]),
      ).toBe(true);
      expect(await can(`cat ${one}`, [{ path: one, is: 'any', rights: ['read-dir', 'make-reg'] }])).toBe(false);
    });

    test('counts the paths it did not find, and holds for the others', async () => {
      const nothing = ['absent', 'secret/below'].map((name) => `${folder}/${name}`);
      const floor = [...SYSTEM, ...nothing.map((path) => ({ path, is: 'any' as const, rights: READ }))];
      const run = start({ command: 'cat', args: [secret], floor }, identity);
      expect((await run.ended).code).not.toBe(0);
      const absent = SYSTEM.filter(({ path }) => !existsSync(path) || realpathSync(path) !== path).length;
      expect(run.events()[0]!.skipped).toBe(nothing.length + absent);
    });

    test('lays nothing on what is not what the rule is for, nor on what a link leads to', async () => {
      const link = `${folder}/link-${identity?.uid ?? 'self'}`;
      symlinkSync(open, link);
      const read = `cat ${open}/file`;
      expect(await can(read, [{ path: open, is: 'directory', rights: READ }])).toBe(true);
      expect(await can(read, [{ path: open, is: 'file', rights: READ }])).toBe(false);
      expect(await can(read, [{ path: link, is: 'any', rights: READ }])).toBe(false);
      expect(await can(read, [{ path: `${link}/file`, is: 'any', rights: READ }])).toBe(false);
      expect(await can(`cat ${secret}`, [{ path: secret, is: 'file', rights: READ }])).toBe(true);
      expect(await can(`cat ${secret}`, [{ path: secret, is: 'directory', rights: READ }])).toBe(false);
    });

    test('has no room for TCP, for abstract sockets, or for signals to others', async () => {
      const script = `
        const net = require('node:net');
        const of = (options) => new Promise((resolve) => net.connect(options).on('connect', () => resolve('connected')).on('error', ({ code }) => resolve(code)));
        const bound = new Promise((resolve) => net.createServer().listen(0, '127.0.0.1', () => resolve('bound')).on('error', ({ code }) => resolve(code)));
        let signal; try { process.kill(${process.pid}, 0); signal = 'may'; } catch ({ code }) { signal = code; }
        Promise.all([of({ host: '127.0.0.1', port: ${port} }), of({ path: '\\0${NAME}' }), bound, signal]).then((all) => { console.log(all.join()); process.exit(); });`;
      const everything: Floor['paths'] = [{ path: '/', is: 'any', rights: READ }];
      const run = start({ command: process.execPath, args: ['-e', script], floor: everything, env: {} }, identity);
      await run.ended;
      expect(run.stdout()).toBe('EACCES,EPERM,EACCES,EPERM\n');
    });
  },
);
