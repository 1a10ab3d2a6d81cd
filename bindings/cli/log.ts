// Owns: `plumb log`: what can be done with a log besides verifying it.

import type { Command } from 'commander';
import { addLogRecover } from './log-recover.ts';

export function addLog(program: Command): void {
  const log = program.command('log').description('work on logs');
  for (const add of [addLogRecover]) add(log);
}
