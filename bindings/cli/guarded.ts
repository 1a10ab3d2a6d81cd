// Owns: what `plumb run` reads once the parts of the run start, and what it says while the run lasts.
// Trusts: its options, which were checked. Excludes: the run itself (bindings/run).

import { writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import type { Ending } from '../../kernel-adapters/linux/index.ts';
import type { RunAuthority } from '../run/authority.ts';
import { mediatedRun, type MediatedRunOptions } from '../run/mediated-run.ts';
import type { Parts } from '../run/parts.ts';
import { hostRuntime } from '../runtime/index.ts';
import { asker } from './control-option.ts';
import { describeAsked } from './describe-pending.ts';
import { readTokens, readTrust } from './grant-file.ts';
import { readDuration } from './input.ts';
import type { Authority } from './policy-option.ts';
import { readPolicy } from './policy-source.ts';

export interface GuardedOptions extends Omit<MediatedRunOptions, 'approveTimeoutMs'> {
  grant?: string;
  trust?: string;
  policy: string;
  authority?: Authority;
  approveTimeout: string;
  quiet?: true;
}

const STDERR = 2;

/** Runs the command to its end. @throws {UsageError}; as `mediatedRun` */
export async function runGuarded(
  command: readonly string[],
  directory: string,
  options: GuardedOptions,
  parts: Parts,
): Promise<Ending> {
  const approveTimeoutMs = readDuration(options.approveTimeout);
  const tell = options.quiet ? () => undefined : say;
  return mediatedRun(
    command,
    directory,
    { type: 'Agent', id: asker() },
    { ...options, approveTimeoutMs },
    async () => ({
      policy: readPolicy(options.policy, options.authority),
      signed: await signedAuthority(options),
    }),
    {
      waits({ approval, ...asked }, control) {
        tell(`${describeAsked(asked)} waits for approval: plumb approve --control ${control} ${approval}`);
      },
      refused(count, log) {
        if (isatty(STDERR)) tell(`${count} calls were refused: plumb log show ${log}`);
      },
      left: (path) => say(`${path} could not be removed`),
    },
    await hostRuntime(),
    parts,
  );
}

async function signedAuthority({ grant, trust }: GuardedOptions): Promise<RunAuthority | undefined> {
  return grant === undefined ? undefined : { tokens: await readTokens(grant), trust: await readTrust(trust!) };
}

/** `process.stderr` must not be touched: Node would make the command's own standard error not blocking. */
function say(text: string): void {
  try {
    writeSync(STDERR, `plumb: ${text}\n`);
  } catch {
    // Standard error is closed: there is no reader.
  }
}
