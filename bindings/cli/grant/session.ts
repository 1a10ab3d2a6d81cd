// Owns: `plumb grant revoke` and `plumb grant step`: what is said about grants while a session runs.

import { createHash } from 'node:crypto';
import type { Command } from 'commander';
import { ask, asker, CONTROL, CONTROL_HELP } from '../control-option.ts';
import { readChain, readTokens } from '../grant-file.ts';
import { write, writeJson } from '../output.ts';

const CHAIN_HELP = 'a chain of grants, one token per line, from the objective on';

export function addGrantRevoke(grant: Command): void {
  grant
    .command('revoke')
    .description("revoke a chain's last grant in a running session, and with it all that stands below")
    .argument('<CHAIN>', CHAIN_HELP)
    .requiredOption(CONTROL, CONTROL_HELP)
    .option('--json', 'the output as JSON')
    .addHelpText(
      'after',
      '\nA revocation holds in that session, for good. Other sessions have to be told for themselves.\n\nExample: plumb grant revoke grants/plan.grant --control ./control/socket',
    )
    .action(async (file: string, { control, json }: { control: string; json?: true }) => {
      const { token, level, statement } = (await readChain(file)).at(-1)!;
      const revoked = createHash('sha256').update(token).digest('hex');
      await ask(control, { verb: 'revoke', grant: revoked, by: asker() });
      await (json ? writeJson({ revoked }) : write(`revoked the ${level}: ${statement}\n`));
    });
}

export function addGrantStep(grant: Command): void {
  grant
    .command('step')
    .description('make a chain the current step of a running session')
    .argument('<CHAIN>', `${CHAIN_HELP}; it begins with the session's own`)
    .requiredOption(CONTROL, CONTROL_HELP)
    .option('--json', 'the output as JSON')
    .addHelpText('after', '\nExample: plumb grant step grants/step-2.grant --control ./control/socket')
    .action(async (file: string, { control, json }: { control: string; json?: true }) => {
      const authority = (await ask(control, { verb: 'step', tokens: await readTokens(file) })) as string;
      await (json ? writeJson({ authority }) : write(`the current step is now that of ${file}\n`));
    });
}
