// Owns: `plumb approve`: what waits for a person, and saying yes to one of it.

import type { Command } from 'commander';
import { hostRuntime } from '../runtime/index.ts';
import type { Pending } from '../pending-approvals.ts';
import { ask, asker, CONTROL, CONTROL_HELP } from './control-option.ts';
import { printable } from './describe-record.ts';
import { readDuration } from './input.ts';
import { write, writeJson } from './output.ts';
import { UsageError } from './report-error.ts';

const DIGEST = /^[0-9a-f]{64}$/;

export function addApprove(program: Command): void {
  program
    .command('approve')
    .description('approve what a session asks for, once; without a digest, show what it asks for')
    .argument('[DIGEST]', 'what is approved, as `plumb approve` or the decision shows it')
    .requiredOption(CONTROL, CONTROL_HELP)
    .option('--for <DURATION>', 'until when it may be used: 90s, 10m, 8h', '10m')
    .option('--json', 'the output as JSON')
    .addHelpText(
      'after',
      '\nAn approval is for the very same request, under the same policy and grants, one time.\n\nExample: plumb approve --control ./control/socket',
    )
    .action(async (digest: string | undefined, options: { control: string; for: string; json?: true }) => {
      const { control, json } = options;
      if (digest === undefined) {
        const pending = (await ask(control, { verb: 'pending' })) as Pending[];
        return void (await (json ? writeJson(pending) : write(pending.map(describe).join(''))));
      }
      if (!DIGEST.test(digest)) throw new UsageError(`${digest} is not a digest of 64 hex digits`);
      const expiresMs = (await hostRuntime()).now() + readDuration(options.for);
      await ask(control, { verb: 'approve', digest, expiresMs, by: asker() });
      await (json ? writeJson({ approved: digest, expiresMs }) : write(`approved ${digest}\n`));
    });
}

const describe = ({ approval, requests, seq }: Pending): string =>
  `${approval}  ${printable(requests.map(({ action, resource }) => `${action} ${resource}`).join(' + '))}${seq === undefined ? '' : `  (record ${seq})`}\n`;
