// Owns: `plumb init`: makes the key of the logs to come, and says where it is.

import type { Command } from 'commander';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createKey, hostRuntime } from '../index.ts';
import { write, writeJson } from './output.ts';

export function addInit(program: Command): void {
  program
    .command('init')
    .description('make a key for logs')
    .option('--keys <DIR>', 'directory of keys, made if absent', defaultDirectory())
    .option('--json', 'say it as JSON')
    .addHelpText(
      'after',
      '\nA key is never overwritten, and no command looks for one by itself.\n\nExample: plumb init --keys ./keys',
    )
    .action(async ({ keys, json }: { keys: string; json?: true }) => {
      const { file } = createKey(keys, await hostRuntime());
      if (json) await writeJson({ key: file });
      else {
        await write(`key: ${file} (readable by you alone)\n`);
        await write(
          'Whoever has it can verify your logs, and forge them. Give a copy to your auditor; then pass --key.\n',
        );
      }
    });
}

function defaultDirectory(): string {
  return join(process.env['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'plumbline');
}
