// Owns: a supervisor that lets everything through, so that launching can be tested by itself.
// Call: node guarded.ts JSON, with {command, args, env?, cwd?, floor?, stallMs?, events?}. Passes the command's status
// through.

import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
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
import type { Ending } from '../../../kernel-adapters/linux/launch-protocol.ts';
import type { Floor } from '../../../kernel-adapters/linux/landlock.ts';

export interface Guarded {
  command: string;
  args: readonly string[];
  env?: { [name: string]: string };
  cwd?: string;
  floor?: Floor['paths'];
  stallMs?: number;
  /** How often it is run, one after the other; each tells what is open and which children there are afterwards. */
  times?: number;
  /** Has another child of the supervisor stand by; how it fares is told at the end. */
  bystander?: true;
  /** Where events are told, one line of JSON each. */
  eventsFd?: number;
}

const EVERYTHING: Floor['paths'] = [{ path: '/', is: 'any', rights: RIGHTS }];

const sys = await hostSys();
const given = JSON.parse(process.argv[2]!) as Guarded;
const tell = (event: object): void => {
  if (given.eventsFd !== undefined) writeSync(given.eventsFd, `${JSON.stringify(event)}\n`);
};

async function guard(): Promise<Ending> {
  const run = await launch({
    command: given.command,
    args: given.args,
    env: given.env ?? { PATH: process.env['PATH']!, TERM: process.env['TERM'] ?? 'dumb' },
    cwd: given.cwd ?? process.cwd(),
    floor: { paths: given.floor ?? EVERYTHING, scopeSignals: true, scopeAbstractUnix: true },
    filter: assemble(hostAbi, filterRules({ uid: process.getuid!(), gid: process.getgid!() })),
    stallMs: given.stallMs ?? 5_000,
    sys,
  });
  passSignals(run);
  const { pid, guardianPid, listenerFd, heartbeatFd, beatMs, skipped } = run;
  const worker = new Worker(new URL('continue-worker.ts', import.meta.url), {
    workerData: { listenerFd, heartbeatFd, beatMs },
    stdout: true,
    stderr: true,
  });
  const answered = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  await new Promise((resolve) => worker.once('online', resolve));
  tell({ pid, guardianPid, skipped });
  run.go();
  try {
    return await run.exited;
  } finally {
    await answered;
    run.close();
  }
}

function tellLeft(): void {
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'latin1').trim();
  tell({ open: readdirSync('/proc/self/fd').length, children });
}

const bystander = given.bystander ? spawn('sleep', ['60'], { stdio: 'ignore' }) : undefined;
function tellBystander(): void {
  if (!bystander) return;
  tell({ bystander: bystander.exitCode === null && bystander.signalCode === null && bystander.kill('SIGKILL') });
}

try {
  for (let time = 1; time < (given.times ?? 1); time++) {
    await guard();
    tellLeft();
  }
  const ending = await guard();
  if (given.times !== undefined) tellLeft();
  tell({ ending });
  endAs(sys, ending);
} catch (error) {
  if (!(error instanceof LinuxError)) throw error;
  tell({ failed: error });
  tellBystander();
  writeSync(2, `${error.code}: ${error.message}\n`);
  process.exit(error.status);
}
