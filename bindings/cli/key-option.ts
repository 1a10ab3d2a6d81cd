// Owns: the options that name keys: where a seed comes from, and the default directory of a writer's keys.
// Excludes: showing them. What looks like a secret on the command line is refused without being repeated.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PlumblineError } from '../error.ts';
import { parseSeedText, readSeedFile, type Seed } from '../log/seed.ts';
import { hostRuntime } from '../runtime/index.ts';
import { home } from '../home.ts';
import { UsageError } from './report-error.ts';

export const KEY_HELP =
  'the seed of the log: a seed file, fd:N (an open descriptor) or env:NAME (an environment variable)';

/** The seed that `--key` names. @throws {PlumblineError} `key-…` */
export async function readSeedOption(source: string): Promise<Seed> {
  if (/^plumbline-seed-|^[0-9a-fA-F]{64}$/.test(source)) {
    throw new UsageError('--key names where the seed is; it does not take the seed itself', `it takes ${KEY_HELP}`);
  }
  const [, kind, name] = /^(fd|env):(.*)$/.exec(source) ?? [];
  if (kind === 'env') return parseSeedText(process.env[name!] ?? '', source);
  if (kind === 'fd') return parseSeedText(readDescriptor(name!), source);
  return readSeedFile(source, await hostRuntime());
}

function readDescriptor(number: string): string {
  try {
    if (!/^\d{1,9}$/.test(number)) throw new RangeError('not the number of a descriptor');
    return readFileSync(Number(number), 'utf8');
  } catch (cause) {
    throw new PlumblineError('key-unreadable', `fd:${number} cannot be read`, {
      hint: `--key takes ${KEY_HELP}`,
      cause,
    });
  }
}

export function defaultKeysDirectory(): string {
  return join(process.env['XDG_CONFIG_HOME'] || join(home(), '.config'), 'plumbline');
}
