// Owns: `plumb run`: its options, and which of them exclude each other. Trusts: the person who types it.
// Excludes: the run itself (guarded.ts, bindings/run): what that takes is loaded while its parts start.

import { Option, type Command } from 'commander';
import { adoptOrphans, endAs, hostSys, LinuxError, type Ending, type Sys } from '../../kernel-adapters/linux/index.ts';
import { PlumblineError } from '../error.ts';
import { workingDirectory } from '../run/directories.ts';
import { startParts } from '../run/parts.ts';
import { asDirectory } from '../run/paths.ts';
import { hasScope, isAtHome } from '../run/scope-options.ts';
import type { GuardedOptions } from './guarded.ts';
import { authorityOption, POLICY_HELP } from './policy-option.ts';
import { reportError, UsageError } from './report-error.ts';

interface RunOptions extends Omit<GuardedOptions, 'env'> {
  env?: string[];
}

/** The exit code if the command was not run: the one of env(1) and timeout(1). */
const CANNOT_RUN = 125;
/** Variables that a command sees without --env. */
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
    // The exit code of a usage error must not look like one of the command's.
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
  // First, because a run inside a run fails here; later checks would fail there for reasons that mislead.
  adoptOrphans(sys);
  const directory = workingDirectory();
  checkOptions(options, directory);
  const env = environment(options.env ?? []);
  const parts = startParts(sys);
  try {
    return await (await import('./guarded.ts')).runGuarded(command, directory, { ...options, env }, parts);
  } finally {
    parts.close();
  }
}

/** Checks the options together, and the directory for the default scope. Reads no file. @throws {UsageError} */
export function checkOptions(options: Partial<RunOptions>, directory: string): void {
  const { grant, trust, objective, log, keys } = options;
  if (grant !== undefined) {
    if (trust === undefined)
      throw new UsageError('--grant needs --trust', 'whose objectives count is not in the grant');
    if (hasScope(options) || objective !== undefined || options.dynamic) {
      throw new UsageError('--grant has its scope and objective', 'leave --read, --write, … and --objective out');
    }
  } else if (trust !== undefined) throw new UsageError('--trust goes with --grant');
  // A home directory, or one that contains it, is more than a project.
  else if (!hasScope(options) && isAtHome(asDirectory(directory))) {
    throw new UsageError(
      `${directory} holds more than a project, and without a scope all of it could be written`,
      'go to the directory of a project, or say what it may do: --read, --write, --exec',
    );
  }
  for (const name of ['read', 'write', 'exec'] as const) {
    if (options[name]?.includes(''))
      throw new UsageError(`--${name} has an empty path`, 'of a variable that is not set?');
  }
  if ((log === undefined) !== (keys === undefined)) {
    throw new UsageError(
      '--log and --keys go together',
      '`plumb init` makes keys; without both, a run is recorded among your runs',
    );
  }
}

function environment(named: readonly string[]): Record<string, string> {
  const assigned = named.find((name) => name.includes('='));
  if (assigned !== undefined)
    throw new UsageError(`--env ${assigned}: it takes a name`, 'set the variable for plumb itself');
  const kept = Object.entries(process.env).filter(([name]) => ENVIRONMENT.test(name) || named.includes(name));
  return Object.fromEntries(kept.filter((entry): entry is [string, string] => entry[1] !== undefined));
}
