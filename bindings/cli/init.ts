// Owns: `plumb init`: makes the keys of the logs to come, and puts the seed where it was told to, away from them.

import type { Command } from 'commander';
import { realpathSync, rmSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { PlumblineError } from '../error.ts';
import { createSeed, type Seed, writeSeedFile } from '../log/seed.ts';
import { createKeys, type WriterKeys } from '../log/writer-keys.ts';
import { hostRuntime, type Runtime } from '../runtime/index.ts';
import { defaultKeysDirectory } from './key-option.ts';
import { write, writeJson } from './output.ts';
import { isOrigin } from '../log/origin.ts';
import { UsageError } from './report-error.ts';

interface InitOptions {
  keys: string;
  seed: string;
  name?: string;
  json?: true;
}

export function addInit(program: Command): void {
  program
    .command('init')
    .description('make keys for logs')
    .option('--keys <DIR>', "directory of the writer's keys, made if absent", defaultKeysDirectory())
    .requiredOption('--seed <FILE>', 'where the seed goes, which verifies the logs; - is standard output')
    .option('--name <NAME>', 'the signer of checkpoints, by default plumbline/ and 16 hex digits')
    .option('--json', 'say it as JSON')
    .addHelpText(
      'after',
      '\nThe seed verifies every log of these keys, and can forge them: give it to your auditor and keep it off this host. The writer\n' +
        'needs only the directory of keys. Nothing is overwritten, and no command looks for keys by itself.\n\n' +
        'Example: plumb init --keys ./keys --seed /media/auditor/seed\n' +
        '         plumb init --seed - | ssh auditor "umask 077; cat > seed"',
    )
    .action(async ({ keys: directory, seed: file, name, json }: InitOptions) => {
      if (file === '-' && json) throw new UsageError('--json and --seed - both want standard output');
      if (name !== undefined && !isOrigin(name)) {
        throw new UsageError('--name takes 1-128 printable ASCII characters without space and +');
      }
      if (file !== '-' && isWithin(file, directory)) {
        throw new UsageError('the seed does not belong among the keys', 'name a file elsewhere, best on another host');
      }
      const runtime = await hostRuntime();
      const seed = createSeed(runtime);
      if (file !== '-') writeSeedFile(file, seed, runtime);
      const { vkey } = createOrForget(directory, seed, file, runtime, name).signer;
      if (file === '-') return void (await handOver(seed, directory));
      if (json) return void (await writeJson({ keys: directory, seed: file, vkey }));
      await write(`seed: ${file} (readable by you alone). It verifies your logs: plumb verify --key ${file}\n`);
      await write('It can forge them too. Give it to your auditor, and remove it from this host.\n');
      await write(`keys: ${directory}, for --keys of commands that write logs\n`);
      await write(`public key of checkpoints, also in ${join(directory, 'signing.pub')}: ${vkey}\n`);
    });
}

/** A seed without keys would be taken for the seed of some. */
function createOrForget(directory: string, seed: Seed, file: string, runtime: Runtime, name?: string): WriterKeys {
  try {
    return createKeys(directory, seed, runtime, name);
  } catch (error) {
    if (file !== '-') rmSync(file);
    throw error;
  }
}

async function handOver(seed: Seed, directory: string): Promise<void> {
  if (await write(seed.text())) return;
  throw new PlumblineError('seed-lost', 'the seed was not read from standard output', {
    hint: `what these keys write could not be verified: remove ${directory} and begin again`,
  });
}

/** Whether `file`, whose directory exists, lies in `directory`, which may not. */
function isWithin(file: string, directory: string): boolean {
  const at = relative(real(directory), real(dirname(resolve(file))));
  return !at.startsWith('..');
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}
