#!/usr/bin/env node
// Owns: the command `plumb`: its verbs, and what an error looks like (`code: message`, then a hint, on standard error).
// Exit codes: 0, 1 operational, 2 usage; those of `verify` and `replay` are SPEC §9.8.

import { Command, CommanderError } from 'commander';
import { addApprove } from './approve.ts';
import { addConformance } from './conformance/index.ts';
import { addDecide } from './decide.ts';
import { addDemo } from './demo/index.ts';
import { addExec } from './exec.ts';
import { addGrant } from './grant/index.ts';
import { addImport } from './import.ts';
import { addInit } from './init.ts';
import { addLog } from './log/index.ts';
import { write } from './output.ts';
import { addPolicy } from './policy/index.ts';
import { addReplay } from './replay.ts';
import { reportError, UsageError } from './report-error.ts';
import { addRun } from './run.ts';
import { addStop } from './stop.ts';
import { addVerify } from './verify.ts';
import { addWhy } from './why.ts';

const program = new Command('plumb')
  .description('Holds an AI agent to what it was asked to do: decide, record, verify, replay.')
  // What follows a command that `run` runs is the command's.
  .enablePositionalOptions()
  .exitOverride()
  .showHelpAfterError(false)
  // Said once, by reportError, in the form of every other error.
  .configureOutput({ outputError: () => {}, writeOut: (text) => void write(text) });

const VERBS = [
  addInit,
  addImport,
  addDecide,
  addRun,
  addExec,
  addVerify,
  addReplay,
  addLog,
  addPolicy,
  addGrant,
  addApprove,
  addStop,
  addWhy,
  addConformance,
  addDemo,
];
for (const add of VERBS) add(program);

try {
  if (process.argv.length <= 2)
    throw new UsageError('a verb is needed', program.commands.map((verb) => verb.name()).join(', '));
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError && error.exitCode === 0)) process.exitCode = reportError(error);
}
