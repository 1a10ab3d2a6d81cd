// A process under `plumb run` that sends on an open socket, over and over, asks nobody for anything: it ends with its
// supervisor, when that is killed, and when it is silent for longer than it may be.

import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { once } from 'node:events';
import { text as allOf } from 'node:stream/consumers';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { afterAll, describe, expect, test } from 'vitest';
import { directory, IDENTITIES } from './host.ts';
import { canLaunch, until } from './launching/run-guarded.ts';
import { plumbRun, recordsIn } from './mediated.ts';

const parent = directory('looping');
const records = recordsIn(parent);
const SENDS = 'exec 3<>"/dev/tcp/127.0.0.1/$0"; setsid bash -c "while echo x >&3; do :; done" & wait';
afterAll(() => rmSync(parent, { recursive: true, force: true }));

describe.skipIf(!canLaunch).each(IDENTITIES)(
  'as %s, a loop on an open socket (needs Linux 6.12 with Landlock, outside of any seccomp filter)',
  (who, identity) => {
    test.each(['SIGKILL', 'SIGSTOP'] as const)('ends after %s to its supervisor', async (signal) => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const connect = [`127.0.0.1:${port}`];
      const scope = { read: ['/'], write: ['/dev/null'], exec: ['/usr/', '/bin/'], connect, listen: [] };
      const argv = plumbRun(scope, ['bash', '-c', SENDS, String(port)], { records: `${records}/${who}` });
      const run = spawn(argv[0]!, argv.slice(1), { cwd: '/', stdio: ['ignore', 'ignore', 'pipe'], ...identity });
      const told = allOf(run.stderr!);
      const [socket] = (await once(server, 'connection')) as [Socket];
      socket.resume().on('error', () => undefined);
      const closed = once(socket, 'close');
      await until('it sends', () => socket.bytesRead >= 100_000);

      run.kill(signal);
      await closed;
      run.kill('SIGCONT');
      if (run.exitCode === null && run.signalCode === null) await once(run, 'exit');
      expect([run.exitCode, run.signalCode]).toEqual(signal === 'SIGKILL' ? [null, 'SIGKILL'] : [125, null]);
      if (signal === 'SIGSTOP') expect(await told).toMatch(/^tree-killed: .*the supervisor stalled\n/);
      server.close();
    });
  },
);
