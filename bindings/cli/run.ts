// Owns: `plumb run`: a command and all it starts, under mediation by the kernel; its signals, its terminal and its exit code.
// Trusts: whoever types it. Excludes: deciding, which the thread that mediates does (run-worker.ts).

import { Option, type Command } from 'commander';
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { isatty } from 'node:tty';
import {
  adoptOrphans,
  assemble,
  endAs,
  eventFd,
  filterRules,
  hostAbi,
  hostSys,
  launch,
  LinuxError,
  passSignals,
  STALL_MS,
  type Ending,
  type Launched,
  type Sys,
} from '../../kernel-adapters/linux/index.ts';
import {
  hostRuntime,
  PlumblineError,
  readGrant,
  serveControl,
  serveMediator,
  type Grant,
  type Runtime,
} from '../index.ts';
import { asker } from './control-option.ts';
import { printable } from './describe-record.ts';
import { readDuration } from './input.ts';
import { authorityOption, POLICY_HELP, readPolicy, type Authority } from './policy-source.ts';
import { reportError, UsageError } from './report-error.ts';
import { remove, temporaryDirectory, workingDirectory } from './run-directories.ts';
import { floorOf } from './run-floor.ts';
import { runRecord, shared, type RecordOptions, type RunRecord } from './run-record.ts';
import { kernelPath, runAuthority, type ScopeOptions } from './run-scope.ts';
import { MediatingThread } from './run-mediating.ts';
import type { WorkerInput } from './run-thread.ts';

interface RunOptions extends ScopeOptions, RecordOptions {
  policy: string;
  authority?: Authority;
  durability: WorkerInput['durability'];
  protect?: string[];
  env?: string[];
  control?: string;
  approveTimeout: string;
  quiet?: true;
}

/** All that a command's own refusals are: SPEC's and the shell's. */
const CANNOT_RUN = 125;
const STDERR = 2;
const TIMER_MS_MAX = 2 ** 31 - 1;
/** Where a command finds the mediator's socket. */
const MEDIATOR = 'PLUMBLINE_SOCKET';
/** What a command sees of the environment, besides what --env names. */
const ENVIRONMENT =
  /^(PATH|HOME|USER|LOGNAME|SHELL|TERM|COLORTERM|LANG|LANGUAGE|LC_[A-Z]+|TZ|PWD|NO_COLOR|COLUMNS|LINES|EDITOR|PAGER)$/;

const lists: readonly [flags: string, help: string][] = [
  ['--read <PATH>', 'a path it may read, and all below it'],
  ['--write <PATH>', 'a path it may change, and all below it'],
  ['--exec <PATH>', 'a program it may run; a directory with / at its end: all below it'],
  ['--connect <HOST:PORT>', 'where it may connect to: addresses or blocks; ports as N, N-M or *'],
  ['--listen <HOST:PORT>', 'where it may listen, likewise'],
  ['--protect <PATH>', 'a path that nothing grants: keys, hook settings'],
  ['--env <NAME>', 'a variable of the environment it may see'],
];

