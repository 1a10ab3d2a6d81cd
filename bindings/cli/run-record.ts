// Owns: where a run is recorded: the log that was named, or one of its own among the runs of this user.

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKeys, createSeed, PlumblineError, type Runtime } from '../index.ts';
import { home } from './home.ts';
import { UsageError } from './report-error.ts';

export interface RecordOptions {
  log?: string;
  keys?: string;
}

export interface RunRecord {
  log: string;
  keys: string;
  /** A directory of its owner's alone, for as long as the run lasts: for the control channel and the mediator's socket. */
  control: string;
}

const ID_BYTES = 4;

/**
 * Makes the directories and keys of a run. The seed of keys made here is kept by nobody: their logs are verified by the public key.
 * @throws {UsageError}, {PlumblineError} `run-unrecorded`
 */
export function runRecord({ log, keys }: RecordOptions, runtime: Runtime): RunRecord {
  if ((log === undefined) !== (keys === undefined)) {
    throw new UsageError(
      '--log and --keys go together',
      '`plumb init` makes keys; without both, a run is recorded among your runs',
    );
  }
  const control = mkdtempSync(join(tmpdir(), 'plumb-control-'));
  if (log !== undefined) return { log, keys: keys!, control };
  const state = process.env['XDG_STATE_HOME'] || join(home(), '.local', 'state');
  const stamp = new Date(runtime.now()).toISOString().replace(/[:.]/g, '-');
  const place = join(state, 'plumbline', 'runs', `${stamp}-${Buffer.from(runtime.random(ID_BYTES)).toString('hex')}`);
  try {
    runtime.files.mkdirSync(place, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new PlumblineError('run-unrecorded', `${place} cannot be made`, { hint: 'name --log and --keys', cause });
  }
  createKeys(join(place, 'keys'), createSeed(runtime), runtime);
  return { log: join(place, 'log'), keys: join(place, 'keys'), control };
}
