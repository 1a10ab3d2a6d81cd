// Owns: where a run is recorded: the log that was named, or one of its own among the runs of this user.

import { lstatSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PlumblineError } from '../error.ts';
import { createSeed } from '../log/seed.ts';
import { createKeys } from '../log/writer-keys.ts';
import type { Runtime } from '../runtime/index.ts';
import { home } from '../home.ts';

export interface RecordOptions {
  /** Named with `keys`, or neither. */
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
const PRIVATE = 0o700;

/** Where the runs of this user are recorded, and where their sockets are: no run may reach another's. */
export const shared = (): string[] => [runs(), sockets()];
const runs = (): string => join(process.env['XDG_STATE_HOME'] || join(home(), '.local', 'state'), 'plumbline', 'runs');
const sockets = (): string => join(tmpdir(), `plumbline-${process.getuid?.()}`);

/**
 * Makes the directories and keys of a run. The seed of keys made here is kept by nobody: their logs are verified by the public key.
 * @throws {PlumblineError} `run-unrecorded`
 */
export function runRecord({ log, keys }: RecordOptions, runtime: Runtime): RunRecord {
  if (log !== undefined) return { log, keys: keys!, control: controlDirectory() };
  const stamp = new Date(runtime.now()).toISOString().replace(/[:.]/g, '-');
  const place = join(runs(), `${stamp}-${Buffer.from(runtime.random(ID_BYTES)).toString('hex')}`);
  try {
    runtime.files.mkdirSync(place, { recursive: true, mode: PRIVATE });
  } catch (cause) {
    throw new PlumblineError('run-unrecorded', `${place} cannot be made`, { hint: 'name --log and --keys', cause });
  }
  createKeys(join(place, 'keys'), createSeed(runtime), runtime);
  return { log: join(place, 'log'), keys: join(place, 'keys'), control: controlDirectory() };
}

/** A new directory for sockets. Anybody may make the one that all of them are in, where temporary files are, but it has to be this user's. */
function controlDirectory(): string {
  const parent = sockets();
  try {
    mkdirSync(parent, { mode: PRIVATE });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST')
      throw new PlumblineError('run-no-temporary', `${parent} cannot be made`, {
        hint: 'have TMPDIR name a directory that you may write',
        cause,
      });
  }
  const found = lstatSync(parent);
  if (!found.isDirectory() || found.uid !== process.getuid?.() || (found.mode & 0o077) !== 0) {
    throw new PlumblineError('control-exposed', `${parent} is not a directory of yours alone`, {
      hint: 'remove it, or have TMPDIR name another place',
    });
  }
  return mkdtempSync(join(parent, 'run-'));
}
