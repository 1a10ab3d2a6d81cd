#!/usr/bin/env node
// Owns: the command `plumb`: its verbs, and what an error looks like (`code: message`, then a hint, on standard error).
// Exit codes: 0, 1 operational, 2 usage; those of `verify` and `replay` are SPEC §9.8.

import { Command, CommanderError, Help } from 'commander';
import { write } from './output.ts';
import { reportError, tell, UsageError } from './report-error.ts';
import { VERBS } from './verbs.ts';

const VERSION = '0.1.0';

async function main(words: readonly string[]): Promise<void> {
  let shown: Promise<unknown> = Promise.resolve();
  const program = new Command('plumb')
    .description('Holds an AI agent to what it was asked to do: decide, record, verify, replay.')
    .version(VERSION, '--version', 'show the version')
    // What follows a command that `run` runs is the command's.
    .enablePositionalOptions()
    .exitOverride()
    .showHelpAfterError(false)
    // Said once, by reportError, in the form of every other error.
    .configureOutput({
      outputError: () => {},
      writeErr: tell,
      writeOut(text) {
        shown = shown.then(() => write(text));
        // Awaited at the end, however that comes.
        shown.catch(() => undefined);
      },
    })
    .configureHelp({ subcommandTerm: termOf });
  if (words.length === 0) throw new UsageError('a verb is needed', VERBS.map(({ name }) => name).join(', '));
  const [used, helped] = words.filter((word) => !word.startsWith('-'));
  for (const { name, description, load } of VERBS) {
    if (name === (used === 'help' ? helped : used)) (await load())(program);
    // Only its name is needed, to list it and to suggest it.
    else program.command(name).description(description);
  }
  try {
    await program.parseAsync();
  } catch (error) {
    throw (error as CommanderError).code === 'commander.missingMandatoryOptionValue'
      ? (unknownOption(program, words) ?? error)
      : error;
  } finally {
    // If it cannot be written, that is the error.
    await shown;
  }
}

/** The first word that the command has no option for: a typing error explains the option that is missing. */
function unknownOption(program: Command, words: readonly string[]): UsageError | undefined {
  let used = program;
  for (const word of words) used = used.commands.find((command) => command.name() === word) ?? used;
  const [unknown] = used.parseOptions([...words]).unknown;
  return unknown === undefined ? undefined : new UsageError(`unknown option '${unknown}'`);
}

/** How a list of commands shows one. */
function termOf(this: Help, command: Command): string {
  const verb = command.parent?.parent === null ? VERBS.find(({ name }) => name === command.name()) : undefined;
  return verb === undefined
    ? Help.prototype.subcommandTerm.call(this, command)
    : `${verb.name} ${verb.usage}`.trimEnd();
}

main(process.argv.slice(2)).catch((error: unknown) => {
  if (!(error instanceof CommanderError && error.exitCode === 0)) process.exitCode = reportError(error);
});