export function addRun(program: Command): void {
  const run = program
    .command('run')
    .description('run a command, and all it starts, held to what it is for')
    .argument('<COMMAND...>', 'the command, after --')
    .passThroughOptions()
    // What is wrong with the line is not to look like a status of the command's.
    .exitOverride((error) => {
      if (error.exitCode === 0) throw error;
      reportError(error);
      process.exit(CANNOT_RUN);
    })
    .option('--objective <TEXT>', 'what it is for, in words')
    .option('--grant <CHAIN>', 'signed grants in place of a scope; needs --trust')
    .option('--trust <FILE>', 'the issuers whose objectives count: a JWK Set');
  for (const [flags, help] of lists) {
    run.option(flags, `${help}; again for more`, (one: string, all: string[] = []) => [...all, one]);
  }
  run
    .option('--dynamic', 'let run what cannot be told from its text')
    .option('--expires <DURATION>', 'until when, from now on; by default 24h')
    .option('--policy <P>', `the organisation's policy: ${POLICY_HELP}`, 'run')
    .addOption(authorityOption())
    .option('--log <DIR>', 'where it is recorded; needs --keys. Without both, among your runs')
    .option('--keys <DIR>', "the directory of the writer's keys")
    .addOption(
      new Option('--durability <D>', 'what is waited for before a call goes on')
        .choices(['write', 'fsync'])
        .default('write'),
    )
    .option('--control <SOCKET>', 'where plumb approve, stop and grant reach it; by default in a directory of its own')
    .option('--approve-timeout <DURATION>', 'how long a call waits for an approval', '10m')
    .option('--quiet', 'say nothing of what was refused')
    .addHelpText(
      'after',
      '\nWithout --read, --write, --exec, --connect and --listen it may read the system, write this directory and a temporary one of its own,\n' +
        'run what is installed, and reach no network. With any of them it may do what they name, and nothing else.\n' +
        'Exits as the command does; 125-127 if it could not be run.\n\n' +
        'Example: plumb run -- npm test\n' +
        '         plumb run --objective "Fix the build" --read /usr --read . --write . --exec /usr/ --connect 127.0.0.1:8080 -- ./fix.sh',
    )
    .action(async (command: string[], options: RunOptions) => {
      let sys: Sys;
      try {
        sys = await hostSys();
      } catch (cause) {
        const hint = 'it takes Linux, and a library for system calls (koffi under Node)';
        reportError(new PlumblineError('run-unsupported', 'nothing can be run under mediation here', { hint, cause }));
        process.exitCode = CANNOT_RUN;
        return;
      }
      let ending: Ending;
      try {
        ending = await guarded(command, options, sys);
      } catch (error) {
        const status = error instanceof LinuxError ? error.status : CANNOT_RUN;
        const told =
          error instanceof LinuxError ? new PlumblineError(error.code, error.message, { hint: error.hint }) : error;
        reportError(told);
        ending = { code: status };
      }
      endAs(sys, ending);
    });
}

async function guarded(command: readonly string[], options: RunOptions, sys: Sys): Promise<Ending> {
  // Inside a run this is what cannot be done; what else is refused there would be told for the reason.
  adoptOrphans(sys);
  const runtime = await hostRuntime();
  const policy = readPolicy(options.policy, options.authority);
  const approveTimeoutMs = readDuration(options.approveTimeout);
  const env = environment(options.env ?? []);
  const directory = workingDirectory();
  const temporary = temporaryDirectory();
  let record: RunRecord | undefined;
  try {
    const { tokens, trust } = await runAuthority(options, command, directory, temporary, runtime);
    record = runRecord(options, runtime);
    const mediator = join(kernelPath(record.control), 'mediator');
    const { floor, untilMs } = floorOf(grantsOf(tokens));
    const run = await launch({
      command: command[0]!,
      args: command.slice(1),
      env: { ...env, TMPDIR: temporary, [MEDIATOR]: mediator },
      cwd: directory,
      floor,
      filter: assemble(hostAbi, filterRules({ uid: process.getuid!(), gid: process.getgid!() })),
      stallMs: STALL_MS,
      sys,
    });
    passSignals(run);
    const input: Omit<WorkerInput, 'wakeFd'> = {
      policy,
      tokens,
      trust: trust.toJSON().keys,
      log: record.log,
      keys: record.keys,
      durability: options.durability,
      principal: { type: 'Agent', id: asker() },
      listenerFd: run.listenerFd,
      heartbeatFd: run.heartbeatFd,
      protect: [...protectedBy(record, options), ...(options.protect ?? []).map(kernelPath)],
      mediator,
      selfPids: [process.pid, run.guardianPid],
      approveTimeoutMs,
    };
    const control = options.control ?? join(record.control, 'socket');
    return await mediated(run, input, control, record, { ...options, untilMs }, runtime, sys);
  } finally {
    for (const made of [temporary, ...(record === undefined ? [] : [record.control])])
      if (!remove(made)) say(`${made} could not be removed`);
  }
}

