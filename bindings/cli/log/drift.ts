// Owns: `plumb log drift`: how far a session's requests went beyond what was granted.

import type { Command } from 'commander';
import { hostRuntime } from '../../runtime/index.ts';
import { driftOf } from '../../why.ts';
import { write, writeJson } from '../output.ts';
import { describeDrift } from '../why.ts';

export function addLogDrift(log: Command): void {
  log
    .command('drift')
    .description('show how many requests went beyond which level of their authority')
    .argument('<DIR>', 'the log')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nLevel 1 is the objective. Policies see the same as `context.session`.\n\nExample: plumb log drift ./log',
    )
    .action(async (directory: string, { json }: { json?: true }) => {
      const drift = driftOf(directory, (await hostRuntime()).files);
      await (json ? writeJson(drift) : write(`${describeDrift(drift)}\n`));
    });
}
