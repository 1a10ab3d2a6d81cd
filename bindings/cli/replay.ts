// Owns: `plumb replay`: decides a log's requests again, by engines and programs that were trusted from outside.

import type { Command } from 'commander';
import { createHash } from 'node:crypto';
import { recompiledLayers } from '../authority/recompile.ts';
import { PlumblineError } from '../error.ts';
import { hostRuntime } from '../runtime/index.ts';
import {
  parseTrust,
  readShippedTrust,
  replayLog,
  type Progress,
  type ReplayReport,
  type Trust,
} from '../../verifier/index.ts';
import { addAnchorOptions, readAnchors, type AnchorOptions } from './anchor-options.ts';
import { readInput } from './input.ts';
import { authorityOption, POLICY_HELP, type Authority } from './policy-option.ts';
import { readPolicy } from './policy-source.ts';
import { conclude, metered, STATUS_HELP } from './verify.ts';

// A decision takes microseconds; this only tells an engine that hangs from a slow machine.
export const RECORD_TIMEOUT_MS = 10_000;

interface ReplayOptions extends AnchorOptions {
  trust?: string;
  policy?: string;
  authority?: Authority;
  json?: true;
}

export function addReplay(program: Command): void {
  const replay = program
    .command('replay')
    .description('check a log, and decide its requests again')
    .argument('<DIR>', 'the log');
  addAnchorOptions(replay)
    .option('--trust <FILE>', 'lines "SHA-256  name" of engines and programs to trust besides those shipped')
    .option('--policy <P>', `trust the program of this policy: ${POLICY_HELP}`)
    .addOption(authorityOption())
    .option('--json', 'the report as JSON')
    .addHelpText('after', `\n${STATUS_HELP}\n\nExample: plumb replay ./log --key ./seed --policy ./my-policy`)
    .action(async (directory: string, { trust, policy, authority, json, ...options }: ReplayOptions) => {
      const anchors = await readAnchors(options);
      const trusted = new Map([
        ...(await readShippedTrust()),
        ...(trust === undefined ? [] : await readTrust(trust)),
        ...(await layersOf(directory)),
      ]);
      if (policy !== undefined) trusted.set(digest(readPolicy(policy, authority).program), policy);
      const replaying = (progress: Progress): Promise<ReplayReport> =>
        replayLog(directory, { ...anchors, trusted, timeoutMs: RECORD_TIMEOUT_MS, progress });
      await conclude(await metered(directory, replaying), json);
    });
}

/**
 * Layers need no trust of their own where they are what the log's grants compile to. A log that cannot be read is the
 * verifier's to tell.
 */
export async function layersOf(directory: string): Promise<Trust> {
  try {
    return recompiledLayers(directory, (await hostRuntime()).files);
  } catch (error) {
    if (error instanceof PlumblineError) return new Map();
    throw error;
  }
}

/** SHA-256 in hex. */
export function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function readTrust(file: string): Promise<Trust> {
  const parsed = parseTrust(await readInput(file));
  if ('trust' in parsed) return parsed.trust;
  throw new PlumblineError('trust-malformed', `${file}:${parsed.line} is not a line of a trust file`, {
    hint: 'a line is 64 lower-case hex digits, two spaces and a name',
  });
}
