// Owns: `plumb policy fmt`: policy files in Cedar's own layout. A file is replaced whole or not at all.

import type { Command } from 'commander';
import { chmod, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { formatSource } from '../../../engine/compiler/index.ts';
import { PlumblineError } from '../../error.ts';
import { write, writeJson } from '../output.ts';
import { POLICY_HELP } from '../policy-option.ts';
import { describeDiagnostic, policyFiles, source } from '../policy-source.ts';

const UNFORMATTED = 1;

interface Change {
  file: string;
  text: string;
}

export function addFmt(policy: Command): void {
  policy
    .command('fmt')
    .description("lay policy files out as Cedar's formatter does, in place")
    .argument('<P>', POLICY_HELP)
    .option('--check', 'change nothing; exit 1 if a file is laid out otherwise')
    .option('--json', 'the names of the files as JSON')
    .addHelpText('after', '\nPrints the name of every file that changes.\n\nExample: plumb policy fmt ./my-policy')
    .action(async (name: string, { check, json }: { check?: true; json?: true }) => {
      // All are read before one is written: a mistake in the last leaves the first as it was.
      const changes = policyFiles(name).flatMap(changeOf);
      if (check && changes.length > 0) process.exitCode = UNFORMATTED;
      if (!check) for (const change of changes) await replace(change);
      const files = changes.map(({ file }) => file);
      await (json ? writeJson({ policy: name, files }) : write(files.map((file) => `${file}\n`).join('')));
    });
}

function changeOf(file: string): Change[] {
  const read = source(file);
  const formatted = formatSource(read);
  if ('diagnostics' in formatted) {
    throw new PlumblineError('policy-invalid', formatted.diagnostics.map(describeDiagnostic).join('\n'), {
      hint: 'no file was changed',
    });
  }
  return formatted.text === read.text ? [] : [{ file, text: formatted.text }];
}

async function replace({ file, text }: Change): Promise<void> {
  let temporary: string | undefined;
  try {
    // A link stays a link: what it points to is replaced.
    const target = await realpath(file);
    const { mode } = await stat(target);
    temporary = `${target}.plumb-fmt`;
    await writeFile(temporary, text, { flag: 'wx', flush: true });
    await chmod(temporary, mode);
    await rename(temporary, target);
  } catch (cause) {
    const ours = (cause as NodeJS.ErrnoException).code !== 'EEXIST';
    if (temporary !== undefined && ours) await rm(temporary, { force: true });
    throw new PlumblineError('unwritable', `${file} cannot be written`, {
      hint: ours ? 'it is as it was' : `${temporary} is in the way: another run made it`,
      cause,
    });
  }
}
