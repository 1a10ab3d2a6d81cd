// Owns: where a run is recorded: in the log that was named, or in a new one among this user's runs.

import { lstatSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PlumblineError } from '../error.ts';
import { createSeed } from '../log/seed.ts';
import { createKeys } from '../log/writer-keys.ts';
import type { Runtime } from '../runtime/index.ts';
import { home } from '../home.ts';

export interface RecordOptions {
  /** Given together with `keys`, or neither is. */
  log?: string;
  keys?: string;
}

export interface RunRecord {
  log: string;
  keys: string;
  /**
   * A directory that only this user can use, for the sockets of control channel and mediator; removed when the run
   * ends.
   */
  control: string;
}

const ID_BYTES = 4;
const PRIVATE = 0o700;

/** Where this user's runs have their records and their sockets: every run protects both from its own processes. */
export const shared = (): string[] => [runs(), sockets()];
const runs = (): string => join(process.env['XDG_STATE_HOME'] || join(home(), '.local', 'state'), 'plumbline', 'runs');
const sockets = (): string => join(tmpdir(), `plumbline-${process.getuid?.()}`);

/**
 * Makes the directories and keys of a run. The seed of keys made here is not kept: their logs are verified by the
 * public key.
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

/**
 * A new directory for sockets. Any user can make a directory beside temporary files, so the parent is checked to be
 * this user's alone.
 */
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
