// Owns: `plumb log prune`: a tombstone in the place of a sealed log.

import type { Command } from 'commander';
import { pruneLog } from '../../log/prune.ts';
import { hostRuntime } from '../../runtime/index.ts';
import { write, writeJson } from '../output.ts';

export function addLogPrune(log: Command): void {
  log
    .command('prune')
    .description('remove a sealed log, and leave a tombstone in its place')
    .argument('<DIR>', 'the log, which becomes a file of that name')
    .option('--json', 'say it as JSON')
    .addHelpText(
      'after',
      '\nThe tombstone says which log was here, from when to when, and how many records it had. `plumb-verify --all` counts it.\n' +
        'Verify the log first: what is gone is verified by nobody. A log that is a link, or has other files in it, stays.\n\nExample: plumb log prune ./log',
    )
    .action(async (directory: string, { json }: { json?: true }) => {
      const records = pruneLog(directory, await hostRuntime());
      if (json) return void (await writeJson({ records }));
      await write(`pruned: ${records} records are gone; ${directory} is their tombstone\n`);
    });
}
