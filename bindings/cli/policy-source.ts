// Owns: finding and reading the sources of a policy: a preset, a directory, or one `.cedar` file with the domain
// schema.
// Excludes: what they say; the compiler judges that.

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  compile,
  type Diagnostic,
  type Policy,
  type PolicySources,
  type Schema,
  type Source,
} from '../../engine/compiler/index.ts';
import { PlumblineError } from '../error.ts';
import { AUTHORITIES, POLICY_HELP, type Authority } from './policy-option.ts';
import { UsageError } from './report-error.ts';
import { shippedPolicy } from './shipped-policy.ts';

const PRESETS = fileURLToPath(new URL('../presets/', import.meta.url));
/** Any that comes with the domain's schema. */
const DOMAIN_PRESET = 'run';
const DOMAIN_SCHEMA = fileURLToPath(new URL('../../engine/schema/domain.cedarschema', import.meta.url));

/**
 * The compiled policy that `name` means. `authority` belongs to a single file: a directory states its own.
 * @throws {UsageError} if `authority` is missing or too much; {PlumblineError} `policy-unreadable`, `policy-invalid`
 */
export function readPolicy(name: string, authority: Authority | undefined): Policy {
  const sources = readSources(name, authority);
  const shipped = presetOf(name) === undefined ? undefined : shippedWith(name, sources);
  if (shipped !== undefined) return shipped;
  const compiled = compile({ ...sources, schema: schemaOf(sources.schema) });
  if ('policy' in compiled) return compiled.policy;
  const { diagnostics } = compiled;
  const hint =
    diagnostics.find((diagnostic) => diagnostic.hint !== undefined)?.hint ?? 'see SPEC.md, or the Cedar reference';
  throw new PlumblineError('policy-invalid', diagnostics.map(describeDiagnostic).join('\n'), { hint });
}

/** The policy as it was shipped, if nothing of the preset has changed since. */
function shippedWith(preset: string, sources: PolicySources): Policy | undefined {
  return shippedPolicy(join(PRESETS, preset), sources);
}

/** The domain's schema was read when a preset with it was compiled. */
function schemaOf(schema: Source): Source | Schema {
  const shipped = shippedWith(DOMAIN_PRESET, readSources(DOMAIN_PRESET, undefined))?.sources.schema;
  return shipped?.text === schema.text ? { ...shipped, name: schema.name } : schema;
}

/** `FILE:LINE:COLUMN: code: message`, and the line itself with a mark under the place. */
export function describeDiagnostic({ code, message, file, line, column, sourceLine }: Diagnostic): string {
  const mark = Array.from(sourceLine)
    .slice(0, column - 1)
    .join('')
    .replace(/[^\t]/gu, ' ');
  return `${file}:${line}:${column}: ${code}: ${message}\n  ${sourceLine}\n  ${mark}^`;
}

/** The sources that `name` means; throws like `readPolicy`, but does not judge them. */
export function readSources(name: string, authority: Authority | undefined): PolicySources {
  const { path, isDirectory } = locate(name);
  if (isDirectory) {
    if (authority !== undefined)
      throw new UsageError('--authority goes with a single .cedar file', `${name} has a policy.json`);
    return readDirectory(path, presetOf(name) !== undefined);
  }
  if (authority === undefined) {
    throw new UsageError(
      `${name} is a single file, which does not say whether authority is required`,
      'add --authority none or --authority required',
    );
  }
  return { schema: source(DOMAIN_SCHEMA), policies: [source(path)], labels: [], authority };
}

/** The `.cedar` files of what `name` means, labels included. @throws {PlumblineError} `policy-unreadable` */
export function policyFiles(name: string): string[] {
  const { path, isDirectory } = locate(name);
  return isDirectory ? cedarFiles(path).map((file) => join(path, file)) : [path];
}

function locate(name: string): { path: string; isDirectory: boolean } {
  // A bare word is a preset first: what a name means must not hang on the directory one stands in.
  const path = presetOf(name) ?? name;
  return { path, isDirectory: attempt(path, () => statSync(path).isDirectory()) };
}

/** The directory of the preset that is called so. */
function presetOf(name: string): string | undefined {
  const preset = join(PRESETS, name);
  return /^[\w-]+$/.test(name) && existsSync(preset) ? preset : undefined;
}

const namesIn = (directory: string): string[] => attempt(directory, () => readdirSync(directory)).toSorted();

const cedarFiles = (directory: string): string[] => namesIn(directory).filter((name) => name.endsWith('.cedar'));

/** A user's directory may do without labels. A preset has them, and without them its policy would block less. */
function readDirectory(directory: string, isPreset: boolean): PolicySources {
  const names = namesIn(directory);
  const file = (name: string): Source => source(join(directory, name));
  const more = cedarFiles(directory).filter((name) => name !== 'policy.cedar' && name !== 'labels.cedar');
  const schema = names.includes('schema.cedarschema') ? file('schema.cedarschema') : source(DOMAIN_SCHEMA);
  return {
    schema,
    policies: [file('policy.cedar'), ...more.map(file)],
    labels: isPreset || names.includes('labels.cedar') ? [file('labels.cedar')] : [],
    authority: readAuthority(file('policy.json')),
  };
}

function readAuthority({ name, text }: Source): Authority {
  let settings: unknown;
  try {
    settings = JSON.parse(text);
  } catch (cause) {
    throw malformed(name, 'is not JSON', cause);
  }
  if (typeof settings !== 'object' || settings === null) throw malformed(name, 'is not an object');
  const unknown = Object.keys(settings).find((key) => key !== 'authority');
  if (unknown !== undefined) throw malformed(name, `has an unknown key ${JSON.stringify(unknown)}`);
  const authority = AUTHORITIES.find((one) => one === (settings as { authority?: unknown }).authority);
  return authority ?? raise(malformed(name, 'does not say whether authority is required'));
}

const malformed = (name: string, what: string, cause?: unknown): PlumblineError =>
  new PlumblineError('policy-invalid', `${name} ${what}`, {
    hint: 'it is {"authority": "none"} or {"authority": "required"}',
    cause,
  });

function raise(error: Error): never {
  throw error;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** A file as it is. @throws {PlumblineError} `policy-unreadable`, also if it is no UTF-8 */
export function source(path: string): Source {
  return { name: path, text: attempt(path, () => utf8.decode(readFileSync(path))) };
}

function attempt<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new PlumblineError('policy-unreadable', `${path} cannot be read`, {
      hint: `--policy takes ${POLICY_HELP}`,
      cause,
    });
  }
}
