// Owns: `plumb verify`: the verifier's report on a log. `plumb-verify` is the same for those who install nothing else.

import type { Command } from 'commander';
import { describe, EXIT_CODES, verifyLog, type ReplayReport, type VerifyReport } from '../../verifier/index.ts';
import { KEY_HELP, readSeedOption } from './key-option.ts';
import { write, writeJson } from './output.ts';

export const STATUS_HELP =
  'Exit: 0 authenticated and sealed, 1 operational, 2 usage, 3 tampered, 4 unsealed, 5 replay diverged,\n' +
  '      6 malformed, 7 not replayed, 8 unauthenticated (no key given)';

export function addVerify(program: Command): void {
  program
    .command('verify')
    .description('check a log')
    .argument('<DIR>', 'the log')
    .option('--key <SEED>', KEY_HELP)
    .option('--json', 'the report as JSON')
    .addHelpText('after', `\n${STATUS_HELP}\n\nExample: plumb verify ./log --key ./seed`)
    .action(async (directory: string, { key, json }: { key?: string; json?: true }) => {
      await conclude(await verifyLog(directory, await seedOption(key)), json);
    });
}

export async function seedOption(key: string | undefined): Promise<{ seed?: Uint8Array }> {
  return key === undefined ? {} : { seed: (await readSeedOption(key)).bytes() };
}

/** Prints a report and leaves its exit code. */
export async function conclude(report: VerifyReport | ReplayReport, json: true | undefined): Promise<void> {
  await (json ? writeJson(report) : write(describe(report)));
  process.exitCode = EXIT_CODES[report.status];
}
