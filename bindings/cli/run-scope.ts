// Owns: the authority of `plumb run`: grants that were signed, or one minted on the spot from the scope that a person typed, or from
// the scope for the directory they stand in.
// Trusts: whoever types the command: their scope is the objective, and nobody but them is trusted to have given it.

import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { IssuerKey, mint, parseDraft, PlumblineError, TrustSet, type Runtime, type ScopeJson } from '../index.ts';
import { home } from './home.ts';
import { readTokens, readTrust } from './grant-file.ts';
import { UsageError } from './report-error.ts';
import { which } from './which.ts';

export interface ScopeOptions {
  grant?: string;
  trust?: string;
  objective?: string;
  expires?: string;
  read?: string[];
  write?: string[];
  exec?: string[];
  connect?: string[];
  listen?: string[];
  dynamic?: true;
}

export interface RunAuthority {
  tokens: string[];
  trust: TrustSet;
}

const SCOPE_NAMES = ['read', 'write', 'exec', 'connect', 'listen'] as const;
const EXPIRES = '24h';

/** What programs of the system need to read, and where they lie. Not /dev as a whole, which has the disks themselves, nor /run, where
 * services leave sockets and secrets. */
const SYSTEM = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/etc', '/opt', '/proc', '/sys', '/var/lib/dpkg'];
const PROGRAMS = ['/usr/', '/bin/', '/sbin/', '/lib/', '/lib64/', '/opt/'];
/** What programs on PATH are made of, by the directory that they are in: of npm's, the packages beside it. */
const BESIDE: { readonly [name: string]: string } = { bin: 'lib', '.bin': '.' };
/** Where managers of versions keep programs, which those on PATH only lead to. */
const MANAGERS = ['.pyenv', '.rbenv', '.rustup', '.nvm', '.asdf', '.volta', '.sdkman', '.local/share/mise'];
/** Devices that keep nothing; terminals may be written to as well. */
const SOURCES = ['/dev/random', '/dev/urandom'];
const SINKS = ['/dev/null', '/dev/zero', '/dev/full', '/dev/tty', '/dev/ptmx', '/dev/pts'];

/** The chain, and whose word it is. @throws {UsageError}, {PlumblineError} `grant-…`, `trust-…` */
export async function runAuthority(
  options: ScopeOptions,
  command: readonly string[],
  directory: string,
  temporary: string,
  runtime: Runtime,
): Promise<RunAuthority> {
  const { grant, trust, objective } = options;
  const typed = SCOPE_NAMES.filter((name) => options[name] !== undefined);
  if (grant !== undefined) {
    if (trust === undefined)
      throw new UsageError('--grant needs --trust', 'whose objectives count is not in the grant');
    if (typed.length > 0 || objective !== undefined || options.dynamic) {
      throw new UsageError('--grant has its scope and objective', 'leave --read, --write, … and --objective out');
    }
    return { tokens: await readTokens(grant), trust: await readTrust(trust) };
  }
  if (trust !== undefined) throw new UsageError('--trust goes with --grant');
  if (typed.length === 0) checkPlace(directory);
  const scope = typed.length === 0 ? defaultScope(directory, temporary) : typedScope(options, temporary);
  const person = new IssuerKey(runtime.random(32));
  const nowMs = runtime.now();
  const statement = objective ?? `Run ${command.join(' ')}`.replace(/\p{C}+/gu, ' ').slice(0, 1000);
  const parsed = parseDraft(
    { level: 'objective', statement, scope, expires: options.expires ?? EXPIRES },
    nowMs,
    undefined,
  );
  const minted =
    'refusal' in parsed ? parsed : mint(parsed.draft, person, undefined, { nowMs, random: runtime.random });
  if ('refusal' in minted) {
    const { code, message } = minted.refusal;
    throw new PlumblineError(code, message, { hint: 'it is what --read, --write, … and --expires say: see --help' });
  }
  return { tokens: [minted.grant.token], trust: new TrustSet([person.publicJwk]) };
}

/** All of a person's files, or of the machine, are no project. */
function checkPlace(directory: string): void {
  if (!isAtHome(asDirectory(directory))) return;
  throw new UsageError(
    `${directory} holds more than a project, and without a scope all of it could be written`,
    'go to the directory of a project, or say what it may do: --read, --write, --exec',
  );
}

/** Whether a directory is a person's own, or holds it. */
const isAtHome = (directory: string): boolean => `${kernelPath(home())}/`.startsWith(directory);

/** Read the system, write the project and a private directory for temporary files, run what is installed; no network. */
function defaultScope(directory: string, temporary: string): ScopeJson {
  const tools = installed(process.env['PATH'] ?? '');
  // git refuses to work at all if these are there and cannot be read.
  const settings = ['.gitconfig', '.config/git'].map((name) => join(home(), name)).filter((path) => existsSync(path));
  return {
    read: unique([...SYSTEM, ...SOURCES, ...SINKS, ...tools, ...settings.map(canonical), directory, temporary]),
    write: unique([directory, temporary, ...SINKS]),
    exec: unique([...PROGRAMS, ...[...tools, directory, temporary].map(asDirectory)]),
  };
}

/** Where programs are installed besides the system: the directories of PATH, the libraries beside them, and what they lead to. */
function installed(path: string): string[] {
  const searched = path
    .split(':')
    .filter((entry) => isAbsolute(entry))
    .flatMap((entry) => {
      const beside = BESIDE[basename(entry)];
      return beside === undefined ? [entry] : [entry, join(dirname(entry), beside)];
    });
  const found = [...searched, ...MANAGERS.map((name) => join(home(), name))]
    .filter((entry) => existsSync(entry))
    .map(canonical);
  // One that holds all of a person's files is no directory of programs.
  return unique(found).filter((entry) => !isAtHome(asDirectory(entry)));
}

/** What was typed, by what the kernel calls it, and the private directory for temporary files. */
function typedScope(options: ScopeOptions, temporary: string): ScopeJson {
  for (const name of ['read', 'write', 'exec'] as const) {
    if (options[name]?.includes(''))
      throw new UsageError(`--${name} has an empty path`, 'of a variable that is not set?');
  }
  const paths = (list: string[] = []): string[] => unique(list.map(canonical));
  const { connect, listen } = options;
  return {
    read: unique([...paths(options.read), temporary]),
    write: unique([...paths(options.write), temporary]),
    ...(options.exec === undefined ? {} : { exec: paths(options.exec.map(which)) }),
    ...(connect === undefined ? {} : { connect }),
    ...(listen === undefined ? {} : { listen }),
    ...(options.dynamic ? { dynamic: true } : {}),
  };
}

/** A path as the kernel reads it back: what is judged is the object, not the name that led to it. A trailing `/` stays: all below. */
export function canonical(path: string): string {
  const at = kernelPath(path);
  return path.endsWith('/') ? asDirectory(at) : at;
}

/** The same without the slash. Of what is not there yet, what there is of its directory, and the rest. */
export function kernelPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const at = resolve(path);
    return join(kernelPath(dirname(at)), basename(at));
  }
}

const asDirectory = (path: string): string => (path.endsWith('/') ? path : `${path}/`);
const unique = (list: readonly string[]): string[] => [...new Set(list)];
