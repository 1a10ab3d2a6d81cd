// Owns: `plumb log redact`: erases what a record disclosed.

import type { Command } from 'commander';
import { eraseDisclosure } from '../../log/erase.ts';
import { hostRuntime } from '../../runtime/index.ts';
import { readCount } from '../input.ts';
import { write, writeJson } from '../output.ts';

export function addLogRedact(log: Command): void {
  log
    .command('redact')
    .description('erase the sensitive values of a record for good')
    .argument('<DIR>', 'the log, closed')
    .requiredOption('--seq <N>', 'the record', readCount)
    .option('--json', 'say it as JSON')
    .addHelpText(
      'after',
      '\nThe log verifies as before; what was decided there can no longer be replayed. Copies and backups are not reached.\n' +
        'Digests without a salt stay: of what was approved, of the arguments of a tool call, of what came back. From them a\n' +
        'value of few possibilities can be guessed. The statement of a call is part of its grant, and stays as it is.\n\n' +
        'Example: plumb log redact ./log --seq 12',
    )
    .action(async (directory: string, { seq, json }: { seq: number; json?: true }) => {
      const names = eraseDisclosure(directory, seq, await hostRuntime());
      if (json) return void (await writeJson({ seq, erased: names }));
      const what = names.map((name) => (name === '' ? 'the whole request' : name)).join(', ');
      await write(`erased from record ${seq}: ${what}\n`);
    });
}
