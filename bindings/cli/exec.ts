// Owns: `plumb exec`: run by what is guarded, it redeems the nonce of a call, and then becomes the call's command.
// Trusts: nothing: who the nonce is good for, and for what, the mediator decides.

import type { Command } from 'commander';
import { openSync } from 'node:fs';
import process from 'node:process';
import { REDEEM } from '../../kernel-adapters/linux/index.ts';
import { PlumblineError } from '../index.ts';
import { which } from './which.ts';

export function addExec(program: Command): void {
  program
    .command('exec')
    .description('inside plumb run: run a command as part of the call that a nonce was given for')
    .argument('<NONCE>', 'as the mediated call was answered')
    .argument('<COMMAND...>', 'the command, after --')
    .passThroughOptions()
    .addHelpText(
      'after',
      '\nThe nonce is good once. What the command starts belongs to the call as well.\n\nExample: plumb exec 0123456789abcdef0123456789abcdef -- make',
    )
    .action((nonce: string, command: string[]) => {
      try {
        openSync(`${REDEEM}${nonce}`, 'r');
      } catch (cause) {
        throw new PlumblineError('nonce-refused', 'the nonce leads to no call', {
          hint: 'it is good once, in the run whose call it was given for',
          cause,
        });
      }
      process.execve!(which(command[0]!), command, process.env as Record<string, string>);
    });
}
