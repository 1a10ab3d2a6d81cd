// Owns: `plumb policy`: work on policies, apart from any log.

import type { Command } from 'commander';
import { writeFile } from 'node:fs/promises';
import { PlumblineError } from '../../error.ts';
import { write, writeJson } from '../output.ts';
import { addCheck } from './check.ts';
import { addFmt } from './fmt.ts';
import { addLower } from './lower.ts';
import { authorityOption, POLICY_HELP, type Authority } from '../policy-option.ts';
import { readPolicy } from '../policy-source.ts';
import { addTest } from './test.ts';
import { digest } from '../replay.ts';

export function addPolicy(program: Command): void {
  const policy = program.command('policy').description('work on policies');
  for (const add of [addCheck, addFmt, addTest, addLower]) add(policy);
  policy
    .command('compile')
    .description('compile a policy to the program that the engine runs')
    .argument('<P>', POLICY_HELP)
    .addOption(authorityOption())
    .option('-o, --output <FILE>', 'write the program there; - is standard output')
    .option('--json', 'what was compiled, as JSON')
    .addHelpText(
      'after',
      '\nPrints the digest of the program as a line of a trust file.\n\nExample: plumb policy compile coding-agent -o program',
    )
    .action(
      async (name: string, { authority, output, json }: { authority?: Authority; output?: string; json?: true }) => {
        const { program: bytes } = readPolicy(name, authority);
        if (output === '-') return void (await write(bytes));
        if (output !== undefined) await save(output, bytes);
        if (json) await writeJson({ policy: name, digest: digest(bytes), bytes: bytes.length });
        else await write(`${digest(bytes)}  ${name}\n`);
      },
    );
}

async function save(file: string, bytes: Uint8Array): Promise<void> {
  try {
    await writeFile(file, bytes);
  } catch (cause) {
    throw new PlumblineError('unwritable', `${file} cannot be written`, { cause });
  }
}
