// Owns: `plumb exec`: run by what is guarded, it redeems the nonce of a call, and then becomes the call's command.
// Trusts: nothing: the mediator decides which process may use the nonce, and for what.

import type { Command } from 'commander';
import { openSync } from 'node:fs';
import process from 'node:process';
import { hostSys, REDEEM, restoreSignals } from '../../kernel-adapters/linux/index.ts';
import { PlumblineError } from '../error.ts';
import { which } from '../run/which.ts';

export function addExec(program: Command): void {
  program
    .command('exec')
    .description('inside plumb run: run a command as part of the call that a nonce was given for')
    .argument('<NONCE>', 'as the mediated call was answered')
    .argument('<COMMAND...>', 'the command, after --')
    .addHelpText(
      'after',
      '\nThe nonce is good once. What the command starts belongs to the call as well.\n\nExample: plumb exec 0123456789abcdef0123456789abcdef -- make',
    )
    .action(async (nonce: string, command: string[]) => {
      // Before the nonce is spent.
      const file = which(command[0]!);
      const sys = await hostSys();
      try {
        openSync(`${REDEEM}${nonce}`, 'r');
      } catch (cause) {
        throw new PlumblineError('nonce-refused', 'the nonce leads to no call', {
          hint: 'it is good once, in the run whose call it was given for',
          cause,
        });
      }
      restoreSignals(sys);
      // That Node's execve is experimental does not concern the person who runs a command.
      process.removeAllListeners('warning');
      try {
        process.execve!(file, command, process.env as Record<string, string>);
      } catch (cause) {
        throw new PlumblineError('command-refused', `${file} cannot be executed`, {
          hint: 'it must be a program, and granted to the call',
          cause,
        });
      }
    });
}
