// Owns: `plumb log`: what can be done with a log besides verifying it.

import type { Command } from 'commander';
import { addLogDrift } from './log-drift.ts';
import { addLogExport } from './log-export.ts';
import { addLogRecover } from './log-recover.ts';
import { addLogRedact } from './log-redact.ts';
import { addLogShow } from './log-show.ts';
import { addLogTail } from './log-tail.ts';

export function addLog(program: Command): void {
  const log = program.command('log').description('work on logs');
  for (const add of [addLogShow, addLogTail, addLogDrift, addLogExport, addLogRedact, addLogRecover]) add(log);
}
