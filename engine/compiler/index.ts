// The compiler: Cedar policies and schema → a program for the engine, or what is wrong with them and where.
// Pure; it reads no file. It is never on a decision path: it runs when a policy is written, its output is trusted by digest.

import type { PolicySources } from './check.ts';
import { checkSources } from './check.ts';
import type { Diagnostic } from './diagnostic.ts';
import { diagnosticAt } from './diagnostic.ts';
import { sensitiveNames } from './domain.ts';
import { buildProgram, type LayerGrant } from './program.ts';

export type { PolicySources } from './check.ts';
export type { Diagnostic, Source } from './diagnostic.ts';
export { parseExtension } from './extension.ts';
export { lint } from './lint.ts';
export { formatSource } from './source-format.ts';
export type { TemplateLink } from './parse.ts';
export type { LayerGrant } from './program.ts';

/** A compiled policy with what it was compiled from. */
export interface Policy {
  program: Uint8Array;
  sources: PolicySources;
  /** Context attributes whose values are redacted when they are recorded. */
  sensitive: string[];
}

const DIGEST_BYTES = 32;
const USES_MAX = 2 ** 32 - 1;

export type Compiled = { policy: Policy } | { diagnostics: Diagnostic[] };

/**
 * Compiles sources that pass Cedar's strict validation and the rules of SPEC §§4–6.
 * A policy is named by its `@id`, else `policyN` (`labelN` in the label set), N counting from 0 in the order of the text.
 * `grant`: what a layer is compiled from.
 * @throws {TypeError} if its digest is no SHA-256; {RangeError} on a number of uses that cannot be
 */
export function compile(sources: PolicySources, grant?: LayerGrant): Compiled {
  if (grant !== undefined) checkGrant(grant);
  return compileSources(sources, true, grant);
}

/**
 * The same without Cedar's validation and with Cedar's own names, in which `@id` has no influence. For conformance and
 * differential tests only: what does not validate errs at run time in ways that validation exists to exclude.
 */
export function compileUnvalidated(sources: PolicySources): Compiled {
  return compileSources(sources, false, undefined);
}

function checkGrant({ digest, uses }: LayerGrant): void {
  if (!(digest instanceof Uint8Array) || digest.length !== DIGEST_BYTES || digest.every((byte) => byte === 0)) {
    throw new TypeError('a grant is named by its SHA-256');
  }
  if (uses !== undefined && (!Number.isInteger(uses) || uses < 1 || uses > USES_MAX)) {
    throw new RangeError(`a grant has 1-${USES_MAX} uses`);
  }
}

function compileSources(sources: PolicySources, strict: boolean, grant: LayerGrant | undefined): Compiled {
  const checked = checkSources(sources, strict);
  if ('diagnostics' in checked) return checked;
  const { schema, labels, decisions } = checked;
  const built = buildProgram(schema, labels, decisions, sources.authority, grant);
  if ('program' in built) {
    return { policy: { program: built.program, sources, sensitive: sensitiveNames(schema) } };
  }
  return {
    diagnostics: built.faults.map(({ policy, at, ...fault }) =>
      diagnosticAt(policy?.source ?? sources.policies[0] ?? sources.schema, at ?? 0, fault),
    ),
  };
}
