// Owns: the options of a session, and the checks that need no engine, grant or file.
// Excludes: whether the grants count, and whether the log can be written: that shows when the session opens.

import type { Policy } from '../engine/compiler/index.ts';
import type { AuthorityOptions } from './authority/authority.ts';
import { TrustSet } from './authority/issuer-key.ts';
import { isOrigin } from './log/origin.ts';
import type { Publish } from './log/publisher.ts';
import { DURABILITIES, type Durability } from './log/recorder.ts';
import { WriterKeys } from './log/writer-keys.ts';
import type { Runtime } from './runtime/index.ts';

export interface SessionOptions {
  policy: Policy;
  /** Required by a policy that says so. Grants that do not count, for whatever reason, open no session. */
  authority?: AuthorityOptions;
  /** Where decisions are recorded and what is waited for before one is given (SPEC §9.3); `'none'`: they are not. */
  log: LogOptions | 'none';
  /** Required with a log, refused without. */
  keys?: WriterKeys;
  /** The adapter that enforces the decisions: recorded with every decision. 1–128 printable ASCII characters. */
  adapter: string;
  runtime: Runtime;
}

export interface LogOptions {
  directory: string;
  durability: Durability;
  /** Names the log (SPEC §9.2); by default at random. */
  origin?: string;
  /** Takes each checkpoint out of the host's reach; rejects if it could not. */
  publish?: Publish;
}

const ADAPTER = /^[ -~]{1,128}$/;

/**
 * @throws {TypeError} on options that are missing, unknown or of another type; {RangeError} on an origin or adapter
 * that is no name
 */
export function checkOptions(options: SessionOptions): void {
  checkKeys(options, ['policy', 'authority', 'log', 'keys', 'adapter', 'runtime']);
  const { policy, authority, log, keys, adapter, runtime } = options;
  if (!(policy?.program instanceof Uint8Array)) throw new TypeError('policy must be a compiled policy');
  if (authority !== undefined) checkAuthority(authority);
  if (typeof runtime?.lockDirectory !== 'function') throw new TypeError('runtime must be a Runtime');
  if (typeof adapter !== 'string') throw new TypeError('adapter must be text');
  if (!ADAPTER.test(adapter)) throw new RangeError('adapter must be 1-128 printable ASCII characters');
  if (log === 'none') {
    if (keys !== undefined) throw new TypeError("keys are of no use with log 'none'");
    return;
  }
  checkKeys(log, ['directory', 'durability', 'origin', 'publish']);
  if (!(keys instanceof WriterKeys)) throw new TypeError('keys are required with a log');
  if (typeof log.directory !== 'string' || log.directory === '') throw new TypeError('log.directory must be a path');
  if (!DURABILITIES.includes(log.durability)) {
    throw new TypeError(`log.durability must be one of ${DURABILITIES.join(', ')}`);
  }
  if (log.publish !== undefined && typeof log.publish !== 'function') {
    throw new TypeError('log.publish must be a function');
  }
  if (log.origin !== undefined && !isOrigin(log.origin)) {
    throw new RangeError('log.origin must be 1-128 printable ASCII characters without space and +');
  }
}

function checkAuthority(authority: AuthorityOptions): void {
  checkKeys(authority, ['tokens', 'trust']);
  const { tokens, trust } = authority;
  if (!Array.isArray(tokens) || !tokens.every((token) => typeof token === 'string')) {
    throw new TypeError('authority.tokens must be a list of tokens');
  }
  if (!(trust instanceof TrustSet)) throw new TypeError('authority.trust must be a TrustSet');
}

function checkKeys(value: object, keys: readonly string[]): void {
  if (typeof value !== 'object' || value === null) throw new TypeError('options must be an object');
  for (const key of Object.keys(value)) if (!keys.includes(key)) throw new TypeError(`unknown option: ${key}`);
}
