// Owns: `plumb verify`: the verifier's report on a log. `plumb-verify` is the same for those who install nothing else.

import type { Command } from 'commander';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  createProgress,
  describe,
  describeHost,
  describeLog,
  EXIT_CODES,
  exitCodeOf,
  verifyHost,
  verifyLog,
  type Progress,
  type ReplayReport,
  type VerifyReport,
} from '../../verifier/index.ts';
import { meter } from '../../verifier/meter.ts';
import { addAnchorOptions, readAnchors, type AnchorOptions } from './anchor-options.ts';
import { write, writeJson } from './output.ts';
import { UsageError } from './report-error.ts';

export const STATUS_HELP =
  'Exit: 0 authenticated and sealed, 1 operational, 2 usage, 3 tampered, 4 unsealed, 5 replay diverged,\n' +
  '      6 malformed, 7 not replayed, 8 unauthenticated (neither key nor public key given),\n' +
  "      9 the key given is not this log's, 10 a log of the host is missing";

const METER_MS = 250;

export function addVerify(program: Command): void {
  const verify = program.command('verify').description('check a log').argument('<DIR>', 'the log');
  addAnchorOptions(verify)
    .option(
      '--all',
      'DIR holds the logs of a host, and what stands for pruned ones: check each, and that none up to the highest number there is missing',
    )
    .option('--json', 'the report as JSON; with --all a line for each log, and one for all')
    .addHelpText('after', `\n${STATUS_HELP}\n\nExample: plumb verify ./log --key ./seed`)
    .action(async (directory: string, { json, all, ...options }: AnchorOptions & { json?: true; all?: true }) => {
      if (all) return verifyAll(directory, options, json);
      const anchors = await readAnchors(options);
      await conclude(await metered(directory, (progress) => verifyLog(directory, { ...anchors, progress })), json);
    });
}

async function verifyAll(directory: string, options: AnchorOptions, json: true | undefined): Promise<void> {
  const { key, pubkey, checkpoint } = options;
  if (key === undefined) throw new UsageError('--all needs --key');
  if (pubkey !== undefined || checkpoint !== undefined) {
    throw new UsageError('--all takes only --key, --issuers and --json', 'a checkpoint is of one log');
  }
  const { seed, issuers } = await readAnchors(options);
  const report = await verifyHost(directory, { seed: seed!, issuers }, (log) =>
    json ? writeJson(log) : write(describeLog(log)),
  );
  await (json ? writeJson(report) : write(describeHost(report)));
  process.exitCode = exitCodeOf(report);
}

/** Shows people how far a check is. */
export async function metered<T>(directory: string, check: (progress: Progress) => Promise<T>): Promise<T> {
  const progress = createProgress();
  if (!process.stderr.isTTY) return check(progress);
  const bytes = segmentBytes(directory);
  const started = performance.now();
  const show = (): boolean => process.stderr.write(`\r${meter(progress, bytes, performance.now() - started)}\u001b[K`);
  const timer = setInterval(show, METER_MS);
  try {
    return await check(progress);
  } finally {
    clearInterval(timer);
    process.stderr.write('\r\u001b[K');
  }
}

/** How long a log's segments are; 0 where that cannot be told, which the check itself will say. */
function segmentBytes(directory: string): number {
  try {
    const names = readdirSync(directory).filter((name) => name.endsWith('.cborseq'));
    return names.reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
  } catch {
    return 0;
  }
}

/** Prints a report and leaves its exit code. */
export async function conclude(report: VerifyReport | ReplayReport, json: true | undefined): Promise<void> {
  await (json ? writeJson(report) : write(describe(report)));
  process.exitCode = EXIT_CODES[report.status];
}
