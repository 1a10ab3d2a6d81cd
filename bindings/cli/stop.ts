// Owns: `plumb stop`: ending a session over its control channel.

import type { Command } from 'commander';
import { ask, CONTROL, CONTROL_HELP } from './control-option.ts';
import { write, writeJson } from './output.ts';

export function addStop(program: Command): void {
  program
    .command('stop')
    .description('end a session: everything it is still asked for is blocked, and its log is sealed')
    .requiredOption(CONTROL, CONTROL_HELP)
    .option('--json', 'the output as JSON')
    .addHelpText('after', '\nExample: plumb stop --control ./control/socket')
    .action(async ({ control, json }: { control: string; json?: true }) => {
      await ask(control, { verb: 'stop' });
      await (json ? writeJson({ stopped: true }) : write('stopped\n'));
    });
}
