// Owns: the authority of a run that has no signed grants: a grant minted for it, with the scope that a person typed or
// the default scope of the current directory.
// Trusts: the person who types the command: their scope is the objective's.

import { existsSync } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { parseDraft } from '../authority/draft.ts';
import { mint } from '../authority/grant.ts';
import { IssuerKey, TrustSet } from '../authority/issuer-key.ts';
import type { ScopeJson } from '../authority/scope.ts';
import { PlumblineError } from '../error.ts';
import type { Runtime } from '../runtime/index.ts';
import { home } from '../home.ts';
import { asDirectory, canonical } from './paths.ts';
import { hasScope, isAtHome, type ScopeOptions } from './scope-options.ts';
import { which } from './which.ts';

export interface RunAuthority {
  tokens: string[];
  trust: TrustSet;
}

const EXPIRES = '24h';

/**
 * What programs of the system read. Not /dev as a whole, which has the disks themselves, nor /run, where services leave
 * sockets and secrets.
 */
const SYSTEM = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/etc', '/opt', '/proc', '/sys', '/var/lib/dpkg'];
const PROGRAMS = ['/usr/', '/bin/', '/sbin/', '/lib/', '/lib64/', '/opt/'];
/**
 * Where programs on PATH have their libraries, by the name of the directory they are in; npm's have them in the
 * packages beside it.
 */
const BESIDE: { readonly [name: string]: string } = { bin: 'lib', '.bin': '.' };
/** Where version managers keep programs. On PATH there are only links to them. */
const MANAGERS = ['.pyenv', '.rbenv', '.rustup', '.nvm', '.asdf', '.volta', '.sdkman', '.local/share/mise'];
/** Devices that store nothing: the first are read, the second written as well. */
const SOURCES = ['/dev/random', '/dev/urandom'];
const SINKS = ['/dev/null', '/dev/zero', '/dev/full', '/dev/tty', '/dev/ptmx', '/dev/pts'];

/**
 * Mints a grant with a key made for it, and trusts that key alone. Without a typed scope, the scope is the default one
 * of `directory`.
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
  // Not its arguments: they may hold a secret, and a statement stands in the log where it cannot be erased.
  const statement = options.objective ?? `Run ${command[0]}`.replace(/\p{C}+/gu, ' ').slice(0, 1000);
  const parsed = parseDraft(
    { level: 'objective', statement, scope, expires: options.expires ?? EXPIRES },
    nowMs,
    undefined,
  );
  const minted =
    'refusal' in parsed ? parsed : mint(parsed.draft, person, undefined, { nowMs, random: runtime.random });
  if ('refusal' in minted) {
    const { code, message } = minted.refusal;
    const hint = hasScope(options)
      ? 'it is what --read, --write, … and --expires say: see --help. A directory stands for all that is in it'
      : 'without --read, --write, … the scope is that of the current directory and of PATH: see --help';
    throw new PlumblineError(code, message, { hint });
  }
  return { tokens: [minted.grant.token], trust: new TrustSet([person.publicJwk]) };
}

/**
 * Reads the system, writes the project and the run's temporary directory, runs installed programs, and reaches no
 * network.
 */
function defaultScope(directory: string, temporary: string): ScopeJson {
  const tools = installed(process.env['PATH'] ?? '');
  // git refuses to work if these exist and cannot be read.
  const settings = ['.gitconfig', '.config/git'].map((name) => join(home(), name)).filter((path) => existsSync(path));
  const read = [...SYSTEM.map(canonical), ...SOURCES, ...SINKS, ...tools, ...settings.map(canonical)];
  return {
    read: outermost([...read, directory, temporary]),
    write: outermost([directory, temporary, ...SINKS]),
    exec: outermost([...PROGRAMS.map(canonical), ...[...tools, directory, temporary].map(asDirectory)]),
  };
}

/** Each once, and none that lies below another: every entry is a rule of each layer and of the floor. */
const outermost = (list: readonly string[]): string[] =>
  unique(list).filter((one) => !list.some((other) => one !== other && one.startsWith(asDirectory(other))));

/**
 * Where programs are installed outside the system's directories: those on PATH, their libraries, and the targets of
 * links.
 */
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
  // A directory with all of a person's files is not taken for one of programs.
  return unique(found).filter((entry) => !isAtHome(asDirectory(entry)));
}

/** The typed scope, its paths as the kernel names them, and the run's temporary directory. */
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