async function mediated(
  run: Launched,
  input: Omit<WorkerInput, 'wakeFd'>,
  control: string,
  record: RunRecord,
  options: RunOptions & { untilMs: number },
  runtime: Runtime,
  sys: Sys,
): Promise<Ending> {
  const tell = options.quiet ? () => undefined : say;
  const thread = new MediatingThread({ ...input, wakeFd: eventFd(sys) }, sys, ({ approval, requests }) => {
    const what = requests.map(({ action, resource }) => `${action} ${resource}`).join(' + ');
    tell(`${printable(what)} waits for approval: plumb approve --control ${control} ${approval}`);
  });
  let failure: PlumblineError | undefined;
  const killFor = (why: PlumblineError): void => {
    failure ??= why;
    run.kill();
  };
  const expiry = at(options.untilMs, runtime, () =>
    killFor(
      new PlumblineError('run-expired', 'the grants of the run expired, and all of it was killed', {
        hint: '--expires says how long they last; of signed grants, `plumb grant create` does',
      }),
    ),
  );
  // What the tree goes on to is answered by nobody. One that has ended by itself is left to say how.
  thread.ended.then(
    () => failure !== undefined && run.kill(),
    (error) => killFor(error as PlumblineError),
  );
  const channels: { close(): Promise<void> }[] = [];
  try {
    await Promise.race([thread.ready, run.exited]);
    channels.push(
      await serveControl(control, (command) => {
        // Before calls that wait are refused: how the command ends by that is no end of its own.
        if (command.verb === 'stop') failure ??= stopped();
        return thread.command(command);
      }),
    );
    channels.push(await serveMediator(input.mediator, input.principal, (asking) => thread.decide(asking)));
    run.go();
    const ending = await run.exited;
    const { refused } = await thread.end('the command ended');
    if (failure !== undefined) throw failure;
    if (refused > 0 && isatty(STDERR)) tell(`${refused} calls were refused: plumb log show ${record.log}`);
    return ending;
  } catch (error) {
    run.kill();
    await run.exited.catch(() => undefined);
    await thread.end('the run failed').catch(() => undefined);
    throw failure ?? error;
  } finally {
    expiry();
    await Promise.all(channels.map((channel) => channel.close()));
    run.close();
  }
}

const stopped = (): PlumblineError =>
  new PlumblineError('run-stopped', 'the run was stopped, and all of it was killed', {
    hint: 'whoever reaches its control socket can stop it',
  });

/** `process.stderr` must not be touched: Node would make the command's own standard error not blocking. */
function say(text: string): void {
  try {
    writeSync(STDERR, `plumb: ${text}\n`);
  } catch {
    // Nobody reads it.
  }
}

/** Calls at a time, unless what it returns is called before. A timer takes no more than some 24 days at once. */
function at(timeMs: number, { now, after }: Runtime, call: () => void): () => void {
  let cancel: (() => void) | undefined;
  const wait = (): void => {
    const leftMs = timeMs - now();
    if (leftMs <= 0) call();
    else cancel = after(Math.min(leftMs, TIMER_MS_MAX), wait);
  };
  wait();
  return () => cancel?.();
}

/** What the tree must not reach, whatever is granted: the record, its keys, where approvals come from; and those of all other runs. */
function protectedBy({ log, keys, control }: RunRecord, options: RunOptions): string[] {
  const files = [log, keys, control, ...shared(), ...(options.control === undefined ? [] : [options.control])];
  return [...new Set(files.map(kernelPath))];
}

function grantsOf(tokens: readonly string[]): Grant[] {
  return tokens.map((token, index) => {
    const read = readGrant(token);
    if ('grant' in read) return read.grant;
    throw new PlumblineError(read.refusal.code, `grant ${index + 1}: ${read.refusal.message}`, {
      hint: '`plumb grant verify` tells what a chain is',
    });
  });
}

function environment(named: readonly string[]): Record<string, string> {
  const assigned = named.find((name) => name.includes('='));
  if (assigned !== undefined)
    throw new UsageError(`--env ${assigned}: it takes a name`, 'set the variable for plumb itself');
  const kept = Object.entries(process.env).filter(([name]) => ENVIRONMENT.test(name) || named.includes(name));
  return Object.fromEntries(kept.filter((entry): entry is [string, string] => entry[1] !== undefined));
}
