// Owns: `plumb log recover`: closes a log whose writer died.

import type { Command } from 'commander';
import { recoverLog } from '../../log/recovery.ts';
import { openKeys } from '../../log/writer-keys.ts';
import { hostRuntime } from '../../runtime/index.ts';
import { write, writeJson } from '../output.ts';
import { publishWith } from '../publish-command.ts';

export function addLogRecover(log: Command): void {
  log
    .command('recover')
    .description('close a log whose writer died, and seal it')
    .argument('<DIR>', 'the log')
    .requiredOption('--keys <DIR>', "the directory of the writer's keys")
    .option('--publish <CMD>', 'a command that gets the checkpoint on standard input')
    .option('--json', 'say it as JSON')
    .addHelpText(
      'after',
      '\nWhat a crash left torn at the end is dropped, counted and hashed in the log. What a crash does not leave is not touched.\n\n' +
        'Example: plumb log recover ./log --keys ./keys',
    )
    .action(async (directory: string, { keys, publish, json }: { keys: string; publish?: string; json?: true }) => {
      const runtime = await hostRuntime();
      const publisher = publish === undefined ? undefined : publishWith(publish);
      const recovered = await recoverLog(directory, openKeys(keys, runtime), runtime, publisher);
      if (json) return void (await writeJson(recovered));
      const { records, droppedBytes } = recovered;
      await write(`sealed: ${records} records; ${droppedBytes} bytes at the end dropped\n`);
    });
}
