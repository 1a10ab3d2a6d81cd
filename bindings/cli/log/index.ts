// Owns: `plumb log`: what can be done with a log besides verifying it.

import type { Command } from 'commander';
import { addLogDrift } from './drift.ts';
import { addLogExport } from './export.ts';
import { addLogPrune } from './prune.ts';
import { addLogRecover } from './recover.ts';
import { addLogRedact } from './redact.ts';
import { addLogShow } from './show.ts';
import { addLogTail } from './tail.ts';

export function addLog(program: Command): void {
  const log = program.command('log').description('work on logs');
  for (const add of [addLogShow, addLogTail, addLogDrift, addLogExport, addLogRedact, addLogPrune, addLogRecover])
    add(log);
}
