// Owns: a guarded run under rules, for tests. Call: node host.ts JSON, see `Guarded`; events go to descriptor 3 as
// lines of JSON, commands come on descriptor 4 in the same way. Passes the command's status through.

import { readdirSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { MessageChannel, Worker } from 'node:worker_threads';
import {
  assemble,
  endAs,
  filterRules,
  hostAbi,
  hostSys,
  launch,
  LinuxError,
  passSignals,
  RIGHTS,
} from '../built-adapter.ts';
import type { Profile } from '../../../kernel-adapters/linux/supervisor/mediator.ts';
import type { Rule } from './rules.ts';

export interface Guarded {
  command: string;
  args: readonly string[];
  cwd: string;
  env: { [name: string]: string };
  rules: readonly Rule[];
  /** What the floor lets be executed. */
  execute: readonly string[];
  protect: readonly string[];
  profiles: { [name: string]: Profile };
  approveTimeoutMs: number;
  /** Whether each decision is told. */
  decisions: boolean;
  /** Whether there is somebody at the other end of these descriptors. */
  driven: boolean;
}

const EVENTS = 3;
const COMMANDS = 4;
const EFD_CLOEXEC_NONBLOCK = 0o2004000;

const sys = await hostSys();
const given = JSON.parse(process.argv[2]!) as Guarded;
const tell = (event: object): void => void (given.driven && writeSync(EVENTS, `${JSON.stringify(event)}\n`));
// The floor leaves everything but execution to the supervisor.
const everything = { path: '/', is: 'any' as const, rights: RIGHTS.filter((right) => right !== 'execute') };
const executable = given.execute.map((path) => ({ path, is: 'any' as const, rights: ['execute'] as const }));
try {
  const run = await launch({
    command: given.command,
    args: given.args,
    env: given.env,
    cwd: given.cwd,
    floor: { paths: [everything, ...executable], scopeSignals: true, scopeAbstractUnix: true },
    filter: assemble(hostAbi, filterRules({ uid: process.getuid!(), gid: process.getgid!() })),
    stallMs: 5_000,
    sys,
  });
  passSignals(run);
  const wakeFd = sys.call(hostAbi.NR.eventfd2, 0, EFD_CLOEXEC_NONBLOCK);
  const { port1, port2 } = new MessageChannel();
  const { rules, protect, profiles, approveTimeoutMs, decisions } = given;
  const worker = new Worker(new URL('worker.ts', import.meta.url), {
    workerData: {
      rules,
      protect,
      profiles,
      approveTimeoutMs,
      decisions,
      listenerFd: run.listenerFd,
      heartbeatFd: run.heartbeatFd,
      wakeFd,
      selfPids: [process.pid, run.guardianPid],
      port: port2,
      eventsFd: given.driven ? EVENTS : undefined,
    },
    transferList: [port2],
    // Else its output is piped to ours, which makes that not blocking; and the command has it too.
    stdout: true,
    stderr: true,
  });
  const finished = new Promise<void>((resolve, reject) => {
    worker.once('error', reject);
    worker.once('exit', () => resolve());
  });
  await new Promise((resolve) => port1.once('message', resolve));
  port1.unref();
  const one = Buffer.alloc(8);
  one.writeBigUInt64LE(1n);
  const commands = given.driven ? new Socket({ fd: COMMANDS }) : Readable.from([]);
  createInterface({ input: commands }).on('line', (line) => {
    port1.postMessage(JSON.parse(line));
    sys.call(hostAbi.NR.write, wakeFd, sys.address(one), 8);
  });
  tell({ pid: run.pid, guardianPid: run.guardianPid, open: readdirSync('/proc/self/fd').length });
  run.go();
  const ending = await run.exited;
  await finished;
  tell({ ending, open: readdirSync('/proc/self/fd').length });
  run.close();
  endAs(sys, ending);
} catch (error) {
  if (!(error instanceof LinuxError)) throw error;
  tell({ failed: error.code });
  process.exit(error.status);
}
