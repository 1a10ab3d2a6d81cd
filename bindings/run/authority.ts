// Owns: the authority of a run that has no signed grants: one minted on the spot from the scope that a person typed, or from the scope
// for the directory they stand in.
// Trusts: the person who types the command: their scope is the objective.

import { existsSync } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { parseDraft } from '../authority/draft.ts';
import { mint } from '../authority/grant.ts';
import { IssuerKey, TrustSet } from '../authority/issuer-key.ts';
import type { ScopeJson } from '../authority/scope.ts';
import { PlumblineError } from '../error.ts';
import type { Runtime } from '../runtime/index.ts';
import { home } from '../home.ts';
import { asDirectory, canonical, kernelPath } from './paths.ts';
import { which } from './which.ts';

export interface ScopeOptions {
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

/**
 * A grant minted on the spot, and whose word it is. Without a scope, one is made for `directory`.
 * @throws {PlumblineError} `grant-…`, `command-not-found`
 */
export function mintAuthority(
  options: ScopeOptions,
  command: readonly string[],
  directory: string,
  temporary: string,
  runtime: Runtime,
): RunAuthority {
  const scope = hasScope(options) ? typedScope(options, temporary) : defaultScope(directory, temporary);
  const person = new IssuerKey(runtime.random(32));
  const nowMs = runtime.now();
  const statement = options.objective ?? `Run ${command.join(' ')}`.replace(/\p{C}+/gu, ' ').slice(0, 1000);
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

/** Whether a scope was typed. */
export const hasScope = (options: ScopeOptions): boolean => SCOPE_NAMES.some((name) => options[name] !== undefined);

/** Whether a directory is a person's own, or holds it. */
export const isAtHome = (directory: string): boolean => `${kernelPath(home())}/`.startsWith(directory);

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

const unique = (list: readonly string[]): string[] => [...new Set(list)];
